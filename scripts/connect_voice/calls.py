"""Scripted calls through what is deployed: number, flow, Lambda and queue are the applied ones."""

from __future__ import annotations

import contextlib
import fcntl
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import boto3
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from callsim.contact import Contact, Endpoint
from callsim.expectations import Queues, failures
from callsim.record import CallRecord, LambdaCall, Line, Outcome, Step, Who
from callsim.scenario import VENDORS, Scenario
from callsim.walker import walk
from connect_voice.call_path import check_call_path, start_flow
from connect_voice.call_world import ConnectWorld
from connect_voice.connect_client import ConnectInstance, Deployment, Number
from connect_voice.errors import UsageError
from connect_voice.stand_ins import stand_ins

__all__ = ["CallReport", "Deployment", "Number", "check_call_path", "place_call", "render"]

_SECRET = re.compile(r"secret|passw|credential|api.?key|private.?key|token$", re.IGNORECASE)


@dataclass(frozen=True)
class CallReport:
    """A scripted call, and whether what came of it is what its scenario expects."""

    scenario: str
    description: str
    failures: tuple[str, ...]
    record: CallRecord

    @property
    def passed(self) -> bool:
        """Whether every expectation was met."""
        return not self.failures

    def to_json(self) -> dict[str, object]:
        """The call for other programs: plain JSON values, secrets replaced by ``***``."""
        record = self.record
        queue = record.queue
        return {
            "scenario": self.scenario,
            "passed": self.passed,
            "outcome": str(record.outcome),
            "transcript": [_line_json(line) for line in record.transcript],
            "path": [_step_json(step) for step in record.path],
            "attributes": _without_secrets(record.attributes),
            "lambdas": [_lambda_json(call) for call in record.lambdas],
            "queue": None if queue is None else {"name": queue.name, "arn": queue.arn},
            "failures": list(self.failures),
            "warnings": list(record.warnings),
            "contact_id": record.contact_id,
        }


def place_call(
    scenario: Scenario, deployment: Deployment, session: boto3.Session, *, state_dir: Path
) -> CallReport:
    """Call the number and follow the call to its end.

    One call at a time: a stand-in plays one script.

    Args:
        session: with credentials for the deployment's account.
        state_dir: an existing folder of the embedded AWS, for the lock.

    Raises:
        UsageError: the deployment has no stand-in vendors, they do not understand the script, or
            there is no such number.
        CheckFailed: nobody would answer the number.
        OutsideError: AWS or a stand-in cannot be reached.
    """
    number = deployment.number(scenario.dials)
    if deployment.control_url is None:
        raise UsageError(
            "Scripted calls need stand-in vendors, which only an embedded environment has; dial "
            f"{number.number} instead."
        )
    instance = ConnectInstance(deployment, session)
    with _alone(state_dir / "call.lock"), stand_ins(deployment.control_url) as control:
        for vendor in VENDORS:
            control.play(vendor, scenario.stand_ins.get(vendor, {}))
        if scenario.cold:
            control.recycle_lambdas()
        contact = Contact(
            contact_id=str(uuid.uuid4()),
            instance_arn=instance.arn,
            customer=Endpoint(scenario.caller),
            system=Endpoint(number.number),
            attributes=scenario.attributes,
        )
        world = ConnectWorld(instance, session, control, scenario.third_party)
        record = walk(start_flow(number, instance), contact, world)
    queues = Queues(ids=deployment.queues, reasons=deployment.reason_queues)
    return CallReport(
        scenario=scenario.name,
        description=scenario.description,
        failures=failures(record, scenario.expect, queues),
        record=record,
    )


_SPEAKERS = {
    Who.CALLER: ("caller", "cyan"),
    Who.SYSTEM: ("Connect", "green"),
    Who.AGENT: ("AI agent", "magenta"),
    Who.CONNECT: ("Connect", "dim"),
}
_ENDINGS = {
    Outcome.QUEUE: "the caller waits for a person",
    Outcome.COMPLETED: "the call is over, and the caller was told so",
    Outcome.TRANSFERRED: "a third party has the caller",
    Outcome.HUNG_UP_SILENTLY: "the caller was hung up on without a word",
    Outcome.ERROR: "the call could not go on",
}


def render(report: CallReport) -> RenderableType:
    """A call as a conversation. Terminal colours by name, so any background will do."""
    conversation = Table.grid(padding=(0, 2))
    conversation.add_column(justify="right", style="dim")
    conversation.add_column(justify="right")
    conversation.add_column(overflow="fold")
    for line in report.record.transcript:
        name, style = _SPEAKERS[line.who]
        words = Text(f"“{line.text}”") if line.says else Text(line.text, style="dim")
        conversation.add_row(_minutes(line.at), Text(name, style=style), words)
    mark, colour = ("✓", "green") if report.passed else ("✗", "red")
    parts: list[RenderableType] = [
        Text.assemble((report.scenario, "bold"), ("  " + report.description, "dim")),
        conversation,
        Text.assemble((f"{mark} ", colour), f"{_ENDINGS[report.record.outcome]}"),
    ]
    parts += [Text(f"  {failure}", style="red") for failure in report.failures]
    parts += [Text(f"  {warning}", style="yellow") for warning in report.record.warnings]
    return Group(*parts)


def _minutes(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"


def _line_json(line: Line) -> dict[str, object]:
    return {
        "at": round(line.at, 2),
        "who": str(line.who),
        "says": line.says,
        "text": line.text,
    }


def _step_json(step: Step) -> dict[str, object]:
    return {
        "at": round(step.at, 2),
        "flow": step.flow,
        "identifier": step.identifier,
        "type": step.type,
        "branch": step.branch,
        "next": step.next,
        "why": step.why,
    }


def _lambda_json(call: LambdaCall) -> dict[str, object]:
    return {
        "identifier": call.identifier,
        "function": call.function,
        "operation": call.operation,
        "parameters": _without_secrets(call.parameters),
        "event": _without_secrets(call.event),
        "reply": _without_secrets(call.reply),
        "duration_ms": round(call.seconds * 1000),
        "tries": call.tries,
        "error": call.error,
    }


def _without_secrets(value: object) -> object:
    """The value with everything hidden whose key says that it is a secret."""
    if isinstance(value, Mapping):
        entries = cast("Mapping[str, object]", value)
        return {
            key: "***" if _SECRET.search(key) and entry else _without_secrets(entry)
            for key, entry in entries.items()
        }
    if isinstance(value, list):
        return [_without_secrets(entry) for entry in cast("list[object]", value)]
    return value


@contextlib.contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
