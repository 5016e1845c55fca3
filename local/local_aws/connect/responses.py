"""Amazon Connect at its HTTP edge."""

from __future__ import annotations

from moto.connect.responses import ConnectResponse

from local_aws.connect import (  # noqa: F401  # each registers its operations
    agent_statuses,
    flow_associations,
    flow_modules,
    flows,
    hours,
    instances,
    integrations,
    lambda_functions,
    phone_numbers,
    prompts,
    queues,
    quick_connects,
    routing_profiles,
    security_profiles,
    storage,
    tags,
    user_search,
    users,
    views,
)
from local_aws.connect.backend import LocalConnectBackend, connect_backends
from local_aws.connect.operations import operation
from local_aws.service import ModelService


class LocalConnect(ModelService, ConnectResponse):
    """Our operations, and behind them those that moto has (analytics associations)."""

    model = "connect"
    operations = operation
    invalid = ("InvalidParameterException", "InvalidRequestException")

    def backend(self) -> LocalConnectBackend:
        """Return the backend of the caller's account and region."""
        return connect_backends[self.current_account][self.region]

    @property
    def connect_backend(self) -> LocalConnectBackend:
        """Return the same backend to moto's own operations."""
        return self.backend()
