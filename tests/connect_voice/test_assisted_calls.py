"""Scripted calls with agents and accidents, through a contact centre in the embedded AWS."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests
from calls_office import Office, open_office
from rich.console import Console

from callsim.record import CallRecord, Line, Outcome, Who
from callsim.scenario import Agent, Expectation, GuideAnswer, Scenario, StoredDisposition
from connect_voice import calls, embedded
from connect_voice.calls import (
    CallReport,
    Deployment,
    Number,
    check_call_path,
    place_call,
    render,
)
from connect_voice.errors import UsageError
from connect_voice.project import Project

SERVED = Expectation(Outcome.SERVED, queue="default")
CONTACT_ID = "6a4c9c2e-0b53-4d3b-9d0a-3f7a1c2b4d5e"
TOKEN = "canary-of-a-token"
FILLED = Agent(30.0, (GuideAnswer("Next", {"how": "well"}),))


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    project = Project(tmp_path_factory.mktemp("office"))
    aws, _ = embedded.up(project)
    try:
        yield open_office(aws)
    finally:
        embedded.down(project)


def scenario(expect: Expectation = SERVED, **changes: Any) -> Scenario:
    made = Scenario(
        name="mine", description="A call.", expect=expect, dials="assisted", agent=FILLED
    )
    return replace(made, **changes)


def place(office: Office, wanted: Scenario) -> CallReport:
    return place_call(wanted, office.deployment, office.session, state_dir=office.state_dir)


NUMBERS = {
    "b": Number(id="2", number="+12065550102", leads_to="assisted/second"),
    "a": Number(id="1", number="+12065550101", leads_to="assisted/first"),
    "desk": Number(id="3", number="+12065550103", leads_to="front_desk"),
    "billing": Number(id="4", number="+12065550104", leads_to="front_desk/billing"),
}


@pytest.mark.parametrize(
    ("dials", "number_id"),
    [
        ("b", "2"),
        ("assisted/second", "2"),
        ("assisted", "1"),
        ("front_desk", "3"),
        ("front_desk/billing", "4"),
        ("desk", "3"),
    ],
)
def test_a_number_is_dialled_by_its_key_or_by_where_it_leads(dials: str, number_id: str) -> None:
    deployment = Deployment(instance_id="i", phone_numbers=NUMBERS, region="us-east-1")
    assert deployment.number(dials).id == number_id


@pytest.mark.parametrize(
    ("dials", "sentence"),
    [
        ("assisted/third", "No number is called 'assisted/third' or leads there; there is a ("),
        ("assist", "No number is called 'assist'"),
    ],
)
def test_a_number_that_is_not_there_or_not_named_is_wrong_use(dials: str, sentence: str) -> None:
    deployment = Deployment(instance_id="i", phone_numbers=NUMBERS, region="us-east-1")
    with pytest.raises(UsageError) as caught:
        deployment.number(dials)
    assert str(caught.value).startswith(sentence)


def test_without_a_name_it_is_the_first_number() -> None:
    deployment = Deployment(instance_id="i", phone_numbers=NUMBERS, region="us-east-1")
    assert deployment.number(None).id == "1"


def test_without_any_number_there_is_nobody_to_call() -> None:
    deployment = Deployment(instance_id="i", phone_numbers={}, region="us-east-1")
    with pytest.raises(UsageError):
        deployment.number(None)


def test_an_agent_takes_the_call_and_the_guide_notes_how_it_ended(office: Office) -> None:
    report = place(office, scenario())
    assert report.failures == ()
    shown = report.to_json()
    attributes: Any = shown["attributes"]
    assert attributes["how"] == "well"
    # The guide's Lambda was told which call it belongs to.
    assert attributes["call"] == shown["contact_id"]
    path: Any = shown["path"]
    assert [step["flow"] for step in path] == ["Assisted"] * 6 + ["Guide"] * 4


def test_without_an_agent_the_caller_waits(office: Office) -> None:
    waiting = Expectation(Outcome.QUEUE, queue="default", not_visits=("form",))
    assert place(office, scenario(waiting, agent=None)).passed


def test_an_agent_who_closes_the_guide_leaves_nothing(office: Office) -> None:
    report = place(office, scenario(agent=Agent()))
    assert report.passed
    assert ("form", "TimeLimitExceeded") in [(s.identifier, s.branch) for s in report.record.path]


def test_the_media_stream_of_a_call_is_one_that_can_be_described(office: Office) -> None:
    report = place(office, scenario())
    reply: Any = report.record.lambdas[0].reply
    described = office.client("kinesisvideo").describe_stream(StreamARN=reply["stream"])
    name = described["StreamInfo"]["StreamName"]
    assert name == f"office-connect-office-contact-{report.record.contact_id}"


def test_without_a_media_stream_the_call_goes_on(office: Office) -> None:
    report = place(office, scenario(without_media_stream=True))
    assert report.passed
    assert report.record.path[0].branch == "NoMatchingError"
    assert not report.record.visited("assist")


def test_streaming_that_is_switched_off_is_found_and_costs_no_call(office: Office) -> None:
    config = office.connect.list_instance_storage_configs(
        InstanceId=office.instance_id, ResourceType="MEDIA_STREAMS"
    )["StorageConfigs"][0]
    office.connect.disassociate_instance_storage_config(
        InstanceId=office.instance_id,
        AssociationId=config["AssociationId"],
        ResourceType="MEDIA_STREAMS",
    )
    try:
        report = place(office, scenario())
        broken = _broken(office)
    finally:
        office.connect.associate_instance_storage_config(
            InstanceId=office.instance_id,
            ResourceType="MEDIA_STREAMS",
            StorageConfig={
                "StorageType": "KINESIS_VIDEO_STREAM",
                "KinesisVideoStreamConfig": config["KinesisVideoStreamConfig"]
                | {"Prefix": "office"},
            },
        )
    assert report.passed
    assert report.record.path[0].branch == "NoMatchingError"
    assert len(broken) == 1
    assert broken[0].startswith("Number assist: Live media streaming is switched off")


def test_a_lost_reply_is_asked_for_again_and_the_function_has_run_twice(office: Office) -> None:
    first = place(office, scenario())
    report = place(office, scenario(lost_replies={"voice": 1}))
    assert report.passed
    asked = report.record.lambdas[0]
    assert (asked.tries, asked.error) == (2, None)
    # Two runs for the first call, as its guide asks the same function.
    runs = [int(call.record.attributes["runs"]) for call in (first, report)]
    assert runs[1] - runs[0] == 3


def test_replies_that_are_always_lost_are_a_failure_like_any_other(office: Office) -> None:
    report = place(office, scenario(lost_replies={"voice": 3}))
    assert report.passed
    asked = report.record.lambdas[0]
    assert (asked.tries, asked.error) == (3, "the reply was lost on its way to Connect")


def test_a_reply_that_nobody_gave_cannot_be_lost(office: Office) -> None:
    report = place(office, scenario(lost_replies={"viice": 1}))
    assert report.failures == ("viice should lose 1 of its replies, and did not reply that often.",)


class Parameters:
    """Whether a parameter can be seen, now and during calls."""

    def __init__(self, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
        self._ssm = office.client("ssm")
        self._ssm.put_parameter(Name="/office/secret", Value="v", Type="String", Overwrite=True)
        self.during: list[bool] = []
        self._walk = calls.walk
        monkeypatch.setattr(calls, "walk", self._watched)
        self.then: BaseException | None = None

    def seen(self) -> bool:
        return not self._ssm.get_parameters(Names=["/office/secret"])["InvalidParameters"]

    def _watched(self, *arguments: Any) -> CallRecord:
        self.during.append(self.seen())
        if self.then is not None:
            raise self.then
        return self._walk(*arguments)


def test_parameters_are_absent_during_a_call_and_no_longer(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    parameters = Parameters(office, monkeypatch)
    assert place(office, scenario(without_parameters=("*/secret",))).passed
    assert parameters.during == [False]
    assert parameters.seen()


@pytest.mark.parametrize("end", [KeyboardInterrupt(), RuntimeError("broken")])
def test_parameters_are_back_when_a_call_is_broken_off(
    office: Office, monkeypatch: pytest.MonkeyPatch, end: BaseException
) -> None:
    parameters = Parameters(office, monkeypatch)
    parameters.then = end
    with pytest.raises(type(end)):
        place(office, scenario(without_parameters=("*/secret",)))
    assert parameters.during == [False]
    assert parameters.seen()


def test_what_a_killed_command_left_absent_is_back_for_the_next_call(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    parameters = Parameters(office, monkeypatch)
    answer = requests.put(
        f"{office.deployment.control_url}/_local/ssm/absent",
        json={"names": ["*/secret"]},
        timeout=10,
    )
    assert answer.ok
    assert not parameters.seen()
    assert place(office, scenario()).passed
    assert parameters.during == [True]


def test_a_stored_disposition_is_read_back(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls.uuid, "uuid4", lambda: uuid.UUID(CONTACT_ID))
    office.client("dynamodb").put_item(
        TableName="dispositions",
        Item={
            "contactId": {"S": CONTACT_ID},
            "disposition": {"S": "resolved"},
            "survey": {"BOOL": True},
            "expiresAt": {"N": "1"},
        },
    )
    good = replace(SERVED, disposition=StoredDisposition({"disposition": "resolved"}))
    bad = replace(SERVED, disposition=StoredDisposition({"survey": False}))
    none = replace(SERVED, disposition=StoredDisposition(None))
    assert place(office, scenario(good)).failures == ()
    assert place(office, scenario(bad)).failures == (
        "The stored 'survey' should be False and is True.",
    )
    assert place(office, scenario(none)).failures == (
        "No disposition should be stored for the call, and one is.",
    )


@pytest.mark.parametrize("table", ["dispositions", None])
def test_where_no_disposition_is_stored_none_can_be_expected(
    office: Office, table: str | None
) -> None:
    other = replace(office, deployment=replace(office.deployment, dispositions_table=table))
    none = replace(SERVED, disposition=StoredDisposition(None))
    some = replace(SERVED, disposition=StoredDisposition({}))
    assert place(other, scenario(none)).failures == ()
    assert place(other, scenario(some)).failures == (
        "A disposition should be stored for the call, and none is.",
    )


def test_requests_are_counted_for_this_call_only(office: Office) -> None:
    expect = replace(SERVED, requests={"kore": {"transcriber": 1}, "servicenow": {"oauth": 0}})
    # This flow's function asks no stand-in.
    assert place(office, scenario(expect)).failures == (
        "The call's requests 'transcriber' at kore should be 1 and are 0.",
    )


def test_a_guide_that_is_not_published_is_found_and_names_the_number(office: Office) -> None:
    _state(office, "ARCHIVED")
    try:
        broken = _broken(office)
    finally:
        _state(office, "ACTIVE")
    assert broken == [f"Number assist: The flow {_guide_arn(office)} is not published."]


def test_a_token_is_hidden_wherever_it_turns_up(office: Office) -> None:
    report = place(office, scenario())
    assert report.record.attributes["token"] == TOKEN
    # A flow or an error message could say it aloud.
    line = Line(1.0, Who.SYSTEM, f"Your token is {TOKEN}.", says=True)
    record = replace(report.record, transcript=(*report.record.transcript, line))
    told = replace(report, record=record, failures=(f"It is {TOKEN!r}.",))
    shown = told.to_json()
    assert TOKEN not in json.dumps(shown)
    assert "Your token is ***." in json.dumps(shown)
    attributes: Any = shown["attributes"]
    assert attributes["token"] == "***"
    text = io.StringIO()
    Console(file=text, width=200, force_terminal=False).print(render(told))
    assert TOKEN not in text.getvalue()
    assert "Your token is ***." in text.getvalue()


def test_a_served_call_reads_as_a_conversation(office: Office) -> None:
    text = io.StringIO()
    Console(file=text, width=200, force_terminal=False).print(render(place(office, scenario())))
    assert "takes the call from Front desk" in text.getvalue()
    assert "shows the agent: How did it end?" in text.getvalue()
    assert "an agent talked with the caller" in text.getvalue()


def _broken(office: Office) -> list[str]:
    findings = check_call_path(office.deployment, office.session)
    return [finding.detail for finding in findings if not finding.ok]


def _guide_arn(office: Office) -> str:
    instance = office.connect.describe_instance(InstanceId=office.instance_id)["Instance"]["Arn"]
    return f"{instance}/contact-flow/{office.guide_id}"


def _state(office: Office, state: str) -> None:
    office.connect.update_contact_flow_metadata(
        InstanceId=office.instance_id, ContactFlowId=office.guide_id, ContactFlowState=state
    )
