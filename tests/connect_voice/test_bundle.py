"""A sealed plan is what it was, or is refused with the reason."""

from __future__ import annotations

import json
import os
import shutil
import stat
import zipfile
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connect_voice.bundle.manifest import (
    Author,
    BundleManifest,
    Commit,
    ManifestError,
    PlannedState,
    parse_manifest,
)
from connect_voice.bundle.sealed import (
    Bundle,
    Contents,
    check_place,
    digests,
    open_bundle,
    private_copy,
    seal,
)
from connect_voice.bundle.tree import Sources, Tree, assemble, copy_hashed, private_folder
from connect_voice.environment import Environment
from connect_voice.errors import CheckFailed, CommandError, UsageError
from connect_voice.leftovers import Leftover
from lambda_build import load_manifest

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
STATE = PlannedState("lineage-1", 7)
BACKEND = "s3://states/key in us-east-1, encrypted with the account's key for S3"
CONTENTS = Contents('{"redacted": true}\n', "[]\n", "# Brief\n", "<!doctype html>\n")
SECRET = "correct-horse-battery-staple"


def checkout(folder: Path) -> Sources:
    """Just enough of a checkout to plan from: a root, a module, a flow and two built Lambdas."""
    root = folder / "terraform"
    (root / "modules" / "voice").mkdir(parents=True)
    (root / "main.tf").write_text('module "voice" { source = "./modules/voice" }\n')
    (root / ".terraform.lock.hcl").write_text('provider "aws" {}\n')
    (root / "modules" / "voice" / "main.tf").write_text("# nothing\n")
    (root / "modules" / "voice" / "prompt.txt").write_text("Hello\n")
    (root / "environments" / "local").mkdir(parents=True)
    (root / "environments" / "local" / "terraform.tfvars").write_text('greeting = "Hello"\n')
    (folder / "flows" / "voice").mkdir(parents=True)
    (folder / "flows" / "voice" / "inbound.json").write_text('{"Version": "2019-10-30"}\n')
    dist = folder / "dist"
    dist.mkdir()
    entries = {}
    for name in ("alpha", "beta"):
        with zipfile.ZipFile(dist / f"{name}.zip", "w") as archive:
            archive.writestr("handler.py", f"NAME = {name!r}\n")
        data = (dist / f"{name}.zip").read_bytes()
        entries[name] = {
            "architectures": ["arm64"],
            "bytecode": "none",
            "bytecode_python": "none",
            "handler": f"{name}.handler.handler",
            "inputs": "0" * 64,
            "lock": "0" * 64,
            "packages": [],
            "python": "3.13",
            "rules": "0" * 64,
            "sbom": f"{name}.cdx.json",
            "sbom_sha256": "0" * 64,
            "sha256": sha256(data).hexdigest(),
            "sha256_base64": b64encode(sha256(data).digest()).decode(),
            "size": len(data),
            "unpacked_size": 16,
            "zip": f"{name}.zip",
        }
    (dist / "manifest.json").write_text(json.dumps({"version": 1, "lambdas": entries}))
    return Sources(root, folder / "flows", load_manifest(dist))


def planned(tree: Tree, plan: Path) -> BundleManifest:
    return BundleManifest(
        purpose="deploy",
        environment="staging",
        account_id="123456789012",
        region="us-east-1",
        backend=BACKEND,
        state=STATE,
        commit=Commit("c" * 40, clean=True),
        author=Author("planner", "arn:aws:sts::123456789012:assumed-role/plan/run"),
        made_at=NOW,
        expires_at=NOW + timedelta(hours=24),
        tools={"terraform": "1.11.0"},
        canonical="a" * 64,
        lambdas=tree.lambdas,
        lock_file=tree.lock_file,
        files=digests(tree, plan),
        leftovers=(Leftover("aws_ssm_parameter.this", "AWS::SSM::Parameter", "/a/b"),),
        secrets=("KORE_CLIENT_SECRET",),
        ledger_head="b" * 64,
        summary="1 to create",
    )


