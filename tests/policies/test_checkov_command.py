"""``make policy`` on the shipped stack, planned for real."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from checkouts import Checkout
from click.testing import CliRunner

from connect_voice import deploy
from connect_voice.cli import cli
from connect_voice.policy import Judgement
from plan_policy.verdict import Answer, Source, Verdict

COVERAGE = {"checkov": "3", "checks": 1, "rules": 1, "answers": 1} | dict.fromkeys(
    ("resources_in_code", "resources_in_plan"), 1
)
PASSES = Verdict("log-retention", "a.b", Answer.PASS, "Kept.")
REFUSES = Verdict("CKV_AWS_7", "c.d", Answer.FAIL, "Keys rotate.", Source.CHECKOV)


def test_the_shipped_stack_passes_as_a_plan_and_as_a_bundle(checkout: Checkout) -> None:
    fresh = checkout.run("policy", "local", "--json")
    assert fresh.exit_code == 0, fresh.out[-5000:] + fresh.err
    assert fresh.json["passed"]
    coverage = fresh.json["coverage"]
    assert coverage["resources_in_plan"] > 80
    assert coverage["resources_in_code"] > 80
    assert coverage["checks"] > 40
    assert {"rules", "checkov"} <= {verdict["source"] for verdict in fresh.json["verdicts"]}

    (bundle,) = (checkout.root / "dist" / "bundles").iterdir()
    again = checkout.ok("policy", str(bundle), "--json")
    assert again.json == fresh.json


@pytest.mark.parametrize(("verdicts", "exit_code"), [((PASSES,), 0), ((PASSES, REFUSES), 1)])
def test_the_exit_code_says_whether_it_passes(
    monkeypatch: pytest.MonkeyPatch, verdicts: tuple[Verdict, ...], exit_code: int
) -> None:
    judgement = Judgement(verdicts, COVERAGE)
    monkeypatch.setattr(deploy, "plan", lambda *_, **__: SimpleNamespace(judgement=judgement))
    ran = CliRunner().invoke(cli, ["policy", "local"])
    assert ran.exit_code == exit_code
    assert ("Policy lets this plan pass." in ran.output) is (exit_code == 0)
    assert json.loads(CliRunner().invoke(cli, ["policy", "local", "--json"]).output) == (
        judgement.to_json()
    )


def test_a_word_that_is_neither_environment_nor_bundle_is_refused(checkout: Checkout) -> None:
    ran = checkout.run("policy", "no-such-place")
    assert ran.exit_code == 2
    assert "no-such-place" in ran.err
    ran = checkout.run("policy", str(checkout.root / "docs"))
    assert ran.exit_code == 2
    assert "is not a bundle" in ran.err
