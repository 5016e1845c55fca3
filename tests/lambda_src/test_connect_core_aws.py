"""Requests to AWS: signed as AWS's SDK signs, sent where they belong, tried again."""

import datetime
import email.utils
import json
from collections.abc import Mapping
from typing import ClassVar

import boto3
import pytest
from aws_support import KEYS, AwsAnswer, AwsRequest, ScriptedAws, client
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from hypothesis import given
from hypothesis import strategies as st
from lambda_support import NOW, FakeClock

from connect_core.aws.client import Aws, JsonService, QueryService
from connect_core.aws.endpoint import Endpoint, endpoint, region_of
from connect_core.aws.fault import AwsFault
from connect_core.aws.items import Condition, Item, Table
from connect_core.aws.signature import Credentials, Scope, signed_headers
from connect_core.deadline import Deadline
from connect_core.fault import Fault
from connect_core.secret import Secret

SSM = JsonService("ssm", "AmazonSSM", "1.1")
STS = QueryService("sts", "2011-06-15")


def at(aws: ScriptedAws, **more: str) -> dict[str, str]:
    return {**KEYS, "AWS_ENDPOINT_URL": aws.url, **more}


def call(aws: Aws, seconds: float = 5.0) -> Mapping[str, object]:
    return aws.json(SSM, "GetParameters", {}, Deadline.after(seconds))


def fault_of(aws: Aws, seconds: float = 5.0) -> AwsFault:
    with pytest.raises(AwsFault) as caught:
        call(aws, seconds)
    return caught.value


class TestSignature:
    @given(
        body=st.binary(max_size=50),
        token=st.text("abcDEF123/+=", max_size=20),
        key=st.text("abcDEF123/+", min_size=1, max_size=40),
        region=st.sampled_from(["us-east-1", "cn-north-1", "us-gov-west-1"]),
        host=st.sampled_from(["ssm.us-east-1.amazonaws.com", "127.0.0.1:5000"]),
    )
    def test_signature_is_botocores(
        self, body: bytes, token: str, key: str, region: str, host: str
    ) -> None:
        headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "AmazonSSM.Get"}
        ours = signed_headers(
            host,
            headers,
            body,
            Credentials("AKIA1", Secret(key), Secret(token)),
            Scope(region, "ssm"),
            now=NOW,
        )
        moment = datetime.datetime.fromtimestamp(NOW, datetime.UTC)
        request = AWSRequest("POST", f"https://{host}/", dict(headers), body)
        request.context["timestamp"] = moment.strftime("%Y%m%dT%H%M%SZ")
        signer = SigV4Auth(BotocoreCredentials("AKIA1", key, token or None), "ssm", region)
        request.headers["X-Amz-Date"] = request.context["timestamp"]
        if token:
            request.headers["X-Amz-Security-Token"] = token
        canonical = signer.canonical_request(request)
        signature = signer.signature(signer.string_to_sign(request, canonical), request)
        assert ours["Authorization"].endswith(f"Signature={signature}")
        assert (
            f"SignedHeaders={signer.signed_headers(signer.headers_to_sign(request))},"
            in (ours["Authorization"])
        )

    def test_credentials_do_not_show_their_secrets(self) -> None:
        shown = repr(Credentials("AKIA1", Secret("canary"), Secret("canary")))
        assert "canary" not in shown