def sealed_in(folder: Path, *, secrets: tuple[str, ...] = ()) -> Bundle:
    sources = checkout(folder / "checkout")
    tree = assemble(sources, folder / "tree")
    plan = folder / "plan.bin"
    with zipfile.ZipFile(plan, "w") as archive:
        archive.writestr("tfplan", b"\x0a\x01what would be done")
        archive.writestr("tfstate", "{}")
    return seal(folder / "bundles", tree, plan, CONTENTS, planned(tree, plan), secrets=secrets)


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return sealed_in(tmp_path)


def environment(**changes: object) -> Environment:
    fields: dict[str, object] = {
        "name": "staging",
        "account_id": "123456789012",
        "region": "us-east-1",
        "state_bucket": "states",
        "state_key": "key",
        "state_kms_key_id": None,
        "embedded": False,
        "folder": Path(),
    }
    return Environment(**{**fields, **changes})  # type: ignore[arg-type]


def test_what_was_sealed_is_what_is_opened(bundle: Bundle, tmp_path: Path) -> None:
    opened = open_bundle(bundle.folder)
    copy = private_copy(opened, tmp_path / "copy")
    assert opened.manifest == bundle.manifest
    assert copy.plan.read_bytes() == bundle.plan.read_bytes()
    assert (copy.root / "modules" / "voice" / "prompt.txt").read_text() == "Hello\n"
    assert copy.lambdas().lambdas.keys() == {"alpha", "beta"}
    assert bundle.folder.name == f"staging-{bundle.manifest.digest[:12]}"


def test_only_the_owner_can_read_a_bundle(bundle: Bundle) -> None:
    assert stat.S_IMODE(bundle.folder.stat().st_mode) == 0o700
    for path in bundle.folder.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_variables_files_and_secrets_of_the_checkout_are_not_copied(bundle: Bundle) -> None:
    assert not any("environments" in path for path in bundle.manifest.files)


def test_every_single_file_is_bound(bundle: Bundle, tmp_path: Path) -> None:
    for number, path in enumerate(sorted(bundle.manifest.files)):
        file = bundle.folder / path
        before = file.read_bytes()
        file.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
        with pytest.raises(CheckFailed, match="is not what was sealed"):
            private_copy(bundle, tmp_path / f"copy-{number}")
        file.write_bytes(before)
    private_copy(bundle, tmp_path / "copy")


def remove_the_plan(folder: Path) -> None:
    (folder / "plan.bin").unlink()


def empty_the_plan(folder: Path) -> None:
    (folder / "plan.bin").write_bytes(b"")


def cut_the_plan_json(folder: Path) -> None:
    (folder / "plan.json").write_text("{")


def swap_a_zip(folder: Path) -> None:
    dist = folder / "tree" / "dist"
    shutil.copyfile(dist / "beta.zip", dist / "alpha.zip")


def swap_the_lock_file(folder: Path) -> None:
    (folder / "tree" / "terraform" / ".terraform.lock.hcl").write_text('provider "evil" {}\n')


def add_a_file(folder: Path) -> None:
    (folder / "tree" / "terraform" / "extra.tf").write_text("# more\n")


def add_a_link_to_a_folder(folder: Path) -> None:
    (folder / "tree" / "more").symlink_to("/etc")


def link_the_plan_elsewhere(folder: Path) -> None:
    shutil.move(folder / "plan.bin", folder.parent / "elsewhere.bin")
    (folder / "plan.bin").symlink_to(folder.parent / "elsewhere.bin")


def make_the_plan_a_pipe(folder: Path) -> None:
    (folder / "plan.bin").unlink()
    os.mkfifo(folder / "plan.bin")


def manifest_of_another_format(folder: Path) -> None:
    text = (folder / "manifest.json").read_text()
    (folder / "manifest.json").write_text(text.replace('"format": 1', '"format": 2'))


