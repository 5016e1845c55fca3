"""The flow as Terraform weaves it."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from terraform_support import ANY_PEM, VARIABLES, MockedRoot, Outcome

from connect_voice.doctors.servicenow.flow import fingerprint
from flowkit.model import Action, Flow, parse
from flowkit.validation import problems

FLOW = "module.servicenow_voice[0].aws_connect_contact_flow.inbound"


def _flow(outcome: Outcome) -> Flow:
    return parse(outcome.resources[FLOW]["content"])


def _action(flow: Flow, identifier: str) -> Action:
    action = flow.action(identifier)
    assert action is not None, identifier
    return action


def test_connect_would_accept_it(applied: Outcome) -> None:
    assert problems(_flow(applied)) == ()


def test_each_reason_leads_to_its_queue(applied: Outcome) -> None:
    flow = _flow(applied)
    router = _action(flow, "route-by-reason").transitions
    assert {c.operands[0]: (c.operator, c.next_action) for c in router.conditions} == {
        "user_requested": ("Equals", "set-queue-people"),
        "angry": ("Equals", "set-queue-people"),
        "locked": ("Equals", "set-queue-default"),
    }
    for queue in ("people", "default"):
        action = _action(flow, f"set-queue-{queue}")
        assert action.type == "UpdateContactTargetQueue"
        assert action.parameters == {"QueueId": applied.outputs["queue_arns"][queue]}
        # Where a caller without a mapped reason goes on, this one goes on too, queue set or not.
        assert set(action.transitions.targets()) == {router.next_action}


def test_each_action_has_its_own_place(applied: Outcome) -> None:
    flow = _flow(applied)
    layout = flow.metadata["ActionMetadata"]
    places = [
        (layout[a.identifier]["position"]["x"], layout[a.identifier]["position"]["y"])
        for a in flow.actions
    ]
    assert len(set(places)) == len(flow.actions)
    assert all(one != other for one, other in pairwise(sorted(places)))


def test_no_reasons_leave_the_template_as_it_is(mocked_root: MockedRoot) -> None:
    flow = _flow(mocked_root.apply(servicenow_flow={}))
    assert _action(flow, "route-by-reason").transitions.conditions == ()
    assert [a.identifier for a in flow.actions if a.identifier.startswith("set-queue")] == []
    assert problems(flow) == ()


def test_the_order_of_the_map_does_not_matter(mocked_root: MockedRoot, applied: Outcome) -> None:
    reasons = VARIABLES["servicenow_flow"]["reason_queues"]
    turned = dict(reversed(reasons.items()))
    again = mocked_root.apply(servicenow_flow={"reason_queues": turned})
    assert again.resources[FLOW]["content"] == applied.resources[FLOW]["content"]


def test_what_is_said_may_hold_any_character(mocked_root: MockedRoot) -> None:
    greeting = 'She said "hello"\\ \n\tto ${you} & <me>: é 日本 %{ if }'
    outcome = mocked_root.apply(servicenow_flow={"greeting": greeting})
    assert outcome.errors == ()
    flow = _flow(outcome)
    assert _action(flow, "greet").parameters["Text"] == greeting


def test_the_limits_and_switches_are_those_of_the_environment(mocked_root: MockedRoot) -> None:
    flow = _flow(
        mocked_root.apply(
            servicenow_flow={
                "flow_logging": False,
                "transfer_time_limit_seconds": 45,
                "language_code": "fr-FR",
                "voice": "Lea",
                "voice_engine": "Generative",
            }
        )
    )
    content = json.dumps(flow.document)
    assert '"FlowLoggingBehavior": "Disabled"' in content
    assert '"ThirdPartyConnectionTimeLimitSeconds": "45"' in content
    assert '"LanguageCode": "fr-FR"' in content
    assert '"TextToSpeechVoice": "Lea"' in content
    assert '"TextToSpeechEngine": "Generative"' in content


def test_the_options_of_the_environment_are_in_it(mocked_root: MockedRoot) -> None:
    outcome = mocked_root.apply(
        servicenow_flow={
            "check_hours": True,
            "check_staffing": True,
            "callback_when_closed": True,
            "callback": {"attempts": 2},
            "caller_id_mode": "number",
            "caller_id_number": "support",
        }
    )
    assert outcome.errors == ()
    flow = _flow(outcome)
    assert problems(flow) == ()
    assert _action(flow, "create-callback").parameters["MaximumConnectionAttempts"] == "2"
    assert _action(flow, "transfer-to-agent").parameters["CallerId"] == {
        "Number": outcome.outputs["phone_numbers"]["support"]["number"]
    }


@pytest.mark.parametrize(
    ("number", "shown"), [(None, "$.SystemEndpoint.Address"), ("+12065550177", "+12065550177")]
)
def test_without_a_key_the_caller_id_is_the_number_dialled_or_the_one_given(
    mocked_root: MockedRoot, number: str | None, shown: str
) -> None:
    wanted = {"caller_id_mode": "number"} | ({"caller_id_number": number} if number else {})
    flow = _flow(mocked_root.apply(servicenow_flow=wanted))
    assert _action(flow, "transfer-to-agent").parameters["CallerId"] == {"Number": shown}


def test_nothing_is_checked_or_shown_unless_asked_for(applied: Outcome) -> None:
    flow = _flow(applied)
    assert "CallerId" not in _action(flow, "transfer-to-agent").parameters
    types = {action.type for action in flow.actions}
    assert not types & {"CheckHoursOfOperation", "CheckMetricData", "CreateCallbackContact"}


def test_the_outputs_say_what_is_published(applied: Outcome) -> None:
    content = json.loads(applied.resources[FLOW]["content"])
    # The doctor holds what is published against this, and has a fingerprint of its own.
    assert applied.outputs["servicenow_flow_sha256"] == fingerprint(parse(json.dumps(content)))
    assert applied.outputs["servicenow_instance_host"] == "dev1.example.com"
    assert applied.outputs["servicenow_voice_service_host"] == "voice.example.com:8443"


def test_without_servicenow_its_outputs_are_null(different: Outcome) -> None:
    names = ("flow_sha256", "instance_host", "voice_service_host", "lambda_arn")
    assert {name: different.outputs.get(f"servicenow_{name}") for name in names} == (
        dict.fromkeys(names)
    )


def test_a_private_authoritys_certificate_stays_out_of_the_outputs(
    mocked_root: MockedRoot,
) -> None:
    endpoints = {**VARIABLES["servicenow_endpoints"], "ca_bundle_pem": ANY_PEM}
    outcome = mocked_root.apply(servicenow_endpoints=endpoints)
    assert "BEGIN CERTIFICATE" not in json.dumps(dict(outcome.outputs))


def test_it_holds_no_account_and_no_region_of_its_own(applied: Outcome) -> None:
    arns = {
        applied.outputs["servicenow_lambda_alias_arn"],
        *applied.outputs["queue_arns"].values(),
    }
    content = applied.resources[FLOW]["content"]
    for arn in arns:
        content = content.replace(arn, "")
    assert "123456789012" not in content
    assert "us-east-1" not in content
