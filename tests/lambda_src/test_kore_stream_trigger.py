"""What Kore is sent, to the letter; and what the flow is told."""

import json
import threading
import time
import urllib.parse

import jwt
import pytest
from aws_support import ACCOUNT, REGION, AwsAnswer, AwsRequest, ScriptedAws
from hypothesis import given
from hypothesis import strategies as st
from kore_support import (
    BOT,
    FRAGMENT,
    HANDED_OUT,
    KEY_ARN,
    PARAMETER_PATH,
    ROLE_ARN,
    SECRET,
    SETTINGS,
    STREAM_ARN,
    STREAM_PREFIX,
    TRANSCRIBER_PATH,
    Kore,
    assumed,
    contact_of,
    kore_event,
    parameters_answer,
)
from lambda_support import CONTACT_ID, NOW, Answer, FakeContext, Seen

from connect_core.event import ConnectEvent, CustomerAudio
from connect_core.fault import Fault
from connect_core.secret import Secret
from connect_core.surroundings import Surroundings
from kore_stream_trigger.access import session_policy
from kore_stream_trigger.bot import Bot
from kore_stream_trigger.handler import TriggerHandler
from kore_stream_trigger.media_stream import Streams
from kore_stream_trigger.payload import audio_socket_url

SUCCESS = {"status": "ok", "errorCode": "", "retryable": "false", "lambdaResult": "Success"}
ALREADY_STARTED = {**SUCCESS, "lambdaResult": "AlreadyStarted"}
# HS256 over the claims below with SECRET; computed once with PyJWT 2.15.
TOKEN = (
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
    "eyJhcHBJZCI6ImNzLTVmNmE3YjhjIiwiaWF0IjoxOTAwMDAwMDAwLCJleHAiOjE5MDAwMD"
    "E4MDAsImp0aSI6ImlkLTIifQ."
    "w93ZXsfCKG0KBMOVLoONcon3NtTypumrrJRXJ7ylAyY"
)


def failed(code: str, *, retryable: bool) -> dict[str, str]:
    return {
        "status": "error",
        "errorCode": code,
        "retryable": str(retryable).lower(),
        "lambdaResult": "Failed",
    }


def numbered(trigger: Kore) -> None:
    """Ids in order: the claim's owner is id-1, the token's jti id-2."""
    numbers = iter(range(1, 100))
    trigger.ids = lambda: f"id-{next(numbers)}"


