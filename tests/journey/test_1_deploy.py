"""From a clone to an answered call: what a user sees after ``make deploy``."""

from __future__ import annotations

import json
import re
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from checkouts import Ran
from journey_laptop import Laptop
from journey_roles import attempts_as_the_role

from connect_voice.secrets import as_terraform_variables

DEPLOY_CALLS = ["caller-asks-for-a-person", "assisted-call-with-disposition"]
# What becomes of the caller in each.
OUTCOMES = {
    "agent-skips-the-disposition": "served",
    "assisted-call-with-disposition": "served",
    "connect-retries-the-trigger": "queue",
    "disposition-webhook-down": "served",
    "no-media-stream": "queue",
    "other-language": "queue",
    "secret-missing": "queue",
    "transcriber-down": "queue",
    "transcriber-fails-once": "queue",
    "transcriber-refuses": "queue",
    "transcriber-slow": "queue",
    "agent-finishes-the-job": "completed",
    "call-context-slow": "queue",
    "caller-asks-for-a-person": "queue",
    "callers-number-shown": "completed",
    "interaction-context-late": "queue",
    "no-agent-number": "queue",
    "nobody-staffed": "callback",
    "nobody-staffed-number-withheld": "completed",
    "oauth-down": "queue",
    "unknown-reason": "queue",
}


def test_a_first_deploy_creates_everything_and_ends_with_a_call(laptop: Laptop) -> None:
    report = laptop.report
    assert report["changed"]
    assert report["applied"]["created"] == len(report["changes"])
    assert [stage["name"] for stage in report["stages"]] == [
        "check",
        "start",
        "build",
        "init",
        "plan",
        "review",
        "rehearse",
        "policy",
        "seal",
        "verify",
        "apply",
        "call",
    ]
    assert [call["scenario"] for call in report["calls"]] == DEPLOY_CALLS
    assert all(call["passed"] and call["transcript"] for call in report["calls"])
    numbers = report["outputs"]["phone_numbers"]
    assert {number["leads_to"] for number in numbers.values()} == {
        "servicenow_voice",
        "kore_agent_assist/support",
        "kore_agent_assist/soporte",
    }
    assert all(re.fullmatch(r"\+1\d{10}", number["number"]) for number in numbers.values())


def test_plain_terraform_in_the_root_finds_no_changes(laptop: Laptop) -> None:
    done = laptop.checkout.run(
        "terraform", "local", "plan", "-detailed-exitcode", "-input=false", "-no-color"
    )
    assert done.exit_code == 0, done.out + done.err


