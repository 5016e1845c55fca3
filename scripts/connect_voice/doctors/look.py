"""What the checks that vendors share ask of a vendor, and what was read already."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from connect_voice.doctors.aws import Aws
from connect_voice.doctors.deployed import Deployed, Function, PhoneNumber
from connect_voice.doctors.net import Network
from connect_voice.doctors.parameters import SecretParameter, describe, read
from connect_voice.doctors.site import Environment, PublishedFlow, Site

if TYPE_CHECKING:
    from mypy_boto3_connect.type_defs import InstanceTypeDef
    from mypy_boto3_lambda.type_defs import FunctionConfigurationResponseTypeDef
    from mypy_boto3_ssm.type_defs import ParameterMetadataTypeDef


@dataclass(frozen=True)
class Vendor:
    """What sentences need to know of a vendor.

    Args:
        title: the vendor's own name.
        leads_to: what ``leads_to`` of a phone number begins with where the vendor answers.
        leads_to_example: such a ``leads_to``, for who writes one.
        private_authority: the Terraform variable for certificates of private hosts.
        harmless_attributes: attributes of contacts that are named like secrets and are none.
    """

    title: str
    leads_to: str
    leads_to_example: str
    private_authority: str
    harmless_attributes: frozenset[str] = frozenset()


class Look(ABC):
    """One examination of one vendor.

    Args:
        ca_bundle: PEM file with the authority of an embedded environment's stand-in.
    """

    vendor: Vendor

    def __init__(self, site: Site, *, ca_bundle: Path | None = None) -> None:
        self.site = site
        self.ca_bundle = ca_bundle
        self._secrets: Mapping[str, str] | None = None
        self._refused: ClientError | BotoCoreError | None = None

    @property
    @abstractmethod
    def functions(self) -> tuple[Function, ...]:
        """Every Lambda of the vendor."""

    @abstractmethod
    def flows(self) -> Iterator[tuple[str, str]]:
        """What each flow of the vendor is for, and its id."""

    @abstractmethod
    def declared(self, function: Function) -> Mapping[str, str]:
        """What Terraform declares of a Lambda's environment."""

    @cached_property
    @abstractmethod
    def secret_parameters(self) -> tuple[SecretParameter, ...]:
        """The parameters with the vendor's secrets."""

    @property
    @abstractmethod
    def private_authorities(self) -> str:
        """Certificates of private authorities that the vendor's Lambdas trust, as PEM text."""

    @cached_property
    def network(self) -> Network:
        """The way to the vendor's hosts, to be closed with this."""
        return Network(self.private_authorities)

    def close(self) -> None:
        """Let go of connections."""
        if "network" in self.__dict__:
            self.network.close()

    @cached_property
    def described_parameters(self) -> Mapping[str, ParameterMetadataTypeDef]:
        """What Parameter Store tells of the parameters with secrets, by their names."""
        return describe(self.aws.ssm, [one.name for one in self.secret_parameters])

    @property
    def secrets(self) -> Mapping[str, str]:
        """What the parameters hold, by their names: to be looked for elsewhere, never to be shown.

        Raises:
            ClientError, BotoCoreError: they cannot be decrypted.
        """
        if self._refused is not None:
            raise self._refused
        if self._secrets is None:
            names = [one.name for one in self.secret_parameters]
            try:
                self._secrets = read(self.aws.ssm, names, decrypt=True)
            except (ClientError, BotoCoreError) as error:
                self._refused = error
                raise
        return self._secrets

    @property
    def known_secrets(self) -> frozenset[str]:
        """The secrets, as far as they may be decrypted; that they may not is its own finding."""
        try:
            return frozenset(self.secrets.values())
        except (ClientError, BotoCoreError):
            return frozenset()

    @property
    def numbers(self) -> list[PhoneNumber]:
        """The numbers that lead to the vendor."""
        return [
            number
            for number in self.deployed.phone_numbers.values()
            if number.leads_to.partition("/")[0] == self.vendor.leads_to
        ]

    @property
    def deployed(self) -> Deployed:
        """The Connect instance, as Terraform knows it."""
        return self.site.deployed

    @property
    def aws(self) -> Aws:
        """The clients."""
        return self.site.aws

    @property
    def embedded(self) -> bool:
        """Whether AWS is an embedded one, from which nobody asks the internet anything."""
        return self.site.embedded

    @property
    def instance(self) -> InstanceTypeDef | None:
        """The Connect instance, None when it does not exist."""
        return self.site.instance

    def flow(self, flow_id: str) -> PublishedFlow | None:
        """A flow by its id, None while nothing is published under it.

        Raises:
            FlowSyntaxError: what is published cannot be read.
        """
        return self.site.flow(flow_id)

    def function(self, function: Function | str) -> FunctionConfigurationResponseTypeDef | None:
        """The configuration of a Lambda, None when there is none."""
        return self.site.function(function)

    def environment(self, function: Function) -> Environment | None:
        """The environment of a Lambda, None when there is no such Lambda."""
        return self.site.environment(function)

    def authorities(self, function: Function) -> str:
        """Certificates of private authorities that a Lambda trusts, as PEM text."""
        environment = self.environment(function)
        told = "" if environment is None else environment.variables.get("CA_BUNDLE_PEM", "")
        given = self.ca_bundle.read_text(encoding="ascii") if self.ca_bundle else ""
        return "\n".join(filter(None, (given, told)))


def listed(names: Iterable[str], limit: int = 8) -> str:
    """Names for a sentence, the first few when there are many."""
    every = sorted(names)
    shown = ", ".join(every[:limit])
    return shown if len(every) <= limit else f"{shown} and {len(every) - limit} more"
