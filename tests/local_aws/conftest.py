"""One embedded AWS for all tests of its services; every test brings an instance of its own."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

import pytest
from connect_support import MakeInstance
from embedded import Embedded, embedded_aws

if TYPE_CHECKING:
    from mypy_boto3_connect import ConnectClient

_NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with embedded_aws(tmp_path_factory.mktemp("services") / "state") as embedded:
        yield embedded


@pytest.fixture(scope="session")
def connect(services: Embedded) -> ConnectClient:
    return cast("ConnectClient", services.client("connect"))


@pytest.fixture
def make_instance(connect: ConnectClient) -> Iterator[MakeInstance]:
    """Create instances; those still there at the end are deleted."""
    made: list[str] = []

    def make(alias: str | None = None) -> str:
        answer = connect.create_instance(
            IdentityManagementType="CONNECT_MANAGED",
            InstanceAlias=alias or f"instance-{next(_NUMBERS)}",
            InboundCallsEnabled=True,
            OutboundCallsEnabled=True,
        )
        made.append(answer["Id"])
        return answer["Id"]

    yield make
    for identifier in made:
        try:
            connect.delete_instance(InstanceId=identifier)
        except connect.exceptions.ResourceNotFoundException:
            continue


@pytest.fixture
def instance(make_instance: MakeInstance) -> str:
    return make_instance()
