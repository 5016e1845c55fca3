"""What Terraform says is deployed, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connect_voice.errors import CheckFailed


class _Outputs:
    """One object of Terraform's outputs, read with sentences for what is missing."""

    def __init__(self, name: str, values: object) -> None:
        if not isinstance(values, Mapping):
            raise CheckFailed(f"The output {name} is not there; deploy again.")
        self._name = name
        self._values = values

    def text(self, key: str) -> str:
        value = self.maybe(key)
        if value is None:
            raise CheckFailed(f"The output {self._name} has no {key}; deploy again.")
        return value

    def maybe(self, key: str) -> str | None:
        value = self._values.get(key)
        return value if isinstance(value, str) and value else None

    def object(self, key: str) -> _Outputs:
        return _Outputs(f"{self._name}.{key}", self._values.get(key))

    def objects(self, key: str) -> dict[str, _Outputs]:
        """The entries of a map that are there; null ones are left out."""
        entries = self._values.get(key)
        if not isinstance(entries, Mapping):
            raise CheckFailed(f"The output {self._name} has no {key}; deploy again.")
        return {
            str(entry): _Outputs(f"{self._name}.{key}.{entry}", value)
            for entry, value in entries.items()
            if value is not None
        }

    def texts(self, key: str) -> dict[str, str]:
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
        root = _Outputs("of this environment", outputs)
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
    """A Lambda, and the alias that flows invoke."""

    name: str
    arn: str
    alias_arn: str
    log_group: str

    @property
    def short(self) -> str:
        """What its name does not share with every other one of the environment."""
        return short_name(self.name)

    @property
    def alias(self) -> str:
        """The alias's own name."""
        return self.alias_arn.rpartition(":")[2]


@dataclass(frozen=True)
class Bot:
    """One Agent AI bot, with what is declared for it."""

    key: str
    flow_id: str
    queue_flow_id: str
    queue: str
    language_code: str
    settings_parameter: str
    secret_parameter: str
    sip_uri: str
    wss_url: str


@dataclass(frozen=True)
class KoreDeployment:
    """Kore Agent AI as deployed; what is None is switched off."""

    application_arn: str
    application_namespace: str
    access_url: str
    transcriber_url: str
    security_profile_id: str
    reader_role_arn: str
    media_stream_prefix: str
    claims_table: str
    dispositions_table: str | None
    disposition_flow_id: str | None
    webhook_url: str | None
    stream_trigger: Function
    widget_token: Function
    disposition: Function | None
    bots: tuple[Bot, ...]

    @classmethod
    def of(cls, kore: Mapping[str, object]) -> KoreDeployment:
        """Read Terraform's output ``kore``.

        Raises:
            CheckFailed: it lacks something.
        """
        root = _Outputs("kore", kore)
        functions = {key: _function(entry) for key, entry in root.objects("lambdas").items()}
        for name in ("stream_trigger", "widget_token"):
            if name not in functions:
                raise CheckFailed(f"The output kore.lambdas has no {name}; deploy again.")
        return cls(
            application_arn=root.text("application_arn"),
            application_namespace=root.text("application_namespace"),
            access_url=root.text("access_url"),
            transcriber_url=root.text("transcriber_url"),
            security_profile_id=root.text("security_profile_id"),
            reader_role_arn=root.text("reader_role_arn"),
            media_stream_prefix=root.text("media_stream_prefix"),
            claims_table=root.text("claims_table"),
            dispositions_table=root.maybe("dispositions_table"),
            disposition_flow_id=root.maybe("disposition_flow_id"),
            webhook_url=root.maybe("webhook_url"),
            stream_trigger=functions["stream_trigger"],
            widget_token=functions["widget_token"],
            disposition=functions.get("disposition"),
            bots=tuple(_bot(key, entry) for key, entry in root.objects("bots").items()),
        )

    @property
    def functions(self) -> tuple[Function, ...]:
        """Every Lambda that is deployed."""
        return tuple(
            function
            for function in (self.stream_trigger, self.widget_token, self.disposition)
            if function is not None
        )


def short_name(name: str) -> str:
    """The part of a resource's name that tells it from Kore's others."""
    return name.rpartition("-kore-")[2]


def _function(entry: _Outputs) -> Function:
    return Function(
        name=entry.text("name"),
        arn=entry.text("arn"),
        alias_arn=entry.text("alias_arn"),
        log_group=entry.text("log_group"),
    )


def _bot(key: str, entry: _Outputs) -> Bot:
    return Bot(
        key=key,
        flow_id=entry.text("flow_id"),
        queue_flow_id=entry.text("queue_flow_id"),
        queue=entry.text("queue"),
        language_code=entry.text("language_code"),
        settings_parameter=entry.text("settings_parameter"),
        secret_parameter=entry.text("secret_parameter"),
        sip_uri=entry.text("sip_uri"),
        wss_url=entry.text("wss_url"),
    )
