"""Default quotas of an instance.

Source: "Amazon Connect service quotas" in its administrator guide. All of them can be raised by a
request to AWS; a configuration that needs more than these needs that request first. The number of
instances an account may have is left out: whoever brings several has asked for it.
"""

AGENT_STATUSES = 50
FLOWS = 100
FLOW_MODULES = 200
HOURS_OF_OPERATION = 100
INTEGRATION_ASSOCIATIONS = 100
LAMBDA_FUNCTIONS = 50
PHONE_NUMBERS = 5
PROMPTS = 500
QUEUES = 50
QUICK_CONNECTS = 100
ROUTING_PROFILES = 100
SECURITY_PROFILES = 100
USERS = 500