class TestEndpoint:
    @pytest.mark.parametrize(
        ("region", "host"),
        [
            ("us-east-1", "sts.us-east-1.amazonaws.com"),
            ("eu-central-2", "sts.eu-central-2.amazonaws.com"),
            ("us-gov-west-1", "sts.us-gov-west-1.amazonaws.com"),
            ("cn-northwest-1", "sts.cn-northwest-1.amazonaws.com.cn"),
            ("us-iso-east-1", "sts.us-iso-east-1.c2s.ic.gov"),
            ("us-isob-east-1", "sts.us-isob-east-1.sc2s.sgov.gov"),
        ],
    )
    def test_each_region_has_its_own(self, region: str, host: str) -> None:
        assert endpoint("sts", region, {}) == Endpoint("https", host)
        assert boto3.client("sts", region_name=region).meta.endpoint_url == f"https://{host}"

    def test_service_can_be_led_elsewhere(self) -> None:
        settings = {
            "AWS_ENDPOINT_URL": "http://127.0.0.1:4000",
            "AWS_ENDPOINT_URL_STS": "https://vpce-1.sts.us-east-1.vpce.amazonaws.com/",
        }
        assert endpoint("ssm", "us-east-1", settings) == Endpoint("http", "127.0.0.1:4000")
        assert endpoint("sts", "us-east-1", settings).scheme == "https"

    @pytest.mark.parametrize(
        "url",
        [
            "http://example.com",
            "http://10.0.0.1:4000",
            "http://127.0.0.1.example.com",
            "http://127.0.0.1@example.com",
            "https://example.com/path",
            "ftp://localhost",
            "localhost:4000",
        ],
    )
    def test_plain_http_stays_on_the_machine_and_anything_odd_is_refused(self, url: str) -> None:
        with pytest.raises(Fault) as caught:
            endpoint("ssm", "us-east-1", {"AWS_ENDPOINT_URL": url})
        assert (caught.value.code, caught.value.about) == ("CONFIG_INVALID", "AWS_ENDPOINT_URL")

    @pytest.mark.parametrize(
        ("region", "code"), [("", "CONFIG_MISSING"), ("us-east-1.evil.com/", "CONFIG_INVALID")]
    )
    def test_region_must_be_one(self, region: str, code: str) -> None:
        with pytest.raises(Fault) as caught:
            region_of({"AWS_REGION": region})
        assert caught.value.code == code


class TestCredentials:
    HANDED_OUT: ClassVar = {
        "AccessKeyId": "ASIAHANDED",
        "SecretAccessKey": "canary-secret",
        "Token": "canary-token",
        "Expiration": "2030-03-17T18:46:40Z",  # 1900003600, an hour after NOW
    }

    def settings(self, aws: ScriptedAws) -> dict[str, str]:
        """A function with SnapStart: no keys, but an endpoint."""
        return {
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": aws.url,
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{aws.url}/v1/credentials",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": "authorisation-token",
        }

    def test_keys_of_the_environment_sign(self, aws: ScriptedAws) -> None:
        aws.answer("GetParameters", AwsAnswer())
        call(client(at(aws)))
        sent = aws.seen[0].headers
        assert "Credential=AKIATESTING/" in sent["authorization"]
        assert sent["x-amz-security-token"] == "token-of-the-function"

    def test_keys_are_read_when_they_are_needed(self, aws: ScriptedAws) -> None:
        # After a restore the environment has others than when the snapshot was taken.
        aws.answer("GetParameters", AwsAnswer())
        environment = at(aws)
        made = client(environment)
        environment["AWS_ACCESS_KEY_ID"] = "AKIARESTORED"
        call(made)
        assert "Credential=AKIARESTORED/" in aws.seen[0].headers["authorization"]

    def test_endpoint_hands_out_what_snapstart_has_not(self, aws: ScriptedAws) -> None:
        aws.answer("/v1/credentials", AwsAnswer.of(self.HANDED_OUT))
        aws.answer("GetParameters", AwsAnswer())
        made = client(self.settings(aws), wall_clock=lambda: NOW)
        for _ in range(3):
            call(made)
        asked, *sent = aws.seen
        assert asked.operation == "/v1/credentials"
        assert asked.headers["authorization"] == "authorisation-token"
        assert [request.operation for request in sent] == ["GetParameters"] * 3
        assert "Credential=ASIAHANDED/" in sent[0].headers["authorization"]
        assert sent[0].headers["x-amz-security-token"] == "canary-token"

    def test_handed_out_credentials_are_renewed_in_time(self, aws: ScriptedAws) -> None:
        aws.answer("/v1/credentials", AwsAnswer.of(self.HANDED_OUT))
        aws.answer("GetParameters", AwsAnswer())
        now = [NOW]
        made = client(self.settings(aws), wall_clock=lambda: now[0])
        call(made)
        now[0] += 3600 - 301
        call(made)
        assert len(aws.requests("/v1/credentials")) == 1
        now[0] += 2
        call(made)
        assert len(aws.requests("/v1/credentials")) == 2

    def test_credentials_that_have_ended_are_fetched_anew(self, aws: ScriptedAws) -> None:
        aws.answer("/v1/credentials", AwsAnswer.of(self.HANDED_OUT))
        aws.answer("GetParameters", AwsAnswer.error("ExpiredTokenException"), AwsAnswer())
        call(client(self.settings(aws), wall_clock=lambda: NOW))
        assert len(aws.requests("/v1/credentials")) == 2

    @pytest.mark.parametrize(
        "answer",
        [
            AwsAnswer(status=403),
            AwsAnswer(body=b"no json"),
            AwsAnswer.of({}),
            AwsAnswer.of({**HANDED_OUT, "Expiration": "soon"}),
            AwsAnswer.of({**HANDED_OUT, "Token": None}),
        ],
    )
    def test_endpoint_without_credentials_is_a_denial(
        self, aws: ScriptedAws, answer: AwsAnswer
    ) -> None:
        aws.answer("/v1/credentials", answer)
        fault = fault_of(client(self.settings(aws)))
        assert (fault.code, fault.denied) == ("NoCredentials", True)

    @pytest.mark.parametrize(
        "uri", ["", "http://169.254.170.2.example.com/x", "https://localhost/x", "http://e.com/"]
    )
    def test_credentials_are_asked_for_on_this_machine_only(
        self, aws: ScriptedAws, uri: str
    ) -> None:
        settings = {**self.settings(aws), "AWS_CONTAINER_CREDENTIALS_FULL_URI": uri}
        assert fault_of(client(settings)).code == "NoCredentials"
        assert aws.seen == []


