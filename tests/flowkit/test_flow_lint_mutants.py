"""Whatever is broken anywhere in the flows of this project, the right rule finds it."""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from flowkit.lint import lint_text

Flow = dict[str, Any]
Mutant = tuple[str, frozenset[str], Callable[[Flow], object]]

FLOWS = Path(__file__).parents[2] / "flows"
ARN = "arn:aws:connect:eu-west-1:123456789012:instance/a/queue/b"
NOWHERE = "no-such-action"
EVERY = 5
"""One place in so many is spoilt: some hundred mutants of each flow in seconds."""


def _strings(value: object, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, str):
        yield path
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _strings(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _strings(inner, (*path, number))


def _put(path: tuple[Any, ...], value: object) -> Callable[[Flow], object]:
    def change(flow: Flow) -> None:
        holder: Any = flow
        for step in path[:-1]:
            holder = holder[step]
        holder[path[-1]] = value

    return change


def _take(path: tuple[Any, ...]) -> Callable[[Flow], object]:
    def change(flow: Flow) -> None:
        holder: Any = flow
        for step in path[:-1]:
            holder = holder[step]
        del holder[path[-1]]

    return change


def _rename(path: tuple[Any, ...], name: str) -> Callable[[Flow], object]:
    def change(flow: Flow) -> None:
        holder: Any = flow
        for step in path[:-1]:
            holder = holder[step]
        holder[name] = holder.pop(path[-1])

    return change


def _rules(*names: str) -> frozenset[str]:
    return frozenset(names)


def _mutants(flow: Flow) -> Iterator[Mutant]:
    for index, action in enumerate(flow["Actions"]):
        yield from _branch_mutants(("Actions", index, "Transitions"), action["Transitions"])
        yield from _value_mutants(("Actions", index, "Parameters"), action)
        place = ("Actions", index)
        yield "invent type", _rules("invented-type"), _put((*place, "Type"), "PlayPrompt")
        misspelt = f"{action['Type']}s"
        yield "misspell type", _rules("unknown-type"), _put((*place, "Type"), misspelt)
        yield "bad identifier", _rules("identifier"), _put((*place, "Identifier"), "a:b")
        other = flow["Actions"][index - 1]["Identifier"]
        same = _put((*place, "Identifier"), other)
        yield "same identifier", _rules("duplicate-identifier"), same
    yield "start nowhere", _rules("start-action"), _put(("StartAction",), NOWHERE)
    yield "other version", _rules("flow-version"), _put(("Version",), "2020-01-01")
    yield "ARN in Metadata", _rules("hard-coded-arn"), _put(("Metadata", "note"), ARN)


def _branch_mutants(place: tuple[Any, ...], transitions: Flow) -> Iterator[Mutant]:
    dangling = _rules("dangling-transition")
    if not transitions:
        yield "go on", _rules("next-action"), _put((*place, "NextAction"), "hang-up")
        return
    yield "delete next", _rules("next-action"), _take((*place, "NextAction"))
    yield "dangle next", dangling, _put((*place, "NextAction"), NOWHERE)
    absent = _rules("error-branch-missing", "error-branch-absent")
    for number in range(len(transitions.get("Errors", ()))):
        here = (*place, "Errors", number)
        yield "delete error", absent, _take(here)
        yield "dangle error", dangling, _put((*here, "NextAction"), NOWHERE)
        yield "rename error", _rules("error-branch-unknown"), _put((*here, "ErrorType"), "Failed")
    for number in range(len(transitions.get("Conditions", ()))):
        here = (*place, "Conditions", number)
        test = (*here, "Condition")
        yield "dangle condition", dangling, _put((*here, "NextAction"), NOWHERE)
        operator = _rules("condition-operator")
        yield "invent operator", operator, _put((*test, "Operator"), "Contains")
        yield "two operands", operator, _put((*test, "Operands"), ["a", "b"])
        yield "empty operand", _rules("condition-operand"), _put((*test, "Operands"), [""])


def _value_mutants(place: tuple[Any, ...], action: Flow) -> Iterator[Mutant]:
    parameters = action.get("Parameters", {})
    misnamed = _rules("parameter-unknown", "parameter-unfamiliar")
    for name in parameters:
        yield "misname", misnamed, _rename((*place, name), f"{name}s")
    for path in _strings(parameters, place):
        yield "empty string", _rules("parameter-empty"), _put(path, "")
        yield "hard-code ARN", _rules("hard-coded-arn"), _put(path, ARN)
        yield "hard-code number", _rules("hard-coded-number"), _put(path, "+442071838750")
        yield "plant key", _rules("secret"), _put(path, "AKIA" + "IOSFODNN7EXAMPLE")
        yield "invent root", _rules("reference-root"), _put(path, "$.Externals.status")
        if str(path[-1]).endswith(("Seconds", "Count", "Attempts")):
            limits = _rules("parameter-range", "parameter-extreme")
            yield "too large", limits, _put(path, "99999999")
            yield "below zero", limits, _put(path, "-1")
    if action["Type"] == "UpdateContactAttributes":
        for key in ("apiKey", "client_secret", "password", "refreshToken", "x-api-key"):
            yield "plant secret", _rules("secret"), _put((*place, "Attributes", key), "s3cr3t")


@pytest.mark.parametrize("template", sorted(FLOWS.glob("*/*.json")), ids=lambda path: path.stem)
def test_every_planted_defect_is_found_by_the_right_rule(template: Path) -> None:
    flow: Flow = json.loads(template.read_text())
    survivors = []
    kinds: Counter[str] = Counter()
    for kind, expected, change in _mutants(flow):
        kinds[kind] += 1
        if kinds[kind] % EVERY != 1:
            continue
        mutant = copy.deepcopy(flow)
        change(mutant)
        rules = {problem.rule for problem in lint_text(json.dumps(mutant))}
        if not rules & expected:
            survivors.append((kind, sorted(expected), sorted(rules)))
    assert survivors == []
    # The mutation itself works: it came to every kind that a flow with prompts has.
    assert {"delete next", "delete error", "misname", "empty string", "plant key"} <= kinds.keys()
