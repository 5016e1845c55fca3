"""What the pipeline's roles may do, tried where IAM decides: all that they need, and no more."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from checkouts import Checkout
from pipeline_account import ACCOUNT, GITLAB, REPOSITORY, Account, Keys, open_account

STATE = "connect-voice/dev/terraform.tfstate"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/pipeline/connect-voice-dev-boundary"
TRUSTS_LAMBDA = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
EVERYTHING = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
    }
)


@pytest.fixture(scope="module")
def account(make_checkout: Callable[[], Checkout]) -> Account:
    account = open_account(make_checkout())
    for name in ("dev", "staging"):
        account.fill_in(name)
        folder = account.checkout.root / "terraform" / "environments" / name
        (folder / "terraform.tfvars").write_text(variables(account, name), encoding="utf-8")
        done = account.run("bootstrap", name, YES="1")
        assert done.exit_code == 0, done.err
    return account


def variables(account: Account, name: str) -> str:
    """Everything that the laptop's deployment has, and the boundary that the apply role wants."""
    file = account.checkout.root / "terraform" / "environments" / "local" / "terraform.tfvars"
    text = file.read_text(encoding="utf-8").replace("connect-voice-local", f"connect-voice-{name}")
    vendors = {}
    for vendor, stand_in in account.stand_ins.items():
        vendors[vendor] = (stand_in["host"], Path(stand_in["ca_bundle"]).read_text("ascii"))
    host, authority = vendors["servicenow"]
    servicenow = {"instance_host": host, "voice_service_host": host, "ca_bundle_pem": authority}
    host, authority = vendors["kore"]
    kore = {"domain": host, "wss_url": f"wss://{host}", "ca_bundle_pem": authority}
    boundary = BOUNDARY.replace("-dev-", f"-{name}-")
    return (
        f"{text}\nservicenow_endpoints = {json.dumps(servicenow)}\n"
        f"kore_endpoints = {json.dumps(kore)}\n"
        f'permissions_boundary_arn = "{boundary}"\n'
    )


@pytest.fixture(scope="module")
def apply_role(account: Account) -> Keys:
    return account.assume("dev", "apply", f"repo:{REPOSITORY}:environment:dev")


@pytest.fixture(scope="module")
def drift_role(account: Account) -> Keys:
    return account.assume("dev", "drift", f"repo:{REPOSITORY}:ref:refs/heads/main")


@pytest.fixture(scope="module")
def plan_role(account: Account) -> Keys:
    return account.assume("dev", "plan", f"repo:{REPOSITORY}:pull_request")


@pytest.fixture(scope="module")
def secrets(account: Account) -> dict[str, str]:
    file = account.checkout.root / ".local" / "secrets.json"
    told: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return told


@pytest.fixture(scope="module")
def deployed(account: Account, apply_role: Keys, secrets: dict[str, str]) -> None:
    """The whole stack, planned and applied under the apply role alone."""
    done = account.run("deploy", "dev", keys=apply_role, **secrets)
    assert done.exit_code == 0, done.err


@pytest.mark.parametrize(
    ("role", "subject", "issuer"),
    [
        ("apply", f"repo:{REPOSITORY}:pull_request", None),
        ("apply", f"repo:{REPOSITORY}:ref:refs/heads/main", None),
        ("apply", f"repo:{REPOSITORY}:environment:prod", None),
        ("apply", f"repo:{REPOSITORY}:environment:dev-plan", None),
        ("apply", f"repo:{REPOSITORY}-2:environment:dev", None),
        ("apply", f"project_path:{REPOSITORY}:ref_type:branch:ref:feature", GITLAB),
        ("apply", f"project_path:{REPOSITORY}:ref_type:tag:ref:main", GITLAB),
        ("drift", f"repo:{REPOSITORY}:pull_request", None),
        ("drift", f"repo:{REPOSITORY}:ref:refs/heads/feature", None),
        ("drift", f"project_path:{REPOSITORY}:ref_type:branch:ref:feature", GITLAB),
        ("plan", "repo:example/other:pull_request", None),
        ("plan", "project_path:example/other:ref_type:branch:ref:main", GITLAB),
    ],
)
def test_nobody_else_takes_on_a_role(
    account: Account, role: str, subject: str, issuer: str | None
) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        account.assume("dev", role, subject, *([issuer] if issuer else []))


def test_gitlab_takes_on_the_same_roles(account: Account) -> None:
    branch = f"project_path:{REPOSITORY}:ref_type:branch:ref"
    for role, ref in (("plan", "feature"), ("drift", "main"), ("apply", "main")):
        assert account.assume("dev", role, f"{branch}:{ref}", GITLAB)["SessionToken"]


@pytest.mark.usefixtures("deployed")
def test_the_apply_role_deploys_everything(account: Account) -> None:
    names = {one["FunctionName"] for one in account.client("lambda").list_functions()["Functions"]}
    assert len([name for name in names if name.startswith("connect-voice-dev-")]) == 5


