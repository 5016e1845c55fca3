"""Which function runs which type of block, and what such a function can answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from callsim.record import Outcome
from callsim.state import Call
from callsim.world import FlowSource
from flowkit.model import Action


class NoResult:
    """The result of a block that has nothing to compare."""


NO_RESULT: Final = NoResult()


@dataclass(frozen=True)
class Done:
    """The block did its work; its conditions, if any, are tried on ``result``."""

    result: object = NO_RESULT


@dataclass(frozen=True)
class Failed:
    """The block takes its error branch of that type, ``NoMatchingError`` if it has none."""

    why: str
    error_type: str = "NoMatchingError"


@dataclass(frozen=True)
class Entered:
    """The call goes on in another flow."""

    source: FlowSource


@dataclass(frozen=True)
class Ended:
    """The call leaves the flows."""

    outcome: Outcome


Result = Done | Failed | Entered | Ended
Handler = Callable[[Action, Call], Result]

_HANDLERS: dict[str, Handler] = {}


def handles(*types: str) -> Callable[[Handler], Handler]:
    """Register a function for blocks of those types."""

    def register(function: Handler) -> Handler:
        for name in types:
            if name in _HANDLERS:
                raise ValueError(f"{name} has two handlers.")
            _HANDLERS[name] = function
        return function

    return register


def handler(action_type: str) -> Handler | None:
    """The function for blocks of that type, or None where none is simulated."""
    return _HANDLERS.get(action_type)
