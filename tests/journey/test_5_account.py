"""The path of a real account: no ``embedded``, the user's own AWS settings, secrets from outside.

The account here is the embedded AWS all the same, reached as any AWS is: by endpoint and keys.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from checkouts import Checkout, Ran

ENV_TOML = """
account_id   = "123456789012"
region       = "us-east-1"
state_bucket = "staging-state"
"""


@dataclass(frozen=True)
class Account:
    checkout: Checkout
    settings: dict[str, str | None]
    secrets: dict[str, str]

    def run(self, *arguments: str, **extra: str) -> Ran:
        return self.checkout.run(*arguments, env={**self.settings, **extra})

    def client(self, service: str) -> Any:
        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=self.settings["AWS_ENDPOINT_URL"],
            region_name="us-east-1",
            aws_access_key_id="staging",
            aws_secret_access_key="staging",
        )


@pytest.fixture(scope="module")
def account(make_checkout: Callable[[], Checkout]) -> Account:
    checkout = make_checkout()
    aws = checkout.ok("local", "up", "--json").json
    folder = checkout.root / "terraform" / "environments" / "staging"
    folder.mkdir(exist_ok=True)
    (folder / "env.toml").write_text(ENV_TOML)
    (folder / "bootstrap.toml").write_text(
        "snapshot_days = 0  # the provider waits minutes for it\n"
    )
    variables = (folder.parent / "local" / "terraform.tfvars").read_text()
    variables = variables.replace("connect-voice-local", "connect-voice-staging")
    variables = variables.replace("{ enabled = true }", "{ enabled = false }")
    endpoints = {
        "instance_host": aws["stand_ins"]["servicenow"]["host"],
        "voice_service_host": aws["stand_ins"]["servicenow"]["host"],
        "ca_bundle_pem": Path(aws["stand_ins"]["servicenow"]["ca_bundle"]).read_text(),
    }
    kore = aws["stand_ins"]["kore"]
    kore_endpoints = {
        "domain": kore["host"],
        "wss_url": f"wss://{kore['host']}",
        "ca_bundle_pem": Path(kore["ca_bundle"]).read_text(),
    }
    (folder / "terraform.tfvars").write_text(
        f"{variables}\nservicenow_endpoints = {json.dumps(endpoints)}\n"
        f"kore_endpoints = {json.dumps(kore_endpoints)}\n"
    )
    secrets = json.loads((checkout.root / ".local" / "secrets.json").read_text())
    return Account(
        checkout,
        {
            "AWS_ENDPOINT_URL": aws["endpoint"],
            "AWS_ACCESS_KEY_ID": "staging",
            "AWS_SECRET_ACCESS_KEY": "staging",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CA_BUNDLE": None,
        },
        secrets,
    )


def said(done: Ran) -> str:
    (sentence,) = [line for line in done.err.splitlines() if line.startswith("connect-voice: ")]
    return sentence


def test_a_missing_state_bucket_is_said_and_can_be_made(account: Account) -> None:
    refused = account.run("deploy", "staging")
    assert refused.exit_code == 1
    assert "make bootstrap ENV=staging" in said(refused)
    assert account.run("doctor", "staging").exit_code == 1
    made = account.run("bootstrap", "staging", YES="1")
    assert made.exit_code == 0, made.out + made.err
    assert "No pipeline may deploy to staging" in made.out
    assert account.run("doctor", "staging").exit_code == 0


def test_credentials_of_another_account_touch_nothing(account: Account) -> None:
    account.checkout.edit("terraform/environments/staging/env.toml", "123456789012", "210987654321")
    done = account.run("deploy", "staging")
    account.checkout.edit("terraform/environments/staging/env.toml", "210987654321", "123456789012")
    assert done.exit_code == 1
    assert "nothing was touched" in said(done)


def test_missing_secrets_stop_the_deploy_before_anything_is_made(account: Account) -> None:
    done = account.run("deploy", "staging")
    assert done.exit_code == 2, done.err
    # There is no webhook here, so nobody asks for its secret.
    asked = ["SERVICENOW_CLIENT_ID", "SERVICENOW_CLIENT_SECRET"]
    asked += ["KORE_CLIENT_SECRET_SUPPORT", "KORE_CLIENT_SECRET_SOPORTE"]
    assert all(name in said(done) for name in asked), said(done)
    assert "KORE_WEBHOOK_SECRET" not in said(done)
    assert account.client("connect").list_instances()["InstanceSummaryList"] == []


def test_with_secrets_it_deploys_and_checks_the_path_of_a_call(account: Account) -> None:
    done = account.run("deploy", "staging", "--json", **account.secrets)
    assert done.exit_code == 0, done.err
    report = done.json
    assert report["calls"] == []
    assert "fit together" in report["stages"][-1]["note"]
    for secret in account.secrets.values():
        assert secret not in done.out + done.err


def test_planning_again_needs_no_secrets(account: Account) -> None:
    done = account.run("plan", "staging", "--json")
    assert done.exit_code == 0, done.err
    assert (done.json["environment"], done.json["changed"]) == ("staging", False)


def test_scripted_calls_stay_on_the_laptop(account: Account) -> None:
    done = account.run("call", "oauth-down", "--env", "staging")
    assert done.exit_code == 2
    assert "embedded environments only" in said(done)


def test_a_broken_path_of_a_call_is_noticed(account: Account) -> None:
    connect = account.client("connect")
    (instance,) = connect.list_instances()["InstanceSummaryList"]
    flow, *_ = connect.list_flow_associations(
        InstanceId=instance["Id"], ResourceType="VOICE_PHONE_NUMBER"
    )["FlowAssociationSummaryList"]
    # Terraform does not read whether a flow is archived.
    connect.update_contact_flow_metadata(
        InstanceId=instance["Id"],
        ContactFlowId=flow["FlowId"].rpartition("/")[2],
        ContactFlowState="ARCHIVED",
    )
    done = account.run("deploy", "staging")
    assert done.exit_code == 1
    assert "A call would not get through" in said(done)


def test_destroying_keeps_to_the_environment(account: Account) -> None:
    done = account.run("destroy", "staging", YES="1")
    assert done.exit_code == 0, done.err
    assert account.client("connect").list_instances()["InstanceSummaryList"] == []
    assert account.checkout.ok("local", "status", "--json").json["running"]
