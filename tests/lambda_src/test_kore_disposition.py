"""Dispositions: stored once, told once, never lost for a webhook's sake."""

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from aws_support import AwsAnswer, AwsRequest
from kore_support import WEBHOOK_PATH, WEBHOOK_SECRET, WEBHOOK_SECRET_NAME, Kore, contact_of
from lambda_support import CONTACT_ID, NOW, Answer, FakeContext, connect_event

GUIDE_ID = "0d5b2c7e-1111-4222-8333-444455556666"
TABLE = "cv-local-kore-dispositions"
SUMMARY = "Customer was called back; the order is on its way."

Reply = dict[str, str]


def stored(delivered: str) -> Reply:
    return {
        "status": "ok",
        "errorCode": "",
        "retryable": "false",
        "stored": "true",
        "delivered": delivered,
    }


def failed(code: str, *, retryable: bool) -> Reply:
    return {
        "status": "error",
        "errorCode": code,
        "retryable": str(retryable).lower(),
        "stored": "false",
        "delivered": "false",
    }


def submitted(**parameters: object) -> dict[str, object]:
    """The event of a guide in which the agent has filled in the form."""
    given = {"disposition": "resolved", "summary": SUMMARY, "survey": "true", **parameters}
    event = connect_event(None, contact_id=GUIDE_ID)
    event["Details"]["Parameters"] = given  # type: ignore[index]
    contact_of(event)["RelatedContactId"] = CONTACT_ID
    return event


@pytest.fixture
def dynamodb(moto_url: str) -> Iterator[Any]:
    client: Any = boto3.client(
        "dynamodb",
        region_name="us-east-1",
        endpoint_url=moto_url,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
    client.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "contactId", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "contactId", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    yield client
    client.delete_table(TableName=TABLE)


@pytest.fixture
def in_dynamodb(disposition: Kore, dynamodb: Any, moto_url: str) -> Kore:
    """The handler with moto's table behind it."""
    del dynamodb
    disposition.environment["AWS_ENDPOINT_URL_DYNAMODB"] = moto_url
    return disposition


def item_of(dynamodb: Any) -> dict[str, object]:
    (item,) = dynamodb.scan(TableName=TABLE)["Items"]
    return dict(item)


class TestStoring:
    def test_item_holds_what_the_agent_said(self, in_dynamodb: Kore, dynamodb: Any) -> None:
        numbers = iter(["id-1"])
        in_dynamodb.ids = lambda: next(numbers)
        assert in_dynamodb(submitted()) == stored("true")
        assert item_of(dynamodb) == {
            "contactId": {"S": CONTACT_ID},
            "guideContactId": {"S": GUIDE_ID},
            "disposition": {"S": "resolved"},
            "summary": {"S": SUMMARY},
            "summaryCut": {"BOOL": False},
            "survey": {"BOOL": True},
            "storedAt": {"S": "2030-03-17T17:46:40Z"},
            "expiresAt": {"N": str(int(NOW) + 30 * 86_400)},
            "delivery": {"S": "done"},
            "deliveringBy": {"S": "id-1"},
            "deliveringUntil": {"N": "0"},
        }

    def test_without_a_related_contact_it_is_the_contact_itself(
        self, in_dynamodb: Kore, dynamodb: Any
    ) -> None:
        event = submitted()
        contact_of(event)["RelatedContactId"] = None
        assert in_dynamodb(event) == stored("true")
        assert item_of(dynamodb)["contactId"] == {"S": GUIDE_ID}

    @pytest.mark.parametrize(
        ("given", "survey"),
        [
            ("true", True),
            ("True", True),
            ("TRUE", True),
            ("1", True),
            ("Yes", True),
            ("on", True),
            (True, True),
            (1, True),
            ("[true]", True),
            ('["true"]', True),
            ("false", False),
            ("False", False),
            ("0", False),
            ("No", False),
            ("", False),
            ("$.Views.ViewResultData.FormData.survey", False),
            (False, False),
            (None, False),
            ("[]", False),
            (["true"], False),
        ],
    )
    def test_survey_is_understood_in_any_spelling(
        self, disposition: Kore, given: object, *, survey: bool
    ) -> None:
        disposition(submitted(survey=given))
        item = disposition.aws.requests("PutItem")[0].payload["Item"]
        assert item["survey"] == {"BOOL": survey}  # type: ignore[index]

    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ("resolved", "resolved"),
            (" followup ", "followup"),
            ("[accident]", "accident"),
            ('["changequeue"]', "changequeue"),
            (7, "7"),
            ("x" * 1000, "x" * 128),
        ],
    )
    def test_disposition_is_kept_as_a_short_text(
        self, disposition: Kore, given: object, kept: str
    ) -> None:
        assert disposition(submitted(disposition=given)) == stored("true")
        item = disposition.aws.requests("PutItem")[0].payload["Item"]
        assert item["disposition"] == {"S": kept}  # type: ignore[index]

    @pytest.mark.parametrize("given", [None, "", "  ", [], {}, "[]", '[""]'])
    def test_without_a_disposition_nothing_is_stored(
        self, disposition: Kore, given: object
    ) -> None:
        assert disposition(submitted(disposition=given)) == failed(
            "DISPOSITION_MISSING", retryable=False
        )
        assert disposition.aws.seen == []

    @pytest.mark.parametrize("given", [None, "", "   ", 7])
    def test_summary_is_optional(self, in_dynamodb: Kore, given: object) -> None:
        assert in_dynamodb(submitted(summary=given)) == stored("true")

    @pytest.mark.parametrize(
        ("given", "kept", "is_cut"),
        [
            ("x" * 4000, "x" * 4000, False),
            ("x" * 4001, "x" * 4000, True),
            ("x" * 1_000_000, "x" * 4000, True),
            ("\U0001f600" * 4001, "\U0001f600" * 4000, True),
            ("x" * 3999 + "e\u0301" + "y", "x" * 3999, True),
            ("x" * 3998 + "\U0001f469\u200d\U0001f680" + "y", "x" * 3998, True),
            ("half a \ud83d pair", "half a \ufffd pair", False),
            ("whole \ud83d\ude00 pair", "whole \U0001f600 pair", False),
        ],
    )
    def test_long_or_broken_summary_is_kept_as_far_as_it_goes(
        self, in_dynamodb: Kore, dynamodb: Any, given: str, kept: str, *, is_cut: bool
    ) -> None:
        assert in_dynamodb(submitted(summary=given)) == stored("true")
        item = item_of(dynamodb)
        assert item["summary"] == {"S": kept}
        assert item["summaryCut"] == {"BOOL": is_cut}

    @pytest.mark.parametrize(
        ("answer", "code", "retryable"),
        [
            (AwsAnswer.error("AccessDeniedException"), "STORE_DENIED", False),
            (AwsAnswer.error("ThrottlingException"), "STORE_UNAVAILABLE", True),
            (AwsAnswer.error("InternalServerError", 500), "STORE_UNAVAILABLE", True),
            (AwsAnswer.error("ResourceNotFoundException"), "STORE_INVALID", False),
            (AwsAnswer.error("ValidationException"), "STORE_INVALID", False),
            (AwsAnswer(hang_up=True), "STORE_UNAVAILABLE", True),
        ],
    )
    def test_table_out_of_reach_is_an_answer_and_nobody_is_told(
        self, disposition: Kore, answer: AwsAnswer, code: str, *, retryable: bool
    ) -> None:
        disposition.aws.answer("PutItem", answer)
        assert disposition(submitted()) == failed(code, retryable=retryable)
        assert disposition.vendor.seen == []


