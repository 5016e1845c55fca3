"""What a stand-in has been told to do, checked when it is set.

A script is a JSON object with a part for each interface. A part is one step, or a list of steps
played in order; a step with ``times`` serves that many requests, one without serves the rest, and
when none is left the interface behaves as if nothing had been said.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from local_aws.standins.fields import Fields, ScriptError

Step = TypeVar("Step")


class Part(Generic[Step]):
    """The steps of one interface, used up by its requests."""

    def __init__(self, steps: tuple[tuple[Step, int | None], ...], default: Step) -> None:
        self._steps = list(steps)
        self._default = default
        self._lock = threading.Lock()

    def next(self) -> Step:
        """The step for the request that has just come in."""
        with self._lock:
            if not self._steps:
                return self._default
            step, times = self._steps[0]
            if times == 1:
                del self._steps[0]
            elif times is not None:
                self._steps[0] = (step, times - 1)
            return step


def fields_of(text: str | bytes) -> Fields:
    """Read a script as an object whose keys are still to be checked.

    Raises:
        ScriptError: it is not a JSON object.
    """
    try:
        value: object = json.loads(text or b"{}")
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ScriptError(f"The script is not JSON ({error}); send an object.") from error
    return Fields(value, "The script")


def part(
    steps: tuple[Fields, ...], parse_step: Callable[[Fields], Step], default: Step
) -> Part[Step]:
    """Read the steps of one interface.

    Args:
        steps: as they stand in the script.
        parse_step: reads one of them.
        default: the step when none is left.

    Raises:
        ScriptError: a step cannot be read, or is never reached.
    """
    parsed: list[tuple[Step, int | None]] = []
    for position, fields in enumerate(steps, start=1):
        times = fields.optional_integer("times", least=1, most=1_000_000)
        if times is None and position < len(steps):
            raise ScriptError(
                f"{fields.name} has no times, so the steps after it are never reached; "
                "give it times or make it the last."
            )
        parsed.append((parse_step(fields), times))
        fields.done()
    return Part(tuple(parsed), default)
