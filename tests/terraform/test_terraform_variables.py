"""What a user may type wrong, and the sentence that says so."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from terraform_support import BUILT, VARIABLES

Check = Callable[[dict[str, Any]], list[str]]


@pytest.fixture(scope="module")
def check(
    root: Path, tmp_path_factory: pytest.TempPathFactory, terraform_env: dict[str, str]
) -> Check:
    """Plans the root's variables alone: no provider, so hundreds of checks cost seconds."""
    folder = tmp_path_factory.mktemp("variables")
    for file in (root / "terraform").glob("variables*.tf"):
        shutil.copy2(file, folder)
    shutil.copytree(BUILT, folder / "dist")
    env = {**terraform_env, "TF_DATA_DIR": str(folder / "data")}

    def errors(changes: dict[str, Any]) -> list[str]:
        values = {"dist_dir": "dist", **VARIABLES, **changes}
        given = {name: value for name, value in values.items() if value is not None}
        (folder / "case.tfvars.json").write_text(json.dumps(given), encoding="utf-8")
        done = subprocess.run(
            ["terraform", "plan", "-json", "-input=false", "-var-file=case.tfvars.json"],
            cwd=folder,
            env=env,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        events = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        found = [
            event["diagnostic"]["detail"].split("\n\nThis was checked by")[0]
            for event in events
            if event["type"] == "diagnostic" and event["diagnostic"]["severity"] == "error"
        ]
        assert bool(found) == (done.returncode != 0), done.stdout + done.stderr
        return found

    return errors


def within(variable: str, **changes: Any) -> dict[str, Any]:
    return {variable: {**VARIABLES.get(variable, {}), **changes}}


CREATE_AND_ADOPT = {"create": False, "alias": "a", "id": "9" * 8}
BAD: list[tuple[dict[str, Any], str]] = [
    ({"project": "Connect Voice"}, "Set project"),
    ({"environment": "-"}, "Set environment"),
    ({"account_id": ""}, "Set account_id"),
    ({"account_id": "12345678901"}, "Set account_id"),
    ({"region": "Virginia"}, "Set region"),
    ({"dist_dir": "nowhere"}, "Build the Lambdas first"),
    ({"permissions_boundary_arn": "boundary"}, "Set permissions_boundary_arn"),
    ({"log_retention_days": 10}, "Set log_retention_days"),
    ({"log_retention_days": 0}, "Set log_retention_days"),
    ({"kms_deletion_window_days": 6}, "Set kms_deletion_window_days"),
    ({"kms_deletion_window_days": 31}, "Set kms_deletion_window_days"),
    ({"connect_instance": {}}, "Give connect_instance an alias"),
    ({"connect_instance": {"alias": "a", "id": "b"}}, "Leave id out"),
    ({"connect_instance": {"create": False}}, "exactly one of alias and id"),
    ({"connect_instance": CREATE_AND_ADOPT}, "exactly one of alias and id"),
    ({"connect_instance": {"create": False, "alias": ""}}, "Set the alias"),
    ({"connect_instance": {"alias": "d-1234567890"}}, "Set the alias"),
    ({"connect_instance": {"alias": "a" * 46}}, "Set the alias"),
    ({"connect_instance": {"create": False, "id": "my-instance"}}, "Set the id"),
    (within("connect_instance", identity_management_type="LDAP"), "Set identity_management_type"),
    ({"media_streaming": {"prefix": ""}}, "Set the prefix"),
    ({"media_streaming": {"prefix": "p" * 129}}, "Set the prefix"),
    ({"media_streaming": {"retention_hours": -1}}, "0 to 87600"),
    ({"media_streaming": {"retention_hours": 87601}}, "0 to 87600"),
    ({"media_streaming": {"retention_hours": 1.5}}, "0 to 87600"),
    ({"data_streaming": {"retention_hours": 23}}, "24 to 8760"),
    ({"data_streaming": {"shards": 0}}, "Set shards"),
    (within("hours", time_zone="GMT+1 (Paris)"), "Set time_zone"),
    (within("hours", schedule=[]), "Give hours a schedule"),
    (within("hours", schedule=[{"days": ["Mon"], "start": "08:00", "end": "09:00"}]), "MONDAY"),
    (within("hours", schedule=[{"days": ["MONDAY"], "start": "8", "end": "24:00"}]), "HH:MM"),
    ({"queues": {"people": {}}, "servicenow_flow": {}}, "Give queues an entry with the key"),
    ({"queues": {"default": {}, "people": {}, "A B": {}}}, "for each key of queues"),
    ({"queues": {"default": {"existing_id": "q"}, "people": {}}}, "Set existing_id"),
    ({"queues": {"default": {"max_contacts": -1}, "people": {}}}, "Set max_contacts"),
    ({"phone_number": {}}, "exactly one of claim and existing"),
    (within("phone_number", existing={"id": "x", "number": "+1"}), "exactly one of claim"),
    ({"phone_number": {"claim": {"country_code": "usa"}}}, "Set country_code"),
    ({"phone_number": {"claim": {"country_code": "US", "type": "FAX"}}}, "DID or TOLL_FREE"),
    ({"phone_number": {"claim": {"country_code": "US", "prefix": "415"}}}, "Set prefix"),
    ({"phone_number": {"existing": {"id": "9" * 8, "number": "+14155550100"}}}, "Set id in"),
    (within("servicenow", instance_id=""), "Set instance_id and voice_service_id"),
    (within("servicenow", voice_service_id="a/../b"), "Set instance_id and voice_service_id"),
    (within("servicenow", instance_name="https://dev1"), "Set instance_name"),
    (within("servicenow", call_context_path="api/x"), "Set call_context_path"),
    (within("servicenow", call_context_path="//evil.example/x"), "Set call_context_path"),
    (within("servicenow", dnis_prefixes=[]), "Give dnis_prefixes"),
    (within("servicenow", dnis_prefixes=["1"]), "Give dnis_prefixes"),
    (within("servicenow_endpoints", instance_host="https://dev1.example.com"), "bare host names"),
    (within("servicenow_endpoints", voice_service_host="voice.example.com/x"), "bare host names"),
    (within("servicenow_endpoints", ca_bundle_pem="no certificate"), "Set ca_bundle_pem"),
    (within("servicenow_flow", greeting=" "), "1 to 3000 characters"),
    (within("servicenow_flow", goodbye_message="x" * 3001), "1 to 3000 characters"),
    (within("servicenow_flow", voice="joanna 2"), "Set voice in"),
    (within("servicenow_flow", voice_engine="robot"), "Set voice_engine"),
    (within("servicenow_flow", language_code="english"), "Set language_code"),
    (within("servicenow_flow", transfer_time_limit_seconds=-1), "0 to 600"),
    (within("servicenow_flow", transfer_time_limit_seconds=601), "0 to 600"),
    (within("servicenow_flow", reason_queues={"": "default"}), "Name a reason"),
    (within("servicenow_flow", reason_queues={"a": "nobody"}), "missing: nobody."),
    ({"servicenow_lambda": {"memory_mb": 64}}, "Set memory_mb"),
    ({"servicenow_lambda": {"reserved_concurrency": 0}}, "Set reserved_concurrency"),
    ({"servicenow_lambda": {"provisioned_concurrency": -1}}, "Set provisioned_concurrency"),
    (
        {"servicenow_lambda": {"provisioned_concurrency": 1, "snap_start": True}},
        "Choose snap_start or provisioned_concurrency",
    ),
    (
        {"servicenow_lambda": {"provisioned_concurrency": 3, "reserved_concurrency": 2}},
        "within reserved_concurrency",
    ),
    ({"servicenow_lambda": {"log_level": "LOUD"}}, "Set log_level"),
    ({"servicenow_association": "version"}, "Set servicenow_association"),
    ({"servicenow_secrets_version": 0}, "Set servicenow_secrets_version"),
    ({"servicenow_secrets_key_arn": "arn:aws:kms:us-east-1:1:key/a"}, "Leave servicenow_secrets"),
    (
        {"manage_secrets": False, "servicenow_secrets_key_arn": "alias/x"},
        "Set servicenow_secrets_key_arn",
    ),
]


def test_good_values_are_taken(check: Check) -> None:
    assert check({}) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"connect_instance": {"create": False, "alias": "my-instance"}},
        {"media_streaming": {"prefix": "p" * 128, "retention_hours": 87600}},
        {"media_streaming": {"retention_hours": 0}},
        within("hours", schedule=[{"days": ["SUNDAY"], "start": "00:00", "end": "00:00"}]),
        within("servicenow_endpoints", instance_host="localhost:49152"),
        within("servicenow_flow", transfer_time_limit_seconds=0),
        within("servicenow_flow", transfer_time_limit_seconds=600),
        within("servicenow_flow", language_code="es-419"),
        within("servicenow", call_context_path="/api/x?version=1"),
        {"servicenow_lambda": {"provisioned_concurrency": 2, "reserved_concurrency": 2}},
    ],
    ids=str,
)
def test_values_at_the_edge_are_taken(check: Check, changes: dict[str, Any]) -> None:
    assert check(changes) == []


@pytest.mark.parametrize(("changes", "expected"), BAD, ids=[str(changes) for changes, _ in BAD])
def test_a_bad_value_gets_one_sentence(
    check: Check, changes: dict[str, Any], expected: str
) -> None:
    found = check(changes)
    assert any(expected in sentence for sentence in found), found
    for sentence in found:
        assert sentence.endswith("."), sentence
        assert "\n" not in sentence
        assert sentence.split(" ")[0] in {
            "Build", "Choose", "Give", "Keep", "Leave", "Name", "Route", "Set", "Use", "Write",
        }  # fmt: skip
