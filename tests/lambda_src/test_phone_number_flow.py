"""The Lambda behind aws_lambda_invocation, against Connect's own models."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from botocore.stub import Stubber
from hypothesis import given
from hypothesis import strategies as st

from phone_number_flow import handler as entry
from phone_number_flow.associations import AssociationError
from phone_number_flow.request import RequestError, parse

INSTANCE = "11111111-0000-4000-8000-000000000000"
NUMBER = "22222222-0000-4000-8000-000000000000"
OTHER_NUMBER = "22222222-0000-4000-8000-000000000001"
FLOW = "33333333-0000-4000-8000-000000000000"
OTHER_FLOW = "33333333-0000-4000-8000-000000000001"
ARN = "arn:aws:connect:us-east-1:123456789012"


def wanted(number: str = NUMBER, flow: str = FLOW) -> dict[str, object]:
    return {"instance_id": INSTANCE, "phone_number_id": number, "contact_flow_id": flow}


def event(
    action: str, values: dict[str, object], before: dict[str, object] | None
) -> dict[str, object]:
    return {**values, "tf": {"action": action, "prev_input": before}}


@dataclass
class Connect:
    """Connect's side: what must be called, in this order, and what it answers."""

    stub: Stubber

    def ties(self, number: str = NUMBER, flow: str = FLOW) -> None:
        self.stub.add_response(
            "associate_phone_number_contact_flow",
            {},
            {"InstanceId": INSTANCE, "PhoneNumberId": number, "ContactFlowId": flow},
        )

    def unties(self, number: str = NUMBER) -> None:
        self.stub.add_response(
            "disassociate_phone_number_contact_flow",
            {},
            {"InstanceId": INSTANCE, "PhoneNumberId": number},
        )

    def lists(self, *pairs: tuple[str, str], more: bool = False, after: str = "") -> None:
        answer: dict[str, object] = {
            "FlowAssociationSummaryList": [
                {
                    "ResourceId": f"{ARN}:phone-number/{number}",
                    "FlowId": f"{ARN}:instance/{INSTANCE}/contact-flow/{flow}",
                    "ResourceType": "VOICE_PHONE_NUMBER",
                }
                for number, flow in pairs
            ]
        }
        if more:
            answer["NextToken"] = "more"
        expected = {"InstanceId": INSTANCE, "ResourceType": "VOICE_PHONE_NUMBER"}
        if after:
            expected["NextToken"] = after
        self.stub.add_response("list_flow_associations", answer, expected)

    def refuses(self, operation: str, code: str) -> None:
        self.stub.add_client_error(operation, code, "message", http_status_code=400)


@pytest.fixture(autouse=True)
def aws_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Iterator[Connect]:
    client = entry.connect_client()
    monkeypatch.setattr(entry, "connect_client", lambda: client)
    with Stubber(client) as stub:
        yield Connect(stub)
        stub.assert_no_pending_responses()


def test_create_ties_the_number_to_the_flow(connect: Connect) -> None:
    connect.ties()
    assert entry.handler(event("create", wanted(), None), None) == {**wanted(), "state": "tied"}


def test_update_to_another_flow_ties_again(connect: Connect) -> None:
    connect.ties(flow=OTHER_FLOW)
    reply = entry.handler(event("update", wanted(flow=OTHER_FLOW), wanted()), None)
    assert reply == {**wanted(flow=OTHER_FLOW), "state": "tied"}


def test_update_to_another_number_unties_the_old_one_afterwards(connect: Connect) -> None:
    connect.ties(number=OTHER_NUMBER)
    connect.lists((NUMBER, FLOW), (OTHER_NUMBER, FLOW))
    connect.unties()
    entry.handler(event("update", wanted(OTHER_NUMBER), wanted()), None)


def test_delete_unties_the_number(connect: Connect) -> None:
    connect.lists((OTHER_NUMBER, OTHER_FLOW), (NUMBER, FLOW))
    connect.unties()
    reply = entry.handler(event("delete", wanted(), wanted()), None)
    assert reply["state"] == "untied"


def test_delete_finds_the_number_on_a_later_page(connect: Connect) -> None:
    connect.lists((OTHER_NUMBER, FLOW), more=True)
    connect.lists((NUMBER, FLOW), after="more")
    connect.unties()
    entry.handler(event("delete", wanted(), wanted()), None)


