"""What is counted of an invocation: one line in CloudWatch's embedded metric format.

CloudWatch Logs makes metrics of such a line by itself ("Specification: Embedded metric format",
CloudWatch user guide): no request, no permission, and the line says whose call it was. A library
for it would cost a cold start more than these lines (docs/decisions/0011-light-lambdas.md).

Metrics, in the namespace ``ConnectVoice`` under ``service`` and ``operation``:

``Succeeded``, ``Failed``
    1 or 0: their sum is the number of invocations. ``Failed`` also under ``errorCode``.
``Duration``
    Milliseconds from the event to the reply.
``Retries``
    HTTP attempts at what had been tried before in the same invocation; asking again for a record
    that is late is one.
``Fallbacks``
    Faults that the operation could live with.
``ColdStart``
    1 for the first invocation of an execution environment, else 0.
``<Request>Latency``
    Milliseconds of every HTTP attempt, by what it was for: ``OauthTokenLatency``.
"""

import re
from collections.abc import Mapping

from connect_core.http import Exchange
from connect_core.value import Value

NAMESPACE = "ConnectVoice"
_DIMENSIONS = ("service", "operation")
# The specification's limit for the values of one metric in one line.
_MOST_VALUES = 100
_WORD = re.compile(r"[A-Za-z0-9]+")


class Tally:
    """What happened during one invocation."""

    def __init__(self) -> None:
        self.fallbacks = 0
        self.latencies: dict[str, list[int]] = {}

    def exchange(self, exchange: Exchange) -> None:
        """Count one HTTP attempt."""
        values = self.latencies.setdefault(_latency_of(exchange.name), [])
        if len(values) < _MOST_VALUES:
            values.append(exchange.milliseconds)


class Outcome(Value):
    """How an invocation ended.

    Args:
        service: Whose invocation it was, "" when nobody said.
        operation: What was asked for.
        error_code: The reply's `errorCode`, "" for a success.
        milliseconds: How long it took.
        cold: Whether it was the first of its execution environment.
    """

    service: str
    operation: str
    error_code: str
    milliseconds: int
    cold: bool


def document(outcome: Outcome, tally: Tally, *, now: float) -> Mapping[str, object]:
    """The line, as a JSON object.

    Args:
        outcome: How the invocation ended.
        tally: What happened during it.
        now: Seconds since 1970.
    """
    failed = bool(outcome.error_code)
    counts = {
        "Succeeded": int(not failed),
        "Failed": int(failed),
        "Retries": sum(len(values) - 1 for values in tally.latencies.values()),
        "Fallbacks": tally.fallbacks,
        "ColdStart": int(outcome.cold),
    }
    times: Mapping[str, object] = {"Duration": outcome.milliseconds, **tally.latencies}
    directives = [
        _directive(
            _DIMENSIONS,
            {**dict.fromkeys(counts, "Count"), **dict.fromkeys(times, "Milliseconds")},
        )
    ]
    if failed:
        directives.append(_directive((*_DIMENSIONS, "errorCode"), {"Failed": "Count"}))
    return {
        "_aws": {"Timestamp": int(now * 1000), "CloudWatchMetrics": directives},
        # A dimension without a value would make the whole line worthless.
        "service": outcome.service or "unknown",
        "operation": outcome.operation or "unknown",
        "errorCode": outcome.error_code,
        **counts,
        **times,
    }


def _directive(dimensions: tuple[str, ...], units: Mapping[str, str]) -> Mapping[str, object]:
    return {
        "Namespace": NAMESPACE,
        "Dimensions": [list(dimensions)],
        "Metrics": [{"Name": name, "Unit": unit} for name, unit in units.items()],
    }


def _latency_of(request: str) -> str:
    """The metric of a request: ``ssm:GetParameters`` is ``SsmGetParametersLatency``."""
    words = [word[0].upper() + word[1:] for word in _WORD.findall(request)]
    return "".join(words) + "Latency"
