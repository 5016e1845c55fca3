"""What differs in contact flows: in words for comments, in pictures for the page."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from connect_voice.brief.document import (
    Block,
    Bullets,
    Code,
    Fold,
    Item,
    Line,
    Listing,
    PageOnly,
    Paragraph,
    Picture,
    Section,
    Strong,
    Tone,
)
from connect_voice.brief.rehearsed import Rehearsal
from connect_voice.brief.words import LONGEST_NAME, counted, known_as, short
from flowkit.review import Review, review
from plan_policy.plan import Action, ResourceChange

TYPES = frozenset({"aws_connect_contact_flow", "aws_connect_contact_flow_module"})
_PLACEHOLDER = re.compile(r"\$\{[^{}]*\}")
_WORD = re.compile(r"[a-z0-9]+")
_REHEARSED = "Shown as a rehearsal of the apply had it; ids are made up."
_LATER = "Its text is known only after apply, because it names what is yet to be made."
_MOST_PICTURES = 40


def section(rehearsal: Rehearsal, templates: Mapping[str, str]) -> Section | None:
    """The section of flows; None where none is touched.

    Args:
        rehearsal: the plan, with the flows that were rehearsed.
        templates: the flow templates that it was made from, by their paths.
    """
    touched = [
        change
        for change in rehearsal.plan.changes
        if change.managed
        and change.type in TYPES
        and change.action not in {Action.NO_OP, Action.READ}
        and _content_changes(change)
    ]
    if not touched:
        return None
    items = tuple(
        _item(
            change,
            _template(change, templates),
            drawn=number < _MOST_PICTURES,
            rehearsed=change.address in rehearsal.addresses,
        )
        for number, change in enumerate(touched)
    )
    tone = max(item.tone for item in items)
    return Section("Flows", (Bullets(items),), tone, counted(len(touched), "flow"))


def _content_changes(change: ResourceChange) -> bool:
    if change.action is not Action.UPDATE:
        return True
    return _unknown(change) or _text(change.before) != _text(change.after)


def _item(change: ResourceChange, template: str | None, *, drawn: bool, rehearsed: bool) -> Item:
    verb = {
        Action.CREATE: "New",
        Action.DELETE: "Deleted",
        Action.FORGET: "Forgotten",
        Action.REPLACE: "Replaced",
    }.get(change.action, "Changed")
    name = known_as(change) or change.address
    before, after = _text(change.before), _text(change.after) if change.stays else None
    notes: list[Block] = [Paragraph((f"{_LATER} {_REHEARSED}",))] if rehearsed else []
    if change.stays and _unknown(change):
        if template is None:
            notes.append(Paragraph((_LATER,)))
            return Item(
                (Strong(verb), " ", Code(short(name, LONGEST_NAME))), tuple(notes), Tone.LOOK
            )
        after = fill(template, before)
        notes.append(
            Paragraph((f"{_LATER} Shown from its template; ", Code("${…}"), " stands for those."))
        )
    try:
        found = review(before, after, title=name)
    except ValueError as error:
        line: Line = (
            Strong(verb),
            " ",
            Code(short(name, LONGEST_NAME)),
            ": cannot be shown. ",
            str(error),
        )
        return Item(line, tuple(notes), Tone.LOOK)
    line = (Strong(verb), " ", Code(short(name, LONGEST_NAME)), f": {found.headline}")
    return Item(line, (*notes, *_shown(found, change.action, drawn=drawn)), Tone.PLAIN)


def _shown(found: Review, action: Action, *, drawn: bool) -> tuple[Block, ...]:
    blocks: list[Block] = []
    if before_and_after := (action in {Action.UPDATE, Action.REPLACE} and found.different):
        # Its first line is the headline, which stands above.
        blocks.append(Listing("\n".join(found.text().rstrip("\n").split("\n")[1:])))
    if not drawn or not (before_and_after or action in {Action.CREATE, Action.DELETE}):
        return tuple(blocks)
    if not before_and_after:
        picture = Picture(found.picture(), found.title)
        return (*blocks, PageOnly((Fold(("Picture",), (picture,)),)))
    sides = (
        ("What changes", found.picture(), "what changes"),
        ("Before", found.picture_before(), "before"),
        ("After", found.picture_after(), "after"),
    )
    folds = tuple(
        Fold((label,), (Picture(svg, f"{found.title}, {words}"),))
        for label, svg, words in sides
        if svg is not None
    )
    return (*blocks, PageOnly(folds))


def _unknown(change: ResourceChange) -> bool:
    unknown = change.after_unknown
    return unknown is True or (isinstance(unknown, Mapping) and unknown.get("content") is True)


def _text(values: Mapping[str, Any] | None) -> str | None:
    content = (values or {}).get("content")
    return content if isinstance(content, str) and content else None


def _template(change: ResourceChange, templates: Mapping[str, str]) -> str | None:
    """The template of that name; of several the one whose folder is in the module's name."""
    named = [
        path
        for path in sorted(templates)
        if _words(PurePosixPath(path).stem) == _words(change.name)
    ]
    here = [path for path in named if PurePosixPath(path).parent.name in change.module]
    return templates[(here or named)[0]] if here or len(named) == 1 else None


def _words(name: str) -> list[str]:
    return _WORD.findall(name.lower())


def fill(template: str, deployed: str | None) -> str:
    """The template with what stands in the deployed flow wherever a placeholder's text allows it.

    A placeholder that means the same as before then differs in nothing; one in a new place stays.

    Args:
        template: a flow with ``${name}`` in its strings.
        deployed: the flow that is deployed; None for none.
    """
    if deployed is None:
        return template
    try:
        wanted, known = json.loads(template), json.loads(deployed)
    except (ValueError, RecursionError):
        return template
    if not isinstance(wanted, dict) or not isinstance(known, dict):
        return template
    return json.dumps(_filled(wanted, known))


def _filled(wanted: Any, known: Any) -> Any:
    if isinstance(wanted, str) and isinstance(known, str):
        return known if _allows(wanted, known) else wanted
    if isinstance(wanted, dict) and isinstance(known, dict):
        return {key: _filled(value, known.get(key)) for key, value in wanted.items()}
    if isinstance(wanted, list) and isinstance(known, list):
        by_name = {each.get("Identifier"): each for each in known if isinstance(each, dict)}
        return [
            _filled(value, by_name.get(value["Identifier"]))
            if isinstance(value, dict) and "Identifier" in value
            else _filled(value, known[n] if n < len(known) else None)
            for n, value in enumerate(wanted)
        ]
    return wanted


def _allows(template: str, text: str) -> bool:
    """Whether some values of its placeholders make the template this text."""
    literals = _PLACEHOLDER.split(template)
    if len(literals) == 1:
        return False
    first, *middle, last = literals
    if not text.startswith(first) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for literal in middle:
        at = text.find(literal, at, end)
        if at < 0:
            return False
        at += len(literal)
    return at <= end
