"""Scripted calls through a contact centre in the embedded AWS."""

from __future__ import annotations

import fcntl
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from calls_office import AGENT_NUMBER, Office, allow, open_office
from rich.console import Console

from callsim.record import CallRecord, Outcome
from callsim.scenario import Expectation, Scenario, ThirdParty
from callsim.world import Leg
from connect_voice import calls, embedded
from connect_voice.calls import CallReport, check_call_path, place_call, render
from connect_voice.errors import CheckFailed, OutsideError, UsageError
from connect_voice.project import Project

SERVED = Expectation(Outcome.COMPLETED, said=("Hello.", "Bye."))
WAITING = Expectation(Outcome.QUEUE, queue="default")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    project = Project(tmp_path_factory.mktemp("office"))
    aws, _ = embedded.up(project)
    try:
        yield open_office(aws)
    finally:
        embedded.down(project)


def scenario(expect: Expectation = SERVED, **changes: Any) -> Scenario:
    made = Scenario(name="mine", description="A call.", expect=expect, dials="desk")
    return replace(made, **changes)


def place(office: Office, wanted: Scenario) -> CallReport:
    return place_call(wanted, office.deployment, office.session, state_dir=office.state_dir)


def told(**operations: object) -> dict[str, str]:
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in operations.items()
    }


def test_a_call_goes_through_number_flow_lambda_and_queue(office: Office) -> None:
    wanted = {"status": "ok", "transferRequested": "true"}
    report = place(office, scenario(WAITING, attributes=told(getInteractionContext=wanted)))
    assert report.failures == ()
    assert report.record.queue is not None
    assert report.record.queue.name == "Front desk"
    assert [step.identifier for step in report.record.path] == [
        "hello", "ask", "dial", "ask-again", "wanted", "people", "wait",
    ]  # fmt: skip


def test_the_report_is_plain_json_with_these_keys(office: Office) -> None:
    report = place(office, scenario())
    shown = json.loads(json.dumps(report.to_json()))
    assert set(shown) == {
        "scenario", "passed", "outcome", "transcript", "path", "attributes", "lambdas", "queue",
        "failures", "warnings", "contact_id",
    }  # fmt: skip
    assert shown["scenario"] == "mine"
    assert shown["passed"] is True
    assert shown["outcome"] == "completed"
    assert shown["queue"] is None
    assert [line["text"] for line in shown["transcript"] if line["says"]] == ["Hello.", "Bye."]
    first = shown["lambdas"][0]
    assert first["function"] == office.alias
    assert first["operation"] == "getCallContext"
    assert first["reply"] == {"status": "ok", "dnis": AGENT_NUMBER}
    assert first["tries"] == 1
    assert first["error"] is None
    data = first["event"]["Details"]["ContactData"]
    assert data["ContactId"] == shown["contact_id"]
    assert data["SystemEndpoint"]["Address"] == office.number.number
    assert data["Queue"] is None


def test_an_unmet_expectation_is_told(office: Office) -> None:
    report = place(office, scenario(WAITING))
    assert not report.passed
    assert report.to_json()["failures"] == ["The call should end as queue and ended as completed."]


def test_a_function_that_raises_is_tried_three_times(office: Office) -> None:
    report = place(office, scenario(WAITING, attributes=told(getCallContext="raise")))
    assert report.passed
    failed = report.record.lambdas[0]
    assert failed.tries == 3
    assert failed.error == "the function failed: boom"
    assert not report.record.visited("dial")


def test_a_reply_that_is_no_string_map_leads_to_people(office: Office) -> None:
    report = place(office, scenario(WAITING, attributes=told(getCallContext={"dnis": None})))
    assert report.passed
    assert "null" in str(report.record.lambdas[0].error)


@pytest.mark.parametrize("leg", [Leg.BUSY, Leg.NO_ANSWER])
def test_a_third_party_that_does_not_come_leads_to_people(office: Office, leg: Leg) -> None:
    assert place(office, scenario(WAITING, third_party=ThirdParty(does=leg))).passed


def test_an_agent_whom_the_stand_in_was_never_asked_for_may_hang_up_too(
    office: Office,
) -> None:
    # This flow's function asks no stand-in, so the stand-in knows no such call; that is no fault.
    assert place(office, scenario()).passed


