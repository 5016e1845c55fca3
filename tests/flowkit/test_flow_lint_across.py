"""What only shows when several flows are looked at together."""

from __future__ import annotations

import json
from typing import Any

from flowkit.lint import Source, lint
from flowkit.problem import Problem

Flow = dict[str, Any]


def flow(*targets: str, type_: str = "TransferToFlow", key: str = "ContactFlowId") -> Flow:
    """A flow that goes from one reference to the next and ends with an apology."""
    names = [f"go-{number}" for number in range(len(targets))]
    ends = [*names, "sorry"][1:]
    actions: list[Flow] = [
        {
            "Identifier": name,
            "Type": type_,
            "Parameters": {key: target},
            "Transitions": {
                "NextAction": after,
                "Errors": [{"ErrorType": "NoMatchingError", "NextAction": after}],
            },
        }
        for name, after, target in zip(names, ends, targets, strict=True)
    ]
    actions += [
        {
            "Identifier": "sorry",
            "Type": "MessageParticipant",
            "Parameters": {"Text": "Please call again."},
            "Transitions": {
                "NextAction": "end",
                "Errors": [{"ErrorType": "NoMatchingError", "NextAction": "end"}],
            },
        },
        {"Identifier": "end", "Type": "DisconnectParticipant", "Transitions": {}},
    ]
    return {
        "Version": "2019-10-30",
        "StartAction": actions[0]["Identifier"],
        "Metadata": {},
        "Actions": actions,
    }


def found(**flows: Flow) -> list[tuple[str, str, str | None]]:
    sources = [Source(f"flows/{name}.json", json.dumps(each)) for name, each in flows.items()]
    return [
        (source.file, problem.rule, problem.action)
        for source, problems in zip(sources, lint(sources), strict=True)
        for problem in problems
        if problem.rule.startswith(("flow-", "module-depth"))
    ]


def test_flows_that_find_each_other_are_fine() -> None:
    assert found(inbound=flow("${queue_flow_arn}"), queue=flow()) == []
    assert found(inbound=flow("${queue_contact_flow_id}"), queue=flow()) == []


def test_a_flow_that_is_not_there_is_missed_and_the_nearest_named() -> None:
    sources = [
        Source("inbound.json", json.dumps(flow("${overflw_flow_arn}"))),
        Source("overflow.json", json.dumps(flow())),
    ]
    (problem,) = lint(sources)[0]
    assert isinstance(problem, Problem)
    assert (problem.rule, problem.action) == ("flow-missing", "go-0")
    assert problem.advice.endswith("did you mean overflow?")


def test_a_single_flow_misses_nobody() -> None:
    assert found(inbound=flow("${queue_flow_arn}")) == []


def test_a_flow_named_while_the_call_runs_is_not_missed() -> None:
    assert found(inbound=flow("$.Attributes.nextFlow"), queue=flow()) == []


def test_flows_that_name_each_other_cannot_be_created() -> None:
    assert found(
        inbound=flow("${queue_flow_arn}"), queue=flow("${inbound_flow_arn}"), other=flow()
    ) == [("flows/inbound.json", "flow-cycle", "go-0")]


def test_a_hook_closes_a_circle_too() -> None:
    queue = flow()
    queue["Actions"].insert(
        0,
        {
            "Identifier": "hook",
            "Type": "UpdateContactEventHooks",
            "Parameters": {"EventHooks": {"CustomerRemaining": "${inbound_flow_arn}"}},
            "Transitions": {
                "NextAction": "sorry",
                "Errors": [{"ErrorType": "NoMatchingError", "NextAction": "sorry"}],
            },
        },
    )
    queue["StartAction"] = "hook"
    assert found(inbound=flow("${queue_flow_arn}"), queue=queue) == [
        ("flows/inbound.json", "flow-cycle", "go-0")
    ]


def test_a_flow_that_names_itself_cannot_be_created_either() -> None:
    assert found(inbound=flow("${inbound_flow_arn}")) == [
        ("flows/inbound.json", "flow-cycle", "go-0")
    ]


def test_a_display_name_finds_the_flow_an_export_refers_to_by_id() -> None:
    identifier = "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"
    inbound = flow(identifier)
    assert found(inbound=inbound, other=flow()) == []
    inbound["Metadata"]["ActionMetadata"] = {
        "go-0": {"parameters": {"ContactFlowId": {"displayName": "Parcel queue"}}}
    }
    assert found(inbound=inbound, other=flow()) == [("flows/inbound.json", "flow-missing", "go-0")]
    named = flow()
    named["Metadata"]["name"] = "Parcel queue"
    assert found(inbound=inbound, other=named) == []


def test_flows_that_every_instance_has_are_not_missed() -> None:
    inbound = flow("${default_customer_queue_flow_arn}")
    assert found(inbound=inbound, other=flow()) == []


def test_modules_call_modules_five_levels_deep_at_most() -> None:
    modules = {
        f"m{level}": flow(
            f"${{m{level + 1}_module_arn}}", type_="InvokeFlowModule", key="FlowModuleId"
        )
        for level in range(7)
    }
    del modules["m6"]["Actions"][0]
    modules["m6"]["StartAction"] = "sorry"
    assert found(**modules) == [("flows/m0.json", "module-depth", "go-0")]
    del modules["m0"]
    assert found(**modules) == []
