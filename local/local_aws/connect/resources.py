"""The kinds of resource an instance holds."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from local_aws.connect.model import Resource

if TYPE_CHECKING:
    from mypy_boto3_connect.literals import (
        ContactFlowTypeType,
        InstanceStorageResourceTypeType,
        IntegrationTypeType,
        PhoneNumberCountryCodeType,
        PhoneNumberTypeType,
        QueueStatusType,
    )
    from mypy_boto3_connect.type_defs import (
        ApplicationUnionTypeDef,
        FlowModuleTypeDef,
        HoursOfOperationConfigTypeDef,
        InstanceStorageConfigTypeDef,
        MediaConcurrencyUnionTypeDef,
        OutboundCallerConfigTypeDef,
        QuickConnectConfigTypeDef,
        UserIdentityInfoTypeDef,
        UserPhoneConfigTypeDef,
    )


def sha256(content: str) -> str:
    """Digest flow content the way the service reports it: hexadecimal."""
    return hashlib.sha256(content.encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Storage:
    """A storage association: where one kind of data of an instance goes.

    Args:
        id: the association's id.
        resource_type: the kind of data.
        config: the place, as the service answers it.
    """

    id: str
    resource_type: InstanceStorageResourceTypeType
    config: InstanceStorageConfigTypeDef


@dataclass(frozen=True, kw_only=True)
class HoursOfOperation(Resource):
    """When a queue is staffed."""

    time_zone: str
    config: Sequence[HoursOfOperationConfigTypeDef]


@dataclass(frozen=True, kw_only=True)
class Queue(Resource):
    """A standard queue."""

    hours_of_operation_id: str
    status: QueueStatusType = "ENABLED"
    max_contacts: int | None = None
    outbound_caller: OutboundCallerConfigTypeDef | None = None
    quick_connect_ids: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class QuickConnect(Resource):
    """A transfer destination that agents see."""

    config: QuickConnectConfigTypeDef


@dataclass(frozen=True, kw_only=True)
class ContactFlow(Resource):
    """A flow: a draft, and once published what callers meet.

    Args:
        type: the flow's type, fixed for its life.
        state: ACTIVE or ARCHIVED.
        saved: the draft.
        published: what runs, ``None`` for a flow that was only ever saved.
        versions: contents frozen by CreateContactFlowVersion with their descriptions, oldest first.
    """

    type: ContactFlowTypeType
    state: str = "ACTIVE"
    saved: str
    published: str | None
    versions: tuple[tuple[str, str | None], ...] = ()


@dataclass(frozen=True, kw_only=True)
class ContactFlowModule(Resource):
    """A reusable part of flows."""

    content: str
    settings: str | None = None
    external_invocation: bool | None = None
    state: str = "ACTIVE"


@dataclass(frozen=True, kw_only=True)
class Prompt(Resource):
    """A recording."""


@dataclass(frozen=True, kw_only=True)
class AgentStatus(Resource):
    """A state an agent can choose."""

    type: str
    display_order: int | None = None


@dataclass(frozen=True, kw_only=True)
class AccessControl:
    """What a security profile restricts beyond its permissions.

    Args:
        tags: tags a resource must carry to be seen.
        tag_restricted: the kinds of resource this applies to.
        hierarchy_restricted: the kinds of resource limited by hierarchy.
        hierarchy_group_id: the top of that hierarchy.
    """

    tags: Mapping[str, str] = field(default_factory=dict)
    tag_restricted: Sequence[str] = ()
    hierarchy_restricted: Sequence[str] = ()
    hierarchy_group_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class SecurityProfile(Resource):
    """What a user may do."""

    permissions: Sequence[str] = ()
    applications: Sequence[ApplicationUnionTypeDef] = ()
    flow_modules: Sequence[FlowModuleTypeDef] = ()
    access_control: AccessControl = AccessControl()


@dataclass(frozen=True, kw_only=True, order=True)
class RoutedQueue:
    """One queue an agent takes contacts from.

    Args:
        queue_id: the queue.
        channel: VOICE, CHAT, TASK or EMAIL.
        priority: 1 is served first.
        delay: seconds a contact waits before this profile may take it.
    """

    queue_id: str
    channel: str
    priority: int
    delay: int


@dataclass(frozen=True, kw_only=True)
class RoutingProfile(Resource):
    """Which contacts an agent gets."""

    default_outbound_queue_id: str
    media_concurrencies: Sequence[MediaConcurrencyUnionTypeDef]
    queues: tuple[RoutedQueue, ...] = ()
    availability_timer: str = "TIME_SINCE_LAST_ACTIVITY"


@dataclass(frozen=True, kw_only=True)
class User(Resource):
    """An agent, supervisor or administrator; ``name`` is the username."""

    security_profile_ids: Sequence[str]
    routing_profile_id: str
    identity: UserIdentityInfoTypeDef | None = None
    phone: UserPhoneConfigTypeDef | None = None
    directory_user_id: str | None = None
    hierarchy_group_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class IntegrationAssociation(Resource):
    """Something outside Connect that an instance works with; ``name`` is the integration's ARN."""

    type: IntegrationTypeType
    source_url: str | None = None
    source_name: str | None = None
    source_type: str | None = None


@dataclass(frozen=True, kw_only=True)
class PhoneNumber(Resource):
    """A claimed number; ``name`` is the number in E.164.

    Args:
        target_arn: the instance it was claimed for.
        instance_id: the same instance's id.
        country: ISO code.
        type: DID, TOLL_FREE, …
        contact_flow_arn: the flow that answers, ``None`` while there is none.
    """

    target_arn: str
    instance_id: str
    country: PhoneNumberCountryCodeType
    type: PhoneNumberTypeType
    contact_flow_arn: str | None = None
