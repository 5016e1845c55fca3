"""What Terraform says is deployed, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connect_voice.errors import CheckFailed


class Outputs:
    """One object of Terraform's outputs, read with sentences for what is missing."""

    def __init__(self, name: str, values: object) -> None:
        if not isinstance(values, Mapping):
            raise CheckFailed(f"The output {name} is not there; deploy again.")
        self._name = name
        self._values = values

    def text(self, key: str) -> str:
        """A text that must be there.

        Raises:
            CheckFailed: it is not.
        """
        value = self.maybe(key)
        if value is None:
            raise CheckFailed(f"The output {self._name} has no {key}; deploy again.")
        return value

    def maybe(self, key: str) -> str | None:
        """A text, None where it is missing, null or empty."""
        value = self._values.get(key)
        return value if isinstance(value, str) and value else None

    def object(self, key: str) -> Outputs:
        """An object within.

        Raises:
            CheckFailed: it is not there.
        """
        return Outputs(f"{self._name}.{key}", self._values.get(key))

    def objects(self, key: str) -> dict[str, Outputs]:
        """The entries of a map of objects; null ones are left out.

        Raises:
            CheckFailed: there is no such map.
        """
        entries = self._values.get(key)
        if not isinstance(entries, Mapping):
            raise CheckFailed(f"The output {self._name} has no {key}; deploy again.")
        return {
            str(entry): Outputs(f"{self._name}.{key}.{entry}", value)
            for entry, value in entries.items()
            if value is not None
        }

    def texts(self, key: str) -> dict[str, str]:
        """A map of texts, empty where there is none."""
        entries = self._values.get(key)
        if not isinstance(entries, Mapping):
            return {}
        return {str(entry): str(value) for entry, value in entries.items()}


@dataclass(frozen=True)
class PhoneNumber:
    """A number that callers dial, and the name of what answers it."""

    id: str
    number: str
    leads_to: str


@dataclass(frozen=True)
class Deployed:
    """The Connect instance and what every vendor shares of it.

    Args:
        inbound_flows: id of the flow that answers, by the name that ``leads_to`` names it by.
        queue_arns: ARN of each queue by its key.
        data_stream_arn: of the stream with contact records; None where data streaming is off.
    """

    instance_id: str
    instance_arn: str
    instance_alias: str
    kms_key_arn: str
    phone_numbers: Mapping[str, PhoneNumber]
    inbound_flows: Mapping[str, str]
    queue_arns: Mapping[str, str]
    data_stream_arn: str | None = None

    @classmethod
    def of(cls, outputs: Mapping[str, object]) -> Deployed:
        """Read Terraform's outputs.

        Raises:
            CheckFailed: one is missing, as after a deploy that did not end.
        """
        root = Outputs("of this environment", outputs)
        return cls(
            instance_id=root.text("connect_instance_id"),
            instance_arn=root.text("connect_instance_arn"),
            instance_alias=root.text("connect_instance_alias"),
            kms_key_arn=root.text("kms_key_arn"),
            phone_numbers={
                key: PhoneNumber(entry.text("id"), entry.text("number"), entry.text("leads_to"))
                for key, entry in root.objects("phone_numbers").items()
            },
            inbound_flows={
                key: entry.text("id") for key, entry in root.objects("inbound_flows").items()
            },
            queue_arns=root.texts("queue_arns"),
            data_stream_arn=root.maybe("data_stream_arn"),
        )

    @property
    def partition(self) -> str:
        """The partition that ARNs of the account begin with."""
        return self.instance_arn.split(":")[1]

    @property
    def region(self) -> str:
        """The instance's region."""
        return self.instance_arn.split(":")[3]

    @property
    def account_id(self) -> str:
        """The instance's account."""
        return self.instance_arn.split(":")[4]


@dataclass(frozen=True)
class Function:
    """A Lambda, and the alias that flows invoke.

    Args:
        short: what tells it from the vendor's other ones; "" where there are none.
    """

    name: str
    arn: str
    alias_arn: str
    log_group: str
    short: str = ""

    @property
    def alias(self) -> str:
        """The alias's own name."""
        return self.alias_arn.rpartition(":")[2]
