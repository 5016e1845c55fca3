"""What Terraform says is deployed of Kore, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connect_voice.doctors.deployed import Function, Outputs
from connect_voice.errors import CheckFailed


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
        root = Outputs("kore", kore)
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


def _function(entry: Outputs) -> Function:
    return Function(
        name=entry.text("name"),
        arn=entry.text("arn"),
        alias_arn=entry.text("alias_arn"),
        log_group=entry.text("log_group"),
        short=short_name(entry.text("name")),
    )


def _bot(key: str, entry: Outputs) -> Bot:
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