class TestTelling:
    def test_request_is_what_a_receiver_can_verify(self, disposition: Kore) -> None:
        disposition(submitted())
        (seen,) = disposition.vendor.requests(WEBHOOK_PATH)
        assert json.loads(seen.body) == {
            "contactId": CONTACT_ID,
            "disposition": "resolved",
            "summary": SUMMARY,
            "survey": True,
            "storedAt": "2030-03-17T17:46:40Z",
        }
        assert seen.method == "POST"
        assert seen.headers["content-type"] == "application/json"
        assert seen.headers["idempotency-key"] == CONTACT_ID
        assert seen.headers["x-connect-voice-timestamp"] == "1900000000"
        message = b"1900000000." + seen.body
        mac = hmac.new(WEBHOOK_SECRET.encode(), message, hashlib.sha256).hexdigest()
        assert seen.headers["x-connect-voice-signature"] == f"v1={mac}"

    def test_without_a_webhook_nothing_is_told(self, in_dynamodb: Kore, dynamodb: Any) -> None:
        del in_dynamodb.environment["WEBHOOK_URL"]
        assert in_dynamodb(submitted()) == stored("off")
        assert item_of(dynamodb)["delivery"] == {"S": "off"}
        assert in_dynamodb(submitted()) == stored("off")
        assert in_dynamodb.vendor.seen == []
        assert in_dynamodb.aws.seen == []  # the secret is not read either

    @pytest.mark.parametrize(
        ("answer", "code", "requests"),
        [
            (Answer(status=400), "WEBHOOK_REJECTED", 1),
            (Answer(status=401), "WEBHOOK_DENIED", 1),
            (Answer(status=302), "WEBHOOK_REJECTED", 1),
            (Answer(status=500), "WEBHOOK_UNAVAILABLE", 2),
            (Answer(status=503), "WEBHOOK_UNAVAILABLE", 2),
            (Answer(hang_up=True), "WEBHOOK_UNAVAILABLE", 2),
        ],
    )
    def test_failing_webhook_loses_nothing(
        self,
        in_dynamodb: Kore,
        dynamodb: Any,
        capsys: pytest.CaptureFixture[str],
        answer: Answer,
        *,
        code: str,
        requests: int,
    ) -> None:
        in_dynamodb.vendor.answer(WEBHOOK_PATH, answer)
        assert in_dynamodb(submitted()) == stored("false")
        assert item_of(dynamodb)["delivery"] == {"S": "failed"}
        assert item_of(dynamodb)["summary"] == {"S": SUMMARY}
        assert f'"{code}"' in capsys.readouterr().out
        assert len(in_dynamodb.vendor.requests(WEBHOOK_PATH)) == requests

    @pytest.mark.parametrize(
        ("break_it", "code"),
        [
            (lambda kore: kore.environment.pop("WEBHOOK_SECRET_PARAMETER"), "CONFIG_MISSING"),
            (
                lambda kore: kore.environment.update(WEBHOOK_URL="http://plain.example.com"),
                "CONFIG_INVALID",
            ),
            (lambda kore: kore.values.pop(WEBHOOK_SECRET_NAME), "SECRET_MISSING"),
            (
                lambda kore: kore.values.update({WEBHOOK_SECRET_NAME: "Replace with it"}),
                "SECRET_INVALID",
            ),
            (
                lambda kore: kore.aws.answer("GetParameters", AwsAnswer.error("InvalidKeyId")),
                "SECRET_DENIED",
            ),
            (lambda kore: kore.environment.pop("CA_BUNDLE_PEM"), "WEBHOOK_UNTRUSTED"),
        ],
    )
    def test_unusable_webhook_loses_nothing(
        self,
        in_dynamodb: Kore,
        dynamodb: Any,
        capsys: pytest.CaptureFixture[str],
        break_it: Callable[[Kore], object],
        code: str,
    ) -> None:
        break_it(in_dynamodb)
        assert in_dynamodb(submitted()) == stored("false")
        assert item_of(dynamodb)["delivery"] == {"S": "failed"}
        assert f'"{code}"' in capsys.readouterr().out
        assert in_dynamodb.vendor.seen == []

    def test_outcome_that_cannot_be_noted_is_logged(
        self, disposition: Kore, capsys: pytest.CaptureFixture[str]
    ) -> None:
        disposition.aws.answer("UpdateItem", AwsAnswer.error("InternalServerError", 500))
        assert disposition(submitted()) == stored("true")
        assert "DELIVERY_UNNOTED" in capsys.readouterr().out

    def test_rotated_secret_is_read_after_a_denial(self, in_dynamodb: Kore) -> None:
        in_dynamodb.vendor.answer(WEBHOOK_PATH, Answer(status=401), Answer())
        assert in_dynamodb(submitted()) == stored("false")
        assert in_dynamodb(submitted()) == stored("true")
        assert len(in_dynamodb.aws.requests("GetParameters")) == 2