def test_ids_may_be_arns(connect: Connect) -> None:
    number = f"{ARN}:phone-number/{NUMBER}"
    connect.lists((NUMBER, FLOW))
    connect.unties(number=number)
    flow = f"{ARN}:instance/{INSTANCE}/contact-flow/{FLOW}"
    entry.handler(event("delete", wanted(number, flow), wanted(number, flow)), None)


@pytest.mark.parametrize(
    "pairs", [[(NUMBER, OTHER_FLOW)], [(OTHER_NUMBER, FLOW)], []], ids=["moved", "others", "none"]
)
def test_number_that_leads_elsewhere_is_left_alone(
    connect: Connect, pairs: list[tuple[str, str]]
) -> None:
    connect.lists(*pairs)
    reply = entry.handler(event("delete", wanted(), wanted()), None)
    assert reply["state"] == "nothing to untie"


def test_delete_of_what_is_gone_succeeds(connect: Connect) -> None:
    connect.refuses("list_flow_associations", "ResourceNotFoundException")
    assert entry.handler(event("delete", wanted(), wanted()), None)["state"] == "nothing to untie"
    connect.lists((NUMBER, FLOW))
    connect.refuses("disassociate_phone_number_contact_flow", "ResourceNotFoundException")
    assert entry.handler(event("delete", wanted(), wanted()), None)["state"] == "nothing to untie"


@pytest.mark.parametrize(
    "code",
    ["ResourceNotFoundException", "InvalidParameterException", "Strange"],
)
def test_refused_tie_fails_the_apply_with_one_sentence(connect: Connect, code: str) -> None:
    connect.refuses("associate_phone_number_contact_flow", code)
    with pytest.raises(AssociationError) as caught:
        entry.handler(event("create", wanted(), None), None)
    sentence = str(caught.value)
    assert NUMBER in sentence
    assert f"connect:AssociatePhoneNumberContactFlow answered {code}" in sentence
    assert sentence.endswith(".")


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    return slept


def test_a_policy_that_is_not_in_force_yet_is_waited_for(
    connect: Connect, pauses: list[float]
) -> None:
    connect.refuses("associate_phone_number_contact_flow", "AccessDeniedException")
    connect.refuses("associate_phone_number_contact_flow", "AccessDeniedException")
    connect.ties()
    assert entry.handler(event("create", wanted(), None), None)["state"] == "tied"
    assert len(pauses) == 2


def test_a_policy_that_never_allows_it_fails_within_the_functions_time(
    connect: Connect, pauses: list[float]
) -> None:
    for _ in range(6):
        connect.refuses("associate_phone_number_contact_flow", "AccessDeniedException")
    with pytest.raises(AssociationError, match="answered AccessDeniedException"):
        entry.handler(event("create", wanted(), None), None)
    assert sum(pauses) < 45


@pytest.mark.parametrize("operation", ["list_flow_associations", "disassociate"])
def test_refused_untie_fails_the_destroy(connect: Connect, operation: str) -> None:
    if operation == "disassociate":
        connect.lists((NUMBER, FLOW))
        operation = "disassociate_phone_number_contact_flow"
    connect.refuses(operation, "AccessDeniedException")
    with pytest.raises(AssociationError, match="AccessDeniedException"):
        entry.handler(event("delete", wanted(), wanted()), None)


def test_throttling_is_left_to_the_client_which_waits_it_out() -> None:
    retries = entry.connect_client().meta.config.retries  # type: ignore[attr-defined]
    assert (retries["mode"], retries["total_max_attempts"]) == ("standard", 5)


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        {},
        wanted(),
        {**wanted(), "tf": None},
        event("read", wanted(), None),
        event("create", {**wanted(), "contact_flow_id": ""}, None),
        event("create", {**wanted(), "instance_id": None}, None),
        event("update", wanted(), {"instance_id": "x"}),
    ],
)
def test_event_of_another_kind_is_refused_in_one_sentence(wrong: object) -> None:
    with pytest.raises(RequestError) as caught:
        entry.handler(wrong, None)
    assert str(caught.value).endswith(".")


@given(
    st.recursive(
        st.none() | st.text(max_size=5) | st.integers(),
        lambda inner: st.dictionaries(
            st.sampled_from(["tf", "action", "prev_input", "instance_id", "phone_number_id"]), inner
        ),
        max_leaves=10,
    )
)
def test_any_event_is_read_or_refused(value: object) -> None:
    sentence = "."
    try:
        parse(value)
    except RequestError as error:
        sentence = str(error)
    assert sentence.endswith(".")
    assert "\n" not in sentence
