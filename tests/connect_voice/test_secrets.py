"""Secrets from a pipeline's environment to Terraform's ephemeral variables."""

from __future__ import annotations

import json

import pytest

from connect_voice import secrets
from connect_voice.errors import UsageError
from connect_voice.terraform import PreconditionFailed, failure

HELD = {
    "SERVICENOW_CLIENT_ID": "an id",
    "SERVICENOW_CLIENT_ID_BILLING": "another's id",
    "KORE_CLIENT_SECRET": "for every bot",
    "KORE_CLIENT_SECRET_SALES_EMEA": "for one",
    "KORE_WEBHOOK_SECRET": "for the hook",
}


def test_only_secrets_are_taken_from_the_environment() -> None:
    others = {"PATH": "/bin", "KORE_CLIENT_SECRETS": "x", "SERVICENOW_CLIENT_SECRET": ""}
    assert secrets.from_environment({**HELD, **others}) == HELD


def test_they_become_terraforms_variables() -> None:
    variables = secrets.as_terraform_variables(HELD)
    bots = variables.pop("TF_VAR_kore_client_secrets")
    assert json.loads(bots) == {"*": "for every bot", "sales-emea": "for one"}
    services = variables.pop("TF_VAR_servicenow_client_ids")
    assert json.loads(services) == {"*": "an id", "billing": "another's id"}
    assert variables == {"TF_VAR_kore_webhook_secret": "for the hook"}


def test_nothing_held_sets_no_variable() -> None:
    assert secrets.as_terraform_variables({}) == {}


def test_a_secret_for_one_key_is_not_one_for_all() -> None:
    assert "KORE_CLIENT_SECRET" not in secrets.missing({"KORE_CLIENT_SECRET_SALES": "x"})
    assert secrets.missing(HELD) == ["SERVICENOW_CLIENT_SECRET"]


@pytest.mark.parametrize(
    ("sentences", "named"),
    [
        (["Set SERVICENOW_CLIENT_ID (or TF_VAR_servicenow_client_ids)."], ["SERVICENOW_CLIENT_ID"]),
        (
            ["Set SERVICENOW_CLIENT_SECRET.", "Set SERVICENOW_CLIENT_SECRET_HR, because …"],
            ["SERVICENOW_CLIENT_SECRET", "SERVICENOW_CLIENT_SECRET_HR"],
        ),
        (
            ["Set KORE_CLIENT_SECRET_SALES, or KORE_CLIENT_SECRET for every bot, because …"],
            ["KORE_CLIENT_SECRET_SALES"],
        ),
        (
            ["Set KORE_CLIENT_SECRET_A or KORE_CLIENT_SECRET.", "Set KORE_WEBHOOK_SECRET."],
            ["KORE_CLIENT_SECRET_A", "KORE_WEBHOOK_SECRET"],
        ),
        (["Set KORE_WEBHOOK_SECRET.", "Set KORE_WEBHOOK_SECRET."], ["KORE_WEBHOOK_SECRET"]),
        (["Build the Lambdas again with make build, because ZIP is not the zip."], []),
    ],
)
def test_what_a_refused_plan_misses_is_read_from_its_sentences(
    sentences: list[str], named: list[str]
) -> None:
    assert secrets.named_in(sentences) == named


def test_every_failed_precondition_is_heard() -> None:
    events = [
        {
            "type": "diagnostic",
            "diagnostic": {
                "severity": "error",
                "summary": "Resource precondition failed",
                "detail": f"Set {name}.",
            },
        }
        for name in ("KORE_WEBHOOK_SECRET", "SERVICENOW_CLIENT_ID")
    ]
    error = failure("plan", 1, events, "")
    assert isinstance(error, PreconditionFailed)
    assert secrets.named_in(error.sentences) == ["KORE_WEBHOOK_SECRET", "SERVICENOW_CLIENT_ID"]
    assert str(error) == "Set KORE_WEBHOOK_SECRET. (1 more)"


def test_without_a_terminal_the_variables_to_set_are_named() -> None:
    with pytest.raises(UsageError, match="KORE_WEBHOOK_SECRET and SERVICENOW_CLIENT_ID"):
        secrets.ask_for(["KORE_WEBHOOK_SECRET", "SERVICENOW_CLIENT_ID"])