@pytest.mark.usefixtures("deployed")
def test_the_drift_role_plans_in_full_and_finds_nothing(account: Account, drift_role: Keys) -> None:
    done = account.run("plan", "dev", "--json", keys=drift_role)
    assert done.exit_code == 0, done.err
    assert done.json["changed"] is False


@pytest.mark.usefixtures("deployed")
def test_the_plan_role_plans_without_a_refresh(account: Account, plan_role: Keys) -> None:
    done = account.run("plan", "dev", "--json", "--no-refresh", keys=plan_role)
    assert done.exit_code == 0, done.err
    assert done.json["changed"] is False
    full = account.run("plan", "dev", keys=plan_role)
    assert full.exit_code != 0
    assert "kms:Decrypt" in full.err  # the provider reads parameters decrypted


Attempt = tuple[str, str, dict[str, Any]]
SECRET = "/connect-voice-dev/kore/bots/support/client_secret"
READING_SECRETS: list[Attempt] = [
    ("ssm", "get_parameter", {"Name": SECRET, "WithDecryption": True}),
]
OTHERS: list[Attempt] = [
    ("s3", "get_object", {"Bucket": "staging-state", "Key": STATE.replace("dev", "staging")}),
    ("s3", "delete_bucket", {"Bucket": "dev-state"}),
    ("s3", "put_bucket_policy", {"Bucket": "dev-state", "Policy": EVERYTHING}),
    ("s3", "delete_object", {"Bucket": "dev-state", "Key": STATE}),
    ("s3", "delete_object", {"Bucket": "dev-state", "Key": f"{STATE}.ledger/00000001.json"}),
    ("s3", "delete_object", {"Bucket": "dev-state", "Key": f"{STATE}.snapshots/1"}),
    ("s3", "delete_object", {"Bucket": "dev-state", "Key": f"{STATE}.approvals/1"}),
    ("s3", "put_object", {"Bucket": "dev-state", "Key": f"{STATE}.ledger/00000001.json"}),
    ("s3", "put_object", {"Bucket": "dev-state", "Key": f"{STATE}.approvals/1"}),
    ("s3", "put_object", {"Bucket": "dev-state", "Key": f"{STATE}.bootstrap"}),
    ("s3", "put_bucket_versioning", {"Bucket": "dev-state", "VersioningConfiguration": {}}),
    ("iam", "create_user", {"UserName": "mallory"}),
    ("iam", "create_access_key", {"UserName": "mallory"}),
    (
        "iam",
        "attach_role_policy",
        {
            "RoleName": "connect-voice-dev-phone-number-flow",
            "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess",
        },
    ),
    (
        "iam",
        "put_role_policy",
        {"RoleName": "connect-voice-dev-apply", "PolicyName": "p", "PolicyDocument": EVERYTHING},
    ),
    (
        "iam",
        "update_assume_role_policy",
        {"RoleName": "connect-voice-dev-apply", "PolicyDocument": TRUSTS_LAMBDA},
    ),
    (
        "iam",
        "create_role",
        {"RoleName": "connect-voice-dev-kore-x", "AssumeRolePolicyDocument": TRUSTS_LAMBDA},
    ),
    (
        "iam",
        "create_role",
        {
            "RoleName": "connect-voice-dev-other",
            "AssumeRolePolicyDocument": TRUSTS_LAMBDA,
            "PermissionsBoundary": BOUNDARY,
        },
    ),
    (
        "iam",
        "create_role",
        {
            "RoleName": "connect-voice-prod-kore-x",
            "AssumeRolePolicyDocument": TRUSTS_LAMBDA,
            "PermissionsBoundary": BOUNDARY,
        },
    ),
    (
        "iam",
        "delete_role_permissions_boundary",
        {"RoleName": "connect-voice-dev-phone-number-flow"},
    ),
    (
        "iam",
        "put_role_permissions_boundary",
        {
            "RoleName": "connect-voice-dev-phone-number-flow",
            "PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess",
        },
    ),
    ("iam", "create_policy_version", {"PolicyArn": BOUNDARY, "PolicyDocument": EVERYTHING}),
    (
        "lambda",
        "create_function",
        {
            "FunctionName": "connect-voice-dev-kore-x",
            "Role": f"arn:aws:iam::{ACCOUNT}:role/pipeline/connect-voice-dev-apply",
            "Runtime": "python3.13",
            "Handler": "a.b",
            "Code": {"ZipFile": b"PK\x05\x06" + bytes(18)},
        },
    ),
    ("lambda", "delete_function", {"FunctionName": "connect-voice-prod-servicenow-voice"}),
    ("lambda", "invoke", {"FunctionName": "connect-voice-dev-servicenow-voice"}),
    ("ssm", "put_parameter", {"Name": "/elsewhere", "Value": "1", "Type": "String"}),
    ("ssm", "get_parameter", {"Name": "/connect-voice-staging/kore/x"}),
    ("dynamodb", "delete_table", {"TableName": "connect-voice-prod-kore-dispositions"}),
    ("dynamodb", "scan", {"TableName": "connect-voice-dev-kore-dispositions"}),
    ("logs", "delete_log_group", {"logGroupName": "/aws/lambda/others"}),
    ("kms", "schedule_key_deletion", {"KeyId": "alias/connect-voice-dev-state"}),
    ("kms", "create_key", {}),
]
TELLING: Attempt = (
    "s3",
    "put_object",
    {"Bucket": "dev-state", "Key": f"{STATE}.ledger/9", "IfNoneMatch": "*"},
)
CHANGES: list[Attempt] = [
    TELLING,
    ("s3", "put_object", {"Bucket": "dev-state", "Key": STATE}),
    ("s3", "put_object", {"Bucket": "dev-state", "Key": f"{STATE}.last-applied.json"}),
    ("s3", "put_object", {"Bucket": "dev-state", "Key": f"{STATE}.in-doubt.json"}),
    ("lambda", "delete_function", {"FunctionName": "connect-voice-dev-kore-disposition"}),
    ("lambda", "invoke", {"FunctionName": "connect-voice-dev-phone-number-flow"}),
    ("ssm", "delete_parameter", {"Name": SECRET}),
    ("dynamodb", "delete_table", {"TableName": "connect-voice-dev-kore-claims"}),
    ("iam", "delete_role", {"RoleName": "connect-voice-dev-phone-number-flow"}),
    (
        "logs",
        "delete_log_group",
        {"logGroupName": "/aws/lambda/connect-voice-dev-kore-disposition"},
    ),
]