class TestContract:
    def test_request_is_what_kore_expects(self, trigger: Kore) -> None:
        numbered(trigger)
        assert trigger(kore_event()) == SUCCESS
        (seen,) = trigger.vendor.requests(TRANSCRIBER_PATH)
        assert seen.method == "POST"
        assert seen.headers["content-type"] == "application/json"
        assert json.loads(seen.body) == {
            "streamARN": "arn:aws:kinesisvideo:us-east-1:123456789012:stream/"
            "cv-local-connect-acme-contact-5f3c1f0e-8f2b-4d3a-9c55-0a1b2c3d4e5f/1900000000000",
            "startFragmentNum": "91343852333181432392682062607588592795644362500",
            "connectContactId": "5f3c1f0e-8f2b-4d3a-9c55-0a1b2c3d4e5f",
            "languageCode": "en-US",
            "streamAudioFromCustomer": True,
            "streamAudioToCustomer": True,
            "awsTokenData": {
                "Credentials": {
                    "AccessKeyId": "ASIAHANDEDOUT",
                    "SecretAccessKey": "handed/out+secret",
                    "SessionToken": "handed/out+token==",
                    "Expiration": "2030-03-17T18:46:40Z",
                }
            },
            "koreConfig": {
                "botId": "st-1b2c3d4e",
                "token": TOKEN,
                "agentassistUrl": "https://agentassist.kore.ai",
                "audioSocketURL": "wss://savg-webserver.kore.ai/audiosocket/amazonconnect/"
                "?sipuri=sip%3A6441%40savg-us-prod-sbc-in-nlb.elb.us-east-1.amazonaws.com"
                f"&token={TOKEN}&botId=st-1b2c3d4e&accountId=64f0a1b2c3&agentassist=true",
            },
        }

    def test_token_is_verified_by_another_library(self, trigger: Kore) -> None:
        numbered(trigger)
        trigger(kore_event())
        token = trigger.sent(TRANSCRIBER_PATH)[0]["koreConfig"]["token"]  # type: ignore[index]
        claims = jwt.decode(token, SECRET, ["HS256"], options={"verify_iat": False})
        assert claims == {"appId": "cs-5f6a7b8c", "iat": NOW, "exp": NOW + 1800, "jti": "id-2"}

    def test_role_is_assumed_for_the_one_stream(self, trigger: Kore) -> None:
        trigger(kore_event())
        (request,) = trigger.aws.requests("AssumeRole")
        form = dict(urllib.parse.parse_qsl(request.body.decode()))
        policy = json.loads(form.pop("Policy"))
        assert form == {
            "Action": "AssumeRole",
            "Version": "2011-06-15",
            "RoleArn": ROLE_ARN,
            "RoleSessionName": CONTACT_ID,
            "DurationSeconds": "3600",
        }
        assert policy == {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": [
                        "kinesisvideo:DescribeStream",
                        "kinesisvideo:GetDataEndpoint",
                        "kinesisvideo:GetMedia",
                    ],
                    "Resource": STREAM_ARN,
                },
                {
                    "Effect": "Allow",
                    "Action": "kms:Decrypt",
                    "Resource": KEY_ARN,
                    "Condition": {
                        "StringEquals": {"kms:ViaService": ["kinesisvideo.us-east-1.amazonaws.com"]}
                    },
                },
            ],
        }

    def test_parameters_come_in_one_request(self, trigger: Kore) -> None:
        trigger(kore_event())
        (request,) = trigger.aws.requests("GetParameters")
        assert request.payload == {
            "Names": [f"{PARAMETER_PATH}/{BOT}/settings", f"{PARAMETER_PATH}/{BOT}/client_secret"],
            "WithDecryption": True,
        }

    def test_claim_is_written_before_kore_is_asked(self, trigger: Kore) -> None:
        numbered(trigger)
        trigger(kore_event())
        assert trigger.operations == ["GetParameters", "AssumeRole", "PutItem"]
        (request,) = trigger.aws.requests("PutItem")
        assert request.payload == {
            "TableName": "cv-local-kore-claims",
            "Item": {
                "contactId": {"S": CONTACT_ID},
                "claimedAt": {"S": "2030-03-17T17:46:40Z"},
                "claimedBy": {"S": "id-1"},
                "expiresAt": {"N": "1900086400"},
            },
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            "ConditionExpression": "attribute_not_exists(contactId) OR claimedBy = :owner",
            "ExpressionAttributeValues": {":owner": {"S": "id-1"}},
        }

    def test_second_call_on_a_warm_environment_asks_for_no_parameters(self, trigger: Kore) -> None:
        trigger(kore_event())
        trigger(kore_event())
        assert trigger.operations[3:] == ["AssumeRole", "PutItem"]
        assert {seen.connection for seen in trigger.vendor.seen} == {1}

    def test_directions_and_language_are_the_bots(self, trigger: Kore) -> None:
        trigger.values[f"{PARAMETER_PATH}/{BOT}/settings"] = json.dumps(
            {**SETTINGS, "languageCode": "es-US", "streamAudioToCustomer": False}
        )
        trigger(kore_event())
        (body,) = trigger.sent(TRANSCRIBER_PATH)
        assert (body["languageCode"], body["streamAudioToCustomer"]) == ("es-US", False)
        assert body["streamAudioFromCustomer"] is True

    def test_each_token_has_an_id_of_its_own(self, trigger: Kore) -> None:
        for _ in range(3):
            trigger(kore_event())
        tokens = [body["koreConfig"]["token"] for body in trigger.sent(TRANSCRIBER_PATH)]  # type: ignore[index]
        ids = {jwt.decode(token, options={"verify_signature": False})["jti"] for token in tokens}
        assert len(ids) == 3


