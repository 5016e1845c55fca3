"""Rules over several flows: what they name of each other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from flowkit._checks.graph import circles
from flowkit.catalogue import FlowType, closest
from flowkit.literals import UUID
from flowkit.model import Action, Flow
from flowkit.problem import Problem, Rule

_MAXIMUM_DEPTH = 5
"""Levels of modules that call modules (admin guide, contact-flow-modules)."""
_REFERENCES = ("ContactFlowId", "ContactFlowArn", "FlowModuleId")
# What every instance is born with is never among the files.
_BUILT_IN = re.compile(r"(?:default|sample)(?:_|$)")
_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
_SUFFIXES = re.compile(r"(?:_(?:contact|connect))?(?:_(?:flow|module))*(?:_(?:arn|id|name))?$")


@dataclass(frozen=True)
class Member:
    """A flow among others.

    Attributes:
        file: what the reader knows it by, most often its path.
        flow: the flow.
        template: whether its strings may hold placeholders.
        flow_type: its type.
    """

    file: str
    flow: Flow
    template: bool = True
    flow_type: FlowType = FlowType.CONTACT_FLOW


@dataclass(frozen=True)
class _Call:
    """One flow names another: where, how, and which of the members that is, if one is."""

    action: Action
    path: str
    name: str
    target: int | None


def across_problems(members: Sequence[Member]) -> Iterator[tuple[int, Problem]]:
    """What is wrong between flows, each with the index of the member it stands in."""
    names = _names(members)
    calls = [list(_calls(member, names)) for member in members]
    for index, made in enumerate(calls):
        for call in made:
            if call.target is None and len(members) > 1:
                yield index, _missing(call, names)
    yield from _cycles(members, calls)
    yield from _depth(members, calls)


def _missing(call: _Call, names: Mapping[str, int]) -> Problem:
    meant = closest(_key(call.name), names)
    remedy = f"did you mean {meant[0]}?" if meant else "add its file or correct the name."
    return _finding(
        Rule.FLOW_MISSING,
        call,
        f"{call.action.type} '{call.action.identifier}' names the flow {call.name}, and none of "
        f"the files is that; {remedy}",
    )


def _cycles(
    members: Sequence[Member], calls: Sequence[Sequence[_Call]]
) -> Iterator[tuple[int, Problem]]:
    def ways(index: int) -> list[int]:
        return [call.target for call in calls[index] if call.target is not None]

    for circle in circles(list(range(len(members))), ways):
        inside = set(circle)
        for index in circle:
            call = next((c for c in calls[index] if c.target in inside), None)
            if call is None:
                continue
            if len(circle) == 1:
                what = "names itself"
            else:
                others = ", ".join(members[i].file for i in circle if i != index)
                what = f"is named by and names {others}"
            yield (
                index,
                _finding(
                    Rule.FLOW_CYCLE,
                    call,
                    f"The flow {what}, a circle that Terraform cannot create; pass one of the "
                    "flows by an attribute that is set while the call runs.",
                ),
            )
            break


def _depth(
    members: Sequence[Member], calls: Sequence[Sequence[_Call]]
) -> Iterator[tuple[int, Problem]]:
    def ways(index: int) -> list[int]:
        return [c.target for c in calls[index] if c.target is not None and _is_module_call(c)]

    depth: dict[int, int] = {}
    for circle in circles(list(range(len(members))), ways):
        inside = set(circle)
        below = [depth[t] + 1 for i in circle for t in ways(i) if t not in inside]
        depth.update(dict.fromkeys(circle, max(below, default=0)))
    for index, made in enumerate(calls):
        deep = next((c for c in made if _is_module_call(c)), None)
        # Only the outermost flow is told; its modules are one level less deep each.
        if deep is not None and depth[index] == _MAXIMUM_DEPTH + 1:
            yield (
                index,
                _finding(
                    Rule.MODULE_DEPTH,
                    deep,
                    f"Modules called from here call modules {depth[index]} levels deep and may "
                    f"{_MAXIMUM_DEPTH}; call some of them one after the other instead.",
                ),
            )


def _is_module_call(call: _Call) -> bool:
    return call.action.type == "InvokeFlowModule"


def _calls(member: Member, names: Mapping[str, int]) -> Iterator[_Call]:
    for index, action in enumerate(member.flow.actions):
        path = f"Actions[{index}].Parameters"
        for key in _REFERENCES:
            value = action.parameters.get(key)
            if isinstance(value, str):
                yield from _call(member, action, (f"{path}.{key}", key), value, names)
        hooks = action.parameters.get("EventHooks")
        if isinstance(hooks, Mapping):
            for key, value in hooks.items():
                if isinstance(value, str):
                    where = f"{path}.EventHooks.{key}"
                    yield from _call(member, action, (where, "EventHooks"), value, names)


def _call(
    member: Member, action: Action, where: tuple[str, str], value: str, names: Mapping[str, int]
) -> Iterator[_Call]:
    path, key = where
    placeholder = _PLACEHOLDER.search(value) if member.template else None
    found = UUID.search(value.rpartition("/")[2])
    target = names.get(found[0]) if found else None
    if placeholder:
        name = f"${{{placeholder[1]}}}"
    elif "$" in value or not value.strip():  # read while the call runs
        return
    else:
        shown = _display_name(member.flow, action.identifier, key)
        # An id alone does not say which flow it is.
        if shown is None and found and target is None:
            return
        name = shown or value
    if target is None:
        target = names.get(_key(name))
    if target is None and _BUILT_IN.match(_key(name)):
        return
    yield _Call(action, path, name, target)


def _display_name(flow: Flow, identifier: str, key: str) -> str | None:
    """What the console wrote beside a reference."""
    value: object = flow.metadata
    for step in ("ActionMetadata", identifier, "parameters", key, "displayName"):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) and value else None


def _names(members: Sequence[Member]) -> dict[str, int]:
    """The members by everything one could call them: file, name, id."""
    found: dict[str, int] = {}
    for index, member in enumerate(members):
        stem = member.file.replace("\\", "/").rpartition("/")[2].partition(".")[0]
        found.setdefault(_key(stem), index)
        for key in ("name", "id", "arn"):
            value = member.flow.metadata.get(key)
            if isinstance(value, str) and value:
                found.setdefault(_key(value), index)
                if ids := UUID.findall(value):
                    found.setdefault(ids[-1], index)
    return found


def _key(name: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "_", name.removeprefix("${").removesuffix("}").lower()).strip("_")
    return _SUFFIXES.sub("", words) or words


def _finding(rule: Rule, call: _Call, advice: str) -> Problem:
    return Problem(advice, call.path, call.action.identifier, rule.value, advice, rule.severity)
