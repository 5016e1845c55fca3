"""Rules against secrets in a flow: keys that name one, values that look like one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flowkit._checks.graph import Graph
from flowkit._checks.strings import SPEECH, Value
from flowkit.problem import Problem, Rule
from flowkit.secrets import holds_secret, names_a_secret, secrets_in

_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


def secret_problems(graph: Graph) -> Iterator[Problem]:
    """Strings that are a secret by their key or by their looks; one finding a string."""
    for value in graph.values:
        if problem := _value(graph, value):
            yield problem
    for value in graph.other_values:
        if problem := _value(graph, value):
            yield problem


def _value(graph: Graph, value: Value) -> Problem | None:
    seen = secrets_in(value.text)
    why = f"holds {seen[0].kind}" if seen else _named(graph, value)
    if why is None:
        return None
    where = value.path if value.action is None else graph.label(value.action)
    _, _, inside = value.path.partition("].Parameters.")
    shown = f"{inside} of {where}" if inside else value.path
    return graph.finding(
        Rule.SECRET,
        value.path,
        value.action,
        # The value itself is not repeated: reports are passed around.
        f"{shown} {why}; keep it in a parameter store and let a Lambda read it there.",
    )


def _named(graph: Graph, value: Value) -> str | None:
    filled = _PLACEHOLDER.findall(value.text) if graph.template and value.action is not None else []
    if name := next((name for name in filled if names_a_secret(name)), None):
        return f"is filled with ${{{name}}}, so the secret ends up in the flow"
    if value.key in SPEECH:
        return None
    if filled and names_a_secret(value.key):
        return "is named as a secret and filled into the flow"
    return (
        "is named as a secret and holds fixed text" if holds_secret(value.key, value.text) else None
    )