def cut_the_manifest(folder: Path) -> None:
    text = (folder / "manifest.json").read_text()
    (folder / "manifest.json").write_text(text[: len(text) // 2])


def manifest_that_is_not_text(folder: Path) -> None:
    (folder / "manifest.json").write_bytes(b"\xff\xfe\x00")


def list_a_file_outside(folder: Path) -> None:
    data = json.loads((folder / "manifest.json").read_text())
    data["files"]["../../../evil"] = "0" * 64
    (folder / "manifest.json").write_text(json.dumps(data))


def list_no_plan(folder: Path) -> None:
    data = json.loads((folder / "manifest.json").read_text())
    del data["files"]["plan.bin"]
    (folder / "plan.bin").unlink()
    (folder / "manifest.json").write_text(json.dumps(data))


def name_another_zip(folder: Path) -> None:
    data = json.loads((folder / "manifest.json").read_text())
    data["lambdas"]["alpha"] = "0" * 64
    (folder / "manifest.json").write_text(json.dumps(data))


def forge_a_zip(folder: Path) -> None:
    """With every digest of the bundle's manifest made right: the build's own contradicts it."""
    zipped = folder / "tree" / "dist" / "alpha.zip"
    shutil.copyfile(folder / "tree" / "dist" / "beta.zip", zipped)
    digest = sha256(zipped.read_bytes()).hexdigest()
    data = json.loads((folder / "manifest.json").read_text())
    data["files"]["tree/dist/alpha.zip"] = data["lambdas"]["alpha"] = digest
    (folder / "manifest.json").write_text(json.dumps(data))


def name_another_lambda(folder: Path) -> None:
    data = json.loads((folder / "manifest.json").read_text())
    data["lambdas"]["gamma"] = data["lambdas"]["alpha"]
    (folder / "manifest.json").write_text(json.dumps(data))


def name_another_lock_file(folder: Path) -> None:
    data = json.loads((folder / "manifest.json").read_text())
    data["lock_file"] = "0" * 64
    (folder / "manifest.json").write_text(json.dumps(data))


@pytest.mark.parametrize(
    ("tamper", "reason"),
    [
        (remove_the_plan, "lacks plan.bin"),
        (empty_the_plan, "plan.bin"),
        (cut_the_plan_json, "plan.json is not what was sealed"),
        (swap_a_zip, "The Lambda zip alpha.zip is not what was sealed"),
        (swap_the_lock_file, "The provider lock file is not what was sealed"),
        (add_a_file, "extra.tf, which was not sealed into it"),
        (add_a_link_to_a_folder, "tree/more, which was not sealed into it"),
        (link_the_plan_elsewhere, "is a link"),
        (make_the_plan_a_pipe, "plan.bin"),
        (manifest_of_another_format, "format 2"),
        (cut_the_manifest, "cut off"),
        (manifest_that_is_not_text, "not text"),
        (list_a_file_outside, "not a path in it"),
        (list_no_plan, "lacks plan.bin"),
        (name_another_zip, "The zip of alpha is not what was sealed"),
        (forge_a_zip, "The zip of alpha is not what was sealed"),
        (name_another_lambda, "other Lambdas than were built"),
        (name_another_lock_file, "The provider lock file is not what was sealed"),
    ],
)
def test_a_bundle_that_was_tampered_with_is_refused(
    bundle: Bundle, tmp_path: Path, tamper: Callable[[Path], None], reason: str
) -> None:
    tamper(bundle.folder)
    with pytest.raises(CheckFailed, match=reason.replace(".", r"\.")):
        private_copy(open_bundle(bundle.folder), tmp_path / "copy")


def test_a_file_swapped_while_it_is_copied_does_not_reach_the_copy(
    bundle: Bundle, tmp_path: Path
) -> None:
    # The copy is what was hashed: whoever writes to the bundle afterwards changes nothing.
    copy = private_copy(bundle, tmp_path / "copy")
    empty_the_plan(bundle.folder)
    assert sha256(copy.plan.read_bytes()).hexdigest() == bundle.manifest.files["plan.bin"]


def test_an_approval_may_be_added(bundle: Bundle, tmp_path: Path) -> None:
    (bundle.folder / "approval.jwt").write_text("a.b.c\n")
    private_copy(bundle, tmp_path / "copy")
    assert bundle.approval == "a.b.c"


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ({"name": "prod"}, "planned for staging, not for prod"),
        ({"account_id": "210987654321"}, "planned for account 123456789012"),
        ({"region": "eu-west-2"}, "planned for region us-east-1"),
    ],
)
def test_another_environment_account_or_region_is_refused(
    bundle: Bundle, place: dict[str, object], reason: str
) -> None:
    with pytest.raises(CheckFailed, match=reason):
        check_place(bundle.manifest, environment(**place), BACKEND, STATE, NOW)


