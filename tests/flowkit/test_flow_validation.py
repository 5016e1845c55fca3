"""Each rule finds its defect in a flow that is otherwise good."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from flowkit.model import parse
from flowkit.validation import Problem, content_problems, problems, template_problems, warnings

Flow = dict[str, Any]


def found(flow: Flow, flow_type: str = "CONTACT_FLOW") -> tuple[Problem, ...]:
    return content_problems(json.dumps(flow), flow_type)


def action(flow: Flow, identifier: str) -> dict[str, Any]:
    match: dict[str, Any] = next(a for a in flow["Actions"] if a["Identifier"] == identifier)
    return match


def place(flow: Flow, identifier: str) -> str:
    return f"Actions[{flow['Actions'].index(action(flow, identifier))}]"


def alone(type_: str, parameters: object = None, **transitions: object) -> Flow:
    """A flow of one action and the end it leads to, whatever the outcome."""
    errors = transitions.pop("errors", ())
    conditions = transitions.pop("conditions", ())
    assert isinstance(errors, tuple)
    assert isinstance(conditions, tuple)
    return {
        "Version": "2019-10-30",
        "StartAction": "it",
        "Actions": [
            {
                "Identifier": "it",
                "Type": type_,
                "Parameters": {} if parameters is None else parameters,
                "Transitions": {
                    "NextAction": "end",
                    "Errors": [{"ErrorType": error, "NextAction": "end"} for error in errors],
                    "Conditions": [
                        {
                            "NextAction": "end",
                            "Condition": {"Operator": operator, "Operands": [operand]},
                        }
                        for operator, operand in conditions
                    ],
                },
            },
            {"Identifier": "end", "Type": "DisconnectParticipant", "Transitions": {}},
        ],
    }


def rules(flow: Flow, flow_type: str = "CONTACT_FLOW") -> list[str]:
    return [problem.rule for problem in found(flow, flow_type)]


def test_a_good_flow_has_no_problem(good: Flow) -> None:
    assert found(good) == ()
    assert problems(parse(json.dumps(good))) == ()


def test_a_good_flow_is_a_good_template_too(good: Flow) -> None:
    assert template_problems(json.dumps(good)) == ()


def _set(identifier: str, key: str, value: object) -> Callable[[Flow], object]:
    def change(flow: Flow) -> None:
        target = action(flow, identifier)["Parameters"]
        *path, last = key.split(".")
        for step in path:
            target = target[step]
        target[last] = value

    return change


def _drop(identifier: str, key: str) -> Callable[[Flow], object]:
    return lambda flow: action(flow, identifier)["Parameters"].pop(key)


def _branches(identifier: str, kind: str, value: object) -> Callable[[Flow], object]:
    return lambda flow: action(flow, identifier)["Transitions"].update({kind: value})


def _start(value: str) -> Callable[[Flow], object]:
    return lambda flow: flow.update(StartAction=value)


INVALID = "Invalid Action property value. Path: {at}"
UNKNOWN = "Invalid Action property name. Path: {at}"
MISSING = "Action is missing required property. Path: {at}"

DEFECTS: list[tuple[str, Callable[[Flow], object], str, str, str]] = [
    (
        "a parameter left out",
        _drop("find-parcel", "InvocationTimeLimitSeconds"),
        "parameter-missing",
        "find-parcel.Parameters.InvocationTimeLimitSeconds",
        MISSING,
    ),
    (
        "a parameter nobody knows",
        _set("find-parcel", "TimeoutSeconds", "5"),
        "parameter-unknown",
        "find-parcel.Parameters.TimeoutSeconds",
        UNKNOWN,
    ),
    (
        "an unknown key inside a parameter",
        _set("ask-number", "DTMFConfiguration.TerminatingKey", "#"),
        "parameter-unknown",
        "ask-number.Parameters.DTMFConfiguration.TerminatingKey",
        UNKNOWN,
    ),
    (
        "a limit above its range",
        _set("find-parcel", "InvocationTimeLimitSeconds", "9"),
        "parameter-range",
        "find-parcel.Parameters.InvocationTimeLimitSeconds",
        INVALID,
    ),
    (
        "a limit below its range",
        _set("menu", "InputTimeLimitSeconds", "0"),
        "parameter-range",
        "menu.Parameters.InputTimeLimitSeconds",
        INVALID,
    ),
    (
        "a limit that is no number",
        _set("try-again", "LoopCount", "twice"),
        "parameter-shape",
        "try-again.Parameters.LoopCount",
        INVALID,
    ),
    (
        "a path where the value is fixed",
        _set("find-parcel", "InvocationTimeLimitSeconds", "$.Attributes.limit"),
        "parameter-path",
        "find-parcel.Parameters.InvocationTimeLimitSeconds",
        INVALID,
    ),
    (
        "text around a path that must stand alone",
        _set("choose-queue", "QueueId", "queue/$.Attributes.queue"),
        "parameter-path",
        "choose-queue.Parameters.QueueId",
        INVALID,
    ),
    (
        "fixed text where a path must stand",
        _set("by-status", "ComparisonValue", "gold"),
        "parameter-path",
        "by-status.Parameters.ComparisonValue",
        INVALID,
    ),
    (
        "a namespace instead of a value",
        _set("by-status", "ComparisonValue", "$.External"),
        "parameter-path",
        "by-status.Parameters.ComparisonValue",
        INVALID,
    ),
    (
        "a word that is not on the list",
        _set("log", "FlowLoggingBehavior", "On"),
        "parameter-value",
        "log.Parameters.FlowLoggingBehavior",
        INVALID,
    ),
    (
        "a number that is not E.164",
        _set("call-depot", "ThirdPartyPhoneNumber", "415 555 0199"),
        "parameter-value",
        "call-depot.Parameters.ThirdPartyPhoneNumber",
        INVALID,
    ),
    (
        "an object where a string must stand",
        _set("choose-queue", "QueueId", {"QueueId": "q"}),
        "parameter-shape",
        "choose-queue.Parameters.QueueId",
        INVALID,
    ),
    (
        "a string where a list must stand",
        _set("record", "RecordingBehavior.RecordedParticipants", "Agent"),
        "parameter-shape",
        "record.Parameters.RecordingBehavior.RecordedParticipants",
        INVALID,
    ),
    (
        "two prompts at once",
        _set("greet", "SSML", "<speak>Hello</speak>"),
        "parameter-conflict",
        "greet.Parameters",
        INVALID,
    ),
    (
        "no prompt at all",
        _drop("greet", "Text"),
        "parameter-conflict",
        "greet.Parameters",
        INVALID,
    ),
    (
        "a queue and an agent",
        _set("choose-queue", "AgentId", "$.Agent.ARN"),
        "parameter-conflict",
        "choose-queue.Parameters",
        INVALID,
    ),
    (
        "validation on a menu",
        _set("menu", "InputValidation", {"CustomValidation": {"MaximumLength": "1"}}),
        "parameter-conflict",
        "menu.Parameters.InputValidation",
        UNKNOWN,
    ),
    (
        "an empty attribute",
        _set("keep-status", "Attributes.parcelStatus", ""),
        "parameter-empty",
        "keep-status.Parameters.Attributes.parcelStatus",
        "Empty value in Parameters.Attributes",
    ),
    (
        "an empty prompt",
        _set("greet", "Text", ""),
        "parameter-empty",
        "greet.Parameters.Text",
        "Invalid Action property value. Path: {action}.Parameters",
    ),
    (
        "an empty Lambda input",
        _set("find-parcel", "LambdaInvocationAttributes.parcel", ""),
        "parameter-empty",
        "find-parcel.Parameters.LambdaInvocationAttributes.parcel",
        "Invalid Action property value. Path: {index}.Parameter",
    ),
    (
        "an operand that is empty",
        lambda flow: action(flow, "by-status")["Transitions"]["Conditions"][0]["Condition"].update(
            Operands=[""]
        ),
        "condition-operand",
        "by-status.Transitions.Conditions[0].Condition.Operands[0]",
        "Invalid branch. Path: {index}.Evaluate",
    ),
    (
        "two operands",
        lambda flow: action(flow, "by-status")["Transitions"]["Conditions"][0]["Condition"].update(
            Operands=["a", "b"]
        ),
        "condition-operator",
        "by-status.Transitions.Conditions[0].Condition.Operands",
        INVALID,
    ),
    (
        "an operator that does not exist",
        lambda flow: action(flow, "by-status")["Transitions"]["Conditions"][0]["Condition"].update(
            Operator="Contains"
        ),
        "condition-operator",
        "by-status.Transitions.Conditions[0].Condition.Operator",
        INVALID,
    ),
    (
        "an operator the action does not take",
        lambda flow: action(flow, "menu")["Transitions"]["Conditions"][0]["Condition"].update(
            Operator="NumberLessThan"
        ),
        "condition-operator",
        "menu.Transitions.Conditions",
        INVALID,
    ),
    (
        "a key no telephone has",
        lambda flow: action(flow, "menu")["Transitions"]["Conditions"][0]["Condition"].update(
            Operands=["12"]
        ),
        "condition-operand",
        "menu.Transitions.Conditions",
        INVALID,
    ),
    (
        "an hours check without its False branch",
        lambda flow: action(flow, "is-it-open")["Transitions"]["Conditions"].pop(),
        "condition-missing",
        "is-it-open.Transitions.Conditions",
        INVALID,
    ),
    (
        "a staffing check that compares with 1",
        lambda flow: action(flow, "is-staffed")["Transitions"]["Conditions"][0]["Condition"].update(
            Operands=["1"]
        ),
        "condition-operand",
        "is-staffed.Transitions.Conditions",
        INVALID,
    ),
    (
        "a staffing check that compares with nothing",
        _branches("is-staffed", "Conditions", []),
        "condition-missing",
        "is-staffed.Transitions.Conditions",
        INVALID,
    ),
    (
        "conditions on an action that has no result",
        _branches(
            "log",
            "Conditions",
            [{"NextAction": "greet", "Condition": {"Operator": "Equals", "Operands": ["1"]}}],
        ),
        "condition-operator",
        "log.Transitions.Conditions",
        "Action does not support conditions",
    ),
    (
        "an error branch on an action that has none",
        _branches("log", "Errors", [{"ErrorType": "NoMatchingError", "NextAction": "greet"}]),
        "error-branch-unknown",
        "log.Transitions.Errors[0]",
        "Invalid Action error. Error: NoMatchingError, Path: {action}",
    ),
    (
        "a NextAction on a terminal action",
        _branches("hang-up", "NextAction", "greet"),
        "next-action",
        "hang-up.Transitions.NextAction",
        UNKNOWN,
    ),
    (
        "an invented type",
        lambda flow: action(flow, "greet").update(Type="PlayPrompt"),
        "invented-type",
        "greet.Type",
        "Invalid Action type. Type: PlayPrompt, Path: {action}",
    ),
    (
        "a type in the wrong case",
        lambda flow: action(flow, "hang-up").update(Type="disconnectParticipant"),
        "invented-type",
        "hang-up.Type",
        "Invalid Action type. Type: disconnectParticipant, Path: {action}",
    ),
]


@pytest.mark.parametrize(
    ("change", "rule", "path", "message"),
    [defect[1:] for defect in DEFECTS],
    ids=[defect[0] for defect in DEFECTS],
)
def test_each_defect_is_found_by_its_rule_and_no_other(
    good: Flow, change: Callable[[Flow], object], rule: str, path: str, message: str
) -> None:
    identifier, _, rest = path.partition(".")
    where = place(good, identifier)
    change(good)
    (problem,) = found(good)
    assert (problem.rule, problem.action) == (rule, identifier)
    assert problem.path == f"{where}.{rest}"
    index = where.removeprefix("Actions[").removesuffix("]")
    assert problem.message == message.format(at=problem.path, action=where, index=index)
    assert problem.advice.endswith((".", "?"))
    assert "\n" not in problem.advice


def test_every_dangling_transition_is_found(good: Flow) -> None:
    for index, item in enumerate(good["Actions"]):
        transitions = item["Transitions"]
        ends = [(transitions, f"Actions[{index}].Transitions.NextAction")]
        ends += [
            (branch, f"Actions[{index}].Transitions.{kind}[{number}].NextAction")
            for kind in ("Conditions", "Errors")
            for number, branch in enumerate(transitions.get(kind, []))
        ]
        for holder, path in ends:
            if "NextAction" not in holder:
                continue
            for nowhere in ("nowhere", ""):
                before, holder["NextAction"] = holder["NextAction"], nowhere
                (problem,) = found(good)
                holder["NextAction"] = before
                assert (problem.rule, problem.path) == ("dangling-transition", path)
                assert problem.message == f"Invalid Action property value. Path: {path}"


def test_every_missing_next_action_is_found(good: Flow) -> None:
    for index, item in enumerate(good["Actions"]):
        if "NextAction" not in item["Transitions"]:
            continue
        before = item["Transitions"].pop("NextAction")
        (problem,) = found(good)
        item["Transitions"]["NextAction"] = before
        assert problem.rule == "next-action"
        assert problem.message == (
            f"Action is missing required property. Path: Actions[{index}].Transitions.NextAction"
        )


def test_every_deleted_error_branch_is_found_unless_it_is_optional(good: Flow) -> None:
    optional = {"greet"}
    for index, item in enumerate(good["Actions"]):
        at = f"Actions[{index}]"
        errors = item["Transitions"].get("Errors", [])
        for number in range(len(errors)):
            branch = errors.pop(number)
            expected = (
                []
                if item["Identifier"] in optional
                else [f"Action is missing required error. Error: {branch['ErrorType']}, Path: {at}"]
            )
            assert [problem.message for problem in found(good)] == expected
            errors.insert(number, branch)


def test_every_misspelt_error_branch_is_found(good: Flow) -> None:
    for index, item in enumerate(good["Actions"]):
        for number, branch in enumerate(item["Transitions"].get("Errors", [])):
            before = branch["ErrorType"]
            branch["ErrorType"] = f"{before}s"
            problem = next(p for p in found(good) if p.rule == "error-branch-unknown")
            assert problem.path == f"Actions[{index}].Transitions.Errors[{number}]"
            assert f"did you mean {before}?" in problem.advice
            branch["ErrorType"] = before


def test_every_misspelt_parameter_is_found_and_the_right_name_offered(good: Flow) -> None:
    for index, item in enumerate(good["Actions"]):
        parameters = item.get("Parameters", {})
        if item["Type"] == "Loop":  # newer blocks give it keys that no source lists
            continue
        for name in list(parameters):
            value = parameters.pop(name)
            parameters[f"{name}x"] = value
            problem = next(p for p in found(good) if p.rule == "parameter-unknown")
            assert problem.path == f"Actions[{index}].Parameters.{name}x"
            assert f"did you mean {name}?" in problem.advice
            del parameters[f"{name}x"]
            parameters[name] = value


def test_every_emptied_string_is_found(good: Flow) -> None:
    def strings(holder: Any, path: str) -> list[tuple[Any, Any, str]]:
        items = holder.items() if isinstance(holder, dict) else enumerate(holder)
        here = []
        for key, value in items:
            at = f"{path}.{key}" if isinstance(holder, dict) else f"{path}[{key}]"
            if isinstance(value, str):
                here.append((holder, key, at))
            elif isinstance(value, dict | list):
                here += strings(value, at)
        return here

    for index, item in enumerate(good["Actions"]):
        for holder, key, path in strings(
            item.get("Parameters", {}), f"Actions[{index}].Parameters"
        ):
            before, holder[key] = holder[key], ""
            problem = next(p for p in found(good) if p.rule == "parameter-empty")
            holder[key] = " "
            assert "parameter-empty" not in rules(good), "one blank is not empty"
            holder[key] = before
            assert problem.path == path


def test_the_outline_is_checked(good: Flow) -> None:
    assert rules({**good, "StartAction": "nowhere"}) == ["start-action"]
    assert rules({**good, "Version": "2020-01-01"}) == ["flow-version"]


def test_a_misspelt_target_is_answered_with_the_right_one(good: Flow) -> None:
    action(good, "greet")["Transitions"]["NextAction"] = "is-it-opne"
    assert "did you mean 'is-it-open'?" in found(good)[0].advice


@pytest.mark.parametrize("identifier", ["a:b", "50%", "x" * 51, "", "valueOf", "a/b", "{a}"])
def test_an_identifier_may_not_be(identifier: str) -> None:
    flow = alone("UpdateFlowLoggingBehavior", {"FlowLoggingBehavior": "Enabled"})
    flow["StartAction"] = flow["Actions"][0]["Identifier"] = identifier
    (problem,) = found(flow)
    assert (problem.rule, problem.path) == ("identifier", "Actions[0].Identifier")


@pytest.mark.parametrize("identifier", ["say hello", "Grüße", "x" * 50, "a-b_c.d!"])
def test_an_identifier_may_be(identifier: str) -> None:
    flow = alone("UpdateFlowLoggingBehavior", {"FlowLoggingBehavior": "Enabled"})
    flow["StartAction"] = flow["Actions"][0]["Identifier"] = identifier
    assert found(flow) == ()


def test_two_actions_may_not_share_an_identifier(good: Flow) -> None:
    good["Actions"].append(dict(action(good, "hang-up")))
    (problem,) = found(good)
    assert (problem.rule, problem.path) == ("duplicate-identifier", "Actions[22].Identifier")


def test_an_unreachable_action_is_no_problem(good: Flow) -> None:
    good["Actions"].append(
        {"Identifier": "alone", "Type": "DisconnectParticipant", "Transitions": {}}
    )
    assert found(good) == ()


def test_250_actions_are_taken_and_251_are_not() -> None:
    def flow(count: int) -> Flow:
        return {
            "Version": "2019-10-30",
            "StartAction": "a0",
            "Actions": [
                {"Identifier": f"a{number}", "Type": "DisconnectParticipant", "Transitions": {}}
                for number in range(count)
            ],
        }

    assert found(flow(250)) == ()
    assert rules(flow(251)) == ["flow-length"]


def test_content_of_256_000_characters_is_taken_and_one_more_is_not(good: Flow) -> None:
    text = json.dumps(good)
    assert content_problems(text.ljust(256_000)) == ()
    (problem,) = content_problems(text.ljust(256_001))
    assert problem.rule == "flow-length"


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "null", '{"Version": 1}', "NaN", "1" * 5000, "[" * 100_000, "\ud800"],
)
def test_text_that_is_no_flow_is_one_problem_in_one_sentence(content: str) -> None:
    problem = content_problems(content)[-1]
    assert problem.rule == "flow-syntax"
    assert problem.message.endswith(".")
    assert template_problems(content)[-1].rule == "flow-syntax"


def test_an_unknown_type_is_a_warning_and_nothing_else_is_checked_about_it(good: Flow) -> None:
    action(good, "greet").update(Type="SummarizeContact", Parameters={"Anything": [1, None]})
    assert found(good) == ()
    (warning,) = warnings(parse(json.dumps(good)))
    assert (warning.rule, warning.severity) == ("unknown-type", "warning")
    assert (warning.path, warning.action) == ("Actions[4].Type", "greet")


def test_an_unknown_type_may_not_hold_an_empty_string_nor_dangle(good: Flow) -> None:
    action(good, "greet").update(
        Type="SummarizeContact",
        Parameters={"Style": ""},
        Transitions={"NextAction": "nowhere"},
    )
    assert sorted(rules(good)) == ["dangling-transition", "parameter-empty"]


def test_a_flow_without_unknown_types_has_no_warning(good: Flow) -> None:
    action(good, "greet").update(Type="PlayPrompt")
    assert warnings(parse(json.dumps(good))) == ()


def test_an_unknown_flow_type_is_an_error_of_the_caller(good: Flow) -> None:
    with pytest.raises(ValueError, match="INBOUND"):
        found(good, "INBOUND")


STORE = {
    "InputTimeLimitSeconds": "5",
    "StoreInput": "True",
    "InputValidation": {"PhoneNumberValidation": {"NumberFormat": "E164"}},
}
THIRD_PARTY = {
    "ThirdPartyPhoneNumber": "+14155550199",
    "ThirdPartyConnectionTimeLimitSeconds": "20",
}
WAIT = {"TimeLimitSeconds": "900"}
NO_MATCH = ("NoMatchingError",)
COMPLETED = ("Equals", "WaitCompleted")


@pytest.mark.parametrize(
    ("flow", "expected"),
    [
        # Storing a telephone number has a branch of its own, and none for a time-out.
        (alone("GetParticipantInput", STORE, errors=("NoMatchingError", "InvalidPhoneNumber")), []),
        (alone("GetParticipantInput", STORE, errors=NO_MATCH), ["error-branch-missing"]),
        (
            alone(
                "GetParticipantInput",
                {**STORE, "InputValidation": {"CustomValidation": {"MaximumLength": "4"}}},
                errors=("NoMatchingError", "InvalidPhoneNumber", "InputTimeLimitExceeded"),
            ),
            ["error-branch-unknown", "error-branch-unknown"],
        ),
        (
            alone(
                "GetParticipantInput",
                {"InputTimeLimitSeconds": "5", "StoreInput": "True"},
                errors=NO_MATCH,
            ),
            ["parameter-missing"],
        ),
        # A call that is handed over leaves no branch to take.
        (
            alone(
                "TransferParticipantToThirdParty",
                {**THIRD_PARTY, "ContinueFlowExecution": "False"},
                errors=NO_MATCH,
            ),
            [],
        ),
        (
            alone(
                "TransferParticipantToThirdParty",
                {**THIRD_PARTY, "ContinueFlowExecution": "False"},
                errors=("NoMatchingError", "CallFailed"),
            ),
            ["error-branch-unknown"],
        ),
        (
            alone(
                "TransferParticipantToThirdParty",
                {**THIRD_PARTY, "ContinueFlowExecution": "True"},
                errors=NO_MATCH,
            ),
            ["error-branch-missing", "error-branch-missing"],
        ),
        (
            alone("TransferParticipantToThirdParty", THIRD_PARTY, errors=NO_MATCH),
            ["parameter-missing"],
        ),
        (
            alone(
                "TransferParticipantToThirdParty",
                {
                    **THIRD_PARTY,
                    "ContinueFlowExecution": "False",
                    "ThirdPartyConnectionTimeLimitSeconds": "601",
                },
                errors=NO_MATCH,
            ),
            ["parameter-range"],
        ),
        # A wait has one branch an event.
        (alone("Wait", WAIT, errors=NO_MATCH, conditions=(COMPLETED,)), []),
        (
            alone(
                "Wait",
                {**WAIT, "Events": ["CustomerReturned"]},
                errors=NO_MATCH,
                conditions=(COMPLETED,),
            ),
            ["condition-missing"],
        ),
        (
            alone(
                "Wait",
                {**WAIT, "Events": ["BotParticipantDisconnected"]},
                errors=NO_MATCH,
                conditions=(COMPLETED, ("Equals", "BotParticipantDisconnected")),
            ),
            ["error-branch-missing"],
        ),
        (
            alone("Wait", {"TimeoutSeconds": "9"}, errors=NO_MATCH, conditions=(COMPLETED,)),
            ["parameter-missing", "parameter-unknown"],
        ),
        (
            alone(
                "Wait",
                {"ContinueExecution": "True", "MinimumWaitTimeSeconds": "60"},
                errors=NO_MATCH,
                conditions=(COMPLETED, ("Equals", "Continue")),
            ),
            [],
        ),
        # A Lambda that nobody waits for may take its time.
        (
            alone(
                "InvokeLambdaFunction",
                {
                    "LambdaFunctionARN": "$.Attributes.arn",
                    "InvocationTimeLimitSeconds": "60",
                    "InvocationType": "ASYNCHRONOUS",
                },
                errors=NO_MATCH,
            ),
            [],
        ),
        # Both spellings of a number are taken.
        (
            alone(
                "Loop",
                {"LoopCount": 3},
                conditions=(("Equals", "ContinueLooping"), ("Equals", "DoneLooping")),
            ),
            [],
        ),
        (
            alone(
                "CheckMetricData",
                {"MetricType": "NumberOfContactsInQueue"},
                errors=("NoMatchingError", "NoMatchingCondition"),
                conditions=(("NumberLessOrEqualTo", "5"),),
            ),
            [],
        ),
        (
            alone(
                "DistributeByPercentage",
                errors=("NoMatchingCondition",),
                conditions=(("NumberLessThan", "31"),),
            ),
            [],
        ),
        (
            alone(
                "UpdateContactRoutingBehavior",
                {"QueuePriority": "1", "QueueTimeAdjustmentSeconds": "-5"},
            ),
            ["parameter-conflict"],
        ),
        (
            alone(
                "UpdateContactEventHooks",
                {"EventHooks": {"CustomerQueue": "q", "AgentHold": "h"}},
                errors=NO_MATCH,
            ),
            ["parameter-shape"],
        ),
        (
            alone("UpdateContactEventHooks", {"EventHooks": {"OnQueue": "q"}}, errors=NO_MATCH),
            ["parameter-unknown"],
        ),
        (
            alone("TagContact", {"Tags": {str(n): "v" for n in range(7)}}, errors=NO_MATCH),
            ["parameter-shape"],
        ),
        (
            alone("UpdateFlowAttributes", {"FlowAttributes": {"a": "b"}}, errors=NO_MATCH),
            ["parameter-shape"],
        ),
        (
            alone(
                "UpdateFlowAttributes", {"FlowAttributes": {"a": {"Value": "b"}}}, errors=NO_MATCH
            ),
            [],
        ),
        (alone("UpdateContactData", {}, errors=NO_MATCH), ["parameter-conflict"]),
        (alone("UpdateContactData", {"LanguageCode": "en-GB"}, errors=NO_MATCH), []),
        (
            alone("UpdateContactData", {"References": {"a": "b"}}, errors=NO_MATCH),
            ["parameter-unknown", "parameter-conflict"],
        ),
        (
            alone(
                "UpdateContactData",
                {
                    "IsVoiceIdStreamingEnabled": "TRUE",
                    "IsVoiceAuthenticationEnabled": "TRUE",
                    "IsFraudDetectionEnabled": "FALSE",
                    "FraudDetectionThreshold": "50",
                },
                errors=NO_MATCH,
            ),
            ["parameter-conflict", "parameter-missing", "parameter-missing"],
        ),
    ],
)
def test_what_an_action_needs_depends_on_its_form(flow: Flow, expected: list[str]) -> None:
    assert rules(flow) == expected


@pytest.mark.parametrize(
    ("flow_type", "refused"),
    [
        ("CONTACT_FLOW", False),
        ("CUSTOMER_QUEUE", False),
        ("QUEUE_TRANSFER", False),
        ("CAMPAIGN", False),
        ("AGENT_WHISPER", True),
        ("CUSTOMER_HOLD", True),
    ],
)
def test_an_action_stands_only_where_it_may(flow_type: str, refused: bool) -> None:  # noqa: FBT001
    flow = alone("UpdateFlowLoggingBehavior", {"FlowLoggingBehavior": "Enabled"})
    assert rules(flow, flow_type) == (["flow-type"] if refused else [])


@pytest.mark.parametrize("flow_type", ["AGENT_WHISPER", "CONTACT_FLOW", "CAMPAIGN"])
def test_a_flow_of_any_type_may_end_by_itself(flow_type: str) -> None:
    flow = {
        "Version": "2019-10-30",
        "StartAction": "end",
        "Actions": [{"Identifier": "end", "Type": "EndFlowExecution", "Transitions": {}}],
    }
    assert rules(flow, flow_type) == []


BUFFER = {"EnableDTMFBuffer": "True"}
STORED = {
    "EnableDTMFBuffer": "false",
    "StoreInput": "true",
    "InputEncryption": {"EncryptionKeyId": "1", "Key": "k"},
}


@pytest.mark.parametrize("parameters", [BUFFER, STORED])
def test_the_buffer_for_early_keys_is_switched_without_asking_for_any(parameters: Flow) -> None:
    assert rules(alone("GetParticipantInput", parameters, errors=NO_MATCH)) == []
    assert rules(alone("GetParticipantInput", parameters)) == ["error-branch-missing"]
    wrong = {**parameters, "EnableDTMFBuffer": "Maybe"}
    assert rules(alone("GetParticipantInput", wrong, errors=NO_MATCH)) == ["parameter-value"]
    menu = alone("GetParticipantInput", parameters, errors=NO_MATCH, conditions=(("Equals", "1"),))
    assert rules(menu) == ["condition-operator"]


def test_a_whisper_may_be_switched_off_without_a_flow_in_its_place() -> None:
    off = {"EventHooksConfiguration": {"CustomerWhisper": {"DisableExecution": "true"}}}
    assert rules(alone("UpdateContactEventHooks", off, errors=NO_MATCH)) == []
    assert rules(alone("UpdateContactEventHooks", {}, errors=NO_MATCH)) == ["parameter-conflict"]


def test_emails_are_analysed_as_calls_and_chats_are() -> None:
    behaviour = {"EmailBehavior": {"EmailAnalyticsBehavior": {"Enabled": "True"}}}
    errors = (*NO_MATCH, "ChannelMismatch")
    type_ = "UpdateContactRecordingAndAnalyticsBehavior"
    assert rules(alone(type_, behaviour, errors=errors)) == []
    both = {**behaviour, "ChatBehavior": {}}
    assert "parameter-conflict" in rules(alone(type_, both, errors=errors))


def test_the_highest_priority_is_a_number() -> None:
    for number, expected in (("9223372036854775807", []), ("1" * 20, ["parameter-shape"])):
        flow = alone("UpdateContactRoutingBehavior", {"QueuePriority": number})
        assert rules(flow) == expected


def test_only_a_campaign_asks_whether_a_value_is_there() -> None:
    receipt = "$.DeliveryReceipts['`$.OutboundCommunication.Latest.Id`'].Bounce"
    flow = alone("Compare", {"ComparisonValue": receipt}, errors=("NoMatchingCondition",))
    condition = {"Operator": "Exists", "Operands": []}
    flow["Actions"][0]["Transitions"]["Conditions"] = [
        {"NextAction": "end", "Condition": condition}
    ]
    assert rules(flow, "CAMPAIGN") == []
    assert rules(flow, "CONTACT_FLOW") == ["condition-operator", "condition-operator"]
    condition["Operands"] = ["x"]
    assert rules(flow, "CAMPAIGN") == ["condition-operator"]
    condition["Operator"] = "Exist"
    assert rules(flow, "CAMPAIGN") == ["condition-operator"]


def test_what_a_campaign_sends_stands_in_campaigns_only() -> None:
    flow = alone("SendSMS", {"Message": {}, "SourceEndpoint": {"Address": "a", "Type": "b"}})
    flow["Actions"][0]["Transitions"]["Errors"] = [
        {"ErrorType": "NoMatchingError", "NextAction": "end"}
    ]
    flow["Actions"][1]["Type"] = "EndFlowExecution"
    assert rules(flow, "CAMPAIGN") == []
    assert rules(flow, "CONTACT_FLOW") == ["flow-type"]


def test_a_third_party_may_not_fail_in_an_agent_transfer() -> None:
    parameters = {**THIRD_PARTY, "ContinueFlowExecution": "True"}
    bare = alone("TransferParticipantToThirdParty", parameters, errors=NO_MATCH)
    full = alone(
        "TransferParticipantToThirdParty",
        parameters,
        errors=(*NO_MATCH, "CallFailed", "ConnectionTimeLimitExceeded"),
    )
    assert rules(bare, "AGENT_TRANSFER") == []
    assert rules(full, "AGENT_TRANSFER") == ["error-branch-unknown"] * 2
    assert rules(full, "CONTACT_FLOW") == []


def test_prompts_in_a_queue_need_no_next_action() -> None:
    flow = alone("MessageParticipantIteratively", {"Messages": [{"Text": "Please hold."}]})
    del flow["Actions"][0]["Transitions"]["NextAction"]
    assert rules(flow, "CUSTOMER_QUEUE") == []
    flow["Actions"][0]["Parameters"]["Messages"][0]["SSML"] = "<speak/>"
    assert rules(flow, "CUSTOMER_QUEUE") == ["parameter-conflict"]


def test_a_module_carries_settings(good: Flow) -> None:
    good["Actions"] = [a for a in good["Actions"] if a["Identifier"] == "hang-up"]
    good["StartAction"] = "hang-up"
    (problem,) = found(good, "CONTACT_FLOW_MODULE")
    assert problem.message == "JSON field is missing or null for field name: settings"
    assert found({**good, "Settings": {}}, "CONTACT_FLOW_MODULE") == ()


def test_what_a_placeholder_will_hold_is_not_judged_in_a_template(good: Flow) -> None:
    _set("find-parcel", "InvocationTimeLimitSeconds", "${limit}")(good)
    _set("choose-queue", "QueueId", "${queue_arn}")(good)
    _set("log", "FlowLoggingBehavior", "${logging}")(good)
    text = json.dumps(good)
    assert template_problems(text) == ()
    assert [p.rule for p in content_problems(text)] == ["parameter-value", "parameter-shape"]


def test_the_rest_of_a_template_is_judged(good: Flow) -> None:
    _set("menu", "Text", "${a} ${b(c)}")(good)
    assert template_problems(json.dumps(good))[0].rule == "flow-syntax"
    _set("menu", "Text", "${a}")(good)
    assert [p.rule for p in template_problems(json.dumps(good))] == ["parameter-conflict"]
