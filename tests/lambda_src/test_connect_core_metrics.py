"""What is counted of an invocation, held against CloudWatch's own rules."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from aws_support import AwsAnswer
from hypothesis import given
from hypothesis import strategies as st
from kore_support import WEBHOOK_PATH, Kore, kore_event
from lambda_support import CALL_CONTEXT_PATH, CONTACT_ID, Answer, Voice
from metric_rules import broken_rules, metric_lines, values

from connect_core.http import Exchange
from connect_core.log import CallLog
from connect_core.metrics import Outcome, Tally, document

NOW = 1_900_000_000.25
NAMES = st.text(max_size=40) | st.sampled_from(["oauth_token", "ssm:GetParameters"])
ASCII = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40)


def only(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    (line,) = metric_lines(capsys.readouterr().out)
    return line


@given(
    st.builds(Outcome, ASCII, ASCII, ASCII, st.integers(0, 10_000), st.booleans()),
    st.lists(
        st.builds(Exchange, NAMES, ASCII, st.integers(1, 9), st.integers(0, 9_000)), max_size=150
    ),
)
def test_every_line_is_one_that_cloudwatch_takes(
    outcome: Outcome, exchanges: list[Exchange]
) -> None:
    tally = Tally()
    for exchange in exchanges:
        tally.exchange(exchange)
    assert list(broken_rules(json.loads(json.dumps(document(outcome, tally, now=NOW))))) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda line: line.update(service=""),
        lambda line: line.update(operation=7),
        lambda line: line.update(Duration=None),
        lambda line: line.update(OauthTokenLatency=[1] * 101),
        lambda line: line.update(OauthTokenLatency=[]),
        lambda line: line.pop("Failed"),
        lambda line: line["_aws"].update(Timestamp=NOW),
        lambda line: line["_aws"].update(Extra=1),
        lambda line: line["_aws"]["CloudWatchMetrics"][0].update(Namespace=""),
        lambda line: line["_aws"]["CloudWatchMetrics"][0]["Metrics"][0].update(Unit="ms"),
    ],
)
def test_the_rules_notice_a_line_that_breaks_them(spoil: Callable[[dict[str, Any]], None]) -> None:
    tally = Tally()
    tally.exchange(Exchange("oauth_token", "200", 1, 5))
    outcome = Outcome("s", "o", "SOME_CODE", 10, cold=True)
    line = json.loads(json.dumps(document(outcome, tally, now=NOW)))
    assert list(broken_rules(line)) == []
    spoil(line)
    assert list(broken_rules(line)) != []


def test_line_counts_an_invocation_and_times_each_request(
    voice: Voice, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "servicenow_voice")
    voice.call_context()
    first = only(capsys)
    assert first["contactId"] == CONTACT_ID
    dimensions = ("service", "operation")
    assert (first["service"], first["operation"]) == ("servicenow_voice", "getCallContext")
    for name, value in (("Succeeded", 1), ("Failed", 0), ("ColdStart", 1), ("Fallbacks", 0)):
        assert values(first, name, *dimensions) == [value]
    assert len(values(first, "OauthTokenLatency", *dimensions)) == 1
    assert len(values(first, "CallContextLatency", *dimensions)) == 1
    voice.call_context()
    second = only(capsys)
    assert second["ColdStart"] == 0
    assert "OauthTokenLatency" not in second


def test_failure_is_counted_under_its_code_too(
    voice: Voice, capsys: pytest.CaptureFixture[str]
) -> None:
    voice.vendor.answer(CALL_CONTEXT_PATH, Answer(status=503))
    voice.call_context()
    line = only(capsys)
    assert line["errorCode"] == "CALL_CONTEXT_UNAVAILABLE"
    assert values(line, "Failed", "service", "operation") == [1]
    assert values(line, "Failed", "service", "operation", "errorCode") == [1]
    assert line["Succeeded"] == 0
    assert line["Retries"] == 1
    assert len(line["CallContextLatency"]) == 2


def test_success_is_no_metric_of_any_code(voice: Voice, capsys: pytest.CaptureFixture[str]) -> None:
    voice.call_context()
    assert values(only(capsys), "Failed", "service", "operation", "errorCode") == []


@pytest.mark.parametrize("event", [None, {}, {"Details": {"Parameters": {"operation": "x"}}}])
def test_event_of_another_origin_is_counted_too(
    voice: Voice, capsys: pytest.CaptureFixture[str], event: object
) -> None:
    voice(event)
    line = only(capsys)
    assert (line["operation"], line["errorCode"]) == ("unknown", "EVENT_INVALID")
    assert line["contactId"] == ""


def test_fault_of_our_own_is_counted(
    voice: Voice, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> dict[str, str]:
        raise RuntimeError("canary")

    monkeypatch.setattr(voice.parameters, "read", broken)
    voice.call_context()
    assert only(capsys)["errorCode"] == "INTERNAL_ERROR"


def test_metrics_come_at_every_level(
    voice: Voice, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOG_LEVEL", "CRITICAL")
    voice.call_context()
    (line,) = capsys.readouterr().out.splitlines()
    assert list(broken_rules(json.loads(line))) == []


def test_line_of_one_call_has_nothing_of_the_call_before(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log = CallLog()
    log.start()
    log.begin(contact_id="c-1", request_id="r-1", operation="x")
    log.exchange(Exchange("webhook", "200", 2, 7))
    log.succeeded(milliseconds=9)
    log.start()
    log.succeeded(milliseconds=1)
    _, line = metric_lines(capsys.readouterr().out)
    assert "c-1" not in json.dumps(line)
    assert (line["Retries"], line["ColdStart"]) == (0, 0)
    assert "WebhookLatency" not in line


def test_kores_functions_are_counted_by_the_same_frame(
    trigger: Kore, capsys: pytest.CaptureFixture[str]
) -> None:
    assert trigger(kore_event())["status"] == "ok"
    line = only(capsys)
    assert line["operation"] == "startTranscription"
    assert {name for name in line if name.endswith("Latency")} == {
        "SsmGetParametersLatency",
        "StsAssumeRoleLatency",
        "DynamodbPutItemLatency",
        "TranscriberLatency",
    }


def test_what_is_lived_with_is_a_fallback(
    disposition: Kore, capsys: pytest.CaptureFixture[str]
) -> None:
    disposition.vendor.answer(WEBHOOK_PATH, Answer(status=503))
    disposition.aws.answer("PutItem", AwsAnswer())
    assert disposition(kore_event(disposition="resolved"))["status"] == "ok"
    line = only(capsys)
    assert (line["Succeeded"], line["Fallbacks"]) == (1, 1)
