"""The state of Amazon Connect in one account and region."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from moto.connect.models import ConnectBackend, Instance
from moto.core.base_backend import BackendDict

from local_aws.connect import quotas
from local_aws.connect.errors import ResourceNotFoundError
from local_aws.connect.model import Table, new_id, now, tail
from local_aws.connect.resources import (
    AgentStatus,
    ContactFlow,
    ContactFlowModule,
    HoursOfOperation,
    IntegrationAssociation,
    PhoneNumber,
    Prompt,
    Queue,
    QuickConnect,
    RoutingProfile,
    SecurityProfile,
    Storage,
    User,
)

# Every attribute of an instance and what it is on a new one. The two call attributes follow the
# request. Source: the defaults of aws_connect_instance, which come from the console.
_ATTRIBUTES = {
    "CONTACTFLOW_LOGS": "false",
    "CONTACT_LENS": "true",
    "AUTO_RESOLVE_BEST_VOICES": "true",
    "USE_CUSTOM_TTS_VOICES": "false",
    "EARLY_MEDIA": "true",
    "MULTI_PARTY_CONFERENCE": "false",
    "HIGH_VOLUME_OUTBOUND": "false",
    "ENHANCED_CONTACT_MONITORING": "false",
    "ENHANCED_CHAT_MONITORING": "false",
    "MULTI_PARTY_CHAT_CONFERENCE": "false",
    "MESSAGE_STREAMING": "false",
    "AUTO_MUTE_AGENT_ON_HOLD": "false",
}


class ConnectInstance(Instance):
    """An instance and everything in it; it all goes when the instance goes."""

    def __init__(
        self,
        *,
        identity_management_type: str,
        inbound_calls_enabled: bool,
        outbound_calls_enabled: bool,
        account_id: str,
        region: str,
        instance_alias: str | None,
        tags: dict[str, str],
    ) -> None:
        super().__init__(
            identity_management_type=identity_management_type,
            inbound_calls_enabled=inbound_calls_enabled,
            outbound_calls_enabled=outbound_calls_enabled,
            account_id=account_id,
            region=region,
            instance_alias=instance_alias,
            tags=tags,
        )
        self.region = region
        self.created_time = now()
        # The service-linked role's name ends with letters and digits of the instance's own.
        self.service_role += f"_{uuid4().hex[:20]}"
        self.attributes = dict(
            _ATTRIBUTES,
            INBOUND_CALLS=str(inbound_calls_enabled).lower(),
            OUTBOUND_CALLS=str(outbound_calls_enabled).lower(),
        )
        self.storage: dict[str, Storage] = {}
        self.lambda_functions: list[str] = []
        # Flows of resources other than phone numbers: (resource type, resource ARN) -> flow ARN.
        self.flow_associations: dict[tuple[str, str], str] = {}
        self.agent_statuses = Table[AgentStatus]("agent status", quotas.AGENT_STATUSES)
        self.flows = Table[ContactFlow]("contact flow", quotas.FLOWS)
        self.hours = Table[HoursOfOperation]("hours of operation", quotas.HOURS_OF_OPERATION)
        self.integrations = Table[IntegrationAssociation](
            "integration association", quotas.INTEGRATION_ASSOCIATIONS
        )
        self.modules = Table[ContactFlowModule]("contact flow module", quotas.FLOW_MODULES)
        self.prompts = Table[Prompt]("prompt", quotas.PROMPTS)
        self.queues = Table[Queue]("queue", quotas.QUEUES)
        self.quick_connects = Table[QuickConnect]("quick connect", quotas.QUICK_CONNECTS)
        self.routing_profiles = Table[RoutingProfile]("routing profile", quotas.ROUTING_PROFILES)
        self.security_profiles = Table[SecurityProfile](
            "security profile", quotas.SECURITY_PROFILES
        )
        self.users = Table[User]("user", quotas.USERS)

    def identify(self, kind: str) -> tuple[str, str]:
        """Make the id and the ARN of a new resource.

        Args:
            kind: the word for it in ARNs, which is not always its name in the API.
        """
        identifier = new_id()
        return identifier, f"{self.arn}/{kind}/{identifier}"

    def tables(self) -> Iterator[Table[Any]]:
        """Go through the tables of all resources that carry tags."""
        yield from (
            self.agent_statuses,
            self.flows,
            self.hours,
            self.integrations,
            self.modules,
            self.prompts,
            self.queues,
            self.quick_connects,
            self.routing_profiles,
            self.security_profiles,
            self.users,
        )


class LocalConnectBackend(ConnectBackend):
    """moto's backend, holding instances that have content, and the claimed phone numbers."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.phone_numbers = Table[PhoneNumber]("phone number", limit=10_000)

    def instance(self, identifier: str) -> ConnectInstance:
        """Find an instance by id or ARN.

        Raises:
            ResourceNotFoundError: there is none.
        """
        found = self.instances.get(tail(identifier))
        if not isinstance(found, ConnectInstance):
            raise ResourceNotFoundError(f"Instance {identifier} does not exist.")
        return found


connect_backends = BackendDict(LocalConnectBackend, "connect")