class TestAgain:
    def test_same_again_is_fine_and_told_once(self, in_dynamodb: Kore, dynamodb: Any) -> None:
        assert in_dynamodb(submitted()) == stored("true")
        before = item_of(dynamodb)
        in_dynamodb.made = None  # another environment
        assert in_dynamodb(submitted()) == stored("true")
        assert item_of(dynamodb) == before
        assert len(in_dynamodb.vendor.requests(WEBHOOK_PATH)) == 1

    def test_failed_delivery_is_made_up_for(self, in_dynamodb: Kore, dynamodb: Any) -> None:
        in_dynamodb.vendor.answer(WEBHOOK_PATH, Answer(status=400), Answer())
        assert in_dynamodb(submitted()) == stored("false")
        assert in_dynamodb(submitted()) == stored("true")
        assert item_of(dynamodb)["delivery"] == {"S": "done"}
        assert in_dynamodb(submitted()) == stored("true")
        assert len(in_dynamodb.vendor.requests(WEBHOOK_PATH)) == 2

    def test_delivery_under_way_elsewhere_is_left_alone(
        self, in_dynamodb: Kore, dynamodb: Any
    ) -> None:
        in_dynamodb(submitted())
        self.set(dynamodb, delivery="pending", until=NOW + 5)
        assert in_dynamodb(submitted()) == stored("false")
        assert len(in_dynamodb.vendor.requests(WEBHOOK_PATH)) == 1

    def test_delivery_that_was_given_up_is_taken_over(
        self, in_dynamodb: Kore, dynamodb: Any
    ) -> None:
        in_dynamodb(submitted())
        self.set(dynamodb, delivery="pending", until=NOW - 1)
        assert in_dynamodb(submitted()) == stored("true")
        assert len(in_dynamodb.vendor.requests(WEBHOOK_PATH)) == 2

    @pytest.mark.parametrize(
        "change", [{"disposition": "dropped"}, {"summary": "another"}, {"survey": "false"}]
    )
    def test_something_else_for_the_same_call_is_a_conflict(
        self, in_dynamodb: Kore, dynamodb: Any, change: dict[str, str]
    ) -> None:
        in_dynamodb(submitted())
        assert in_dynamodb(submitted(**change)) == failed("DISPOSITION_CONFLICT", retryable=False)
        assert item_of(dynamodb)["disposition"] == {"S": "resolved"}
        assert len(in_dynamodb.vendor.requests(WEBHOOK_PATH)) == 1

    def test_write_whose_answer_was_lost_is_still_ours_to_tell(self, disposition: Kore) -> None:
        def lose_the_first(request: AwsRequest) -> AwsAnswer:
            if len(disposition.aws.requests("PutItem")) == 1:
                return AwsAnswer(hang_up=True)
            body = {
                "__type": "x#ConditionalCheckFailedException",
                "Item": request.payload["Item"],
            }
            return AwsAnswer.of(body, 400)

        disposition.aws.answer_by("PutItem", lose_the_first)
        assert disposition(submitted()) == stored("true")
        assert len(disposition.vendor.requests(WEBHOOK_PATH)) == 1

    def test_two_threads_on_one_environment_tell_once(
        self, in_dynamodb: Kore, dynamodb: Any
    ) -> None:
        handler = in_dynamodb.handler()
        replies: list[Reply] = []
        threads = [
            threading.Thread(target=lambda: replies.append(handler(submitted(), FakeContext())))
            for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert {reply["stored"] for reply in replies} == {"true"}
        assert len(in_dynamodb.vendor.requests(WEBHOOK_PATH)) == 1
        assert item_of(dynamodb)["delivery"] == {"S": "done"}

    def set(self, dynamodb: Any, *, delivery: str, until: float) -> None:
        dynamodb.update_item(
            TableName=TABLE,
            Key={"contactId": {"S": CONTACT_ID}},
            UpdateExpression="SET delivery = :d, deliveringUntil = :u",
            ExpressionAttributeValues={":d": {"S": delivery}, ":u": {"N": str(int(until))}},
        )


class TestAnyEvent:
    @pytest.mark.parametrize("event", [None, [], "x", {}, {"Details": {"ContactData": None}}])
    def test_event_of_another_origin_is_an_answer(self, disposition: Kore, event: object) -> None:
        assert disposition(event) == failed("EVENT_INVALID", retryable=False)

    @pytest.mark.parametrize("related", [7, "", "not a uuid", [CONTACT_ID], {"x": 1}])
    def test_related_contact_that_is_none_is_ignored(
        self, disposition: Kore, related: object
    ) -> None:
        event = submitted()
        contact_of(event)["RelatedContactId"] = related
        assert disposition(event) == stored("true")
        item = disposition.aws.requests("PutItem")[0].payload["Item"]
        assert item["contactId"] == {"S": GUIDE_ID}  # type: ignore[index]

    @pytest.mark.parametrize(
        ("name", "value", "code"),
        [
            ("DISPOSITIONS_TABLE", "", "CONFIG_MISSING"),
            ("DISPOSITIONS_TABLE", "a/b", "CONFIG_INVALID"),
            ("RETENTION_DAYS", "", "CONFIG_MISSING"),
            ("RETENTION_DAYS", "0", "CONFIG_INVALID"),
            ("RETENTION_DAYS", "ten", "CONFIG_INVALID"),
            ("CA_BUNDLE_PEM", "x", "CONFIG_INVALID"),
        ],
    )
    def test_unusable_setting_is_an_answer(
        self, disposition: Kore, name: str, value: str, code: str
    ) -> None:
        disposition.environment[name] = value
        assert disposition(submitted()) == failed(code, retryable=False)

    def test_snapshot_holds_neither_connection_nor_credentials(self, disposition: Kore) -> None:
        disposition.handler().prepare()
        assert disposition.aws.seen == []
        assert disposition.vendor.seen == []

    def test_handler_of_the_zip_answers_without_any_setting(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from kore_disposition import handler  # noqa: PLC0415 - as Lambda imports it

        monkeypatch.delenv("DISPOSITIONS_TABLE", raising=False)
        reply = handler.handler(submitted(), FakeContext())
        assert reply == failed("CONFIG_MISSING", retryable=False)
