from __future__ import annotations

import pytest

from flowkit.catalogue import (
    CATALOGUE,
    ActionType,
    FlowType,
    is_invented,
    meant_parameter,
    meant_types,
)
from flowkit.catalogue.form import form_of
from flowkit.catalogue.invented import INVENTED_TYPES, MISNAMED_PARAMETERS


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
