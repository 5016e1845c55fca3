"""What a reviewer of a flow needs: what differs between two versions, in words and in pictures.

The one entrance for whoever shows a change of flows to people. ::

    from flowkit.review import review

    change = review(deployed, planned, title="servicenow voice inbound")
    if change.different:
        change.headline            # "1 added, 2 changed"
        change.text()              # for a terminal
        change.markdown()          # for a comment on a pull request; the flow's words are escaped
        change.picture()           # one SVG: the new version with marks, and what went
        change.picture_before()    # SVG of each version by itself; None where there is none
        change.picture_after()

A version is the text that ``CreateContactFlow`` takes, a template of it, the same parsed, or None
where there is no such version: a flow that is new, or goes. Nothing is drawn before it is asked
for. Pictures follow the reader's light or dark scheme and ask for nothing from the network; several
on one page do not disturb each other when each is an ``<img src="data:image/svg+xml;base64,…">``.
Values that look like secrets are in none of it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flowkit.difference import Difference, Form, compare, headline, picture, summary
from flowkit.drawing import Change, Format, TooLargeError, render
from flowkit.model import Flow, FlowSyntaxError, read

__all__ = ["FlowSyntaxError", "Review", "TooLargeError", "Version", "review"]

Version = str | Mapping[str, Any] | None
"""A flow as JSON text or as its parsed document; None for no flow."""

_NO_FLOW = Flow("", ())


@dataclass(frozen=True)
class Review:
    """Two versions of a flow, compared.

    Attributes:
        title: what the reader knows the flow by.
        change: what becomes of the flow as a whole; none when both versions do the same.
        difference: all that differs, for programs.
    """

    title: str
    change: Change
    difference: Difference

    @property
    def different(self) -> bool:
        """Whether a caller could notice; names and places in the designer do not count."""
        return self.change is not Change.NONE

    @property
    def headline(self) -> str:
        """One line without the title: ``1 added, 2 changed``, ``new flow of 12 actions``."""
        if self.change is Change.ADDED:
            return f"new flow of {_actions(self.difference.new)}"
        if self.change is Change.REMOVED:
            return f"flow of {_actions(self.difference.old)} removed"
        return headline(self.difference)

    def text(self) -> str:
        """The difference for a terminal: the headline, then a line for each change."""
        return self._words(Form.TEXT)

    def markdown(self) -> str:
        """The difference for a comment: a third-level heading, then a list."""
        return self._words(Form.MARKDOWN)

    def picture(self, form: Format = Format.SVG) -> str:
        """Both versions in one picture; ``+`` added, a minus sign removed, ``~`` changed.

        Args:
            form: an SVG, a page with pan, zoom and search, or Mermaid.

        Raises:
            TooLargeError: there is more of the flow than a picture can show (1,000 actions).
        """
        if self.change is Change.REMOVED:
            return render(self.difference.old, form, title=self.title)
        if self.change is Change.ADDED:
            return render(self.difference.new, form, title=self.title)
        return picture(self.difference, form, title=self.title)

    def picture_before(self, form: Format = Format.SVG) -> str | None:
        """The old version; None when there is none."""
        if self.change is Change.ADDED:
            return None
        return render(self.difference.old, form, title=f"{self.title}, before")

    def picture_after(self, form: Format = Format.SVG) -> str | None:
        """The new version; None when there is none."""
        if self.change is Change.REMOVED:
            return None
        return render(self.difference.new, form, title=f"{self.title}, after")

    def _words(self, form: Form) -> str:
        return summary(self.difference, form, title=self.title, told=self.headline)


def review(before: Version, after: Version, *, title: str) -> Review:
    """Compare two versions of a flow.

    Args:
        before: the version that is deployed, None for a new flow.
        after: the version that is planned, None for one that goes.
        title: what the reader knows the flow by.

    Raises:
        FlowSyntaxError: a version is no JSON or has no list of actions; what else has not a flow's
            shape is left out.
        ValueError: there is neither version (of which FlowSyntaxError is a kind).
    """
    if before is None and after is None:
        raise ValueError("Give at least one version of the flow.")
    difference = compare(_parsed(before), _parsed(after))
    if before is not None and after is not None:
        return Review(title, Change.CHANGED if difference else Change.NONE, difference)
    # Where there is only one version, its start and its settings are no changes of their own.
    alone = replace(difference, start=None, document=())
    return Review(title, Change.ADDED if before is None else Change.REMOVED, alone)


def _parsed(version: Version) -> Flow:
    if version is None:
        return _NO_FLOW
    flow, _ = read(version if isinstance(version, str) else json.dumps(version))
    return flow


def _actions(flow: Flow) -> str:
    count = len(flow.actions)
    return f"{count} action{'s' * (count != 1)}"
