"""A stand-in for ServiceNow: its OAuth endpoint, call context API and Table API, over TLS."""

from local_aws.standins.servicenow.script import DEFAULT_AGENT_NUMBER
from local_aws.standins.servicenow.standin import DEFAULT_CALL_CONTEXT_PATH, StandIn

__all__ = ["DEFAULT_AGENT_NUMBER", "DEFAULT_CALL_CONTEXT_PATH", "StandIn"]