class TestAgain:
    def made(self, aws: ScriptedAws, pauses: list[float] | None = None) -> Aws:
        noted = [] if pauses is None else pauses
        return client(at(aws), pause=noted.append, chance=lambda: 0.0, wall_clock=lambda: NOW)  # type: ignore[arg-type]

    @pytest.mark.parametrize(
        "answer",
        [
            AwsAnswer.error("ThrottlingException"),
            AwsAnswer.error("ProvisionedThroughputExceededException"),
            AwsAnswer.error("InternalServerError", 500),
            AwsAnswer(status=503, body=b""),
            AwsAnswer(hang_up=True),
        ],
    )
    def test_passing_fault_is_tried_once_more(self, aws: ScriptedAws, answer: AwsAnswer) -> None:
        aws.answer("GetParameters", answer, AwsAnswer.of({"ok": 1}))
        pauses: list[float] = []
        assert call(self.made(aws, pauses)) == {"ok": 1}
        assert pauses == [0.05]
        assert len(aws.seen) == 2

    def test_throttling_that_lasts_is_the_answer(self, aws: ScriptedAws) -> None:
        aws.answer("GetParameters", AwsAnswer.error("ThrottlingException"))
        fault = fault_of(self.made(aws))
        assert (fault.code, fault.passing, fault.denied) == ("ThrottlingException", True, False)
        assert len(aws.seen) == 9

    @pytest.mark.parametrize(
        "answer", [AwsAnswer.error("ThrottlingException"), AwsAnswer(status=429, body=b"")]
    )
    def test_many_environments_at_once_get_their_turns(
        self, aws: ScriptedAws, answer: AwsAnswer
    ) -> None:
        aws.answer("GetParameters", *[answer] * 4, AwsAnswer.of({"ok": 1}))
        clock = FakeClock()
        sender = client(at(aws), pause=clock.pause, chance=lambda: 1.0, wall_clock=lambda: NOW)
        assert sender.json(SSM, "GetParameters", {}, clock.deadline(3)) == {"ok": 1}
        assert clock.pauses == pytest.approx([0.2, 0.35, 0.65, 1.25])

    def test_turn_that_comes_too_late_is_not_waited_for(self, aws: ScriptedAws) -> None:
        aws.answer("GetParameters", AwsAnswer.error("ThrottlingException"))
        clock = FakeClock()
        sender = client(at(aws), pause=clock.pause, chance=lambda: 1.0, wall_clock=lambda: NOW)
        with pytest.raises(AwsFault):
            sender.json(SSM, "GetParameters", {}, clock.deadline(1))
        assert clock.pauses == pytest.approx([0.2, 0.35])

    def test_fault_of_awss_own_that_lasts_is_not_tried_for_ever(self, aws: ScriptedAws) -> None:
        aws.answer("GetParameters", AwsAnswer.error("InternalServerError", 500))
        assert fault_of(self.made(aws)).passing
        assert len(aws.seen) == 2

    def test_nothing_is_tried_again_without_time(self, aws: ScriptedAws) -> None:
        aws.answer("GetParameters", AwsAnswer.error("ThrottlingException"))
        fault_of(self.made(aws), seconds=0.4)
        assert len(aws.seen) == 1

    def test_silent_aws_costs_no_more_than_the_deadline(self, aws: ScriptedAws) -> None:
        aws.answer("GetParameters", AwsAnswer(silent=True))
        deadline = Deadline.after(0.3)
        with pytest.raises(AwsFault) as caught:
            self.made(aws).json(SSM, "GetParameters", {}, deadline)
        assert (caught.value.code, caught.value.passing) == ("timed_out", True)
        assert deadline.remaining() == 0
        assert len(aws.seen) == 1

    @pytest.mark.parametrize(
        "code", ["AccessDeniedException", "UnrecognizedClientException", "ValidationException"]
    )
    def test_lasting_fault_is_not_tried_again(self, aws: ScriptedAws, code: str) -> None:
        aws.answer("GetParameters", AwsAnswer.error(code))
        assert fault_of(self.made(aws)).code == code
        assert len(aws.seen) == 1

    @pytest.mark.parametrize("ahead", [-7200, 7200])
    def test_clock_that_is_off_is_corrected_by_aws(self, aws: ScriptedAws, ahead: int) -> None:
        date = email.utils.formatdate(NOW + ahead, usegmt=True)

        def strict(request: AwsRequest) -> AwsAnswer:
            right = datetime.datetime.fromtimestamp(NOW + ahead, datetime.UTC)
            if request.headers["x-amz-date"] == right.strftime("%Y%m%dT%H%M%SZ"):
                return AwsAnswer.of({"ok": 1})
            return AwsAnswer.error("InvalidSignatureException", Date=date)

        aws.answer_by("GetParameters", strict)
        made = self.made(aws)
        assert call(made) == {"ok": 1}
        assert call(made) == {"ok": 1}
        assert len(aws.seen) == 3  # the correction is remembered

    def test_wrong_key_is_not_mistaken_for_a_wrong_clock(self, aws: ScriptedAws) -> None:
        date = email.utils.formatdate(NOW + 5, usegmt=True)
        aws.answer("GetParameters", AwsAnswer.error("InvalidSignatureException", Date=date))
        assert fault_of(self.made(aws)).denied
        assert len(aws.seen) == 1

    def test_code_nobody_knows_does_not_travel(self, aws: ScriptedAws) -> None:
        aws.answer("GetParameters", AwsAnswer.error("canary-code"))
        fault = fault_of(self.made(aws))
        assert "canary" not in f"{fault} {fault!r} {fault.about}"

    def test_query_protocol_names_its_faults_in_xml(self, aws: ScriptedAws) -> None:
        aws.answer("AssumeRole", AwsAnswer.xml_error("AccessDenied"))
        with pytest.raises(AwsFault) as caught:
            self.made(aws).query(STS, "AssumeRole", {}, Deadline.after(5))
        assert (caught.value.code, caught.value.denied) == ("AccessDenied", True)


