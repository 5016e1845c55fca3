"""What all checks of Kore share: what is deployed, AWS, and what was read of it already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from connect_voice.doctors.aws import Aws, found
from connect_voice.doctors.deployed import Bot, Deployed, Function, KoreDeployment
from flowkit.model import Flow, parse

if TYPE_CHECKING:
    from mypy_boto3_connect.type_defs import InstanceTypeDef
    from mypy_boto3_lambda.type_defs import FunctionConfigurationResponseTypeDef


@dataclass(frozen=True)
class PublishedFlow:
    """A flow as callers get it."""

    id: str
    name: str
    content: str
    flow: Flow


@dataclass(frozen=True)
class Environment:
    """The environment of a Lambda; ``denied`` says what AWS would not decrypt it for."""

    variables: Mapping[str, str]
    denied: str | None = None


class Look:
    """One examination. Reads are kept, because Connect answers two requests a second.

    Args:
        ca_bundle: PEM file with the authority of an embedded environment's stand-ins.
        templates: folder with the templates of the flows; None leaves comparing them out.
    """

    def __init__(
        self,
        kore: KoreDeployment,
        deployed: Deployed,
        aws: Aws,
        *,
        ca_bundle: Path | None = None,
        templates: Path | None = None,
    ) -> None:
        self.kore = kore
        self.deployed = deployed
        self.aws = aws
        self.ca_bundle = ca_bundle
        self.templates = templates
        # A client secret, once it was decrypted: to be looked for elsewhere, never to be shown.
        self.secrets: dict[str, str] = {}
        self._flows: dict[str, PublishedFlow | None] = {}
        self._functions: dict[str, FunctionConfigurationResponseTypeDef | None] = {}

    @property
    def embedded(self) -> bool:
        """Whether AWS is an embedded one, from which nobody asks the internet anything."""
        return self.aws.endpoint_url is not None

    @cached_property
    def instance(self) -> InstanceTypeDef | None:
        """The Connect instance, None when it does not exist."""
        answer = found(
            lambda: self.aws.connect.describe_instance(InstanceId=self.deployed.instance_id)
        )
        return None if answer is None else answer["Instance"]

    @property
    def authorities(self) -> str:
        """Certificates of private authorities that the Lambdas trust, as PEM text."""
        environment = self.environment(self.kore.stream_trigger)
        told = "" if environment is None else environment.variables.get("CA_BUNDLE_PEM", "")
        given = self.ca_bundle.read_text(encoding="ascii") if self.ca_bundle else ""
        return "\n".join(filter(None, (given, told)))

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
        tail = f"-connect-{self.deployed.instance_alias}-contact-"
        return prefix if prefix.endswith(tail) else f"{prefix}{tail}"

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

    def flow(self, flow_id: str) -> PublishedFlow | None:
        """A flow by its id, None while nothing is published under it.

        Raises:
            FlowSyntaxError: what is published cannot be read.
        """
        if flow_id not in self._flows:
            answer = found(
                lambda: self.aws.connect.describe_contact_flow(
                    InstanceId=self.deployed.instance_id, ContactFlowId=tail(flow_id)
                )
            )
            self._flows[flow_id] = None
            if answer is not None:
                made = answer["ContactFlow"]
                content = made.get("Content", "")
                live = made.get("Status") != "SAVED" and made.get("State") != "ARCHIVED"
                if live:
                    self._flows[flow_id] = PublishedFlow(
                        flow_id, made.get("Name", flow_id), content, parse(content)
                    )
        return self._flows[flow_id]

    def flows(self) -> Iterator[tuple[str, str]]:
        """What each flow is for, and its id."""
        for bot in self.kore.bots:
            yield f"of the bot {bot.key}", bot.flow_id
            yield f"of the queue of {bot.key}", bot.queue_flow_id
        if self.kore.disposition_flow_id is not None:
            yield "of the disposition", self.kore.disposition_flow_id

    def function(self, function: Function | str) -> FunctionConfigurationResponseTypeDef | None:
        """The configuration of a Lambda, of its alias's version where it is one of Kore's."""
        arn = function if isinstance(function, str) else function.alias_arn
        if arn not in self._functions:
            self._functions[arn] = found(
                lambda: self.aws.functions.get_function_configuration(FunctionName=arn)
            )
        return self._functions[arn]

    def environment(self, function: Function) -> Environment | None:
        """The environment of a Lambda, None when there is no such Lambda."""
        configuration = self.function(function)
        if configuration is None:
            return None
        environment = configuration.get("Environment", {})
        refused = environment.get("Error", {})
        return Environment(environment.get("Variables", {}), refused.get("ErrorCode"))


def tail(arn_or_id: str) -> str:
    """The id at the end of an ARN, without the alias or version of a flow."""
    return arn_or_id.rpartition("/")[2].partition(":")[0]


def listed(names: Iterable[str], limit: int = 8) -> str:
    """Names for a sentence, the first few when there are many."""
    every = sorted(names)
    shown = ", ".join(every[:limit])
    return shown if len(every) <= limit else f"{shown} and {len(every) - limit} more"
