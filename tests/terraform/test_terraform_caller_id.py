"""What Terraform warns of by the country of the numbers; never a reason to refuse a plan."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from terraform_support import BUILT, VARIABLES

Warn = Callable[[dict[str, Any]], list[str]]


@pytest.fixture(scope="module")
def warn(
    root: Path, tmp_path_factory: pytest.TempPathFactory, terraform_env: dict[str, str]
) -> Warn:
    """Plans the root's variables and its checks alone, without a provider."""
    folder = tmp_path_factory.mktemp("caller-id")
    for pattern in ("variables*.tf", "checks*.tf"):
        for file in (root / "terraform").glob(pattern):
            shutil.copy2(file, folder)
    shutil.copytree(BUILT, folder / "dist")
    env = {**terraform_env, "TF_DATA_DIR": str(folder / "data")}

    def warnings(changes: dict[str, Any]) -> list[str]:
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
        assert done.returncode == 0, done.stdout + done.stderr
        events = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        return [
            event["diagnostic"]["detail"]
            for event in events
            if event["type"] == "diagnostic"
            and event["diagnostic"]["summary"] == "Check block assertion failed"
        ]

    return warnings


def claim(country: str, kind: str = "DID") -> dict[str, Any]:
    return {"claim": {"country_code": country, "type": kind}, "leads_to": "servicenow_voice"}


def existing(number: str) -> dict[str, Any]:
    return {
        "existing": {"id": "99999999-9999-9999-9999-999999999999", "number": number},
        "leads_to": "servicenow_voice",
    }


def case(*numbers: dict[str, Any], **flow: str) -> dict[str, Any]:
    """A deployment with those numbers, and one of Kore's that is nobody's affair."""
    phone_numbers = {f"n{index}": number for index, number in enumerate(numbers)}
    kore = {"claim": {"country_code": "AU"}, "leads_to": "kore_agent_assist/support"}
    return {
        "phone_numbers": {**phone_numbers, "support": kore},
        "servicenow_flow": {**VARIABLES["servicenow_flow"], **flow},
    }


ELSEWHERE = "Outside the United States"
AUSTRALIA = "In Australia"
BRITAIN = "In the United Kingdom"
NUMBER = {"caller_id_mode": "number"}


@pytest.mark.parametrize(
    ("changes", "beginnings"),
    [
        (case(claim("US")), []),
        (case(claim("US", "TOLL_FREE")), []),
        (case(existing("+12065550100")), []),
        (case(claim("DE")), [ELSEWHERE]),
        (case(existing("+4930123456")), [ELSEWHERE]),
        (case(claim("AU")), [AUSTRALIA]),
        (case(existing("+61255501234")), [AUSTRALIA]),
        (case(claim("GB")), [BRITAIN]),
        (case(existing("+442079460123")), [BRITAIN]),
        (case(claim("US"), claim("FR"), claim("AU"), claim("GB")), [ELSEWHERE, AUSTRALIA, BRITAIN]),
        (case(claim("DE"), claim("GB"), claim("AU"), **NUMBER), []),
        (case(claim("AU", "TOLL_FREE"), **NUMBER), [AUSTRALIA]),
        (case(existing("+611800555123"), **NUMBER), [AUSTRALIA]),
        (case(existing("+611300555123"), **NUMBER), [AUSTRALIA]),
        (case(claim("AU", "TOLL_FREE"), claim("AU"), **NUMBER, caller_id_number="n1"), []),
        (case(claim("AU", "TOLL_FREE"), claim("AU"), **NUMBER, caller_id_number="n0"), [AUSTRALIA]),
        (
            case(existing("+611800555123"), **NUMBER, caller_id_number="+611800555123"),
            [AUSTRALIA],
        ),
        (case(existing("+611800555123"), **NUMBER, caller_id_number="support"), []),
        (
            {
                "servicenow": None,
                "servicenow_endpoints": None,
                "phone_numbers": {"support": case()["phone_numbers"]["support"]},
            },
            [],
        ),
    ],
)
def test_a_country_that_wants_another_caller_id_is_warned_of(
    warn: Warn, changes: dict[str, Any], beginnings: list[str]
) -> None:
    found = warn(changes)
    assert sorted(
        sentence.split(" the caller ID")[0].split(" carriers")[0] for sentence in found
    ) == (sorted(beginnings))
    for sentence in found:
        assert sentence.endswith(".")
        assert "in servicenow_flow" in sentence


def test_the_warning_names_the_numbers_it_is_about(warn: Warn) -> None:
    [sentence] = warn(case(claim("US"), claim("DE"), claim("FR")))
    assert "n1 (DE), n2 (FR)" in sentence
    assert "n0" not in sentence
    assert "support" not in sentence
