"""The Lambda between a Connect flow and ServiceNow's AI voice agents."""
