"""Parameters that are there and answer as if they were not."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from http import HTTPStatus

from local_aws.control import Reply, Route, refused


class Absent:
    """Patterns of names; none at first."""

    def __init__(self) -> None:
        self._patterns: tuple[str, ...] = ()

    def covers(self, name: str) -> bool:
        """Tell whether a parameter shall seem absent.

        Args:
            name: as a request has it: with or without slash, with a selector, or as ARN.
        """
        bare = name.partition(":parameter")[2] if name.startswith("arn:") else name
        bare = bare.partition(":")[0]
        return any(fnmatchcase(f"/{bare.lstrip('/')}", pattern) for pattern in self._patterns)

    @property
    def routes(self) -> tuple[Route, ...]:
        """The control path that sets the patterns."""
        return (Route("PUT", "absent", self._set),)

    def _set(self, body: bytes) -> Reply:
        try:
            told = json.loads(body)
        except ValueError:
            told = None
        names = told.get("names") if isinstance(told, dict) else None
        if not isinstance(names, list) or not all(isinstance(one, str) for one in names):
            return refused(
                HTTPStatus.BAD_REQUEST,
                'Send {"names": ["/a/*/b"]} with patterns of parameter names, or [] to end it.',
            )
        self._patterns = tuple(f"/{one.lstrip('/')}" if one[:1] != "*" else one for one in names)
        return HTTPStatus.NO_CONTENT, None