@given(
    sip_uri=st.text(min_size=1, max_size=40),
    bot_id=st.text(min_size=1, max_size=40),
    account_id=st.sampled_from(["a:b@c/d?e&f=g+h%i", "%41", "\u00e9\u4e2d\U0001f600", "a b#c;d"]),
)
def test_every_value_of_the_socket_url_survives(sip_uri: str, bot_id: str, account_id: str) -> None:
    bot = Bot(
        bot_id, "cs", account_id, "https://a", "wss://gateway", sip_uri, "en-US",
        from_customer=True, to_customer=True,
    )  # fmt: skip
    url = urllib.parse.urlsplit(audio_socket_url(bot, Secret("a.b-c_d")))
    assert (url.scheme, url.netloc, url.path, url.fragment) == (
        "wss",
        "gateway",
        "/audiosocket/amazonconnect/",
        "",
    )
    assert urllib.parse.parse_qsl(url.query, keep_blank_values=True, strict_parsing=True) == [
        ("sipuri", sip_uri),
        ("token", "a.b-c_d"),
        ("botId", bot_id),
        ("accountId", account_id),
        ("agentassist", "true"),
    ]
    # Nothing but what RFC 3986 leaves unreserved stands there unencoded.
    assert set(url.query) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%&="
    )


class TestStream:
    @pytest.mark.parametrize(
        "streams",
        [
            None,
            [],
            "x",
            {},
            {"Customer": None},
            {"Customer": {"Audio": None}},
            {"Customer": {"Audio": {}}},
            {"Customer": {"Audio": {"StreamARN": None, "StartFragmentNumber": None}}},
            {"Customer": {"Audio": {"StreamARN": STREAM_ARN}}},
            {"Customer": {"Audio": {"StartFragmentNumber": FRAGMENT}}},
            {"Customer": {"Audio": {"StreamARN": " ", "StartFragmentNumber": FRAGMENT}}},
            {"Customer": {"Audio": {"StreamARN": [STREAM_ARN], "StartFragmentNumber": FRAGMENT}}},
        ],
    )
    def test_without_a_stream_nobody_is_asked(self, trigger: Kore, streams: object) -> None:
        event = kore_event()
        contact_of(event)["MediaStreams"] = streams
        assert trigger(event) == failed("NO_MEDIA_STREAM", retryable=False)
        assert trigger.operations == []

    @pytest.mark.parametrize(
        "arn",
        [
            STREAM_ARN.replace(REGION, "eu-west-1"),
            STREAM_ARN.replace(ACCOUNT, "210987654321"),
            STREAM_ARN.replace("cv-local", "cv-prod"),
            STREAM_ARN.replace("acme", "other"),
            STREAM_ARN.replace("arn:aws:", "arn:aws-cn:"),
            STREAM_ARN.replace("kinesisvideo", "kinesis"),
            STREAM_ARN.replace("stream/", "channel/"),
            STREAM_ARN.replace(CONTACT_ID, "*"),
            STREAM_ARN.replace(CONTACT_ID, ""),
            STREAM_ARN.replace(CONTACT_ID, "5f3c?"),
            STREAM_ARN.replace(CONTACT_ID, "${aws:username}"),
            STREAM_ARN.replace(CONTACT_ID, "a/b"),
            STREAM_ARN.replace("1900000000000", "*"),
            STREAM_ARN.replace("/1900000000000", ""),
            STREAM_ARN.replace(REGION, "*"),
            STREAM_ARN.replace(CONTACT_ID, "x" * 257),
            STREAM_ARN + "\n",
            STREAM_ARN + ",arn:aws:kinesisvideo:*",
            f"x{STREAM_ARN}",
            "*",
        ],
    )
    def test_stream_of_another_is_refused(self, trigger: Kore, arn: str) -> None:
        event = kore_event()
        audio = {"StreamARN": arn, "StartFragmentNumber": FRAGMENT}
        contact_of(event)["MediaStreams"] = {"Customer": {"Audio": audio}}
        if arn.strip() == STREAM_ARN:  # trimmed by the parser: the stream itself
            assert trigger(event) == SUCCESS
            return
        assert trigger(event) == failed("STREAM_INVALID", retryable=False)
        assert trigger.operations == []

    @pytest.mark.parametrize("fragment", ["x", "1.5", "-1", "1" * 129, "\u0661"])
    def test_fragment_must_be_a_number(self, trigger: Kore, fragment: str) -> None:
        event = kore_event()
        audio = {"StreamARN": STREAM_ARN, "StartFragmentNumber": fragment}
        contact_of(event)["MediaStreams"] = {"Customer": {"Audio": audio}}
        assert trigger(event) == failed("STREAM_INVALID", retryable=False)

    def test_fragment_may_come_as_a_number(self, trigger: Kore) -> None:
        event = kore_event()
        audio = {"StreamARN": STREAM_ARN, "StartFragmentNumber": int(FRAGMENT)}
        contact_of(event)["MediaStreams"] = {"Customer": {"Audio": audio}}
        assert trigger(event) == SUCCESS
        assert trigger.sent(TRANSCRIBER_PATH)[0]["startFragmentNum"] == FRAGMENT

    @given(st.text(max_size=30) | st.from_regex(r"[A-Za-z0-9_.*?$-]{1,40}", fullmatch=True))
    def test_what_passes_names_one_stream(self, ending: str) -> None:
        arn = f"arn:aws:kinesisvideo:us-east-1:123456789012:stream/{STREAM_PREFIX}{ending}/1"
        streams = Streams("aws", REGION, ACCOUNT, STREAM_PREFIX)
        event = ConnectEvent(CONTACT_ID, audio=CustomerAudio(arn, FRAGMENT))
        code = ""
        try:
            assert streams.of_contact(event).arn == arn
        except Fault as fault:
            code = fault.code
        assert code in ("", "STREAM_INVALID")
        assert code or not set("*?${}/ ") & set(ending)

    def test_longest_session_policy_is_below_what_sts_takes(self) -> None:
        name = STREAM_PREFIX + "x" * (256 - len(STREAM_PREFIX))
        region = "us-isob-northwest-12"
        arn = f"arn:aws-iso-b:kinesisvideo:{region}:{ACCOUNT}:stream/{name}/{'9' * 20}"
        event = ConnectEvent(CONTACT_ID, audio=CustomerAudio(arn, FRAGMENT))
        found = Streams("aws-iso-b", region, ACCOUNT, STREAM_PREFIX).of_contact(event)
        key = f"arn:aws-iso-b:kms:{region}:{ACCOUNT}:key/{'f' * 64}"
        assert len(session_policy(found.arn, key, region)) < 2048


