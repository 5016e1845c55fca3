"""Killed at any stage: the state is sound, the ledger tells the truth, the next run goes on."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from typing import Any

import pytest
from journey_laptop import Laptop

TFVARS = "terraform/environments/local/terraform.tfvars"
GREETINGS: list[str] = []
GREETING = re.compile(r"(?<=servicenow_flow = \{\n  greeting = ).*")
# The line that says that the stage before has ended.
BEFORE = {"plan": "✓ init", "policy": "✓ review", "apply": "✓ verify"}


@pytest.fixture(scope="module", autouse=True)
def deployed(laptop: Laptop) -> None:
    """Another file may have destroyed what is shared."""
    laptop.deploy()


def change_the_greeting(laptop: Laptop) -> None:
    GREETINGS.append(f"Good day number {len(GREETINGS)}.")
    file = laptop.checkout.root / TFVARS
    # Whatever it is: other files have changed what is shared.
    text, found = GREETING.subn(f'"{GREETINGS[-1]}"', file.read_text())
    assert found == 1
    file.write_text(text)


def killed_in(laptop: Laptop, stage: str, number: signal.Signals) -> int:
    process = laptop.checkout.start("deploy", "local")
    assert process.stderr is not None
    try:
        for line in process.stderr:
            if line.startswith(BEFORE[stage]):
                break
        process.send_signal(number)
        process.communicate(timeout=120)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return process.returncode


def ledger(laptop: Laptop) -> list[Any]:
    entries: list[Any] = laptop.checkout.ok("ledger", "local", "--json").json
    return entries


def lock_is_held(laptop: Laptop) -> bool:
    s3 = laptop.client("s3")
    bucket = s3.list_buckets()["Buckets"][0]["Name"]
    listed = s3.list_objects_v2(Bucket=bucket, Prefix="connect-voice/local/")
    return any(entry["Key"].endswith(".tflock") for entry in listed["Contents"])


@pytest.mark.parametrize(
    ("stage", "number"), [("plan", signal.SIGKILL), ("policy", signal.SIGTERM)]
)
def test_before_the_apply_nothing_has_happened(
    laptop: Laptop, stage: str, number: signal.Signals
) -> None:
    before = ledger(laptop)
    change_the_greeting(laptop)
    exit_code = killed_in(laptop, stage, number)
    assert exit_code == (130 if number is signal.SIGTERM else -signal.SIGKILL)
    assert ledger(laptop) == before
    bundles = laptop.checkout.root / "dist" / "bundles"
    assert all((folder / "manifest.json").is_file() for folder in bundles.iterdir())
    assert laptop.deploy()["changed"]
    assert not lock_is_held(laptop)
    assert [entry["event"] for entry in ledger(laptop)[len(before) :]] == [
        "apply began",
        "applied",
    ]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_in_the_apply_the_ledger_says_so_and_the_next_run_goes_on(
    laptop: Laptop, number: signal.Signals
) -> None:
    before = ledger(laptop)
    change_the_greeting(laptop)
    exit_code = killed_in(laptop, "apply", number)
    told = [entry["event"] for entry in ledger(laptop)[len(before) :]]
    after = laptop.deploy()
    assert not lock_is_held(laptop)
    events = [entry["event"] for entry in ledger(laptop)[len(before) :]]
    assert told == events[: len(told)]
    if exit_code == 0:  # it had applied everything before the signal came
        assert events == ["apply began", "applied"]
        assert not after["changed"]
        return
    ended = "died" if number is signal.SIGKILL else "interrupted"
    if number is not signal.SIGKILL:
        assert exit_code == 130
    # Nothing of it may have begun; what began has an end that tells how it ended.
    assert events in (
        ["apply began", "applied"],
        ["apply began", ended, "apply began", "applied"],
        ["apply began", ended],
    ), json.dumps(events)


def test_the_calls_hear_the_last_greeting(laptop: Laptop) -> None:
    assert GREETINGS[-1] in json.dumps(laptop.call("caller-asks-for-a-person"))
    assert laptop.checkout.run("ledger", "local", "--verify").exit_code == 0