class TestTable:
    """Against moto, whose expressions are DynamoDB's."""

    @pytest.fixture
    def table(self, moto_url: str) -> Table:
        dynamodb = boto3.client(
            "dynamodb",
            region_name="us-east-1",
            endpoint_url=moto_url,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )
        if "t" in dynamodb.list_tables()["TableNames"]:
            dynamodb.delete_table(TableName="t")
        dynamodb.create_table(
            TableName="t",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        return Table(client({**KEYS, "AWS_ENDPOINT_URL": moto_url}), "t")

    ITEM: ClassVar[Item] = {
        "id": "1",
        "words": "\u00e9\U0001f600",
        "yes": True,
        "no": False,
        "count": 12,
    }

    def test_item_comes_back_as_it_went(self, table: Table) -> None:
        new = Condition("attribute_not_exists(id)", {})
        assert table.put(self.ITEM, new, Deadline.after(5)) is None
        assert table.put({"id": "1"}, new, Deadline.after(5)) == self.ITEM

    def test_change_and_removal_keep_to_their_condition(self, table: Table) -> None:
        new = Condition("attribute_not_exists(id)", {})
        table.put(self.ITEM, new, Deadline.after(5))
        mine = Condition("words = :words", {"words": "x"})
        assert table.update({"id": "1"}, {"count": 13}, mine, Deadline.after(5)) == self.ITEM
        table.delete({"id": "1"}, mine, Deadline.after(5))
        mine = Condition("words = :words", {"words": "\u00e9\U0001f600"})
        assert table.update({"id": "1"}, {"count": 13}, mine, Deadline.after(5)) is None
        assert table.put({"id": "1"}, new, Deadline.after(5)) == {**self.ITEM, "count": 13}
        table.delete({"id": "1"}, mine, Deadline.after(5))
        assert table.put({"id": "1"}, new, Deadline.after(5)) is None

    def test_other_faults_are_faults(self, table: Table, aws: ScriptedAws) -> None:
        del table
        aws.answer("PutItem", AwsAnswer.error("ResourceNotFoundException"))
        with pytest.raises(AwsFault) as caught:
            Table(client(at(aws)), "t").put(
                {"id": "1"}, Condition("attribute_not_exists(id)", {}), Deadline.after(5)
            )
        assert caught.value.code == "ResourceNotFoundException"

    def test_item_of_foreign_types_is_read_as_far_as_it_goes(self, aws: ScriptedAws) -> None:
        item = {
            "id": {"S": "1"},
            "list": {"L": []},
            "odd": 7,
            "n": {"N": "1.5"},
            "b": {"BOOL": "x"},
        }
        body = {"__type": "x#ConditionalCheckFailedException", "Item": item}
        aws.answer("PutItem", AwsAnswer.of(body, 400))
        found = Table(client(at(aws)), "t").put(
            {"id": "1"}, Condition("attribute_not_exists(id)", {}), Deadline.after(5)
        )
        assert found == {"id": "1"}
        assert json.loads(aws.seen[0].body)["Item"] == {"id": {"S": "1"}}


def test_wait_that_aws_asks_for_is_honoured_within_the_deadline(aws: ScriptedAws) -> None:
    busy = AwsAnswer.error("ThrottlingException", 429, **{"Retry-After": "1"})
    clock = FakeClock()
    sender = client({**KEYS, "AWS_ENDPOINT_URL": aws.url}, pause=clock.pause)
    aws.answer("GetParameters", busy, AwsAnswer())
    sender.json(SSM, "GetParameters", {}, clock.deadline(3))
    assert clock.pauses == [1.0]
    aws.answer("GetParameters", busy)
    with pytest.raises(AwsFault):
        sender.json(SSM, "GetParameters", {}, clock.deadline(1.2))
    assert clock.pauses == [1.0]
