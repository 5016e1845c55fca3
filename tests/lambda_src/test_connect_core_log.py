"""Log lines: what they carry, and that calls do not mix."""

import json
import threading

import pytest

from connect_core.fault import Fault
from connect_core.http import Exchange
from connect_core.log import CallLog


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_line_has_the_keys_of_lambdas_own_json_logs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "kore_widget_token")
    log = CallLog()
    log.begin(contact_id="c-1", request_id="r-1", operation="issueWidgetToken")
    log.exchange(Exchange("ssm:GetParameters", "200", 1, 12))
    (line,) = lines(capsys)
    stamp = str(line.pop("timestamp"))
    assert len(stamp) == len("2030-03-17T17:46:40.123Z")
    assert stamp.endswith("Z")
    assert line == {
        "level": "INFO",
        "message": "request answered",
        "service": "kore_widget_token",
        "contactId": "c-1",
        "requestId": "r-1",
        "operation": "issueWidgetToken",
        "request": "ssm:GetParameters",
        "outcome": "200",
        "attempt": 1,
        "milliseconds": 12,
    }


@pytest.mark.parametrize(
    ("level", "written"),
    [("debug", 4), (" INFO ", 4), ("WARNING", 3), ("ERROR", 1), ("CRITICAL", 0), ("chatty", 4)],
)
def test_level_decides_what_is_written(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, level: str, written: int
) -> None:
    monkeypatch.setenv("LOG_LEVEL", level)
    log = CallLog()
    log.succeeded(milliseconds=1)
    log.noted(Fault("A_CODE", retryable=True, about="A"), "It happened.")
    log.failed(Fault("A_CODE", retryable=True), "It ended.", milliseconds=1)
    log.unexpected(ValueError("canary"))
    found = lines(capsys)
    assert len([line for line in found if "_aws" not in line]) == written
    assert len([line for line in found if "_aws" in line]) == 2  # metrics are no matter of levels
    assert "canary" not in json.dumps(found)


def test_calls_in_two_threads_keep_their_own_contacts(capsys: pytest.CaptureFixture[str]) -> None:
    log = CallLog()
    both = threading.Barrier(2)

    def call(contact: str) -> None:
        log.begin(contact_id=contact, request_id=f"r-{contact}", operation="x")
        both.wait(5)
        log.succeeded(milliseconds=1)

    threads = [threading.Thread(target=call, args=(contact,)) for contact in ("c-1", "c-2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = {(line["contactId"], line["requestId"]) for line in lines(capsys)}
    assert found == {("c-1", "r-c-1"), ("c-2", "r-c-2")}