@pytest.mark.parametrize(
    ("backend", "state", "now", "reason"),
    [
        ("s3://others/key in us-east-1", STATE, NOW, "state at s3://states/key"),
        (BACKEND, None, NOW, "a state that is gone"),
        (BACKEND, PlannedState("lineage-2", 7), NOW, "another state"),
        (BACKEND, PlannedState("lineage-1", 8), NOW, "Something was applied"),
        (BACKEND, STATE, NOW + timedelta(hours=24), "expired at 2026-11-22 12:00"),
        (BACKEND, STATE, NOW - timedelta(hours=1), "yet to come"),
    ],
)
def test_another_backend_state_or_time_is_refused(
    bundle: Bundle, backend: str, state: PlannedState | None, now: datetime, reason: str
) -> None:
    with pytest.raises(CheckFailed, match=reason):
        check_place(bundle.manifest, environment(), backend, state, now)


def test_a_plan_that_looked_at_nothing_deployed_is_not_applied(bundle: Bundle) -> None:
    unseen = replace(bundle.manifest, refreshed=False)
    with pytest.raises(CheckFailed, match="for reviewers only"):
        check_place(unseen, environment(), BACKEND, STATE, NOW)


def test_a_bundle_of_nothing_yet_is_refused_once_there_is_something(bundle: Bundle) -> None:
    first = replace(bundle.manifest, state=None)
    check_place(first, environment(), BACKEND, None, NOW)
    with pytest.raises(CheckFailed, match="has a state by now"):
        check_place(first, environment(), BACKEND, STATE, NOW)


def test_the_right_place_at_the_right_time_is_accepted(bundle: Bundle) -> None:
    check_place(bundle.manifest, environment(), BACKEND, STATE, NOW + timedelta(hours=23))
    check_place(bundle.manifest, environment(), BACKEND, STATE, NOW - timedelta(minutes=2))


def test_a_fresh_plan_that_would_do_the_same_is_the_same_change(tmp_path: Path) -> None:
    first, second = sealed_in(tmp_path / "a"), sealed_in(tmp_path / "b")
    later = replace(
        second.manifest,
        made_at=NOW + timedelta(hours=1),
        author=Author("another", "arn"),
        state=PlannedState("lineage-1", 9),
        commit=None,
        files={**second.manifest.files, "brief.md": "0" * 64, "tree/dist/manifest.json": "1" * 64},
    )
    assert later.change == first.manifest.change
    assert later.digest != first.manifest.digest


@pytest.mark.parametrize(
    "changed",
    [
        {"purpose": "destroy"},
        {"environment": "prod"},
        {"account_id": "210987654321"},
        {"region": "eu-west-2"},
        {"backend": "elsewhere"},
        {"state": PlannedState("lineage-2", 7)},
        {"canonical": "d" * 64},
        {"lambdas": {"alpha": "0" * 64}},
        {"leftovers": ()},
        {"files": {"tree/terraform/.terraform.lock.hcl": "0" * 64}},
        {"files": {"tree/flows/voice/inbound.json": "0" * 64}},
        {"files": {"tree/terraform/modules/voice/prompt.txt": "0" * 64}},
        {"files": {"tree/terraform/locals.tf": "0" * 64}},
    ],
)
def test_whatever_would_be_done_otherwise_is_another_change(
    bundle: Bundle, changed: dict[str, object]
) -> None:
    assert replace(bundle.manifest, **changed).change != bundle.manifest.change  # type: ignore[arg-type]


def test_a_secret_in_the_plan_file_stops_the_sealing(tmp_path: Path) -> None:
    with pytest.raises(CheckFailed, match=r"plan\.bin \(tfplan\) would hold one of the secrets"):
        sealed_in(tmp_path, secrets=("what would be done",))
    assert list((tmp_path / "bundles").iterdir()) == []


def test_a_secret_in_a_zip_stops_the_sealing(tmp_path: Path) -> None:
    with pytest.raises(CheckFailed, match=r"beta\.zip \(handler\.py\)") as refused:
        sealed_in(tmp_path, secrets=("NAME = 'beta'",))
    assert "NAME = " not in str(refused.value)