def refused(account: Account, keys: Keys, attempt: Attempt) -> str:
    """The code of the refusal; empty where there was none."""
    service, operation, arguments = attempt
    try:
        getattr(account.client(service, keys), operation)(**arguments)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize("role", ["apply", "drift", "plan"])
def test_no_role_goes_beyond_its_environment(
    account: Account, role: str, request: pytest.FixtureRequest
) -> None:
    keys: Keys = request.getfixturevalue(f"{role}_role")
    allowed = [one for one in OTHERS if "AccessDenied" not in refused(account, keys, one)]
    assert allowed == []


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize("role", ["drift", "plan"])
def test_only_the_apply_role_changes_anything(
    account: Account, role: str, request: pytest.FixtureRequest
) -> None:
    keys: Keys = request.getfixturevalue(f"{role}_role")
    allowed = [one for one in CHANGES if "AccessDenied" not in refused(account, keys, one)]
    # What the drift role found stands in the ledger.
    assert allowed == ([TELLING] if role == "drift" else [])


@pytest.mark.usefixtures("deployed")
def test_pull_requests_read_no_secret(account: Account, plan_role: Keys) -> None:
    assert all("AccessDenied" in refused(account, plan_role, one) for one in READING_SECRETS)


@pytest.mark.usefixtures("deployed")
def test_the_ledger_is_written_once_and_stays(account: Account, apply_role: Keys) -> None:
    s3 = account.client("s3", apply_role)
    entry = {"Bucket": "dev-state", "Key": f"{STATE}.ledger/{time.time_ns()}.json"}
    s3.put_object(**entry, Body=b"{}", IfNoneMatch="*")
    with pytest.raises(ClientError, match="PreconditionFailed"):
        s3.put_object(**entry, Body=b"[]", IfNoneMatch="*")
    assert s3.get_object(**entry)["Body"].read() == b"{}"
    for attempt in (("s3", "put_object", entry), ("s3", "delete_object", entry)):
        assert refused(account, apply_role, attempt) == "AccessDenied"


@pytest.mark.usefixtures("deployed")
def test_a_weaker_encryption_than_the_buckets_is_refused(
    account: Account, apply_role: Keys
) -> None:
    asked = {"Bucket": "dev-state", "Key": STATE, "ServerSideEncryption": "AES256"}
    assert refused(account, apply_role, ("s3", "put_object", asked)) == "AccessDenied"


def test_the_next_environment_reads_what_was_applied_and_no_more(account: Account) -> None:
    applied = {"Bucket": "dev-state", "Key": f"{STATE}.last-applied.json"}
    account.client("s3").put_object(**applied, Body=b"{}")
    for role, subject in (
        ("plan", "pull_request"),
        ("drift", "ref:refs/heads/main"),
        ("apply", "environment:staging"),
    ):
        keys = account.assume("staging", role, f"repo:{REPOSITORY}:{subject}")
        assert account.client("s3", keys).get_object(**applied)["Body"].read()
        state = {"Bucket": "dev-state", "Key": STATE}
        assert refused(account, keys, ("s3", "get_object", state)) == "AccessDenied"


@pytest.mark.usefixtures("deployed")
def test_the_apply_role_takes_everything_down_again(
    account: Account, apply_role: Keys, secrets: dict[str, str]
) -> None:
    done = account.run("destroy", "dev", keys=apply_role, YES="1", **secrets)
    assert done.exit_code == 0, done.err
    assert account.client("connect").list_instances()["InstanceSummaryList"] == []
