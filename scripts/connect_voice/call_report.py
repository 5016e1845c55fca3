"""What came of a scripted call, for people and for programs; secrets stay out of both."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from callsim.record import CallRecord, LambdaCall, Line, Outcome, Step, Who

_SECRET = re.compile(r"secret|passw|credential|api.?key|private.?key|token$", re.IGNORECASE)
_HIDDEN = "***"
# A shorter value would take too much else with it.
_LEAST = 8


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
        shown: dict[str, object] = {
            "scenario": self.scenario,
            "passed": self.passed,
            "outcome": str(record.outcome),
            "transcript": [_line_json(line) for line in record.transcript],
            "path": [_step_json(step) for step in record.path],
            "attributes": dict(record.attributes),
            "lambdas": [_lambda_json(call) for call in record.lambdas],
            "queue": None if queue is None else {"name": queue.name, "arn": queue.arn},
            "failures": list(self.failures),
            "warnings": list(record.warnings),
            "contact_id": record.contact_id,
        }
        return cast("dict[str, object]", _Mask(record).apply(shown))


_SPEAKERS = {
    Who.CALLER: ("caller", "cyan"),
    Who.SYSTEM: ("Connect", "green"),
    Who.AGENT: ("AI agent", "magenta"),
    Who.PERSON: ("agent", "yellow"),
    Who.CONNECT: ("Connect", "dim"),
}
_ENDINGS = {
    Outcome.QUEUE: "the caller waits for a person",
    Outcome.SERVED: "an agent talked with the caller",
    Outcome.CALLBACK: "the caller will be called back, and was told so",
    Outcome.COMPLETED: "the call is over, and the caller was told so",
    Outcome.TRANSFERRED: "a third party has the caller",
    Outcome.HUNG_UP_SILENTLY: "the caller was hung up on without a word",
    Outcome.ERROR: "the call could not go on",
}


def render(report: CallReport) -> RenderableType:
    """A call as a conversation. Terminal colours by name, so any background will do."""
    mask = _Mask(report.record)
    conversation = Table.grid(padding=(0, 2))
    conversation.add_column(justify="right", style="dim")
    conversation.add_column(justify="right")
    conversation.add_column(overflow="fold")
    for line in report.record.transcript:
        name, style = _SPEAKERS[line.who]
        said = mask.text(line.text)
        words = Text(f"“{said}”") if line.says else Text(said, style="dim")
        conversation.add_row(_minutes(line.at), Text(name, style=style), words)
    mark, colour = ("✓", "green") if report.passed else ("✗", "red")
    parts: list[RenderableType] = [
        Text.assemble((report.scenario, "bold"), ("  " + report.description, "dim")),
        conversation,
        Text.assemble((f"{mark} ", colour), f"{_ENDINGS[report.record.outcome]}"),
    ]
    parts += [Text(f"  {mask.text(failure)}", style="red") for failure in report.failures]
    parts += [Text(f"  {mask.text(warning)}", style="yellow") for warning in report.record.warnings]
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
        "parameters": dict(call.parameters),
        "event": dict(call.event),
        "reply": call.reply,
        "duration_ms": round(call.seconds * 1000),
        "tries": call.tries,
        "error": call.error,
    }


class _Mask:
    """Hides what is called a secret somewhere in a call, wherever else in it the value stands."""

    def __init__(self, record: CallRecord) -> None:
        asked = [(call.parameters, call.event, call.reply) for call in record.lambdas]
        values = {value for value in _secrets([record.attributes, asked]) if len(value) >= _LEAST}
        # The longest first: one secret may begin another.
        ordered = sorted(values, key=len, reverse=True)
        self._values = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def text(self, text: str) -> str:
        """The text without them."""
        return text if self._values is None else self._values.sub(_HIDDEN, text)

    def apply(self, value: object) -> object:
        """A JSON value without them, and without what its own keys call a secret."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            entries = cast("Mapping[str, object]", value)
            return {
                key: _HIDDEN if _SECRET.search(key) and entry else self.apply(entry)
                for key, entry in entries.items()
            }
        if isinstance(value, list | tuple):
            return [self.apply(entry) for entry in cast("list[object]", value)]
        return value


def _secrets(value: object) -> Iterator[str]:
    """Every text whose key says that it is a secret."""
    if isinstance(value, Mapping):
        for key, entry in cast("Mapping[str, object]", value).items():
            if isinstance(entry, str) and _SECRET.search(key):
                yield entry
            yield from _secrets(entry)
    elif isinstance(value, list | tuple):
        for entry in cast("list[object]", value):
            yield from _secrets(entry)
