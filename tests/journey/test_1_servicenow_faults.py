"""Every outside call of ServiceNow's function, times everything that can become of one.

Through the deployed number, flow, Lambda and queue: whatever fails, the caller reaches people in
time, and why is to be found on the contact and in a metric.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from checkouts import environment_put_back
from journey_laptop import Laptop
from metric_rules import metric_lines, values

from callsim.record import CallRecord, Outcome
from callsim.scenario import Expectation, Scenario
from connect_voice.project import Project
from connect_voice.smoke import Deployed, open_deployed, place

# What a synchronous Lambda block of a flow waits at most, in seconds.
FLOW_WAITS = 8.0
# So long a fault lasts that is about time: longer than anybody waits.
FOR_EVER = 60


@dataclass(frozen=True)
class OutsideCall:
    """One of the function's calls to the outside.

    Args:
        part: of the script that plays it.
        codes: what its error codes begin with.
        latency: the metric of its requests.
        handover: why the caller gets to people when it fails.
        before: the part that is asked right before, over the same connection.
    """

    part: str
    codes: str
    latency: str
    handover: str = "call_context_error"
    before: str | None = None


CALLS = {
    "ssm": OutsideCall("requests", "SECRET", "SsmGetParametersLatency"),
    "oauth": OutsideCall("oauth", "OAUTH", "OauthTokenLatency"),
    "call-context": OutsideCall(
        "call_context", "CALL_CONTEXT", "CallContextLatency", before="oauth"
    ),
    "table": OutsideCall(
        "interaction_context",
        "INTERACTION_CONTEXT",
        "InteractionContextLatency",
        handover="interaction_context_error",
        before="call_context",
    ),
}
# Whether the connection comes about at all; then what becomes of a request.
CONNECTIONS: Mapping[str, tuple[str, str]] = {
    "refused": ("refused", "UNAVAILABLE"),
    "tls-failure": ("untrusted", "UNTRUSTED"),
}
ANSWERS: Mapping[str, tuple[Mapping[str, object], str]] = {
    "time-out": ({"delay_seconds": FOR_EVER}, "TIMEOUT"),
    "slow-drip": ({"drip_seconds": FOR_EVER}, "TIMEOUT"),
    "401": ({"status": 401}, "DENIED"),
    "403": ({"status": 403}, "DENIED"),
    "404": ({"status": 404}, "REJECTED"),
    "429": ({"status": 429}, "UNAVAILABLE"),
    "429-retry-after": ({"status": 429, "retry_after_seconds": FOR_EVER}, "UNAVAILABLE"),
    "500": ({"status": 500}, "UNAVAILABLE"),
    "502": ({"status": 502}, "UNAVAILABLE"),
    "malformed": ({"fault": "malformed"}, "INVALID"),
    "wrong-shape": ({"fault": "wrong_shape"}, "INVALID"),
    "empty": ({"fault": "empty"}, "INVALID"),
    "oversize": ({"fault": "oversized"}, "INVALID"),
    "reset": ({"fault": "reset"}, "UNAVAILABLE"),
}
FAULTS = (*CONNECTIONS, *ANSWERS)


def script_of(call: OutsideCall, fault: str) -> Mapping[str, object]:
    if fault in ANSWERS:
        return {call.part: ANSWERS[fault][0]}
    connections: dict[str, object] = {"fault": CONNECTIONS[fault][0]}
    if call.before:
        connections["after"] = call.before
    return {"connections": connections}


def code_of(call: OutsideCall, fault: str) -> str:
    kind = (CONNECTIONS[fault] if fault in CONNECTIONS else ANSWERS[fault])[1]
    if call.codes == "SECRET" and kind != "DENIED":
        # To whoever mends it all of it is one: Parameter Store does not do its part.
        kind = "UNAVAILABLE"
    return f"{call.codes}_{kind}"


class Caller:
    """Places calls to a deployed laptop, and reads what its function has counted."""

    def __init__(self, laptop: Laptop) -> None:
        self._deployed: Deployed = open_deployed(Project(laptop.checkout.root), "local")
        self._endpoint = laptop.endpoint
        self._logs = laptop.client("logs")
        self._group = f"/aws/lambda/{laptop.report['outputs']['servicenow_lambda_name']}"

    def call(self, script: Mapping[str, object], *, cold: bool) -> CallRecord:
        scenario = Scenario(
            name="fault",
            description="An outside call fails.",
            expect=Expectation(Outcome.QUEUE),
            dials="servicenow_voice",
            cold=cold,
            stand_ins={"servicenow": script},
        )
        return place(self._deployed, scenario).record

    @contextlib.contextmanager
    def systems_manager(self, script: Mapping[str, object]) -> Iterator[None]:
        """Let it fail for functions that start; both ends of the block make them start anew."""
        try:
            self._script(script)
            yield
        finally:
            self._script({})

    def metrics(self, contact_id: str, since: float) -> list[dict[str, Any]]:
        pages = self._logs.get_paginator("filter_log_events").paginate(
            logGroupName=self._group, startTime=int(since * 1000)
        )
        text = "\n".join(event["message"] for page in pages for event in page["events"])
        return [line for line in metric_lines(text) if line["contactId"] == contact_id]

    def _script(self, script: Mapping[str, object]) -> None:
        url = f"{self._endpoint}/_local/ssm/script"
        requests.put(url, json=dict(script), timeout=10).raise_for_status()


@pytest.fixture(scope="module")
def caller(laptop: Laptop) -> Iterator[Caller]:
    with environment_put_back():
        yield Caller(laptop)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", CALLS)
def test_caller_reaches_people_whatever_fails(caller: Caller, name: str, fault: str) -> None:
    call, since = CALLS[name], time.time() - 1
    script, code = script_of(call, fault), code_of(call, fault)
    if name == "ssm":
        with caller.systems_manager(script):
            record = caller.call({}, cold=False)
    else:
        # A warm function has a token, and does not ask for one.
        cold = name == "oauth" or (call.before == "oauth" and fault in CONNECTIONS)
        record = caller.call(script, cold=cold)
    assert record.outcome is Outcome.QUEUE, record
    assert record.attributes["handoverReason"] == call.handover
    assert record.attributes["errorCode"] == code
    assert record.visited("transfer-to-agent") is (name == "table")
    for block in record.lambdas:
        assert (block.error, block.tries) == (None, 1)
        assert block.seconds < FLOW_WAITS
    counted = caller.metrics(record.contact_id, since)
    assert len(counted) == len(record.lambdas)
    last = counted[-1]
    assert values(last, "Failed", "service", "operation", "errorCode") == [1]
    assert last["errorCode"] == code
    asked = values(last, call.latency, "service", "operation")
    # Who asks to be left alone for longer than the call has time is not asked again.
    assert len(asked) == 1 if fault == "429-retry-after" else asked
    assert all(line["Duration"] < FLOW_WAITS * 1000 for line in counted)
    assert all(line["service"] == "servicenow_voice" for line in counted)


def test_caller_is_served_again_when_the_faults_are_over(caller: Caller) -> None:
    record = caller.call({}, cold=True)
    assert record.outcome is Outcome.COMPLETED
    assert "handoverReason" not in record.attributes
