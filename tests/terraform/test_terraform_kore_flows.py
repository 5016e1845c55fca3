"""Kore's flows as Terraform fills and publishes them."""

from __future__ import annotations

import json

import pytest
from terraform_support import ANY_TEXT, VARIABLES, Outcome

from flowkit.model import Action, Flow, parse
from flowkit.validation import problems

FLOWS = "module.kore_agent_assist[0].aws_connect_contact_flow"
AGENT_ASSIST, QUEUE, DISPOSITION = 'agent_assist["support"]', 'queue["support"]', "disposition[0]"
BOT = VARIABLES["kore_bots"]["support"]
ALIAS = "arn:aws:lambda:us-east-1:123456789012:function:mock:live"


def _flow(outcome: Outcome, name: str) -> Flow:
    return parse(outcome.resources[f"{FLOWS}.{name}"]["content"])


def _action(flow: Flow, identifier: str) -> Action:
    action = flow.action(identifier)
    assert action is not None, identifier
    return action


def test_connect_would_accept_them_all(
    applied: Outcome, different: Outcome, without_dispositions: Outcome
) -> None:
    for outcome in (applied, different, without_dispositions):
        flows = outcome.of_type("aws_connect_contact_flow")
        assert len(flows) >= 3
        for address, flow in flows.items():
            assert problems(parse(flow["content"])) == (), address


@pytest.mark.parametrize("name", [AGENT_ASSIST, QUEUE, DISPOSITION])
def test_no_placeholder_is_left_and_no_secret_is_in(applied: Outcome, name: str) -> None:
    content = applied.resources[f"{FLOWS}.{name}"]["content"]
    assert "${" not in content
    for word in ("clientSecret", "client_secret", BOT["client_id"], BOT["sip_uri"]):
        assert word not in content


def test_the_bot_is_named_to_both_lambdas(applied: Outcome) -> None:
    flow = _flow(applied, AGENT_ASSIST)
    lambdas = [a for a in flow.actions if a.type == "InvokeLambdaFunction"]
    assert len(lambdas) == 2
    for action in lambdas:
        assert action.parameters["LambdaFunctionARN"] == ALIAS
        assert action.parameters["LambdaInvocationAttributes"] == {"bot": "support"}


def test_callers_go_from_flow_to_flow_to_their_queue(applied: Outcome) -> None:
    transfer = _action(_flow(applied, AGENT_ASSIST), "transfer-to-queue-flow")
    assert transfer.parameters == {
        "ContactFlowId": applied.resources[f"{FLOWS}.{QUEUE}"]["arn"],
    }
    queue = _flow(applied, QUEUE)
    arns = applied.outputs["queue_arns"]
    assert _action(queue, "set-queue").parameters == {"QueueId": arns["people"]}
    assert _action(queue, "set-fallback-queue").parameters == {"QueueId": arns["default"]}
    hook = _action(queue, "set-disposition-hook")
    assert hook.parameters == {
        "EventHooks": {"DisconnectAgentUI": applied.resources[f"{FLOWS}.{DISPOSITION}"]["arn"]}
    }


def test_only_the_audio_that_is_wanted_is_streamed(applied: Outcome, different: Outcome) -> None:
    for outcome, name, directions in (
        (applied, AGENT_ASSIST, ["From", "To"]),
        (different, AGENT_ASSIST, ["To"]),
        (different, 'agent_assist["front-office"]', ["From"]),
    ):
        streaming = _action(_flow(outcome, name), "start-media-streaming")
        assert streaming.parameters["Participants"] == [
            {"ParticipantType": "Customer", "MediaDirections": directions}
        ]
        assert streaming.parameters["MediaStreamingState"] == "Enabled"


def test_without_dispositions_the_hook_is_gone_and_the_way_goes_on(
    without_dispositions: Outcome, applied: Outcome
) -> None:
    before, after = _flow(applied, QUEUE), _flow(without_dispositions, QUEUE)
    hook = _action(before, "set-disposition-hook")
    content = without_dispositions.resources[f"{FLOWS}.{QUEUE}"]["content"]
    assert "set-disposition-hook" not in content
    assert "EventHooks" not in content
    assert {a.identifier for a in before.actions} - {a.identifier for a in after.actions} == {
        hook.identifier
    }
    for action in before.actions:
        if action.identifier != hook.identifier and hook.identifier in action.transitions.targets():
            assert (
                hook.transitions.next_action
                in _action(after, action.identifier).transitions.targets()
            )
    # All else is as it was.
    say = "say-handover"
    assert _action(after, say).parameters == _action(before, say).parameters


def test_the_dropdown_offers_the_choices(applied: Outcome, different: Outcome) -> None:
    assert [option["Value"] for option in _options(applied)] == [
        "resolved",
        "followup",
        "dropped",
        "accident",
        "changequeue",
    ]
    assert _options(different) == [
        {"Value": "sold", "Label": 'It\'s "sold"'},
        {"Value": "lost", "Label": "Verloren"},
    ]


def _options(outcome: Outcome) -> list[dict[str, str]]:
    view = _action(_flow(outcome, DISPOSITION), "show-form").parameters["ViewData"]
    [options] = [
        item["Options"]
        for section in view["Sections"]
        for item in section["Items"]
        if "Options" in item
    ]
    found: list[dict[str, str]] = options
    return found


def test_the_views_are_those_of_aws_in_the_instances_region(applied: Outcome) -> None:
    views = {
        action.parameters["ViewResource"]["Id"]
        for action in _flow(applied, DISPOSITION).actions
        if action.type == "ShowView"
    }
    assert views == {
        "arn:aws:connect:us-east-1:aws:view/form:1",
        "arn:aws:connect:us-east-1:aws:view/confirmation:1",
    }


def test_what_is_said_may_hold_any_character(different: Outcome) -> None:
    said = _action(_flow(different, AGENT_ASSIST), "say-greeting").parameters["Text"]
    assert said == ANY_TEXT
    assert _action(_flow(different, QUEUE), "say-handover").parameters["Text"] == ANY_TEXT


def test_language_voice_and_logging_are_those_of_the_bot(different: Outcome) -> None:
    content = json.dumps(_flow(different, AGENT_ASSIST).document)
    assert '"LanguageCode": "es-US"' in content
    assert '"languageCode": "es-US"' in content
    assert '"TextToSpeechVoice": "Lupe"' in content
    assert '"TextToSpeechEngine": "Generative"' in content
    assert '"FlowLoggingBehavior": "Enabled"' not in content


def test_each_bot_has_flows_of_its_own(different: Outcome) -> None:
    names = [flow["name"] for flow in different.of_type("aws_connect_contact_flow").values()]
    assert sorted(names) == [
        "connect-voice-test Kore agent assist front-office",
        "connect-voice-test Kore agent assist support",
        "connect-voice-test Kore disposition",
        "connect-voice-test Kore queue front-office",
        "connect-voice-test Kore queue support",
    ]
    other = _flow(different, 'agent_assist["front-office"]')
    assert _action(other, "start-transcription").parameters["LambdaInvocationAttributes"] == {
        "bot": "front-office"
    }
