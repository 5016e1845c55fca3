from __future__ import annotations

import json

import pytest

from flowkit._checks.references import ROOTS
from flowkit.actions_page import actions_page
from flowkit.catalogue import (
    CATALOGUE,
    FILLERS,
    ActionType,
    FlowType,
    is_invented,
    meant_parameter,
    meant_types,
)
from flowkit.catalogue.about import ABOUT
from flowkit.catalogue.form import form_of
from flowkit.catalogue.invented import INVENTED_TYPES, MISNAMED_PARAMETERS
from flowkit.validation import content_problems


def test_no_type_is_both_known_and_invented() -> None:
    assert not CATALOGUE.keys() & INVENTED_TYPES.keys()


def test_every_invented_type_is_answered_with_types_that_exist() -> None:
    assert {meant for names in INVENTED_TYPES.values() for meant in names} <= CATALOGUE.keys()


def test_every_misnamed_parameter_is_answered_with_one_that_exists() -> None:
    known = {name for entry in CATALOGUE.values() for name in entry.parameters.known}
    assert {meant for names in MISNAMED_PARAMETERS.values() for meant in names} <= known


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=lambda entry: entry.name)
def test_an_entry_agrees_with_itself(entry: ActionType) -> None:
    known = entry.parameters.known
    errors = {*entry.required_errors, *entry.optional_errors}
    for group in entry.parameters.groups:
        assert set(group.keys) <= known.keys()
    for variant in entry.variants:
        assert {*variant.requires, *variant.forbids, *variant.parameters} <= known.keys()
        assert set(variant.forbidden_errors) <= errors
    if entry.terminal:
        assert not errors
        assert not entry.conditions.operators
    assert entry.flow_types
    form_of(entry, {}, FlowType.CONTACT_FLOW)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("UnTagContact", ("UntagContact",)),
        ("PlayPrompt", ("MessageParticipant",)),
        ("Trigger", ()),
        ("messageparticipant", ("MessageParticipant",)),
    ],
)
def test_the_service_refuses_invented_types(name: str, meant: tuple[str, ...]) -> None:
    assert is_invented(name)
    assert meant_types(name) == meant


def test_a_type_nobody_has_heard_of_is_not_called_invented() -> None:
    assert not is_invented("TranslateSpeech")
    assert meant_types("TranslateSpeech") == ()
    assert meant_types("InvokeLambda") == ("InvokeLambdaFunction",)


def test_a_misnamed_parameter_is_answered_with_one_the_action_has() -> None:
    entry = CATALOGUE["InvokeLambdaFunction"].parameters.known
    assert meant_parameter("Timeout", entry) == ("InvocationTimeLimitSeconds",)
    assert meant_parameter("FunctionArn", entry) == ("LambdaFunctionARN",)
    assert meant_parameter("Weather", entry) == ()
    assert meant_parameter("Timeout", CATALOGUE["Wait"].parameters.known) == ("TimeLimitSeconds",)


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_every_entry_says_what_it_is_to_people(name: str) -> None:
    about = CATALOGUE[name].about
    assert 3 < len(about.title) < 30
    # A campaign reaches people before there is a contact with a channel.
    assert bool(about.channels) != (CATALOGUE[name].flow_types == {FlowType.CAMPAIGN})
    assert not about.replaces or about.fills


def test_nothing_is_told_of_types_that_are_none() -> None:
    assert ABOUT.keys() == CATALOGUE.keys()


def test_what_is_filled_can_be_read() -> None:
    assert FILLERS.keys() <= ROOTS
    assert FILLERS["External"] == {"InvokeLambdaFunction"}


def test_the_reference_has_every_type_and_every_parameter_once() -> None:
    page = actions_page()
    sections = {s.split("\n", 1)[0]: s for s in page.split("\n## ")[1:]}
    assert list(sections) == sorted(CATALOGUE)
    for name, entry in CATALOGUE.items():
        for parameter, held in entry.parameters.known.items():
            shown = f"**`{parameter}`**" if held.required else f"`{parameter}`"
            assert sections[name].count(f"\n* {shown}: ") == 1


def test_an_agent_of_agentic_cx_is_a_bot_with_three_error_branches() -> None:
    action = {
        "Identifier": "agent",
        "Type": "ConnectParticipantWithAgenticCX",
        "Parameters": {
            "AgentConfiguration": {"WorkspaceId": "a", "ApplicationId": "b", "Alias": "c"}
        },
        "Transitions": {
            "NextAction": "end",
            "Conditions": [
                {
                    "NextAction": "end",
                    "Condition": {"Operator": "Equals", "Operands": ["Escalation"]},
                }
            ],
            "Errors": [
                {"NextAction": "end", "ErrorType": "NoMatchingError"},
                {"NextAction": "end", "ErrorType": "NoMatchingCondition"},
            ],
        },
    }
    end = {"Identifier": "end", "Type": "DisconnectParticipant", "Transitions": {}}
    flow = {"Version": "2019-10-30", "StartAction": "agent", "Actions": [action, end]}
    (missing,) = content_problems(json.dumps(flow))
    assert missing.rule == "error-branch-missing"
    assert "InputTimeLimitExceeded" in missing.advice
