"""What a deployed Kore Agent AI leaves its vendor, its agents and its Lambdas able to do."""

from __future__ import annotations

import time
import uuid
from typing import Any

import requests
from journey_laptop import Laptop
from journey_roles import attempts_as_the_role


def control(laptop: Laptop, path: str) -> Any:
    answer = requests.get(f"{laptop.endpoint}/_local/{path}", timeout=10)
    answer.raise_for_status()
    return answer.json()


def what_the_vendor_did(laptop: Laptop, contact_id: str) -> Any:
    """The stand-in's account of a call, once it has used the credentials it was given."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        call = control(laptop, f"kore/calls/{contact_id}")
        if call["stream_read"]["done"]:
            return call
    raise AssertionError(f"the stand-in did not finish with {contact_id}")


def test_the_vendor_reads_the_one_stream_and_nothing_else(laptop: Laptop) -> None:
    report = laptop.call("assisted-call-with-disposition")
    assert report["passed"], report["failures"]
    call = what_the_vendor_did(laptop, report["contact_id"])
    assert call["stream_read"]["error"] is None
    assert call["stream_read"]["bytes"] > 0
    assert call["allowed_beyond_the_stream"] == []
    assert len(call["refused"]) >= 20


def test_what_the_agent_submits_is_kept_for_a_while(laptop: Laptop) -> None:
    report = laptop.call("assisted-call-with-disposition")
    table = laptop.report["outputs"]["kore"]["dispositions_table"]
    item = laptop.client("dynamodb").get_item(
        TableName=table, Key={"contactId": {"S": report["contact_id"]}}
    )["Item"]
    assert item["disposition"]["S"]
    assert item["summary"]["S"]
    assert item["delivery"]["S"] == "done"
    assert int(item["expiresAt"]["N"]) > time.time()


def test_every_bot_speaks_its_own_language(laptop: Laptop) -> None:
    report = laptop.call("other-language")
    assert report["passed"], report["failures"]
    assert what_the_vendor_did(laptop, report["contact_id"])["language_code"] == "es-US"


def test_a_repeated_trigger_starts_one_transcription(laptop: Laptop) -> None:
    report = laptop.call("connect-retries-the-trigger")
    tries = [call["tries"] for call in report["lambdas"] if "stream-trigger" in call["function"]]
    assert tries == [2]
    posts = [
        one
        for one in control(laptop, "kore/requests")["requests"]
        if one["name"] == "transcriber" and one["contact_id"] == report["contact_id"]
    ]
    assert [one["status"] for one in posts] == [200]


def test_the_doctor_finds_nothing_wrong(laptop: Laptop) -> None:
    findings = laptop.checkout.ok("doctor", "local", "--json").json
    assert [finding for finding in findings if not finding["ok"]] == []
    assert any("kore" in finding["name"] for finding in findings)


def test_the_kore_lambdas_roles_may_do_their_own_work_only(laptop: Laptop) -> None:
    outputs = laptop.report["outputs"]
    kore = outputs["kore"]
    bots = kore["bots"]
    secret, settings = (bots["support"][f"{kind}_parameter"] for kind in ("secret", "settings"))
    key = {"contactId": {"S": str(uuid.uuid4())}}
    stranger = ["ssm", "get_parameters", {"Names": ["/somebody/elses"], "WithDecryption": True}]
    servicenow = list(outputs["servicenow_parameter_names"].values())
    refused: list[Any] = [
        stranger,
        ["ssm", "get_parameters", {"Names": servicenow, "WithDecryption": True}],
        ["ssm", "put_parameter", {"Name": secret, "Value": "x", "Overwrite": True}],
        [
            "sts",
            "assume_role",
            {"RoleArn": f"{kore['reader_role_arn']}-not", "RoleSessionName": "probe"},
        ],
        ["dynamodb", "scan", {"TableName": kore["claims_table"]}],
        ["dynamodb", "scan", {"TableName": kore["dispositions_table"]}],
        ["dynamodb", "delete_table", {"TableName": kore["dispositions_table"]}],
        ["kinesisvideo", "list_streams", {}],
        ["kms", "encrypt", {"KeyId": outputs["kms_key_arn"], "Plaintext": "x"}],
        ["connect", "list_instances", {}],
        ["s3", "list_buckets", {}],
    ]
    read = ["ssm", "get_parameters", {"Names": [settings, secret], "WithDecryption": True}]
    claim = ["dynamodb", "put_item", {"TableName": kore["claims_table"], "Item": key}]
    store = ["dynamodb", "put_item", {"TableName": kore["dispositions_table"], "Item": key}]
    assume = [
        "sts",
        "assume_role",
        {"RoleArn": kore["reader_role_arn"], "RoleSessionName": "probe"},
    ]
    mine: dict[str, list[Any]] = {
        "stream_trigger": [read, claim, assume],
        "widget_token": [read],
        "disposition": [store],
    }
    everything = [read, claim, store, assume]
    for name, allowed in mine.items():
        others = [one for one in everything if one not in allowed]
        function = kore["lambdas"][name]["name"]
        results = attempts_as_the_role(laptop, function, [*allowed, *others, *refused])
        assert results[: len(allowed)] == ["allowed"] * len(allowed), name
        outcomes = dict(
            zip([str(one[:2]) for one in others + refused], results[len(allowed) :], strict=True)
        )
        assert {k: v for k, v in outcomes.items() if not v.startswith("AccessDenied")} == {}, name
    # What the probes wrote is not a contact's.
    for table in (kore["claims_table"], kore["dispositions_table"]):
        laptop.client("dynamodb").delete_item(TableName=table, Key=key)
