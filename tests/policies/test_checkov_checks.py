"""The checks of this project's own: what passes, what fails, what cannot be told."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from checkov_support import Stack, plan_of, resource

from connect_voice.checkov import Worker, load_checks
from connect_voice.checkov_report import Report

STORAGE = "aws_connect_instance_storage_config"
PARAMETER = "aws_ssm_parameter"
OUR_KEY = '"arn:aws:kms:us-east-1:123456789012:key/ours"'


def storage(name: str, kind: str, inside: str = "") -> str:
    return f"""
resource "{STORAGE}" "{name}" {{
  instance_id   = "i"
  resource_type = "CALL_RECORDINGS"

  storage_config {{
    storage_type = {kind}
    {inside}
  }}
}}
"""


def bucket(key: str | None, kind: str = "KMS") -> str:
    setting = "" if key is None else f"key_id = {key}"
    encryption = f'encryption_config {{\n encryption_type = "{kind}"\n {setting}\n }}'
    return f's3_config {{\n bucket_name = "b"\n bucket_prefix = "p"\n {encryption}\n }}'


def video(key: str) -> str:
    encryption = f'encryption_config {{\n encryption_type = "KMS"\n key_id = {key}\n }}'
    return (
        "kinesis_video_stream_config {\n"
        f' prefix = "p"\n retention_period_hours = 1\n {encryption}\n }}'
    )


def parameter(name: str, kind: str, settings: str) -> str:
    return (
        f'\nresource "{PARAMETER}" "{name}" {{\n  name = "n"\n  type = {kind}\n  {settings}\n}}\n'
    )


PLAIN = """
variable "any" { type = string }

variable "secret" {
  type      = string
  ephemeral = true
}

resource "aws_kms_key" "ours" {}

resource "terraform_data" "pass" {}

resource "terraform_data" "fail" {
  provisioner "local-exec" {
    command = "x"
  }
}

resource "terraform_data" "fail_although_none" {
  count = 0

  provisioner "remote-exec" {
    inline = ["x"]
  }
}

data "external" "fail" {
  program = ["x"]
}

data "external" "fail_although_none" {
  count   = 0
  program = ["x"]
}
"""
CODE = (
    PLAIN
    + storage("pass_bucket", '"S3"', bucket(OUR_KEY))
    + storage("pass_bucket_by_reference", '"S3"', bucket("aws_kms_key.ours.arn"))
    + storage("pass_video", '"KINESIS_VIDEO_STREAM"', video("aws_kms_key.ours.arn"))
    + storage("pass_stream", '"KINESIS_STREAM"', 'kinesis_stream_config {\n stream_arn = "a"\n }')
    + storage("fail_bucket_without", '"S3"', 's3_config {\n bucket_name = "b"\n }')
    + storage("fail_bucket_without_key", '"S3"', bucket(None))
    + storage("fail_bucket_empty_key", '"S3"', bucket('""'))
    + storage("fail_bucket_key_of_aws", '"S3"', bucket('"alias/aws/connect"'))
    + storage("fail_bucket_other_kind", '"S3"', bucket(OUR_KEY, "SSE"))
    + storage("fail_video_other_block", '"KINESIS_VIDEO_STREAM"', bucket(OUR_KEY))
    + storage("open_kind", "var.any", bucket(OUR_KEY))
    + storage("open_new_kind", '"GLACIER"', bucket(OUR_KEY))
    + parameter("pass_write_only", '"SecureString"', "value_wo = var.secret\n value_wo_version = 1")
    + parameter("pass_plain", '"String"', 'value = "not a secret"')
    + parameter("fail_secret", '"SecureString"', 'value = "a secret"')
    + parameter("fail_secret_by_reference", '"SecureString"', "value = var.any")
    + parameter("fail_perhaps_secret", "var.any", 'value = "a secret"')
)
PLANNED: dict[tuple[str, str], dict[str, Any]] = {
    (PARAMETER, "pass_write_only"): {"type": "SecureString", "value": "", "value_wo": None},
    (PARAMETER, "pass_first_apply"): {"type": "SecureString", "value_wo": None},
    (PARAMETER, "pass_plain"): {"type": "String", "value": "not a secret"},
    (PARAMETER, "fail_secret"): {"type": "SecureString", "value": "a secret"},
    (PARAMETER, "fail_insecure"): {"type": "SecureString", "insecure_value": "a secret"},
    ("terraform_data", "pass"): {},
    ("terraform_data", "fail"): {},
}
ANSWERS = {"pass": "PASSED", "fail": "FAILED", "open": "UNKNOWN"}


@pytest.fixture(scope="module")
def report(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Report:
    bootstrap = [sys.executable, str(root / "scripts" / "bootstrap.py"), "--policy"]
    subprocess.run(bootstrap, check=True)
    stack = Stack.make(root, tmp_path_factory.mktemp("checks"))
    (stack.code / "cases.tf").write_text(CODE, encoding="utf-8")
    cases = [resource(f"{kind}.{name}", kind, values) for (kind, name), values in PLANNED.items()]
    plan = plan_of(more=tuple(cases))
    for one in plan["configuration"]["root_module"]["resources"]:
        if one["address"] == "terraform_data.fail":
            one["provisioners"] = [{"type": "local-exec", "expressions": {"command": {}}}]
    stack.write_plan(plan)
    worker = Worker(stack.project, stack.code, load_checks(stack.project))
    worker.start_if_ready()
    return worker.report(stack.plan_json)


def answers(report: Report, scan: str, check: str, kind: str) -> dict[str, str]:
    given = report.scans[scan].answers[check]
    return {
        address.rpartition(".")[2].partition("[")[0]: answer
        for address, (answer, _) in given.items()
        if f"{kind}." in address
    }


def expected(names: list[str]) -> dict[str, str]:
    return {name: ANSWERS[name.partition("_")[0]] for name in names}


def written(kind: str, block: str = "resource") -> list[str]:
    return [
        line.split('"')[3] for line in CODE.splitlines() if line.startswith(f'{block} "{kind}"')
    ]


def planned(kind: str) -> list[str]:
    return [name for one, name in PLANNED if one == kind]


@pytest.mark.parametrize(
    ("check", "kind", "block"),
    [
        ("CKV_CONNECT_1", STORAGE, "resource"),
        ("CKV_CONNECT_2", "terraform_data", "resource"),
        ("CKV_CONNECT_3", PARAMETER, "resource"),
        ("CKV_CONNECT_4", "external", "data"),
    ],
)
def test_the_code(report: Report, check: str, kind: str, block: str) -> None:
    found = answers(report, "code", check, kind)
    assert found == expected(written(kind, block))
    assert len(found) >= 2


@pytest.mark.parametrize(
    ("check", "kind"), [("CKV_CONNECT_2", "terraform_data"), ("CKV_CONNECT_3", PARAMETER)]
)
def test_the_plan(report: Report, check: str, kind: str) -> None:
    assert answers(report, "plan", check, kind) == expected(planned(kind))


def test_no_value_is_in_the_report(report: Report) -> None:
    assert "a secret" not in str(asdict(report))
