"""What a person should look at: each rule finds its defect in a flow that is otherwise clean."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flowkit.flow_types import likely_type
from flowkit.lint import lint_text
from flowkit.model import parse
from flowkit.problem import Problem, Rule

Flow = dict[str, Any]

FLOWS = Path(__file__).parents[2] / "flows"
TEMPLATES = sorted(FLOWS.glob("*/*.json"))


@pytest.fixture
def inbound() -> Flow:
    flow: Flow = json.loads((FLOWS / "servicenow_voice" / "inbound.json").read_text())
    return flow


def found(flow: Flow, flow_type: str | None = None) -> tuple[Problem, ...]:
    return lint_text(json.dumps(flow, indent=2), flow_type)


def action(flow: Flow, identifier: str) -> Flow:
    match: Flow = next(a for a in flow["Actions"] if a["Identifier"] == identifier)
    return match


def a_lambda(identifier: str, then: str, failed: str, name: str = "${other_lambda_arn}") -> Flow:
    return {
        "Identifier": identifier,
        "Type": "InvokeLambdaFunction",
        "Parameters": {"LambdaFunctionARN": name, "InvocationTimeLimitSeconds": "8"},
        "Transitions": {
            "NextAction": then,
            "Errors": [{"ErrorType": "NoMatchingError", "NextAction": failed}],
        },
    }


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_the_flows_of_this_project_have_no_finding_at_all(template: Path) -> None:
    assert lint_text(template.read_text()) == ()


def _in(identifier: str, key: str, value: object) -> Callable[[Flow], object]:
    def change(flow: Flow) -> None:
        holder = action(flow, identifier)
        *steps, last = key.split(".")
        for step in steps:
            holder = holder[int(step)] if isinstance(holder, list) else holder[step]
        holder[last] = value

    return change


def _attribute(name: str, value: str) -> Callable[[Flow], object]:
    return _in("note-callback", f"Parameters.Attributes.{name}", value)


def _metadata(key: str, value: object) -> Callable[[Flow], object]:
    return lambda flow: flow["Metadata"].update({key: value})


def _insert(new: Flow, before: str) -> Callable[[Flow], object]:
    """Put an action on the way to another."""

    def change(flow: Flow) -> None:
        for each in flow["Actions"]:
            transitions = each["Transitions"]
            for holder in (
                transitions,
                *transitions.get("Errors", ()),
                *transitions.get("Conditions", ()),
            ):
                if holder.get("NextAction") == before:
                    holder["NextAction"] = new["Identifier"]
        flow["Actions"].append(new)

    return change


NEVER_MIND = "say-goodbye"

DEFECTS: list[tuple[str, Callable[[Flow], object], str, str]] = [
    (
        "an action nobody comes to",
        lambda flow: flow["Actions"].append(
            {"Identifier": "lost", "Type": "DisconnectParticipant", "Transitions": {}}
        ),
        "unreachable-action",
        "lost",
    ),
    (
        "two branches for one error",
        lambda flow: action(flow, "transfer-to-queue")["Transitions"]["Errors"].append(
            {"ErrorType": "NoMatchingError", "NextAction": "say-apology"}
        ),
        "duplicate-branch",
        "transfer-to-queue",
    ),
    (
        "a prompt without an error branch",
        _in("say-goodbye", "Transitions", {"NextAction": "hang-up"}),
        "error-branch-absent",
        "say-goodbye",
    ),
    (
        "a condition that the designer knew of",
        lambda flow: flow["Metadata"]["ActionMetadata"]["check-retryable"].update(
            conditionMetadata=[{"id": "1"}, {"id": "2"}]
        ),
        "condition-lost",
        "check-retryable",
    ),
    (
        "a time limit out of all proportion",
        _in("offer-callback", "Parameters.InputTimeLimitSeconds", "999"),
        "parameter-extreme",
        "offer-callback",
    ),
    (
        "a misspelt parameter of an open shape",
        _in("count-callback-offers", "Parameters.LoopNames", "x"),
        "parameter-unfamiliar",
        "count-callback-offers",
    ),
    (
        "a third Lambda in a row",
        lambda flow: (
            _insert(a_lambda("first", "second", "second"), "get-call-context")(flow),
            flow["Actions"].append(a_lambda("second", "get-call-context", "get-call-context")),
        ),
        "lambda-chain",
        "get-call-context",
    ),
    (
        "a circle without a pause",
        _in(
            "check-interaction-context-again",
            "Transitions.NextAction",
            "get-interaction-context-again",
        ),
        "loop-without-pause",
        "get-interaction-context-again",
    ),
    (
        "a namespace nobody has",
        _in("check-retryable", "Parameters.ComparisonValue", "$.Externals.retryable"),
        "reference-root",
        "check-retryable",
    ),
    (
        "a result read before its Lambda",
        _in("greet", "Parameters.Text", "Hello $.External.name"),
        "reference-unset",
        "greet",
    ),
    (
        "a slot that nothing fills",
        _in("greet", "Parameters.Text", "You pressed $.StoredCustomerInput"),
        "reference-unset",
        "greet",
    ),
    (
        "a result read where its Lambda failed",
        _in(
            "note-call-context-unavailable",
            "Parameters.Attributes.errorCode",
            "$.External.errorCode",
        ),
        "reference-stale",
        "note-call-context-unavailable",
    ),
    (
        "a result read after another Lambda",
        _insert(a_lambda("log-call", "transfer-to-agent", NEVER_MIND), "transfer-to-agent"),
        "reference-stale",
        "transfer-to-agent",
    ),
    (
        "an ARN",
        _attribute("queue", "arn:aws:connect:eu-west-1:123456789012:instance/i/queue/q"),
        "hard-coded-arn",
        "note-callback",
    ),
    (
        "an ARN inside a text",
        _attribute("note", "see arn:aws:lambda:eu-west-1:123456789012:function:x, please"),
        "hard-coded-arn",
        "note-callback",
    ),
    (
        "an ARN in Metadata",
        _metadata("hash", {"a": "arn:aws:lambda:eu-west-1:123456789012:function:x"}),
        "hard-coded-arn",
        "",
    ),
    ("an account id", _attribute("owner", "123456789012"), "hard-coded-account", "note-callback"),
    ("a region", _attribute("where", "eu-central-1"), "hard-coded-region", "note-callback"),
    (
        "an id",
        _attribute("queue", "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"),
        "hard-coded-id",
        "note-callback",
    ),
    (
        "a number",
        _in("transfer-to-agent", "Parameters.ThirdPartyPhoneNumber", "+442071838750"),
        "hard-coded-number",
        "transfer-to-agent",
    ),
    ("a key by its name", _attribute("apiKey", "abc"), "secret", "note-callback"),
    (
        "a secret filled in by Terraform",
        _attribute("context", "${client_secret}"),
        "secret",
        "note-callback",
    ),
    ("an access key", _attribute("note", "AKIA" + "IOSFODNN7EXAMPLE"), "secret", "note-callback"),
    ("a header", _attribute("note", "Bearer 8f3a9c1e77b24d0c"), "secret", "note-callback"),
    (
        "random text",
        _attribute("note", "9fK2mQ7xLp4ZtR8vWb3NcY6sHd1JgU5e"),
        "secret",
        "note-callback",
    ),
    (
        "a hang-up without a word",
        _in("create-callback", "Transitions.Errors.0.NextAction", "hang-up"),
        "silent-hang-up",
        "create-callback",
    ),
    (
        "an expression of Terraform's",
        _in("greet", "Parameters.Text", "${upper(name)}"),
        "template-syntax",
        "",
    ),
    (
        "a service that has ended",
        _insert(
            {
                "Identifier": "listen",
                "Type": "StartVoiceIdStream",
                "Transitions": {
                    "NextAction": "greet",
                    "Errors": [{"ErrorType": "NoMatchingError", "NextAction": "greet"}],
                },
            },
            "greet",
        ),
        "ended-service",
        "listen",
    ),
]


@pytest.mark.parametrize(
    ("change", "rule", "where"),
    [defect[1:] for defect in DEFECTS],
    ids=[defect[0] for defect in DEFECTS],
)
def test_each_defect_is_found_by_its_rule_and_no_other(
    inbound: Flow, change: Callable[[Flow], object], rule: str, where: str
) -> None:
    change(inbound)
    findings = found(inbound)
    assert {(p.rule, p.action or "") for p in findings} == {(rule, where)}
    for problem in findings:
        assert problem.severity is Rule(problem.rule).severity or rule == "reference-unset"
        assert problem.advice.endswith((".", "?"))
        assert problem.line
        assert problem.column


@pytest.mark.parametrize(
    "change",
    [
        _attribute("secretName", "kore/production"),
        _attribute("tokenStatus", "issued"),
        _in("save-call-context", "Parameters.Attributes.token", "$.External.token"),
        _attribute("queue", "arn:aws:connect:${region}:${account_id}:instance/${id}/queue/${q}"),
        _attribute("price", "about $.50 each"),
        _attribute("build", "2026-11-21T08:00:00Z"),
        _in("say-closed", "Parameters.Text", "Our account number is 123456789012."),
    ],
)
def test_what_only_looks_like_a_defect_is_left_alone(
    inbound: Flow, change: Callable[[Flow], object]
) -> None:
    change(inbound)
    assert found(inbound) == ()


def test_a_secret_is_not_repeated_in_the_report(inbound: Flow) -> None:
    _attribute("password", "Winter-2026!")(inbound)
    (problem,) = found(inbound)
    assert "Winter" not in problem.advice + problem.message


def test_lambdas_around_a_loop_count_as_often_as_it_lets_them_run(inbound: Flow) -> None:
    _in("offer-callback", "Transitions.Conditions.0.NextAction", "ask-again")(inbound)
    action(inbound, "offer-callback")["Type"] = "Compare"
    action(inbound, "offer-callback")["Parameters"] = {"ComparisonValue": "$.Attributes.a"}
    action(inbound, "offer-callback")["Transitions"]["Errors"] = [
        {"ErrorType": "NoMatchingCondition", "NextAction": "create-callback"}
    ]
    action(inbound, "offer-callback")["Transitions"]["NextAction"] = "create-callback"
    inbound["Actions"].append(a_lambda("ask-again", "count-callback-offers", "say-apology"))
    loop = action(inbound, "count-callback-offers")
    assert [p.rule for p in found(inbound)] == []
    loop["Parameters"]["LoopCount"] = "3"
    assert [p.rule for p in found(inbound)] == ["lambda-chain"]


def test_a_flow_nobody_can_leave_is_told_so_unless_it_is_there_to_wait_in(inbound: Flow) -> None:
    prompt = action(inbound, "say-apology")
    prompt["Transitions"] = {
        "NextAction": "say-apology",
        "Errors": [{"ErrorType": "NoMatchingError", "NextAction": "say-apology"}],
    }
    inbound["Actions"], inbound["StartAction"] = [prompt], "say-apology"
    assert [p.rule for p in found(inbound)] == ["loop-without-end"]
    assert found(inbound, "CUSTOMER_QUEUE") == ()


def test_a_draft_may_be_unfinished_but_not_wrong(inbound: Flow) -> None:
    _in("greet", "Transitions.NextAction", "")(inbound)
    _in("greet", "Parameters.Textt", "x")(inbound)
    severities = {p.rule: p.severity.value for p in found(inbound)}
    assert severities["dangling-transition"] == "error"
    _metadata("status", "SAVED")(inbound)
    severities = {p.rule: p.severity.value for p in found(inbound)}
    assert severities["dangling-transition"] == "warning"
    assert severities["parameter-unknown"] == "error"
    # As it stands it is sent to CreateContactFlow, which publishes it.
    sent = {p.rule: p.severity.value for p in lint_text(json.dumps(inbound), sent=True)}
    assert sent["dangling-transition"] == "error"


def test_in_an_export_what_was_blanked_or_is_unheard_of_is_a_warning(inbound: Flow) -> None:
    _in("greet", "Parameters.Text", "")(inbound)
    _in("greet", "Parameters.Whispered", "x")(inbound)
    _in("set-voice", "Parameters.TextToSpeechVoices", "x")(inbound)
    raw = json.loads(json.dumps(inbound).replace("${", "$ {"))

    def severities(flow: Flow) -> dict[str, list[str]]:
        named: dict[str, list[str]] = {}
        for problem in found(flow):
            named.setdefault(problem.rule, []).append(problem.severity.value)
        return named

    assert severities(raw)["parameter-empty"] == ["error"]
    for key, value in (("name", "Inbound"), ("status", "published"), ("hash", {})):
        _metadata(key, value)(raw)
        _metadata(key, value)(inbound)
    assert severities(raw)["parameter-empty"] == ["warning"]
    sent = {p.rule: p.severity.value for p in lint_text(json.dumps(raw), sent=True)}
    assert sent["parameter-empty"] == "error"
    # One is a slip for a known parameter, the other may be new.
    assert sorted(severities(raw)["parameter-unknown"]) == ["error", "warning"]
    # A template is this project's own, whatever it was made from.
    assert severities(inbound)["parameter-empty"] == ["error"]


def test_a_repeated_key_is_found_where_it_stands() -> None:
    text = (FLOWS / "servicenow_voice" / "inbound.json").read_text()
    (problem,) = lint_text(text.replace('"Metadata"', '"Version": "2019-10-30",\n  "Metadata"', 1))
    assert (problem.rule, problem.line, problem.column) == ("duplicate-key", 4, 3)


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        (["DisconnectParticipant"], "CONTACT_FLOW"),
        (["CompleteOutboundCall", "EndFlowExecution"], "OUTBOUND_WHISPER"),
        (["TransferContactToAgent"], "AGENT_TRANSFER"),
        (["SendSMS", "EndFlowExecution"], "CAMPAIGN"),
        (["SendSMS", "DisconnectParticipant"], "CAMPAIGN"),
        (["EndFlowModuleExecution"], "CONTACT_FLOW_MODULE"),
        # Only a module may hold both, and nothing else says that it is one.
        (["DequeueContactAndTransferToQueue", "TransferContactToQueue"], "CONTACT_FLOW"),
    ],
)
def test_the_type_of_a_flow_is_the_likeliest(types: list[str], expected: str) -> None:
    actions = [{"Identifier": type_, "Type": type_, "Transitions": {}} for type_ in types]
    flow = {"Version": "2019-10-30", "StartAction": types[0], "Actions": actions}
    assert likely_type(parse(json.dumps(flow))) == expected


def test_the_end_of_an_inbound_flow_is_a_hang_up(inbound: Flow) -> None:
    for each in inbound["Actions"]:
        if each["Type"] == "DisconnectParticipant":
            each["Type"] = "EndFlowExecution"
    ask = action(inbound, "get-call-context")
    ask["Transitions"]["Errors"] = [{"ErrorType": "NoMatchingError", "NextAction": "hang-up"}]
    assert "silent-hang-up" in {p.rule for p in found(inbound, "CONTACT_FLOW")}
    assert "silent-hang-up" not in {p.rule for p in found(inbound, "CUSTOMER_QUEUE")}


@pytest.mark.parametrize("root", ["CallbackNumber", "DataTableList.ResultData"])
def test_what_the_service_fills_can_be_read(inbound: Flow, root: str) -> None:
    _in("greet", "Parameters.Text", f"Well: $.{root}")(inbound)
    assert "reference-root" not in {p.rule for p in found(inbound)}


def test_an_empty_attribute_for_a_bot_is_no_more_than_a_warning(inbound: Flow) -> None:
    bot = {
        "Identifier": "ask-bot",
        "Type": "ConnectParticipantWithLexBot",
        "Parameters": {
            "Text": "Well?",
            "LexV2Bot": {"AliasArn": "${bot_alias_arn}"},
            "LexSessionAttributes": {"mode": "", "name": "x"},
        },
        "Transitions": {
            "NextAction": "say-goodbye",
            "Errors": [
                {"ErrorType": error, "NextAction": "say-apology"}
                for error in ("NoMatchingError", "NoMatchingCondition", "InputTimeLimitExceeded")
            ],
        },
    }
    _insert(bot, "say-goodbye")(inbound)
    (problem,) = [p for p in found(inbound) if p.rule == "parameter-empty"]
    assert problem.severity.value == "warning"
    assert problem.path.endswith("LexSessionAttributes.mode")


def test_a_module_without_results_needs_no_branch_for_another(inbound: Flow) -> None:
    module: Flow = {
        "Identifier": "run-module",
        "Type": "InvokeFlowModule",
        "Parameters": {"FlowModuleId": "${module_arn}"},
        "Transitions": {
            "NextAction": "say-goodbye",
            "Errors": [{"ErrorType": "NoMatchingError", "NextAction": "say-apology"}],
        },
    }
    _insert(module, "say-goodbye")(inbound)
    assert "error-branch-absent" not in {p.rule for p in found(inbound)}
    condition = {"Operator": "Equals", "Operands": ["Sent"]}
    module["Transitions"] = {
        **module["Transitions"],
        "Conditions": [{"NextAction": "say-goodbye", "Condition": condition}],
    }
    assert "error-branch-absent" in {p.rule for p in found(inbound)}
