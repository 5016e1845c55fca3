"""What a code host offers, whichever it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class Comment:
    """A comment of ours; nobody else's is ever changed."""

    id: int
    body: str = field(repr=False)


@dataclass(frozen=True)
class Issue:
    """An open issue of ours.

    Args:
        number: as people write it, ``#7``.
        url: where people read it.
    """

    number: int
    title: str
    body: str = field(repr=False)
    url: str


class Conversation(Protocol):
    """The comments of one pull request, merge request or issue."""

    @property
    def name(self) -> str:
        """What people call it: ``pull request 7 of example/voice``."""

    def comments(self) -> Iterator[Comment]:
        """Our comments, the oldest first."""

    def add(self, body: str) -> None:
        """Write a comment."""

    def change(self, comment: Comment, body: str) -> None:
        """Give a comment of ours another text."""

    def remove(self, comment: Comment) -> None:
        """Delete a comment of ours; it may be gone already."""


class Issues(Protocol):
    """The issues of one repository."""

    def open_issues(self) -> Iterator[Issue]:
        """Our open issues, the oldest first."""

    def open(self, title: str, body: str) -> Issue:
        """Open an issue."""

    def change(self, issue: Issue, title: str, body: str) -> None:
        """Give an issue of ours another title and text."""

    def close(self, issue: Issue) -> None:
        """Close an issue of ours."""

    def conversation(self, issue: Issue) -> Conversation:
        """Its comments."""