def test_without_association_connect_does_not_invoke(office: Office) -> None:
    office.connect.disassociate_lambda_function(
        InstanceId=office.instance_id, FunctionArn=office.alias
    )
    try:
        report = place(office, scenario(WAITING))
        broken = _broken(office)
    finally:
        office.connect.associate_lambda_function(
            InstanceId=office.instance_id, FunctionArn=office.alias
        )
    assert report.passed
    assert "is not associated with the Connect instance" in str(report.record.lambdas[0].error)
    assert [line.partition(":")[0] for line in broken] == ["Number assist", "Number desk"]
    assert all("is not associated" in line for line in broken)


@pytest.mark.parametrize("account", [None, "999999999999"])
def test_without_permission_connect_does_not_invoke(office: Office, account: str | None) -> None:
    instance_arn = _instance_arn(office)
    office.functions.remove_permission(
        FunctionName=office.function, Qualifier="live", StatementId="connect"
    )
    if account is not None:
        elsewhere = instance_arn.replace(instance_arn.split(":")[4], account)
        allow(office.functions, office.function, elsewhere)
    try:
        report = place(office, scenario(WAITING))
        broken = _broken(office)
    finally:
        if account is not None:
            office.functions.remove_permission(
                FunctionName=office.function, Qualifier="live", StatementId="connect"
            )
        allow(office.functions, office.function, instance_arn)
    assert report.passed
    assert "resource policy" in str(report.record.lambdas[0].error)
    assert [line.partition(":")[0] for line in broken] == ["Number assist", "Number desk"]
    assert all("resource policy" in line for line in broken)


def test_outbound_calls_that_are_switched_off_lead_to_people(office: Office) -> None:
    _switch(office, "OUTBOUND_CALLS", "false")
    try:
        report = place(office, scenario(WAITING))
        broken = _broken(office)
    finally:
        _switch(office, "OUTBOUND_CALLS", "true")
    assert report.passed
    assert ("dial", "NoMatchingError") in [(s.identifier, s.branch) for s in report.record.path]
    assert len(broken) == 1
    assert broken[0].startswith("Number desk: Outbound calls are switched off")


def test_a_disabled_queue_takes_nobody(office: Office) -> None:
    _status(office, "DISABLED")
    try:
        report = place(office, scenario(attributes=told(getCallContext="raise")))
        broken = _broken(office)
    finally:
        _status(office, "ENABLED")
    assert report.record.outcome is Outcome.COMPLETED
    assert report.record.said() == ("Hello.", "Sorry.")
    assert [line.partition(":")[0] for line in broken] == ["Number assist", "Number desk"]
    assert all("is disabled" in line for line in broken)


def test_a_number_that_leads_nowhere_is_a_failed_check(office: Office) -> None:
    office.connect.disassociate_phone_number_contact_flow(
        PhoneNumberId=office.number.id, InstanceId=office.instance_id
    )
    try:
        with pytest.raises(CheckFailed, match="leads to no flow"):
            place(office, scenario())
        broken = _broken(office)
    finally:
        office.connect.associate_phone_number_contact_flow(
            PhoneNumberId=office.number.id,
            InstanceId=office.instance_id,
            ContactFlowId=office.flow_id,
        )
    assert broken == [f"Number desk: {office.number.number} leads to no flow; deploy again."]


def test_a_changed_flow_is_heard_by_the_next_call(office: Office) -> None:
    described = office.connect.describe_contact_flow(
        InstanceId=office.instance_id, ContactFlowId=office.flow_id
    )["ContactFlow"]["Content"]
    office.connect.update_contact_flow_content(
        InstanceId=office.instance_id,
        ContactFlowId=office.flow_id,
        Content=described.replace("Hello.", "Good evening."),
    )
    try:
        assert place(office, scenario()).record.said()[0] == "Good evening."
    finally:
        office.connect.update_contact_flow_content(
            InstanceId=office.instance_id, ContactFlowId=office.flow_id, Content=described
        )


