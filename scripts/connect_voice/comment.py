"""A brief on the pull request it is for, and drift in one issue an environment.

A hidden mark in the first line says which comment is whose, so that each is written once and then
changed in place. Only what our own account wrote is ever changed.
"""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from connect_voice.brief import LIMIT, split_markdown
from connect_voice.code_host.client import UnclearError
from connect_voice.code_host.conversation import Comment, Conversation, Issue, Issues
from connect_voice.errors import OutsideError

_MARK = re.compile(
    r"<!-- connect-voice (?P<what>[a-z]+) of (?P<name>[A-Za-z0-9._-]+), part (?P<part>[0-9]+), "
    r"(?P<made>[0-9T:+-]+) -->"
)
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_ROOM = 1_024  # for the mark and for the line that names the bundle
_TRIES = 3
_PAUSE = 2.0
_T = TypeVar("_T")


class Outcome(StrEnum):
    """What became of a comment or an issue."""

    WRITTEN = "written"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    NEWER = "left alone, because what is there is newer"
    CLOSED = "closed"
    NONE = "not needed"


@dataclass(frozen=True)
class Posted:
    """What was done.

    Args:
        parts: how many comments there are now.
        where: what people call the place, or its address.
    """

    outcome: Outcome
    parts: int
    where: str


@dataclass(frozen=True)
class Post:
    """What is to stand there.

    Args:
        what: ``brief`` or ``drift``.
        name: the environment.
        made_at: when it was made; what is older never replaces what is newer.
        foot: a line of our own Markdown for the end of every part.
    """

    what: str
    name: str
    made_at: datetime
    markdown: str
    foot: str = ""

    def bodies(self) -> list[str]:
        """The parts, each with its mark."""
        if not _NAME.fullmatch(self.name) or not _NAME.fullmatch(self.what):
            raise ValueError(self.name)
        foot = f"\n{self.foot}\n" if self.foot else ""
        made = self.made_at.isoformat(timespec="seconds")
        return [
            f"<!-- connect-voice {self.what} of {self.name}, part {number}, {made} -->\n"
            f"{part}{foot}"
            for number, part in enumerate(split_markdown(self.markdown, LIMIT - _ROOM), 1)
        ]


def put_comment(
    conversation: Conversation, post: Post, *, wait: Callable[[float], object] = time.sleep
) -> Posted:
    """Have exactly this on a pull request: comments of ours changed, added and removed as needed.

    Raises:
        OutsideError: the code host refuses, or cannot be reached.
    """
    return _until_clear(lambda: _put(conversation, post, post.bodies(), first=1), wait)


def report_issue(
    issues: Issues,
    post: Post | None,
    *,
    name: str,
    title: str,
    closing: str = "",
    wait: Callable[[float], object] = time.sleep,
) -> Posted:
    """Have one open issue that says this, or none.

    Args:
        issues: the repository's.
        post: what it says; None when there is nothing to say any more.
        name: the environment.
        title: of the issue.
        closing: the last comment of an issue that is closed.
        wait: what passes the seconds between two tries.

    Raises:
        OutsideError: the code host refuses, or cannot be reached.
    """
    return _until_clear(lambda: _report(issues, post, name, title, closing), wait)


def _until_clear(put: Callable[[], _T], wait: Callable[[float], object]) -> _T:
    """Look again and do what is left, where an answer got lost; what was done is found."""
    for attempt in range(1, _TRIES + 1):
        try:
            return put()
        except UnclearError as error:
            if attempt == _TRIES:
                raise OutsideError(str(error)) from None
            wait(_PAUSE * attempt)
    raise AssertionError


def _put(conversation: Conversation, post: Post, bodies: Sequence[str], *, first: int) -> Posted:
    """Have these as comments, whose parts are counted from ``first``."""
    ours = _marked(conversation.comments(), post)
    if any(_made(found) > post.made_at for found in _flat(ours.values())):
        return Posted(Outcome.NEWER, len(ours), conversation.name)
    changed = added = 0
    wanted = dict(enumerate(bodies, 1))
    for number, body in wanted.items():
        if number < first:
            continue
        there = ours.pop(number, [])
        if not there:
            conversation.add(body)
            added += 1
            continue
        # Two runs at once can both have written: the older comment is the one people know.
        if not _same(there[0].body, body):
            conversation.change(there[0], body)
            changed += 1
        for double in there[1:]:
            conversation.remove(double)
            changed += 1
    for stale in _flat(ours.values()):
        conversation.remove(stale)
        changed += 1
    outcome = Outcome.UPDATED if changed or (added and added < len(wanted)) else Outcome.UNCHANGED
    if added == len(wanted) and not changed:
        outcome = Outcome.WRITTEN
    return Posted(outcome, len(wanted), conversation.name)


def _report(issues: Issues, post: Post | None, name: str, title: str, closing: str) -> Posted:
    mark = _issue_mark(name)
    ours = [issue for issue in issues.open_issues() if issue.body.startswith(mark)]
    if post is None:
        for issue in ours:
            if closing:
                issues.conversation(issue).add(closing)
            issues.close(issue)
        if not ours:
            return Posted(Outcome.NONE, 0, "")
        return Posted(Outcome.CLOSED, 0, ours[0].url)
    bodies = [f"{mark}\n{body}" if not n else body for n, body in enumerate(post.bodies())]
    if not ours:
        issue = issues.open(title, bodies[0])
        outcome = Outcome.WRITTEN
    else:
        issue, *doubles = ours
        outcome = Outcome.UNCHANGED
        if issue.title != title or not _same(issue.body, bodies[0]):
            issues.change(issue, title, bodies[0])
            outcome = Outcome.UPDATED
        for double in doubles:
            issues.close(double)
    rest = _put(issues.conversation(issue), post, bodies, first=2)
    if outcome is Outcome.UNCHANGED:
        outcome = rest.outcome
    return Posted(outcome, len(bodies), _where(issue))


def _where(issue: Issue) -> str:
    return issue.url or f"issue {issue.number}"


def _issue_mark(name: str) -> str:
    return f"<!-- connect-voice issue of {name} -->"


def _marked(comments: Iterable[Comment], post: Post) -> defaultdict[int, list[Comment]]:
    found: defaultdict[int, list[Comment]] = defaultdict(list)
    for comment in comments:
        mark = _MARK.match(comment.body)
        if mark and (mark["what"], mark["name"]) == (post.what, post.name):
            found[int(mark["part"])].append(comment)
    return found


def _made(comment: Comment) -> datetime:
    mark = _MARK.match(comment.body)
    try:
        return datetime.fromisoformat(mark["made"] if mark else "")
    except ValueError:
        return datetime.fromisoformat("2000-01-01T00:00:00+00:00")


def _same(there: str, wanted: str) -> bool:
    # Hosts may give line ends back as CR LF, and cut white space at the end.
    return there.replace("\r\n", "\n").rstrip() == wanted.rstrip()


def _flat(groups: Iterable[Sequence[Comment]]) -> list[Comment]:
    return [comment for group in groups for comment in group]