class TestOnce:
    def test_repeat_posts_nothing(self, trigger: Kore, capsys: pytest.CaptureFixture[str]) -> None:
        taken = {"__type": "x#ConditionalCheckFailedException", "Item": {"claimedBy": {"S": "o"}}}
        trigger.aws.answer("PutItem", AwsAnswer(), AwsAnswer.of(taken, 400))
        assert trigger(kore_event()) == SUCCESS
        assert trigger(kore_event()) == ALREADY_STARTED
        assert '"ALREADY_STARTED"' in capsys.readouterr().out
        assert len(trigger.vendor.requests(TRANSCRIBER_PATH)) == 1

    @pytest.mark.parametrize(
        ("answer", "code"),
        [
            (AwsAnswer.error("InternalServerError", 500), "CLAIM_UNAVAILABLE"),
            (AwsAnswer.error("AccessDeniedException"), "CLAIM_DENIED"),
            (AwsAnswer.error("ResourceNotFoundException"), "CLAIM_UNAVAILABLE"),
            (AwsAnswer(hang_up=True), "CLAIM_UNAVAILABLE"),
        ],
    )
    def test_without_the_table_the_call_is_transcribed_all_the_same(
        self, trigger: Kore, capsys: pytest.CaptureFixture[str], answer: AwsAnswer, code: str
    ) -> None:
        trigger.aws.answer("PutItem", answer)
        assert trigger(kore_event()) == SUCCESS
        assert code in capsys.readouterr().out

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 302, 429, 500, 502, 503])
    def test_refusal_gives_the_claim_back(self, trigger: Kore, status: int) -> None:
        numbered(trigger)
        trigger.vendor.answer(TRANSCRIBER_PATH, Answer(status=status))
        assert trigger(kore_event())["status"] == "error"
        (request,) = trigger.aws.requests("DeleteItem")
        assert request.payload == {
            "TableName": "cv-local-kore-claims",
            "Key": {"contactId": {"S": CONTACT_ID}},
            "ConditionExpression": "claimedBy = :owner",
            "ExpressionAttributeValues": {":owner": {"S": "id-1"}},
        }

    @pytest.mark.parametrize(
        "answer", [Answer(status=504), Answer(status=408), Answer(hang_up=True)]
    )
    def test_claim_is_kept_when_kore_may_have_begun(self, trigger: Kore, answer: Answer) -> None:
        trigger.vendor.answer(TRANSCRIBER_PATH, answer)
        assert trigger(kore_event()) == failed("TRANSCRIBER_TIMEOUT", retryable=False)
        assert trigger.aws.requests("DeleteItem") == []
        assert len(trigger.vendor.requests(TRANSCRIBER_PATH)) == 1

    def test_retry_after_a_failure_starts_anew(self, trigger: Kore) -> None:
        trigger.vendor.answer(TRANSCRIBER_PATH, Answer(status=500), Answer())
        assert trigger(kore_event())["errorCode"] == "TRANSCRIBER_FAILED"
        assert trigger(kore_event()) == SUCCESS

    def test_claim_that_cannot_be_given_back_is_noted(
        self, trigger: Kore, capsys: pytest.CaptureFixture[str]
    ) -> None:
        trigger.vendor.answer(TRANSCRIBER_PATH, Answer(status=500))
        trigger.aws.answer("DeleteItem", AwsAnswer.error("InternalServerError", 500))
        assert trigger(kore_event())["errorCode"] == "TRANSCRIBER_FAILED"
        assert "CLAIM_KEPT" in capsys.readouterr().out

    def test_unexpected_error_gives_the_claim_back(
        self, trigger: Kore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: object) -> bytes:
            raise RuntimeError

        monkeypatch.setattr("kore_stream_trigger.trigger.payload", broken)
        assert trigger(kore_event()) == failed("INTERNAL_ERROR", retryable=False)
        assert trigger.operations[-1] == "DeleteItem"

    def test_two_threads_on_one_environment_start_one_transcription(self, trigger: Kore) -> None:
        lock, taken = threading.Lock(), []

        def put(request: AwsRequest) -> AwsAnswer:
            with lock:
                taken.append(request)
                first = len(taken) == 1
            return AwsAnswer() if first else AwsAnswer.error("ConditionalCheckFailedException")

        trigger.aws.answer_by("PutItem", put)
        handler, replies = trigger.handler(), []
        threads = [
            threading.Thread(target=lambda: replies.append(handler(kore_event(), FakeContext())))
            for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(reply["lambdaResult"] for reply in replies) == ["AlreadyStarted", "Success"]
        assert len(trigger.vendor.requests(TRANSCRIBER_PATH)) == 1


class TestFaults:
    @pytest.mark.parametrize(
        ("status", "code", "retryable", "requests"),
        [
            (400, "TRANSCRIBER_REJECTED", False, 1),
            (404, "TRANSCRIBER_REJECTED", False, 1),
            (302, "TRANSCRIBER_REJECTED", False, 1),
            (401, "TRANSCRIBER_DENIED", False, 1),
            (403, "TRANSCRIBER_DENIED", False, 1),
            (500, "TRANSCRIBER_FAILED", True, 1),
            (502, "TRANSCRIBER_FAILED", True, 1),
            (429, "TRANSCRIBER_FAILED", True, 2),
            (503, "TRANSCRIBER_FAILED", True, 2),
        ],
    )
    def test_status_becomes_a_code(
        self, trigger: Kore, status: int, code: str, requests: int, *, retryable: bool
    ) -> None:
        trigger.vendor.answer(TRANSCRIBER_PATH, Answer(status=status))
        assert trigger(kore_event()) == failed(code, retryable=retryable)
        assert len(trigger.vendor.requests(TRANSCRIBER_PATH)) == requests

    @pytest.mark.parametrize("status", [200, 201, 202, 204])
    def test_any_success_will_do(self, trigger: Kore, status: int) -> None:
        trigger.vendor.answer(TRANSCRIBER_PATH, Answer(status=status, body=b""))
        assert trigger(kore_event()) == SUCCESS

    def test_nobody_there_is_unreachable_and_given_back(self, trigger: Kore) -> None:
        trigger.environment["TRANSCRIBER_URL"] = "https://localhost:9/voice/"
        assert trigger(kore_event()) == failed("TRANSCRIBER_UNREACHABLE", retryable=True)
        assert trigger.operations[-1] == "DeleteItem"

    def test_certificate_nobody_vouches_for_is_refused(self, trigger: Kore) -> None:
        del trigger.environment["CA_BUNDLE_PEM"]
        assert trigger(kore_event()) == failed("TRANSCRIBER_UNTRUSTED", retryable=False)
        assert trigger.vendor.seen == []

    def test_rotated_secret_is_picked_up_when_kore_denies_the_old(self, trigger: Kore) -> None:
        name = f"{PARAMETER_PATH}/{BOT}/client_secret"
        trigger(kore_event())
        trigger.values[name] = "sesame-rotated-00000000000000000000"

        def newest(seen: Seen) -> Answer:
            token = json.loads(seen.body)["koreConfig"]["token"]
            try:
                jwt.decode(token, trigger.values[name], ["HS256"], options={"verify_iat": False})
            except jwt.InvalidSignatureError:
                return Answer(status=401)
            return Answer()

        trigger.vendor.answer_by(TRANSCRIBER_PATH, newest)
        assert trigger(kore_event()) == SUCCESS
        assert trigger.aws.requests("DeleteItem") == []

    @pytest.mark.parametrize(
        ("answer", "code", "retryable"),
        [
            (AwsAnswer.xml_error("AccessDenied"), "STREAM_ACCESS_DENIED", False),
            (AwsAnswer.xml_error("PackedPolicyTooLarge", 400), "STREAM_ACCESS_INVALID", False),
            (AwsAnswer.xml_error("ValidationError", 400), "STREAM_ACCESS_INVALID", False),
            (AwsAnswer.xml_error("Throttling", 400), "STREAM_ACCESS_UNAVAILABLE", True),
            (AwsAnswer(status=503, body=b""), "STREAM_ACCESS_UNAVAILABLE", True),
            (AwsAnswer(hang_up=True), "STREAM_ACCESS_UNAVAILABLE", True),
            (AwsAnswer(body=b"<html/>"), "STREAM_ACCESS_UNAVAILABLE", True),
            (assumed({**HANDED_OUT, "Expiration": "soon"}), "STREAM_ACCESS_UNAVAILABLE", True),
            (assumed({**HANDED_OUT, "SessionToken": ""}), "STREAM_ACCESS_UNAVAILABLE", True),
        ],
    )
    def test_refused_access_is_an_answer_and_leaves_no_claim(
        self, trigger: Kore, answer: AwsAnswer, code: str, *, retryable: bool
    ) -> None:
        trigger.aws.answer("AssumeRole", answer)
        assert trigger(kore_event()) == failed(code, retryable=retryable)
        assert "PutItem" not in trigger.operations
        assert trigger.vendor.seen == []

    @pytest.mark.parametrize(
        ("answer", "code", "retryable"),
        [
            (AwsAnswer.error("AccessDeniedException"), "SECRET_DENIED", False),
            (AwsAnswer.error("ThrottlingException"), "SECRET_UNAVAILABLE", True),
            (AwsAnswer.of({"Parameters": []}), "SETTINGS_MISSING", False),
        ],
    )
    def test_parameters_out_of_reach_are_an_answer(
        self, trigger: Kore, answer: AwsAnswer, code: str, *, retryable: bool
    ) -> None:
        trigger.aws.answer("GetParameters", answer)
        assert trigger(kore_event()) == failed(code, retryable=retryable)

    @pytest.mark.parametrize(
        ("secret", "code"), [("", "SECRET_MISSING"), ("Replace with yours", "SECRET_INVALID")]
    )
    def test_secret_must_be_one(self, trigger: Kore, secret: str, code: str) -> None:
        trigger.values[f"{PARAMETER_PATH}/{BOT}/client_secret"] = secret
        assert trigger(kore_event()) == failed(code, retryable=False)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("botId", ""),
            ("botId", None),
            ("clientId", "two words"),
            ("accountId", 7),
            ("accountId", "x" * 257),
            ("agentassistUrl", "http://agentassist.kore.ai"),
            ("wssUrl", "https://savg-webserver.kore.ai"),
            ("wssUrl", "wss://user:pw@savg-webserver.kore.ai"),
            ("sipUri", "6441@host"),
            ("sipUri", "sip:XXXX@host"),
            ("sipUri", "sip:[6441@host](mailto:6441@host)"),
            ("sipUri", "mailto:6441@host"),
            ("sipUri", "sip:6441"),
            ("languageCode", "english please"),
            ("streamAudioFromCustomer", "true"),
            ("streamAudioToCustomer", None),
        ],
    )
    def test_unusable_setting_of_the_bot_is_named(
        self, trigger: Kore, capsys: pytest.CaptureFixture[str], name: str, value: object
    ) -> None:
        trigger.setting(name, value)
        assert trigger(kore_event()) == failed("SETTINGS_INVALID", retryable=False)
        assert json.loads(capsys.readouterr().out.splitlines()[-1])["about"] == name
        assert trigger.operations == ["GetParameters"]

    @pytest.mark.parametrize(
        ("bot", "code"), [("", "BOT_MISSING"), ("../other", "BOT_INVALID"), (None, "BOT_MISSING")]
    )
    def test_bot_must_be_named(self, trigger: Kore, bot: object, code: str) -> None:
        assert trigger(kore_event(bot=bot)) == failed(code, retryable=False)

    def test_bot_that_is_not_deployed_is_missing(self, trigger: Kore) -> None:
        assert trigger(kore_event(bot="other")) == failed("SETTINGS_MISSING", retryable=False)

    @pytest.mark.parametrize("event", [None, [], "x", 7, {}, {"Details": None}, {"Details": []}])
    def test_event_of_another_origin_is_an_answer(self, trigger: Kore, event: object) -> None:
        assert trigger(event) == failed("EVENT_INVALID", retryable=False)

    def test_huge_values_are_answers(self, trigger: Kore) -> None:
        event = kore_event(bot="x" * 1_000_000)
        assert trigger(event) == failed("BOT_INVALID", retryable=False)
        audio = {"StreamARN": STREAM_ARN + "x" * 1_000_000, "StartFragmentNumber": "9" * 1_000_000}
        contact_of(event)["MediaStreams"] = {"Customer": {"Audio": audio}}
        assert trigger(event) == failed("STREAM_INVALID", retryable=False)