def test_everything_a_call_needs_is_looked_at(office: Office) -> None:
    findings = check_call_path(office.deployment, office.session)
    assert all(finding.ok for finding in findings), findings
    # The assisted call, the guide after it, and then what the desk's flow needs beyond those.
    assert [finding.name for finding in findings] == [
        "number", "flow", "lambda", "queue", "stream", "flow", "number", "flow", "outbound",
    ]  # fmt: skip


def test_a_number_of_somebody_else_is_found(office: Office) -> None:
    strange = replace(office.number, id="00000000-0000-0000-0000-000000000000")
    other = replace(office.deployment, phone_numbers={"desk": strange})
    findings = check_call_path(other, office.session)
    assert [finding.ok for finding in findings] == [False]
    assert "does not belong to the Connect instance" in findings[0].detail


def test_a_cold_call_starts_the_function_afresh(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    place(office, scenario())
    recycled: list[None] = []
    original = calls.stand_ins
    monkeypatch.setattr(
        "connect_voice.stand_ins.StandIns.recycle_lambdas", lambda _: recycled.append(None)
    )
    place(office, scenario(cold=True))
    place(office, scenario(cold=False))
    assert recycled == [None]
    assert calls.stand_ins is original


def test_a_script_the_stand_in_does_not_understand_is_wrong_use(office: Office) -> None:
    odd = scenario(stand_ins={"servicenow": {"oauth": {"statsu": 503}}})
    with pytest.raises(UsageError, match=r"stand_in\.servicenow .*statsu"):
        place(office, odd)


def test_real_accounts_are_not_called(office: Office) -> None:
    real = replace(office.deployment, control_url=None)
    with pytest.raises(UsageError, match="stand-in vendors"):
        place_call(scenario(), real, office.session, state_dir=office.state_dir)


def test_an_aws_that_is_gone_is_an_outside_error(office: Office) -> None:
    gone = replace(
        office.deployment, endpoint_url="http://127.0.0.1:9", control_url="http://127.0.0.1:9"
    )
    with pytest.raises(OutsideError, match="does not answer"):
        place_call(scenario(), gone, office.session, state_dir=office.state_dir)


def test_calls_are_placed_one_at_a_time(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[bool] = []
    walk = calls.walk

    def watched(*arguments: Any) -> CallRecord:
        with (office.state_dir / "call.lock").open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                taken.append(True)
        return walk(*arguments)

    monkeypatch.setattr(calls, "walk", watched)
    place(office, scenario())
    assert taken == [True]
    with (office.state_dir / "call.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # given back


@pytest.mark.parametrize("width", [60, 120])
def test_a_call_reads_as_a_conversation(office: Office, width: int) -> None:
    shown = io.StringIO()
    console = Console(file=shown, width=width, force_terminal=False)
    console.print(render(place(office, scenario(WAITING))))
    text = shown.getvalue()
    assert "“Hello.”" in text
    assert f"answers {AGENT_NUMBER}" in " ".join(text.split())
    assert "✗" in text
    assert "should end as queue" in text
    assert "\x1b" not in text


def test_secrets_are_hidden_in_the_report(office: Office) -> None:
    wanted = {"status": "ok", "transferRequested": "false", "accessToken": "canary-1"}
    attributes = told(getInteractionContext=wanted) | {"clientSecret": "canary-2"}
    report = place(office, scenario(attributes=attributes))
    shown = report.to_json()
    assert shown["attributes"]["clientSecret"] == "***"  # type: ignore[index]
    assert "canary-2" not in json.dumps(shown)
    assert report.record.lambdas[1].reply == wanted
    assert shown["lambdas"][1]["reply"]["accessToken"] == "***"  # type: ignore[index]


def _broken(office: Office) -> list[str]:
    findings = check_call_path(office.deployment, office.session)
    return [finding.detail for finding in findings if not finding.ok]


def _instance_arn(office: Office) -> str:
    described = office.connect.describe_instance(InstanceId=office.instance_id)
    return str(described["Instance"]["Arn"])


def _switch(office: Office, attribute: str, value: str) -> None:
    office.connect.update_instance_attribute(
        InstanceId=office.instance_id, AttributeType=attribute, Value=value
    )


def _status(office: Office, status: str) -> None:
    office.connect.update_queue_status(
        InstanceId=office.instance_id, QueueId=office.queue_id, Status=status
    )
