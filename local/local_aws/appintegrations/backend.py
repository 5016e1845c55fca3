"""The state of AppIntegrations in one account and region."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from moto.core.base_backend import BackendDict, BaseBackend

if TYPE_CHECKING:
    from mypy_boto3_appintegrations.type_defs import (
        ApplicationConfigTypeDef,
        ApplicationSourceConfigUnionTypeDef,
        IframeConfigUnionTypeDef,
    )


@dataclass(frozen=True, kw_only=True)
class Application:
    """A third-party application for the agent workspace.

    Args:
        id: a UUID.
        arn: its ARN.
        name: what agents see.
        namespace: how security profiles name it; unique in the account and region.
        source: the URL it is loaded from.
        permissions: what it may read in the workspace.
        initialization_timeout: milliseconds until the workspace gives up on it.
        is_service: whether it runs in the background.
    """

    id: str
    arn: str
    name: str
    namespace: str
    source: ApplicationSourceConfigUnionTypeDef
    description: str | None = None
    permissions: tuple[str, ...] = ()
    is_service: bool = False
    application_type: str | None = None
    initialization_timeout: int | None = None
    config: ApplicationConfigTypeDef | None = None
    iframe: IframeConfigUnionTypeDef | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    created: datetime
    modified: datetime


class AppIntegrationsBackend(BaseBackend):
    """The applications of one account and region, by ARN."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.applications: dict[str, Application] = {}


appintegrations_backends = BackendDict(AppIntegrationsBackend, "appintegrations")
