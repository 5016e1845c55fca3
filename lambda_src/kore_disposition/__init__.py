"""The Lambda that keeps what the agent says about a call, and tells a CRM."""
