"""Numbers that lead elsewhere than Terraform has led them."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from connect_voice.errors import OutsideError
from connect_voice.state import Managed
from connect_voice.ties import Tie, loose, ties

INSTANCE = "11111111-2222-4333-8444-555555555555"
ARN = f"arn:aws:connect:us-east-1:123456789012:instance/{INSTANCE}"
DESK = Tie("module.ties.aws_lambda_invocation.this[0]", INSTANCE, "number-1", "flow-1")
KORE = Tie("module.ties.aws_lambda_invocation.this[1]", INSTANCE, "number-2", "flow-2")


def invocation(given: object, *, tainted: bool = False, kind: str = "aws_lambda_invocation") -> Any:
    text = given if isinstance(given, str) else json.dumps(given)
    return Managed("module.a.x.this", kind, "id", "None", tainted, {"input": text})


def asked(**more: object) -> dict[str, object]:
    return {
        "instance_id": INSTANCE,
        "phone_number_id": "number-1",
        "contact_flow_id": "flow-1",
        **more,
    }


class Office:
    """A session whose Connect leads numbers to flows."""

    def __init__(self) -> None:
        self.connect = boto3.client(
            "connect", "us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing"
        )
        self.stub = Stubber(self.connect)

    def client(self, service: str) -> Any:
        assert service == "connect"
        return self.connect

    def leads(self, *pages: dict[str, str]) -> None:
        for number, page in enumerate(pages, 1):
            rows = [{"ResourceId": one, "FlowId": flow} for one, flow in page.items()]
            answer: dict[str, Any] = {"FlowAssociationSummaryList": rows}
            sent = {"InstanceId": INSTANCE, "ResourceType": "VOICE_PHONE_NUMBER"}
            if number < len(pages):
                answer["NextToken"] = str(number)
            if number > 1:
                sent["NextToken"] = str(number - 1)
            self.stub.add_response("list_flow_associations", answer, sent)

    def loose(self, *made: Tie) -> tuple[Tie, ...]:
        with self.stub:
            found = loose(made, self)  # type: ignore[arg-type]
        self.stub.assert_no_pending_responses()
        return found


def test_what_terraform_has_invoked_for_a_number_is_a_tie() -> None:
    assert ties([invocation(asked())]) == (Tie("module.a.x.this", INSTANCE, "number-1", "flow-1"),)


@pytest.mark.parametrize(
    "resource",
    [
        invocation(asked(), tainted=True),  # is replaced anyhow
        invocation(asked(), kind="aws_lambda_function"),
        invocation(asked(contact_flow_id=None)),
        invocation({"anything": "else"}),
        invocation("no json"),
        invocation([]),
    ],
)
def test_anything_else_is_none(resource: Managed) -> None:
    assert ties([resource]) == ()


def test_what_holds_is_left_alone_however_it_is_named() -> None:
    office = Office()
    office.leads(
        {f"{ARN}/phone-number/number-1": f"{ARN}/contact-flow/flow-1"}, {"number-2": "flow-2"}
    )
    assert office.loose(DESK, KORE) == ()


@pytest.mark.parametrize("elsewhere", [{}, {"number-1": "flow-2"}, {"number-1": ""}])
def test_a_number_that_leads_elsewhere_is_loose(elsewhere: dict[str, str]) -> None:
    office = Office()
    office.leads({"number-2": "flow-2", **elsewhere})
    assert office.loose(DESK, KORE) == (DESK,)


def test_nothing_is_asked_where_nothing_was_led() -> None:
    assert Office().loose() == ()


def test_an_instance_that_is_gone_is_for_terraform_to_find_out() -> None:
    office = Office()
    office.stub.add_client_error("list_flow_associations", "ResourceNotFoundException")
    assert office.loose(DESK, KORE) == ()


def test_a_refusal_is_one_sentence() -> None:
    office = Office()
    office.stub.add_client_error("list_flow_associations", "AccessDeniedException", "no")
    with pytest.raises(OutsideError, match="does not say where its phone numbers lead"):
        office.loose(DESK)
