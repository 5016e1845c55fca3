"""The Lambda that gives Kore's widget in the agent workspace its token."""
