"""Every action type of the flow language as the live service takes it, as data.

Sources, strongest first: probes of the live CreateContactFlow published by
mgaffigan/pulumi-amazon-connect (docs/wire-format-checks.md) and flow-as-code/flow-as-code
(conformance/flow-language/actions.md); shapes counted over published console exports; AWS's
developer guide ("Flow language" pages), which the first two correct in about twenty places.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from flowkit.catalogue.about import About, Channel
from flowkit.catalogue.campaign import CAMPAIGN_ACTIONS
from flowkit.catalogue.contact import CONTACT_ACTIONS
from flowkit.catalogue.flow_control import FLOW_CONTROL_ACTIONS
from flowkit.catalogue.interactions import INTERACTION_ACTIONS
from flowkit.catalogue.invented import INVENTED_TYPES, MISNAMED_PARAMETERS
from flowkit.catalogue.participant import PARTICIPANT_ACTIONS
from flowkit.catalogue.types import COMPARISONS, ActionType, Evidence, FlowType
from flowkit.catalogue.undocumented import UNDOCUMENTED_ACTIONS

__all__ = [
    "CATALOGUE",
    "COMPARISONS",
    "FILLERS",
    "About",
    "ActionType",
    "Channel",
    "Evidence",
    "FlowType",
    "closest",
    "is_invented",
    "meant_parameter",
    "meant_types",
]

CATALOGUE: Mapping[str, ActionType] = MappingProxyType(
    {
        entry.name: entry
        for entry in (
            *PARTICIPANT_ACTIONS,
            *CONTACT_ACTIONS,
            *FLOW_CONTROL_ACTIONS,
            *INTERACTION_ACTIONS,
            *CAMPAIGN_ACTIONS,
            *UNDOCUMENTED_ACTIONS,
        )
    }
)
"""The known action types by name."""

FILLERS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        root: frozenset(entry.name for entry in CATALOGUE.values() if root in entry.about.fills)
        for root in sorted({root for entry in CATALOGUE.values() for root in entry.about.fills})
    }
)
"""The types that fill a namespace of JSONPaths, by the namespace without ``$.``."""

_BY_LOWER_CASE = {name.lower(): name for name in CATALOGUE}


def is_invented(name: str) -> bool:
    """Whether the service is known to refuse this type.

    That is so for the names people make up, and for a known type in another case: the service
    refuses ``UnTagContact`` though its own reference spells it so.
    """
    if name in CATALOGUE:
        return False
    return name in INVENTED_TYPES or name.lower() in _BY_LOWER_CASE


def meant_types(name: str) -> tuple[str, ...]:
    """The known types a wrong or unknown one most likely stands for; best first, often none."""
    if name in INVENTED_TYPES:
        return INVENTED_TYPES[name]
    if known := _BY_LOWER_CASE.get(name.lower()):
        return (known,)
    return closest(name, CATALOGUE)


def meant_parameter(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """The known parameter a wrong one most likely stands for; at most one."""
    allowed = tuple(known)
    for candidate in MISNAMED_PARAMETERS.get(name, ()):
        if candidate in allowed:
            return (candidate,)
    return closest(name, allowed)


def closest(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """The known word nearest to a misspelt one, if one is near enough."""
    lower = {word.lower(): word for word in known}
    # 0.75 finds a dropped word or a few wrong letters and keeps distinct names apart.
    found = difflib.get_close_matches(name.lower(), lower, n=1, cutoff=0.75)
    return tuple(lower[word] for word in found)
