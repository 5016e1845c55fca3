"""What the checks of Kore share: its deployment, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

from connect_voice.doctors.deployed import Function
from connect_voice.doctors.kore.deployment import Bot, KoreDeployment
from connect_voice.doctors.look import Look, Vendor
from connect_voice.doctors.parameters import SecretParameter
from connect_voice.doctors.site import Site

_VENDOR = Vendor(
    title="Kore",
    leads_to="kore_agent_assist",
    leads_to_example="kore_agent_assist/<bot>",
    private_authority="kore_endpoints.ca_bundle_pem",
    # The widget's token is meant to be an attribute: the page has no other way to it.
    harmless_attributes=frozenset({"token", "widgetTokenStatus"}),
)


class KoreLook(Look):
    """One examination of Kore Agent AI.

    Args:
        ca_bundle: PEM file with the authority of an embedded environment's stand-in.
        templates: folder with the templates of the flows; None leaves comparing them out.
    """

    vendor = _VENDOR

    def __init__(
        self,
        site: Site,
        kore: KoreDeployment,
        *,
        ca_bundle: Path | None = None,
        templates: Path | None = None,
    ) -> None:
        super().__init__(site, ca_bundle=ca_bundle)
        self.kore = kore
        self.templates = templates
        # Whether a security profile opens the application, by its id; None for one that is gone.
        self.openings: dict[str, bool | None] = {}

    @property
    def functions(self) -> tuple[Function, ...]:
        """Every Lambda of Kore's that is deployed."""
        return self.kore.functions

    @cached_property
    def secret_parameters(self) -> tuple[SecretParameter, ...]:
        """The bots' client secrets, and the webhook's."""

        def secret(name: str, which: str, reader: Function | None) -> SecretParameter:
            return SecretParameter(
                name,
                which,
                reader,
                settings="KORE_CLIENT_SECRET, KORE_WEBHOOK_SECRET",
                version="kore_secrets_version",
                key="kore_secrets_key_arn",
            )

        bots = [
            secret(bot.secret_parameter, bot.key, self.kore.widget_token) for bot in self.kore.bots
        ]
        webhook = self._webhook_parameter()
        if webhook is None:
            return tuple(bots)
        return (*bots, secret(webhook, "webhook", self.kore.disposition))

    @property
    def private_authorities(self) -> str:
        """Certificates of private authorities that Kore's Lambdas trust, as PEM text."""
        return self.authorities(self.kore.stream_trigger)

    @property
    def origin(self) -> str:
        """Where the agent workspace comes from, as a browser sees it."""
        return f"https://{self.deployed.instance_alias}.my.connect.aws"

    @property
    def stream_names(self) -> str:
        """What the names of the instance's video streams begin with."""
        return self.named_streams(self.kore.media_stream_prefix)

    def named_streams(self, prefix: str) -> str:
        """What Connect makes of a prefix; it answers with that, whatever it was given."""
        end = f"-connect-{self.deployed.instance_alias}-contact-"
        return prefix if prefix.endswith(end) else f"{prefix}{end}"

    @property
    def stream_key_arn(self) -> str:
        """The key of the streams: this environment's, or that of streaming that was there before.

        The trigger is told which one; where its environment cannot be read, it is ours.
        """
        environment = self.environment(self.kore.stream_trigger)
        told = None if environment is None else environment.variables.get("STREAM_KEY_ARN")
        return told or self.deployed.kms_key_arn

    def stream_arn(self, name: str) -> str:
        """What a video stream of that name would be called."""
        at = self.deployed
        place = f"arn:{at.partition}:kinesisvideo:{at.region}:{at.account_id}"
        return f"{place}:stream/{name}/1700000000000"

    def queue_arn(self, bot: Bot) -> str:
        """The queue that a bot's callers wait in."""
        return self.deployed.queue_arns.get(bot.queue, bot.queue)

    def flows(self) -> Iterator[tuple[str, str]]:
        """What each flow is for, and its id."""
        for bot in self.kore.bots:
            yield f"of the bot {bot.key}", bot.flow_id
            yield f"of the queue of {bot.key}", bot.queue_flow_id
        if self.kore.disposition_flow_id is not None:
            yield "of the disposition", self.kore.disposition_flow_id

    def declared(self, function: Function) -> Mapping[str, str]:
        """What Terraform declares of a Lambda's environment."""
        kore = self.kore
        if function == kore.stream_trigger:
            return {
                "TRANSCRIBER_URL": kore.transcriber_url,
                "STREAM_READER_ROLE_ARN": kore.reader_role_arn,
                "STREAM_NAME_PREFIX": self.stream_names,
                "CLAIMS_TABLE": kore.claims_table,
            }
        if function == kore.disposition and kore.dispositions_table is not None:
            webhook = {} if kore.webhook_url is None else {"WEBHOOK_URL": kore.webhook_url}
            return {"DISPOSITIONS_TABLE": kore.dispositions_table, **webhook}
        return {}

    def _webhook_parameter(self) -> str | None:
        if self.kore.webhook_url is None or self.kore.disposition is None:
            return None
        environment = self.environment(self.kore.disposition)
        if environment is None:
            return None
        return environment.variables.get("WEBHOOK_SECRET_PARAMETER")