def test_a_shell_with_the_printed_settings_finds_no_changes(laptop: Laptop) -> None:
    settings = laptop.checkout.ok("local", "env").out
    done = subprocess.run(
        ["bash", "-c", f"{settings}\nterraform plan -detailed-exitcode -input=false -no-color"],
        cwd=laptop.checkout.root / "terraform",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_deploying_again_changes_nothing_and_calls(laptop: Laptop) -> None:
    before = state_object(laptop)
    report = laptop.deploy()
    assert not report["changed"]
    assert report["changes"] == []
    assert [stage["name"] for stage in report["stages"]].count("apply") == 0
    assert all(call["passed"] for call in report["calls"])
    assert state_object(laptop) == before


@pytest.fixture(scope="module")
def every_call(laptop: Laptop) -> Ran:
    return laptop.checkout.ok("call", "--all", "--json")


def test_every_scripted_call_goes_as_expected(every_call: Ran) -> None:
    reports = every_call.json
    assert {
        report["scenario"]: report["failures"] for report in reports if report["failures"]
    } == {}
    assert all(report["passed"] for report in reports)
    assert {report["scenario"]: report["outcome"] for report in reports} == OUTCOMES
    assert len(reports) == len(OUTCOMES)


def test_a_call_is_reported_for_programs(laptop: Laptop) -> None:
    report = laptop.call("caller-asks-for-a-person")
    assert {"scenario", "passed", "outcome", "transcript", "path", "attributes", "lambdas"} <= set(
        report
    )
    operations = [call["operation"] for call in report["lambdas"]]
    assert operations == ["getCallContext", "getInteractionContext"]


def test_a_call_that_does_not_exist_names_those_that_do(laptop: Laptop) -> None:
    done = laptop.checkout.run("call", "nobody")
    assert done.exit_code == 2
    assert "There is no scenario 'nobody'" in done.err
    assert "oauth-down" in done.err


def test_a_scenario_of_the_users_own_is_called_by_its_file(laptop: Laptop, tmp_path: Path) -> None:
    file = tmp_path / "busy.yaml"
    file.write_text(
        "description: The agent's line is busy.\n"
        "third_party: {does: busy}\n"
        "expect: {outcome: queue, attributes: {errorCode: CALL_FAILED}}\n"
    )
    assert laptop.call(str(file))["passed"]
    file.write_text(file.read_text().replace("CALL_FAILED", "SOMETHING_ELSE"))
    done = laptop.checkout.run("call", str(file), "--json")
    assert done.exit_code == 1
    assert done.json["failures"]
    file.write_text("descripton: misspelt\n")
    assert laptop.checkout.run("call", str(file)).exit_code == 1


def test_the_lambda_is_the_zip_that_was_built(laptop: Laptop) -> None:
    manifest = json.loads((laptop.checkout.root / "dist" / "manifest.json").read_text())
    function = laptop.client("lambda").get_function(
        FunctionName=laptop.report["outputs"]["servicenow_lambda_name"], Qualifier="live"
    )["Configuration"]
    artifact = manifest["lambdas"]["servicenow_voice"]
    assert function["CodeSha256"] == artifact["sha256_base64"]
    assert function["Handler"] == artifact["handler"]
    assert function["Runtime"] == "python3.13"
    assert function["Architectures"] == ["arm64"]
    assert 6 < function["Timeout"] < 8


def test_connect_alone_may_invoke_it(laptop: Laptop) -> None:
    outputs = laptop.report["outputs"]
    policy = json.loads(
        laptop.client("lambda").get_policy(
            FunctionName=outputs["servicenow_lambda_name"], Qualifier="live"
        )["Policy"]
    )
    (statement,) = policy["Statement"]
    assert statement["Principal"] == {"Service": "connect.amazonaws.com"}
    assert outputs["connect_instance_arn"] in json.dumps(statement["Condition"])
    assert "123456789012" in json.dumps(statement["Condition"])


def test_the_secrets_rest_encrypted_under_our_key(laptop: Laptop) -> None:
    outputs = laptop.report["outputs"]
    ssm = laptop.client("ssm")
    names = list(outputs["servicenow_parameter_names"].values())
    found = ssm.describe_parameters(
        ParameterFilters=[{"Key": "Name", "Option": "Equals", "Values": names}]
    )["Parameters"]
    assert {parameter["Type"] for parameter in found} == {"SecureString"}
    assert len(found) == 2
    key_id = outputs["kms_key_arn"].rsplit("/", 1)[1]
    assert all(key_id in parameter["KeyId"] for parameter in found)


def secret_values(laptop: Laptop) -> list[bytes]:
    secrets = json.loads((laptop.checkout.root / ".local" / "secrets.json").read_text())
    return [value.encode() for value in secrets.values()]


def plan_files(laptop: Laptop) -> Iterator[tuple[str, bytes]]:
    """A plan that would write the secrets, as Terraform saves and prints it."""
    file = laptop.checkout.root / ".cache" / "canary.tfplan"
    secrets = json.loads((laptop.checkout.root / ".local" / "secrets.json").read_text())
    env = as_terraform_variables(secrets)
    env |= {"TF_VAR_servicenow_secrets_version": "2", "TF_VAR_kore_secrets_version": "2"}
    planned = laptop.checkout.run(
        "terraform", "local", "plan", "-input=false", f"-out={file}", env=env
    )
    assert "aws_ssm_parameter" in planned.out, planned.out + planned.err
    yield "plan output", planned.out.encode()
    with zipfile.ZipFile(file) as archive:
        for name in archive.namelist():
            yield f"plan file {name}", archive.read(name)
    shown = laptop.checkout.ok("terraform", "local", "show", "-json", str(file))
    yield "plan JSON", shown.out.encode()


def places(laptop: Laptop) -> Iterator[tuple[str, bytes]]:
    """Everything a secret could have leaked to."""
    yield "state", state_object(laptop)
    yield from plan_files(laptop)
    root = laptop.checkout.root
    for folder in ("dist", "flows", "terraform", ".local", ".cache/terraform"):
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and not path.is_symlink() and path.name != "secrets.json":
                yield str(path.relative_to(root)), path.read_bytes()
                if path.suffix == ".zip":
                    yield from zip_members(path)
    yield "command lines", "\n".join(laptop.command_lines).encode()
    yield "deploy report", json.dumps(laptop.report).encode()
    yield from what_aws_keeps(laptop)


def what_aws_keeps(laptop: Laptop) -> Iterator[tuple[str, bytes]]:
    """Lambda environments, logs, flows, parameters in clear and tables."""
    functions = laptop.client("lambda").list_functions()["Functions"]
    yield "Lambda environments", json.dumps(functions, default=str).encode()
    logs = laptop.client("logs")
    for group in logs.describe_log_groups()["logGroups"]:
        for event in logs.filter_log_events(logGroupName=group["logGroupName"])["events"]:
            yield f"log group {group['logGroupName']}", event["message"].encode()
    connect = laptop.client("connect")
    instance = laptop.report["outputs"]["connect_instance_id"]
    for flow in connect.list_contact_flows(InstanceId=instance)["ContactFlowSummaryList"]:
        content = connect.describe_contact_flow(InstanceId=instance, ContactFlowId=flow["Id"])
        yield f"flow {flow['Name']}", content["ContactFlow"]["Content"].encode()
    for parameter in laptop.client("ssm").describe_parameters()["Parameters"]:
        if parameter["Type"] == "String":
            value = laptop.client("ssm").get_parameter(Name=parameter["Name"])["Parameter"]["Value"]
            yield f"parameter {parameter['Name']}", value.encode()
    for table in laptop.client("dynamodb").list_tables()["TableNames"]:
        items = laptop.client("dynamodb").scan(TableName=table)["Items"]
        yield f"table {table}", json.dumps(items, default=str).encode()


def zip_members(path: Path) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            yield f"{path.name}/{name}", archive.read(name)


# Anything signed or handed out on the way: a JSON web token, an access key of a session.
BEARER = re.compile(rb"eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.|\bASIA[A-Z0-9]{16}\b")


def test_no_secret_is_anywhere_but_in_its_place(laptop: Laptop, every_call: Ran) -> None:
    # The logs have seen every kind of call.
    canaries = secret_values(laptop)
    assert len(canaries) == 4
    assert all(len(value) >= 16 for value in canaries)
    looked_at = [("calls", every_call.out.encode()), *places(laptop)]
    names = {name for name, _ in looked_at}
    assert {
        "state",
        "plan JSON",
        "command lines",
        "flow connect-voice-local ServiceNow voice",
    } <= names
    assert sum(name.startswith("flow ") for name in names) >= 6
    assert any(name.startswith("log group ") and "kore" in name for name in names)
    assert any(name.startswith("table ") for name in names)
    assert any("terraform" in line for line in laptop.command_lines)
    leaks = [name for name, data in looked_at if any(value in data for value in canaries)]
    assert leaks == []
    bearers = [name for name, data in looked_at if BEARER.search(data)]
    assert bearers == []
    # The one token in a contact's attributes is the widget's, which the agent's page needs.
    hidden = {
        key
        for call in every_call.json
        for key, value in call["attributes"].items()
        if value == "***"
    }
    assert hidden == {"token"}


def test_files_with_secrets_are_their_owners_alone(laptop: Laptop) -> None:
    local = laptop.checkout.root / ".local"
    assert (local / "secrets.json").stat().st_mode & 0o077 == 0
    assert local.stat().st_mode & 0o077 == 0
    assert not list((laptop.checkout.root / ".cache" / "terraform").glob("local.tfplan"))


def state_object(laptop: Laptop) -> bytes:
    body: Any = laptop.client("s3").get_object(
        Bucket="connect-voice-state-123456789012", Key="connect-voice/local/terraform.tfstate"
    )["Body"]
    return bytes(body.read())


def test_the_voice_lambdas_role_may_read_its_two_parameters_and_no_more(laptop: Laptop) -> None:
    outputs = laptop.report["outputs"]
    own = list(outputs["servicenow_parameter_names"].values())
    key = outputs["kms_key_arn"]
    laptop.client("ssm").put_parameter(
        Name="/somebody/elses", Value="x", Type="SecureString", KeyId=key, Overwrite=True
    )
    allowed = [["ssm", "get_parameters", {"Names": own, "WithDecryption": True}]]
    refused = [
        ["ssm", "get_parameter", {"Name": "/somebody/elses", "WithDecryption": True}],
        ["ssm", "get_parameters", {"Names": [*own, "/somebody/elses"], "WithDecryption": True}],
        ["ssm", "put_parameter", {"Name": own[0], "Value": "x", "Overwrite": True}],
        ["ssm", "delete_parameter", {"Name": own[0]}],
        ["ssm", "describe_parameters", {}],
        ["kms", "encrypt", {"KeyId": key, "Plaintext": "x"}],
        ["kms", "schedule_key_deletion", {"KeyId": key}],
        ["logs", "create_log_group", {"logGroupName": "/somebody/elses"}],
        ["connect", "list_instances", {}],
        ["lambda", "list_functions", {}],
        ["s3", "list_buckets", {}],
        ["iam", "list_roles", {}],
    ]
    name = outputs["servicenow_lambda_name"]
    results = attempts_as_the_role(laptop, name, allowed + refused)
    assert results[0] == "allowed"
    outcomes = dict(zip([str(one[:2]) for one in refused], results[1:], strict=True))
    assert {k: v for k, v in outcomes.items() if not v.startswith("AccessDenied")} == {}


def test_the_number_lambdas_role_may_touch_its_number_only(laptop: Laptop) -> None:
    outputs = laptop.report["outputs"]
    connect = laptop.client("connect")
    instance = outputs["connect_instance_id"]
    others = connect.list_contact_flows(InstanceId=instance)["ContactFlowSummaryList"]
    own = outputs["inbound_flows"]["servicenow_voice"]["id"]
    led_to = {flow["id"] for flow in outputs["inbound_flows"].values()}
    other = next(flow for flow in others if flow["Id"] not in led_to)
    number_id = outputs["phone_numbers"]["service-desk"]["id"]
    number = {"InstanceId": instance, "PhoneNumberId": number_id}
    results = attempts_as_the_role(
        laptop,
        outputs["phone_number_flow_lambda_name"],
        [
            [
                "connect",
                "associate_phone_number_contact_flow",
                {**number, "ContactFlowId": own},
            ],
            [
                "connect",
                "associate_phone_number_contact_flow",
                {**number, "ContactFlowId": other["Id"]},
            ],
            ["connect", "release_phone_number", {"PhoneNumberId": number_id}],
            ["connect", "delete_instance", {"InstanceId": instance}],
            ["connect", "list_instances", {}],
        ],
    )
    assert results[0] == "allowed"
    assert [code for code in results[1:] if not code.startswith("AccessDenied")] == []