class TestSettings:
    @pytest.mark.parametrize(
        "name",
        [
            "KORE_PARAMETER_PATH",
            "TRANSCRIBER_URL",
            "STREAM_READER_ROLE_ARN",
            "STREAM_KEY_ARN",
            "STREAM_NAME_PREFIX",
            "CLAIMS_TABLE",
            "STREAM_ACCESS_SECONDS",
            "SOCKET_TOKEN_SECONDS",
            "AWS_REGION",
        ],
    )
    def test_missing_setting_is_an_answer(
        self, trigger: Kore, name: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        del trigger.environment[name]
        assert trigger(kore_event()) == failed("CONFIG_MISSING", retryable=False)
        assert json.loads(capsys.readouterr().out.splitlines()[-1])["about"] == name

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("KORE_PARAMETER_PATH", "no/slash"),
            ("TRANSCRIBER_URL", "http://plain.example.com/"),
            ("TRANSCRIBER_URL", "https://user:pw@example.com/"),
            ("TRANSCRIBER_URL", "https://example.com/a b"),
            ("TRANSCRIBER_URL", "https://example.com/#x"),
            ("STREAM_READER_ROLE_ARN", "arn:aws:iam::123456789012:user/x"),
            ("STREAM_READER_ROLE_ARN", "arn:aws:iam::123456789012:role/*"),
            ("STREAM_KEY_ARN", "alias/x"),
            ("STREAM_KEY_ARN", KEY_ARN[:-1] + "*"),
            ("STREAM_NAME_PREFIX", "*"),
            ("CLAIMS_TABLE", "a b"),
            ("STREAM_ACCESS_SECONDS", "899"),
            ("STREAM_ACCESS_SECONDS", "3601"),
            ("SOCKET_TOKEN_SECONDS", "1e3"),
            ("SOCKET_TOKEN_SECONDS", "0"),
            ("CA_BUNDLE_PEM", "no certificate"),
            ("AWS_REGION", "*"),
            ("AWS_ENDPOINT_URL", "http://example.com"),
        ],
    )
    def test_unusable_setting_is_an_answer(
        self, trigger: Kore, name: str, value: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        trigger.environment[name] = value
        assert trigger(kore_event()) == failed("CONFIG_INVALID", retryable=False)
        assert json.loads(capsys.readouterr().out.splitlines()[-1])["about"] == name
        assert trigger.operations == []

    def test_start_with_unusable_settings_is_no_failed_start(self, trigger: Kore) -> None:
        trigger.environment["AWS_REGION"] = "*"
        trigger.handler().prepare()
        assert trigger(kore_event()) == failed("CONFIG_INVALID", retryable=False)

    def test_mended_setting_is_used(self, trigger: Kore) -> None:
        table = trigger.environment.pop("CLAIMS_TABLE")
        assert trigger(kore_event())["errorCode"] == "CONFIG_MISSING"
        trigger.environment["CLAIMS_TABLE"] = table
        assert trigger(kore_event()) == SUCCESS


class TestTime:
    """Real time: a short deadline is used up."""

    def quick(self, trigger: Kore) -> tuple[dict[str, str], float]:
        handler = TriggerHandler(Surroundings(environment=trigger.environment))
        started = time.monotonic()
        reply = handler(kore_event(), FakeContext(2300))
        return reply, time.monotonic() - started

    def test_silent_transcriber_costs_no_more_than_the_budget(self, trigger: Kore) -> None:
        def never(_: Seen) -> Answer:
            trigger.vendor.stopping.wait(10)
            return Answer()

        trigger.vendor.answer_by(TRANSCRIBER_PATH, never)
        reply, took = self.quick(trigger)
        assert reply == failed("TRANSCRIBER_TIMEOUT", retryable=False)
        assert took < 2.3
        assert trigger.aws.requests("DeleteItem") == []

    def test_silent_table_leaves_time_for_kore(self, trigger: Kore) -> None:
        trigger.aws.answer("PutItem", AwsAnswer(silent=True))
        reply, took = self.quick(trigger)
        assert reply == SUCCESS
        assert took < 2.3

    def test_silent_sts_ends_in_time(self, trigger: Kore) -> None:
        trigger.aws.answer("AssumeRole", AwsAnswer(silent=True))
        reply, took = self.quick(trigger)
        assert reply == failed("STREAM_ACCESS_UNAVAILABLE", retryable=True)
        assert took < 2.3

    def test_no_time_at_all_is_an_answer(self, trigger: Kore) -> None:
        assert trigger(kore_event(), milliseconds=300) == failed(
            "SECRET_UNAVAILABLE", retryable=True
        )


class TestSnapStart:
    def test_snapshot_holds_neither_connection_nor_credentials(
        self, aws: ScriptedAws, trigger: Kore
    ) -> None:
        trigger.handler().prepare()  # what Lambda does before it takes the snapshot
        assert aws.seen == []
        assert trigger.vendor.seen == []

    def test_restored_environment_works_with_credentials_of_its_own(self, trigger: Kore) -> None:
        handler = trigger.handler()
        handler.prepare()
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            del trigger.environment[name]
        trigger.environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = f"{trigger.aws.url}/creds"
        trigger.environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "of-the-restored"
        trigger.aws.answer(
            "/creds",
            AwsAnswer.of(
                {
                    "AccessKeyId": "ASIARESTORED",
                    "SecretAccessKey": "s",
                    "Token": "t",
                    "Expiration": "2030-03-17T18:46:40Z",
                }
            ),
        )
        assert handler(kore_event(), FakeContext()) == SUCCESS
        assert trigger.operations == ["/creds", "GetParameters", "AssumeRole", "PutItem"]
        assert all(
            "Credential=ASIARESTORED/" in request.headers["authorization"]
            for request in trigger.aws.seen[1:]
        )


def test_handler_of_the_zip_answers_without_any_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    from kore_stream_trigger import handler  # noqa: PLC0415 - as Lambda imports it

    monkeypatch.delenv("KORE_PARAMETER_PATH", raising=False)
    assert handler.handler(kore_event(), FakeContext()) == failed("CONFIG_MISSING", retryable=False)


def test_parameters_are_read_again_after_five_minutes(trigger: Kore) -> None:
    trigger(kore_event())
    trigger.clock.now += 299
    trigger(kore_event())
    assert len(trigger.aws.requests("GetParameters")) == 1
    trigger.aws.answer_by("GetParameters", parameters_answer(trigger.values))
    trigger.clock.now += 1
    trigger(kore_event())
    assert len(trigger.aws.requests("GetParameters")) == 2
