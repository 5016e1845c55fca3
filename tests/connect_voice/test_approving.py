"""``approve``: what is signed is what was sealed, and policy has passed it."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from seals import AUTHOR, MANIFEST, key, private_pem, public

from connect_voice.approval import check_approval
from connect_voice.approving import review
from connect_voice.bundle.manifest import utc_now
from connect_voice.bundle.sealed import open_bundle
from connect_voice.environment import load_environment
from connect_voice.errors import CheckFailed
from connect_voice.policy import Judgement
from connect_voice.project import Project
from lambda_build.manifest import render
from plan_policy.verdict import Answer, Verdict

COVERAGE = {
    "rules": 1,
    "checks": 1,
    "checkov": "3",
    "answers": 1,
    "resources_in_code": 1,
    "resources_in_plan": 1,
}
ENV_TOML = """
account_id   = "123456789012"
region       = "us-east-1"
state_bucket = "prod-state"

[approval]
required = true
hours = 8

[approval.approvers.reviewer]
public_key = '''
{public}'''
identities = {identities}
"""


def checkout(folder: Path, *identities: str) -> Project:
    place = folder / "terraform" / "environments" / "prod"
    place.mkdir(parents=True)
    text = ENV_TOML.format(public=public(key()), identities=json.dumps(identities))
    (place / "env.toml").write_text(text)
    (place / "terraform.tfvars").write_text("")
    return Project(folder)


def bundle(folder: Path, answer: Answer = Answer.PASS) -> Path:
    verdict = Verdict("tags", "aws_kms_key.this", answer, "The key has no owner; tag it.")
    files = {
        "plan.bin": b"plan",
        "plan.json": b"{}",
        "verdicts.json": json.dumps(Judgement((verdict,), COVERAGE).to_json()).encode(),
        "brief.md": b"# Brief",
        "brief.html": b"<p>Brief</p>",
        "tree/terraform/.terraform.lock.hcl": b"lock",
        "tree/dist/manifest.json": render({}).encode(),
    }
    digests = {path: hashlib.sha256(data).hexdigest() for path, data in files.items()}
    now = utc_now()
    manifest = replace(
        MANIFEST,
        made_at=now - timedelta(minutes=5),
        expires_at=now + timedelta(hours=4),
        files=digests,
        lambdas={},
        lock_file=digests["tree/terraform/.terraform.lock.hcl"],
    )
    made = folder / "dist" / "bundles" / f"prod-{manifest.digest[:12]}"
    for path, data in files.items():
        (made / path).parent.mkdir(parents=True, exist_ok=True)
        (made / path).write_bytes(data)
    (made / "manifest.json").write_text(manifest.text())
    return made


def run(
    root: Path, *arguments: str, given: str = "", **settings: str
) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if name != "YES"}
    return subprocess.run(
        [sys.executable, "-m", "connect_voice", "--project", str(root), "approve", *arguments],
        input=given,
        capture_output=True,
        text=True,
        env={**env, **settings},
        check=False,
    )


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    file = tmp_path / "key.pem"
    file.touch(mode=0o600)
    file.write_bytes(private_pem(key()))
    return file


def test_it_shows_what_it_signs_and_puts_the_approval_into_the_bundle(
    tmp_path: Path, key_file: Path
) -> None:
    project, folder = checkout(tmp_path), bundle(tmp_path)
    done = run(tmp_path, str(folder), "--key", str(key_file), "--yes")
    assert done.returncode == 0, done.stderr
    assert "Deploy prod (account 123456789012, us-east-1): 3 to create, 1 to update" in done.stderr
    assert "Planned by dev-one" in done.stderr
    assert "Approved by reviewer until" in done.stdout
    file = folder / "approval.jwt"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    environment = load_environment(project, "prod")
    approved = check_approval(
        file.read_text(), open_bundle(folder).manifest, environment, now=utc_now()
    )
    assert approved.approver == "reviewer"
    review(open_bundle(folder))  # it is still what was sealed
    assert sorted(path.name for path in folder.parent.iterdir()) == [folder.name]


def test_a_pipeline_gives_the_key_by_its_environment_and_gets_json(tmp_path: Path) -> None:
    checkout(tmp_path)
    folder = bundle(tmp_path)
    pem = private_pem(key()).decode()
    done = run(tmp_path, str(folder), "--json", CONNECT_VOICE_APPROVAL_KEY=pem, YES="1")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["token"] == (folder / "approval.jwt").read_text().strip()
    assert pem.splitlines()[1] not in done.stdout + done.stderr


def test_the_key_can_come_on_standard_input(tmp_path: Path) -> None:
    checkout(tmp_path)
    pem = private_pem(key()).decode()
    done = run(tmp_path, str(bundle(tmp_path)), "--key", "-", "--yes", given=pem)
    assert done.returncode == 0, done.stderr


def test_nobody_is_asked_where_nobody_is(tmp_path: Path, key_file: Path) -> None:
    checkout(tmp_path)
    folder = bundle(tmp_path)
    done = run(tmp_path, str(folder), "--key", str(key_file))
    assert done.returncode == 2
    assert "say YES=1" in done.stderr
    assert not (folder / "approval.jwt").exists()


def test_without_a_key_it_says_how_to_give_one(tmp_path: Path) -> None:
    checkout(tmp_path)
    done = run(tmp_path, str(bundle(tmp_path)), "--yes")
    assert done.returncode == 2
    assert "CONNECT_VOICE_APPROVAL_KEY" in done.stderr


def test_the_author_is_refused(tmp_path: Path, key_file: Path) -> None:
    checkout(tmp_path, AUTHOR.commit_author)
    folder = bundle(tmp_path)
    done = run(tmp_path, str(folder), "--key", str(key_file), "--yes")
    assert done.returncode == 1
    assert "has made this plan" in done.stderr
    assert not (folder / "approval.jwt").exists()


@pytest.mark.parametrize("answer", [Answer.FAIL, Answer.CANNOT_PROVE])
def test_what_policy_refuses_is_shown_and_not_approved(
    tmp_path: Path, key_file: Path, answer: Answer
) -> None:
    checkout(tmp_path)
    folder = bundle(tmp_path, answer)
    done = run(tmp_path, str(folder), "--key", str(key_file), "--yes")
    assert done.returncode == 1
    assert "The key has no owner; tag it." in done.stderr
    assert "nothing to approve" in " ".join(done.stderr.split())
    assert not (folder / "approval.jwt").exists()


@pytest.mark.parametrize("path", ["brief.html", "verdicts.json", "plan.json", "plan.bin"])
def test_what_is_not_as_it_was_sealed_is_not_approved(tmp_path: Path, path: str) -> None:
    folder = bundle(tmp_path)
    (folder / path).write_bytes((folder / path).read_bytes() + b" ")
    with pytest.raises(CheckFailed, match="not what was sealed"):
        review(open_bundle(folder))


def test_a_new_key_comes_with_what_env_toml_needs(tmp_path: Path) -> None:
    checkout(tmp_path)
    file = tmp_path / "new.pem"
    done = run(tmp_path, "--new-key", str(file))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("[approval.approvers.your-name]\npublic_key =")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    place = tmp_path / "terraform" / "environments" / "prod" / "env.toml"
    place.write_text(f"{place.read_text()}\n{done.stdout}")
    environment = load_environment(Project(tmp_path), "prod")
    assert [one.name for one in environment.approval.approvers] == ["reviewer", "your-name"]
