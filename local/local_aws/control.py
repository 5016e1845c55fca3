"""Control paths: what the embedded AWS is told below ``/_local/``, beside what AWS itself has."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol
from urllib.parse import unquote

PREFIX = "/_local/"

Reply = tuple[int, Mapping[str, object] | None]

_PLACE = re.compile(r"\b[A-Z_]{2,}\b")


class Control(Protocol):
    """Answers control paths.

    It gets the method, the path (still with its ``/_local/`` prefix) and the body, and gives a
    status and a JSON object, or no body.
    """

    def __call__(self, method: str, path: str, body: bytes) -> Reply:
        """Answer one request."""


@dataclass(frozen=True)
class Route:
    """One control path.

    Args:
        method: the one it takes.
        path: below the control's own segment; a word in capitals (``CONTACT_ID``) stands for any
            value.
        answer: gets what stands at the capitals, then the body.
    """

    method: str
    path: str
    answer: Callable[..., Reply]

    @property
    def pattern(self) -> re.Pattern[str]:
        """What matches the path."""
        return re.compile(_PLACE.sub("([^/]+)", self.path))


def routed(owner: str, segment: str, routes: Sequence[Route]) -> Control:
    """Lead control paths to their functions.

    Args:
        owner: who has them, for sentences: "The ServiceNow stand-in".
        segment: the first one of the paths, ``servicenow`` in ``/_local/servicenow/``.
        routes: the paths.
    """
    table = [(route, route.pattern) for route in routes]

    def answer(method: str, path: str, body: bytes) -> Reply:
        rest = path.removeprefix(f"{PREFIX}{segment}/")
        found = [(route, match) for route, pattern in table if (match := pattern.fullmatch(rest))]
        for route, match in found:
            if route.method == method:
                return route.answer(*(unquote(value) for value in match.groups()), body)
        if found:
            takes = " or ".join(route.method for route, _ in found)
            return refused(
                HTTPStatus.METHOD_NOT_ALLOWED, f"This path takes {takes} only; use that."
            )
        known = " and ".join(f"{route.method} {route.path}" for route in routes)
        return refused(HTTPStatus.NOT_FOUND, f"{owner} has {known}; use one of those paths.")

    return answer


def refused(status: HTTPStatus, sentence: str) -> Reply:
    """A refusal, with one sentence under ``error``."""
    return status, {"error": sentence}
