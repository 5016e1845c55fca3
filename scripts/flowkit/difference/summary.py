"""A comparison in words: for a terminal, for a comment, for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import StrEnum

from flowkit.difference.comparison import ActionChange, BranchChange, Difference
from flowkit.difference.values import ValueChange
from flowkit.drawing.graph import Change
from flowkit.drawing.text import is_generated, squeeze
from flowkit.drawing.words import describe
from flowkit.model import Flow
from flowkit.secrets import withheld

_SIGNS = {Change.ADDED: "+", Change.REMOVED: "-", Change.CHANGED: "~"}
_LONGEST = 160
_MARKUP = {ord(mark): f"&#{ord(mark)};" for mark in "\\`*_[]<>&#|~!@$"}


class Form(StrEnum):
    """What a comparison in words can be."""

    TEXT = "text"
    MARKDOWN = "markdown"
    JSON = "json"


def summary(
    difference: Difference, form: Form = Form.TEXT, *, title: str, told: str | None = None
) -> str:
    """The comparison in words.

    Args:
        difference: what to put into words.
        form: for whom.
        title: what the reader knows the flow by.
        told: the headline; by default `headline`'s.
    """
    if form is Form.JSON:
        return json.dumps(_values(difference), indent=2, ensure_ascii=False) + "\n"
    top = f"{squeeze(title)}: {told or headline(difference)}"
    lines = _markdown(difference, top) if form is Form.MARKDOWN else _text(difference, top)
    return "\n".join(lines) + "\n"


def headline(difference: Difference) -> str:
    """One line that says how much differs."""
    if not difference:
        return "no difference"
    counts = [
        f"{difference.count(change)} {change}"
        for change in (Change.ADDED, Change.REMOVED, Change.CHANGED)
        if difference.count(change)
    ]
    if difference.start is not None:
        counts.append("another start")
    if difference.document:
        counts.append("other settings")
    return ", ".join(counts)


def _text(difference: Difference, top: str) -> Iterator[str]:
    yield top
    for change in difference.actions:
        yield f"{_SIGNS[change.change]} {_called(difference, change)}"
        for detail, sign in _details(difference, change):
            yield f"    {sign} {detail}"
    yield from _notes(difference)


def _markdown(difference: Difference, top: str) -> Iterator[str]:
    yield f"### {_escaped(top)}"
    for number, change in enumerate(difference.actions):
        if not number:
            yield ""
        yield f"- **{change.change.capitalize()}** {_escaped(_called(difference, change))}"
        for detail, sign in _details(difference, change):
            word = {"+": "added", "-": "removed", "~": "changed"}[sign]
            yield f"  - {word}: {_escaped(detail)}"
    for number, note in enumerate(_notes(difference)):
        if not number:
            yield ""
        yield f"{_escaped(note)}  "


def _called(difference: Difference, change: ActionChange) -> str:
    flow = difference.old if change.new is None else difference.new
    return _called_in(flow, change.action.identifier, change)


def _called_in(flow: Flow, identifier: str, change: ActionChange | None = None) -> str:
    action = change.action if change else flow.action(identifier)
    if action is None:
        return f"'{_shown(identifier)}', which is not there"
    words = describe(flow, action)
    told = _shown(": ".join([words.title, *words.paragraphs[:1]]))
    return told if is_generated(identifier) else f"{squeeze(identifier)} ({told})"


def _details(difference: Difference, change: ActionChange) -> Iterator[tuple[str, str]]:
    for value in change.values:
        yield _value(value), _sign(value)
    for branch in change.branches:
        yield _branch(difference, branch), _SIGNS[branch.change]


def _sign(value: ValueChange) -> str:
    return "+" if value.old is None else "-" if value.new is None else "~"


def _value(value: ValueChange) -> str:
    known = [f'"{_shown(v)}"' for v in _withheld(value) if v is not None]
    return f"{squeeze(value.path)}: {' → '.join(known)}"


def _withheld(value: ValueChange) -> tuple[str | None, str | None]:
    """Both values without secrets: comparisons end in comments, where everybody reads them."""
    name = value.path.removesuffix(".Value").rpartition(".")[2]
    old, new = (None if v is None else withheld(name, v) for v in (value.old, value.new))
    return old, new


def _branch(difference: Difference, branch: BranchChange) -> str:
    ends = [
        _called_in(flow, target)
        for flow, target in ((difference.old, branch.old), (difference.new, branch.new))
        if target is not None
    ]
    return f"branch [{branch.when}]" + (f" to {', now to '.join(ends)}" if ends else "")


def _notes(difference: Difference) -> Iterator[str]:
    if difference.start is not None:
        old, new = difference.start
        yield (
            f"Starts at {_called_in(difference.new, new)}, "
            f"no longer at {_called_in(difference.old, old)}."
        )
    for value in difference.document:
        yield f"Document, {_value(value)}."
    if difference.renamed:
        shown = [(a, b) for a, b in difference.renamed if not is_generated(a)][:5]
        listed = ", ".join(f"{squeeze(a)} → {squeeze(b)}" for a, b in shown)
        count = len(difference.renamed)
        plural = "s" * (count != 1)
        yield f"{count} action{plural} renamed" + (f", among them {listed}." if shown else ".")
    if difference.moved:
        yield f"{len(difference.moved)} moved in the designer."


def _shown(value: str) -> str:
    text = squeeze(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _escaped(text: str) -> str:
    # A flow's words are the author's: no markup, mentions or links of theirs in a comment.
    return text.translate(_MARKUP)


def _values(difference: Difference) -> dict[str, object]:
    return {
        "different": bool(difference),
        "actions": [
            {
                "change": change.change.value,
                "type": change.action.type,
                "old": change.old.identifier if change.old else None,
                "new": change.new.identifier if change.new else None,
                "says": _called(difference, change),
                "parameters": [_leaf(value) for value in change.values],
                "branches": [
                    {
                        "change": branch.change.value,
                        "when": branch.when,
                        "old": branch.old,
                        "new": branch.new,
                    }
                    for branch in change.branches
                ],
            }
            for change in difference.actions
        ],
        "start": list(difference.start) if difference.start else None,
        "document": [_leaf(value) for value in difference.document],
        "renamed": [{"old": a, "new": b} for a, b in difference.renamed],
        "moved": list(difference.moved),
    }


def _leaf(value: ValueChange) -> dict[str, str | None]:
    old, new = _withheld(value)
    return {"path": value.path, "old": old, "new": new}