def test_other_secrets_do_not(tmp_path: Path) -> None:
    assert sealed_in(tmp_path, secrets=(SECRET,)).folder.is_dir()


def test_a_zip_that_was_not_built_is_not_planned_with(tmp_path: Path) -> None:
    sources = checkout(tmp_path)
    (tmp_path / "dist" / "alpha.zip").write_bytes(b"another")
    with pytest.raises(CheckFailed, match=r"alpha\.zip is not what the build made"):
        assemble(sources, tmp_path / "tree")


def test_a_missing_lock_file_is_said(tmp_path: Path) -> None:
    sources = checkout(tmp_path)
    (tmp_path / "terraform" / ".terraform.lock.hcl").unlink()
    with pytest.raises(CheckFailed, match="restore it from git"):
        assemble(sources, tmp_path / "tree")


def test_a_file_that_changes_between_plan_and_seal_is_not_sealed(tmp_path: Path) -> None:
    tree = assemble(checkout(tmp_path / "checkout"), tmp_path / "tree")
    plan = tmp_path / "plan.bin"
    plan.write_bytes(b"plan")
    manifest = planned(tree, plan)
    (tree.root / "main.tf").write_text("# other\n")
    with pytest.raises(CheckFailed, match="changed while it was being sealed"):
        seal(tmp_path / "bundles", tree, plan, CONTENTS, manifest)
    assert list((tmp_path / "bundles").iterdir()) == []


def test_what_a_killed_sealing_left_goes_with_the_next(bundle: Bundle, tmp_path: Path) -> None:
    half = bundle.folder.parent / ".new-killed"
    (half / "tree").mkdir(parents=True)
    sealed_in(tmp_path / "again")
    tree = assemble(checkout(tmp_path / "more"), tmp_path / "more-tree")
    plan = tmp_path / "plan.bin"
    seal(bundle.folder.parent, tree, plan, CONTENTS, planned(tree, plan))
    assert not half.exists()


def test_a_full_disk_leaves_no_half_bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("connect_voice.bundle.sealed.copy_hashed", full)
    with pytest.raises(OSError, match="No space left"):
        sealed_in(tmp_path)
    assert list((tmp_path / "bundles").iterdir()) == []


def test_a_folder_that_is_no_bundle_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="make plan"):
        open_bundle(tmp_path)


def test_a_private_folder_is_gone_afterwards_and_was_empty_before(tmp_path: Path) -> None:
    folder = tmp_path / "private"
    folder.mkdir()
    (folder / "left").write_text("by a killed run")
    with private_folder(folder) as made:
        assert list(made.iterdir()) == []
        assert stat.S_IMODE(made.stat().st_mode) == 0o700
        (made / "file").write_text("")
    assert not folder.exists()


def test_a_folder_is_not_copied_as_a_file(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(CommandError):
        copy_hashed(tmp_path / "folder", tmp_path / "copy")


def test_a_manifest_survives_its_file(bundle: Bundle) -> None:
    assert parse_manifest(bundle.manifest.text()) == bundle.manifest
    assert parse_manifest(replace(bundle.manifest, state=None, commit=None).text()).state is None


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["format", "files", "state", "x"]), inner, max_size=4)
        ),
    )
)
def test_anything_else_is_no_manifest(data: object) -> None:
    with pytest.raises(ManifestError):
        parse_manifest(json.dumps(data))


@given(st.data())
def test_a_manifest_with_a_field_of_another_kind_is_refused(data: st.DataObject) -> None:
    manifest = BundleManifest(
        purpose="deploy",
        environment="e",
        account_id="1",
        region="r",
        backend="b",
        state=None,
        commit=None,
        author=Author("a", "b"),
        made_at=NOW,
        expires_at=NOW,
        tools={},
        canonical="",
        lambdas={},
        lock_file="",
        files={},
    )
    fields = json.loads(manifest.text())
    key = data.draw(st.sampled_from(sorted(fields)))
    others = st.integers(max_value=-1) | st.lists(st.integers(), min_size=1)
    fields[key] = data.draw(others if isinstance(fields[key], bool) else others | st.booleans())
    with pytest.raises(ManifestError):
        parse_manifest(json.dumps(fields))
