"""``make bootstrap``: the first state, and what pipelines deploy with, in an account."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from checkouts import Checkout
from pipeline_account import ACCOUNT, REPOSITORY, Account, open_account, state_files

ROLES = ("apply", "drift", "plan")


@pytest.fixture(scope="module")
def account(make_checkout: Callable[[], Checkout]) -> Account:
    account = open_account(make_checkout())
    for name in ("dev", "staging"):
        account.fill_in(name)
    return account


@pytest.fixture(scope="module")
def made(account: Account) -> dict[str, Any]:
    done = account.run("bootstrap", "dev", "--json", YES="1")
    assert done.exit_code == 0, done.err
    report: dict[str, Any] = done.json
    return report


def test_an_environment_that_is_not_filled_in_is_refused(account: Account) -> None:
    done = account.run("bootstrap", "prod", YES="1")
    assert done.exit_code == 2
    assert "Set account_id in terraform/environments/prod/env.toml" in done.err


def test_the_laptop_needs_none(account: Account) -> None:
    done = account.run("bootstrap", "local", YES="1")
    assert (done.exit_code, "needs no bootstrap" in done.err) == (2, True)


def test_without_a_yes_nothing_is_made(account: Account) -> None:
    done = account.run("bootstrap", "staging")
    assert done.exit_code == 2
    assert "say YES=1" in done.err
    assert "aws_s3_bucket.state" in done.err  # the plan was shown
    buckets = account.client("s3").list_buckets()["Buckets"]
    assert "staging-state" not in {bucket["Name"] for bucket in buckets}


def test_it_makes_the_bucket_the_key_and_the_roles(made: dict[str, Any]) -> None:
    assert made["changed"] is True
    assert made["role_arns"] == {
        role: f"arn:aws:iam::{ACCOUNT}:role/pipeline/connect-voice-dev-{role}" for role in ROLES
    }
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/pipeline/connect-voice-dev-boundary"
    assert made["permissions_boundary_arn"] == boundary


def test_its_own_state_is_in_the_bucket_and_nowhere_else(
    account: Account, made: dict[str, Any]
) -> None:
    assert made
    assert state_files(account.checkout, "dev") == []
    s3 = account.client("s3")
    key = "connect-voice/dev/terraform.tfstate.bootstrap"
    state = json.loads(s3.get_object(Bucket="dev-state", Key=key)["Body"].read())
    assert {one["type"] for one in state["resources"]} >= {"aws_s3_bucket", "aws_kms_key"}


def test_the_bucket_is_closed_versioned_and_encrypted_with_its_key(
    account: Account, made: dict[str, Any]
) -> None:
    s3 = account.client("s3")
    assert s3.get_bucket_versioning(Bucket="dev-state")["Status"] == "Enabled"
    block = s3.get_public_access_block(Bucket="dev-state")["PublicAccessBlockConfiguration"]
    assert all(block.values())
    owner = s3.get_bucket_ownership_controls(Bucket="dev-state")["OwnershipControls"]
    assert owner["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    [rule] = s3.get_bucket_encryption(Bucket="dev-state")["ServerSideEncryptionConfiguration"][
        "Rules"
    ]
    assert rule["ApplyServerSideEncryptionByDefault"] == {
        "SSEAlgorithm": "aws:kms",
        "KMSMasterKeyID": made["state_kms_key_arn"],
    }
    kms = account.client("kms")
    assert kms.get_key_rotation_status(KeyId=made["state_kms_key_arn"])["KeyRotationEnabled"]
    policy = json.loads(s3.get_bucket_policy(Bucket="dev-state")["Policy"])
    assert {"OverTlsOnly", "LedgerIsWrittenOnce", "LedgerStays"} <= {
        statement["Sid"] for statement in policy["Statement"]
    }


def test_again_there_is_nothing_to_do(account: Account, made: dict[str, Any]) -> None:
    done = account.run("bootstrap", "dev", "--json")  # no yes: nothing is asked
    assert done.exit_code == 0, done.err
    assert done.json == {**made, "changed": False}


def test_from_another_machine_there_is_nothing_to_do_either(
    account: Account, made: dict[str, Any], make_checkout: Callable[[], Checkout]
) -> None:
    other = Account(make_checkout(), account.endpoint, account.stand_ins)
    for name in ("dev", "staging"):
        other.fill_in(name)
    done = other.run("bootstrap", "dev", "--json")
    assert done.exit_code == 0, done.err
    assert done.json == {**made, "changed": False}


def test_a_state_that_was_lost_is_found_again(account: Account, made: dict[str, Any]) -> None:
    key = "connect-voice/dev/terraform.tfstate.bootstrap"
    account.client("s3").delete_object(Bucket="dev-state", Key=key)
    done = account.run("bootstrap", "dev", "--json", YES="1")
    assert done.exit_code == 0, done.err
    # Only what is written over whether or not it is there: settings, inline policies.
    created = set(re.findall(r"# (\w+)\.\S+ will be created", done.err))
    once = {"aws_s3_bucket", "aws_kms_key", "aws_kms_alias", "aws_iam_role", "aws_iam_policy"}
    assert created & {*once, "aws_iam_openid_connect_provider"} == set()
    assert {**done.json, "changed": True} == made
    again = account.run("bootstrap", "dev", "--json")
    assert again.json["changed"] is False


def test_a_second_environment_uses_the_issuers_of_the_first(
    account: Account, made: dict[str, Any]
) -> None:
    done = account.run("bootstrap", "staging", "--json", YES="1")
    assert done.exit_code == 0, done.err
    assert set(done.json["role_arns"]) == set(made["role_arns"])
    iam = account.client("iam")
    listed = iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    assert len(listed) == 2
    again = account.run("bootstrap", "staging", "--json")
    assert again.json["changed"] is False


@pytest.mark.usefixtures("made")
def test_a_bucket_of_another_environment_is_left_alone(account: Account) -> None:
    file = "terraform/environments/staging/env.toml"
    account.checkout.edit(file, "staging-state", "dev-state")
    done = account.run("bootstrap", "staging", YES="1")
    account.checkout.edit(file, "dev-state", "staging-state")
    assert done.exit_code == 2
    assert "The bucket dev-state belongs to the environment dev" in done.err


@pytest.mark.usefixtures("made")
def test_subjects_are_named_exactly(account: Account) -> None:
    iam = account.client("iam")
    subjects = {}
    for role in ROLES:
        found = iam.get_role(RoleName=f"connect-voice-dev-{role}")["Role"]
        for statement in found["AssumeRolePolicyDocument"]["Statement"]:
            for operator, keys in statement["Condition"].items():
                for key, value in keys.items():
                    if key.endswith(":sub"):
                        subjects[role, statement["Sid"]] = (operator, value)
                    else:
                        assert (operator, value) == ("StringEquals", "sts.amazonaws.com")
    branch = f"project_path:{REPOSITORY}:ref_type:branch:ref"
    assert subjects == {
        ("plan", "GitHub"): ("StringEquals", [f"repo:{REPOSITORY}:pull_request"]),
        ("drift", "GitHub"): (
            "StringEquals",
            [f"repo:{REPOSITORY}:ref:refs/heads/main", f"repo:{REPOSITORY}:environment:dev-plan"],
        ),
        ("apply", "GitHub"): ("StringEquals", [f"repo:{REPOSITORY}:environment:dev"]),
        ("plan", "GitLab"): ("StringLike", [f"{branch}:*"]),
        ("drift", "GitLab"): ("StringEquals", [f"{branch}:main"]),
        ("apply", "GitLab"): ("StringEquals", [f"{branch}:main"]),
    }


@pytest.mark.usefixtures("made")
def test_policies_stay_within_what_iam_takes(account: Account) -> None:
    iam = account.client("iam")
    for role in ROLES:
        name = f"connect-voice-dev-{role}"
        documents = [
            iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
            for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
        ]
        assert sum(len(compact(one)) for one in documents) <= 10_240
    for policy in ("reads", "connect", "boundary"):
        arn = f"arn:aws:iam::{ACCOUNT}:policy/pipeline/connect-voice-dev-{policy}"
        version = iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]
        assert len(compact(version["Document"])) <= 6_144


def compact(document: object) -> str:
    return json.dumps(document, separators=(",", ":"))
