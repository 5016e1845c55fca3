"""What was set otherwise for the environment than when it was applied last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connect_voice.brief.attributes import value_changes
from connect_voice.brief.document import Bullets, Item, Paragraph, Section, Tone
from connect_voice.brief.words import counted

_MOST = 60


def section(planned: Mapping[str, Any], applied: Mapping[str, Any] | None) -> Section | None:
    """The section of Terraform variables; None where none differs.

    Args:
        planned: ``variables`` of the plan's redacted JSON.
        applied: the same of what was applied last; None where nothing is known of it.
    """
    if applied is None:
        return None
    before, after = _values(applied), _values(planned)
    changes = value_changes(before, after)
    if not changes:
        return None
    items = tuple(Item(change.line) for change in changes[:_MOST])
    rest = len(changes) - len(items)
    more = (Paragraph((f"and {counted(rest, 'value')} more",)),) if rest else ()
    return Section(
        "Inputs of the environment",
        (Bullets(items), *more),
        Tone.PLAIN,
        counted(len(changes), "value"),
    )


def _values(variables: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: entry["value"] if isinstance(entry, Mapping) and entry.keys() == {"value"} else entry
        for name, entry in variables.items()
    }
