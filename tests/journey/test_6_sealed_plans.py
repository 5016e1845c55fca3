"""A bundle is applied as it was sealed and judged, or not at all: tried with real Terraform."""

from __future__ import annotations

import json
import re
import shutil
import stat
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from checkouts import Ran
from journey_laptop import CommandLines, Laptop

from plan_policy.redaction import canonical_digest

TFVARS = "terraform/environments/local/terraform.tfvars"
ENV_TOML = "terraform/environments/local/env.toml"
PLANTED = "xV7-planted-value-of-nobody-93"


@pytest.fixture(scope="module")
def planned(laptop: Laptop) -> Any:
    """A plan that changes a flow and the time logs are kept, sealed and not applied."""
    laptop.deploy()  # another file may have destroyed what is shared
    laptop.checkout.edit(TFVARS, "Hello, and thank you for calling support", "Good day")
    laptop.checkout.edit(TFVARS, "log_retention_days       = 7", "log_retention_days       = 14")
    return laptop.checkout.ok("plan", "local", "--json").json


@pytest.fixture(scope="module")
def kept(planned: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the bundle, as a pipeline keeps it: on a laptop only the last few stay."""
    folder = tmp_path_factory.mktemp("kept") / "bundle"
    shutil.copytree(planned["bundle"], folder)
    return folder


@pytest.fixture
def bundle(kept: Path, tmp_path: Path) -> Path:
    """A copy to do harm to."""
    folder = tmp_path / "bundle"
    shutil.copytree(kept, folder)
    return folder


def said(done: Ran) -> str:
    (sentence,) = [line for line in done.err.splitlines() if line.startswith("connect-voice: ")]
    return sentence


def refused(laptop: Laptop, bundle: Path, reason: str, *arguments: str) -> None:
    serial = serial_of(laptop)
    done = laptop.checkout.run("apply", str(bundle), *arguments)
    assert done.exit_code == 1, done.out + done.err
    assert reason in said(done)
    assert serial_of(laptop) == serial


def state_object(laptop: Laptop) -> dict[str, str]:
    bucket = laptop.client("s3").list_buckets()["Buckets"][0]["Name"]
    return {"Bucket": bucket, "Key": "connect-voice/local/terraform.tfstate"}


def serial_of(laptop: Laptop) -> int:
    body = laptop.client("s3").get_object(**state_object(laptop))["Body"].read()
    return int(json.loads(body)["serial"])


def manifest_of(bundle: Path) -> Any:
    return json.loads((bundle / "manifest.json").read_text())


def forge(bundle: Path, **claims: object) -> None:
    """Make every digest of the manifest right again, as somebody would who can write to it."""
    manifest = {**manifest_of(bundle), **claims}
    manifest["files"] = {
        path: sha256((bundle / path).read_bytes()).hexdigest() for path in manifest["files"]
    }
    (bundle / "manifest.json").write_text(json.dumps(manifest))


def rewrite_plan(bundle: Path, change: Callable[[str, bytes], bytes]) -> None:
    """Change members of the plan file, which is a ZIP."""
    with zipfile.ZipFile(bundle / "plan.bin") as archive:
        members = [(info, archive.read(info)) for info in archive.infolist()]
    with zipfile.ZipFile(bundle / "plan.bin", "w", zipfile.ZIP_DEFLATED) as archive:
        for info, data in members:
            archive.writestr(info, change(info.filename, data))


def with_local_exec(mark: Path) -> Callable[[str, bytes], bytes]:
    def change(name: str, data: bytes) -> bytes:
        if not name.startswith("tfconfig/"):
            return data
        return re.sub(
            rb'(resource "aws_cloudwatch_log_group" "this" \{\n)',
            rb"\1"
            + f'  provisioner "local-exec" {{\n    command = "touch {mark}"\n  }}\n'.encode(),
            data,
        )

    return change


def test_a_plan_is_sealed_with_what_a_reviewer_needs(laptop: Laptop, planned: Any) -> None:
    folder = Path(planned["bundle"])
    assert planned["passed"], planned["verdicts"]
    assert folder.parent == laptop.checkout.root / "dist" / "bundles"
    names = {"manifest.json", "plan.bin", "plan.json", "verdicts.json", "brief.md", "brief.html"}
    assert {path.name for path in folder.iterdir()} == {*names, "tree"}
    assert all(
        stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)
        for path in folder.rglob("*")
    )
    brief = (folder / "brief.md").read_text()
    assert "Good day" in brief
    assert "retention_in_days" in brief
    verdicts = json.loads((folder / "verdicts.json").read_text())
    assert verdicts["passed"]
    assert {"rules", "checkov"} == {verdict["source"] for verdict in verdicts["verdicts"]}


def test_a_fresh_plan_is_the_same_change_in_another_bundle(laptop: Laptop, planned: Any) -> None:
    again = laptop.checkout.ok("plan", "local", "--json").json
    assert again["change"] == planned["change"]
    assert again["digest"] != planned["digest"]


def test_a_changed_byte_of_the_plan_is_refused(laptop: Laptop, bundle: Path) -> None:
    data = bytearray((bundle / "plan.bin").read_bytes())
    data[len(data) // 2] ^= 1
    (bundle / "plan.bin").write_bytes(data)
    refused(laptop, bundle, "The plan file (plan.bin) is not what was sealed")


def test_a_command_planted_in_the_plan_is_refused_and_not_run(
    laptop: Laptop, bundle: Path, tmp_path: Path
) -> None:
    rewrite_plan(bundle, with_local_exec(tmp_path / "mark"))
    refused(laptop, bundle, "The plan file (plan.bin) is not what was sealed")
    forge(bundle)
    refused(laptop, bundle, "does not do what the bundle's manifest says")
    # Whoever could forge even that is up against the gate, which judges the plan once more.
    shown = laptop.checkout.ok("terraform", "local", "show", "-json", str(bundle / "plan.bin"))
    forge(bundle, canonical=canonical_digest(shown.json))
    refused(laptop, bundle, "provisioner")
    assert not (tmp_path / "mark").exists()


def test_a_swapped_zip_is_refused_however_it_is_forged(laptop: Laptop, bundle: Path) -> None:
    dist = bundle / "tree" / "dist"
    shutil.copyfile(dist / "kore_disposition.zip", dist / "servicenow_voice.zip")
    refused(laptop, bundle, "The Lambda zip servicenow_voice.zip is not what was sealed")
    digest = sha256((dist / "servicenow_voice.zip").read_bytes()).hexdigest()
    lambdas = {**manifest_of(bundle)["lambdas"], "servicenow_voice": digest}
    forge(bundle, lambdas=lambdas)
    refused(laptop, bundle, "The zip of servicenow_voice is not what was sealed")
    built = json.loads((dist / "manifest.json").read_text())
    for key in ("sha256", "sha256_base64"):
        built["lambdas"]["servicenow_voice"][key] = built["lambdas"]["kore_disposition"][key]
    (dist / "manifest.json").write_text(json.dumps(built))
    forge(bundle)
    refused(laptop, bundle, "not with the digest of the zip that was built")


def test_a_swapped_lock_file_is_refused(laptop: Laptop, bundle: Path) -> None:
    file = bundle / "tree" / "terraform" / ".terraform.lock.hcl"
    file.write_text(file.read_text().replace("5.100.0", "5.100.1"))
    refused(laptop, bundle, "The provider lock file is not what was sealed")


def test_a_truncated_plan_json_is_refused(laptop: Laptop, bundle: Path) -> None:
    (bundle / "plan.json").write_text((bundle / "plan.json").read_text()[:1000])
    refused(laptop, bundle, "plan.json is not what was sealed")


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"account_id": "210987654321"}, "planned for account 210987654321"),
        ({"region": "eu-west-2"}, "planned for region eu-west-2"),
        ({"backend": "s3://elsewhere/state"}, "planned on the state at s3://elsewhere/state"),
        ({"state": {"lineage": "another", "serial": 1}}, "its lineage differs"),
        ({"expires_at": "2020-01-01T00:00:00+00:00"}, "expired at 2020-01-01"),
        ({"made_at": "2999-01-01T00:00:00+00:00"}, "yet to come"),
    ],
)
def test_a_bundle_of_another_place_or_time_is_refused(
    laptop: Laptop, bundle: Path, claims: dict[str, object], reason: str
) -> None:
    forge(bundle, **claims)
    refused(laptop, bundle, reason)


def test_a_bundle_of_another_environment_is_refused(laptop: Laptop, bundle: Path) -> None:
    forge(bundle, environment="prod")
    refused(laptop, bundle, "planned for prod, not for local", "--env", "local")


def test_a_state_that_is_gone_is_not_applied_to(laptop: Laptop, bundle: Path) -> None:
    s3, key = laptop.client("s3"), state_object(laptop)
    body = s3.get_object(**key)["Body"].read()
    s3.delete_object(**key)
    try:
        done = laptop.checkout.run("apply", str(bundle))
    finally:
        s3.put_object(**key, Body=body)
    assert done.exit_code == 1
    assert "a state that is gone" in said(done)


def test_a_secret_in_a_variable_is_not_sealed(laptop: Laptop, planned: Any) -> None:
    """One that has the looks of a secret, and one that only the pipeline's store knows."""
    before = set(Path(planned["bundle"]).parent.iterdir())
    key = "AKIA" + "Q3EXAMPLE7ZLMPTX"
    for value, extra in ((key, {}), (PLANTED, {"DEPLOY_TOKEN": PLANTED})):
        laptop.checkout.edit(TFVARS, "Good day", value)
        with CommandLines() as lines:
            done = laptop.checkout.run("plan", "local", env=extra)
        laptop.checkout.edit(TFVARS, value, "Good day")
        assert done.exit_code == 1, done.out + done.err
        assert value not in done.out + done.err
        assert not any(value in line for line in lines.seen)
    assert set(Path(planned["bundle"]).parent.iterdir()) == before


def test_the_gate_refuses_what_would_take_a_number_away(laptop: Laptop) -> None:
    laptop.checkout.edit(TFVARS, "soporte      = { claim", "ayuda        = { claim")
    done = laptop.checkout.run("plan", "local", "--json")
    laptop.checkout.edit(TFVARS, "ayuda        = { claim", "soporte      = { claim")
    assert done.exit_code == 1
    (verdict,) = [one for one in done.json["verdicts"] if "phone_number" in one["address"]]
    assert verdict["rule"] == "destroy-protection"
    folder = Path(done.json["bundle"])
    assert "+1" in (folder / "brief.md").read_text()
    refused(laptop, folder, "Policy refuses this plan")


def test_what_was_reviewed_is_applied_and_only_once(
    laptop: Laptop, planned: Any, kept: Path
) -> None:
    applied = laptop.checkout.ok("apply", str(kept), "--json").json
    assert {change["address"] for change in applied["changes"]} == {
        change["address"] for change in planned["changes"]
    }
    assert all(call["passed"] for call in applied["calls"])
    refused(laptop, kept, "Something was applied to local since")


def test_an_approval_is_asked_for_and_used_once(laptop: Laptop, tmp_path: Path) -> None:
    key = tmp_path / "release.pem"
    table = laptop.checkout.ok("approve", "--new-key", str(key)).out
    file = laptop.checkout.root / ENV_TOML
    before = file.read_text()
    table = table.replace("your-name", "release")
    file.write_text(f"{before}\n[approval]\nrequired = true\n\n{table}")
    laptop.checkout.edit(TFVARS, "log_retention_days       = 14", "log_retention_days       = 30")
    try:
        deployed = laptop.checkout.run("deploy", "local")
        assert deployed.exit_code == 1
        assert "approv" in said(deployed)
        bundles = (laptop.checkout.root / "dist" / "bundles").iterdir()
        first = max(bundles, key=lambda folder: folder.stat().st_mtime)
        laptop.checkout.ok("approve", str(first), "--key", str(key), "--yes")
        # A fresh plan that would do the same keeps it.
        applied = laptop.deploy()
        assert applied["bundle"] != str(first)
        assert applied["approved_by"] == "release"
        laptop.checkout.edit(TFVARS, "days       = 30", "days       = 60")
        other = laptop.checkout.ok("plan", "local", "--json").json
        assert other["approval_required"]
        assert not other["approved"]
        shutil.copy(f"{applied['bundle']}/approval.jwt", f"{other['bundle']}/approval.jwt")
        refused(laptop, Path(other["bundle"]), "another change")
    finally:
        file.write_text(before)


def test_an_earlier_bundles_lambdas_and_flows_can_be_had_again(laptop: Laptop, kept: Path) -> None:
    lambdas = manifest_of(kept)["lambdas"]
    handler = laptop.checkout.root / "lambda_src" / "kore_widget_token" / "handler.py"
    source = handler.read_text()
    handler.write_text(f"{source}\n# Changed.\n")
    newer = laptop.deploy()
    handler.write_text(source)
    assert manifest_of(Path(newer["bundle"]))["lambdas"] != lambdas
    back = laptop.checkout.ok("rollback", str(kept), "--json").json
    assert manifest_of(Path(back["bundle"]))["lambdas"] == lambdas


def test_the_state_of_before_an_apply_can_be_had_again(laptop: Laptop) -> None:
    serial = serial_of(laptop)
    before, *_ = laptop.checkout.ok("snapshots", "local", "--json").json
    assert before["serial"] < serial
    back = laptop.checkout.ok("snapshots", "local", "--restore", before["name"], "--yes")
    assert "What it was before is kept as" in back.out
    assert serial_of(laptop) > serial  # no bundle of before fits it
    report = laptop.deploy()  # what AWS has is read anew
    assert all(call["passed"] for call in report["calls"])
    events = [entry["event"] for entry in laptop.checkout.ok("ledger", "local", "--json").json]
    assert "state restored" in events


def test_the_ledger_tells_it_all(laptop: Laptop) -> None:
    told = laptop.checkout.ok("ledger", "local", "--json").json
    events = [entry["event"] for entry in told]
    assert events[0] == "apply began"
    assert events.count("applied") == events.count("apply began")
    assert any("release" in json.dumps(entry["facts"]) for entry in told)
    assert laptop.checkout.ok("ledger", "local", "--verify").exit_code == 0


def test_no_secret_is_in_any_artefact(laptop: Laptop) -> None:
    secrets = json.loads((laptop.checkout.root / ".local" / "secrets.json").read_text())
    ledger = laptop.checkout.ok("ledger", "local", "--json").out
    bundles = laptop.checkout.root / "dist" / "bundles"
    for name, value in secrets.items():
        if not isinstance(value, str) or len(value) < 12:
            continue
        assert value not in ledger, name
        for path in bundles.rglob("*"):
            if path.is_file():
                assert value.encode() not in path.read_bytes(), (name, path)
        for path in bundles.glob("*/plan.bin"):
            with zipfile.ZipFile(path) as archive:
                assert not any(value.encode() in archive.read(one) for one in archive.namelist())
