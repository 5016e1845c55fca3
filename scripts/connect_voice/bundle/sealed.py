"""Sealing a plan into a folder, and opening such a folder again without trusting it."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from base64 import b64encode
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp

from connect_voice.bundle.manifest import (
    BundleManifest,
    ManifestError,
    PlannedState,
    parse_manifest,
)
from connect_voice.bundle.tree import Tree, copy_hashed, listed, write_private
from connect_voice.environment import Environment
from connect_voice.errors import CheckFailed, UsageError
from lambda_build import BuildError, Manifest, load_manifest

MANIFEST = "manifest.json"
PLAN = "plan.bin"
PLAN_JSON = "plan.json"
VERDICTS = "verdicts.json"
BRIEF_MARKDOWN = "brief.md"
BRIEF_HTML = "brief.html"
APPROVAL = "approval.jwt"
TREE = "tree"
_UNSEALED = {MANIFEST, APPROVAL}
_SHOWN_DIGITS = 12
_CLOCKS_DIFFER_BY = timedelta(minutes=5)


@dataclass(frozen=True)
class Bundle:
    """A sealed plan: a folder, and what it says of itself."""

    folder: Path
    manifest: BundleManifest

    @property
    def plan(self) -> Path:
        """Terraform's plan file."""
        return self.folder / PLAN

    @property
    def root(self) -> Path:
        """The root module the plan was made in."""
        return self.folder / TREE / "terraform"

    @property
    def approval(self) -> str | None:
        """The approval that lies in it, if one does."""
        file = self.folder / APPROVAL
        return (
            file.read_text(encoding="ascii", errors="replace").strip() if file.is_file() else None
        )

    def lambdas(self) -> Manifest:
        """What was built for it.

        Raises:
            CheckFailed: that is missing or damaged.
        """
        try:
            return load_manifest(self.folder / TREE / "dist")
        except BuildError as error:
            raise CheckFailed(str(error)) from None


@dataclass(frozen=True)
class Contents:
    """What is sealed beside the plan and its tree, as text."""

    plan_json: str
    verdicts: str
    brief_markdown: str
    brief_html: str

    def files(self) -> dict[str, str]:
        """By name."""
        return {
            PLAN_JSON: self.plan_json,
            VERDICTS: self.verdicts,
            BRIEF_MARKDOWN: self.brief_markdown,
            BRIEF_HTML: self.brief_html,
        }


def digests(tree: Tree, plan: Path) -> dict[str, str]:
    """SHA-256 of the plan file and of every file of the tree, by path in the bundle."""
    found = {f"{TREE}/{path}": digest for path, digest in tree.files.items()}
    return found | {PLAN: hashlib.sha256(plan.read_bytes()).hexdigest()}


def seal(
    bundles: Path,
    tree: Tree,
    plan: Path,
    contents: Contents,
    manifest: BundleManifest,
    *,
    secrets: Collection[str] = (),
) -> Bundle:
    """Write a bundle, whole or not at all.

    Args:
        bundles: the folder of all bundles.
        manifest: with the digests of :func:`digests`; those of the contents are added.
        secrets: values that must not be in any file of it.

    Raises:
        CheckFailed: a file changed meanwhile, or holds a secret.
        OutsideError: it cannot be written.
    """
    bundles.mkdir(mode=0o700, parents=True, exist_ok=True)
    for old in bundles.glob(".new-*"):  # of killed runs; a checkout runs one command at a time
        shutil.rmtree(old, ignore_errors=True)
    new = Path(mkdtemp(prefix=".new-", dir=bundles))  # 0700
    try:
        texts = contents.files()
        sealed = replace(
            manifest,
            files={
                **manifest.files,
                **{name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()},
            },
        )
        for name, text in {**texts, MANIFEST: sealed.text()}.items():
            write_private(new / name, text)
        for path, digest in manifest.files.items():
            source = plan if path == PLAN else tree.folder / path.removeprefix(f"{TREE}/")
            _copy_same(source, new / path, digest)
        refuse_secrets(new, secrets)
        folder = bundles / f"{sealed.environment}-{sealed.digest[:_SHOWN_DIGITS]}"
        shutil.rmtree(folder, ignore_errors=True)
        new.rename(folder)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise
    return Bundle(folder, sealed)


def _copy_same(source: Path, target: Path, digest: str) -> None:
    if copy_hashed(source, target) != digest:
        raise CheckFailed(f"{source} changed while it was being sealed; plan again.")


def open_bundle(folder: Path) -> Bundle:
    """A bundle as it says it is; :func:`private_copy` finds out whether it is.

    Raises:
        UsageError: there is no bundle in the folder.
        CheckFailed: its manifest is damaged.
    """
    file = folder / MANIFEST
    if not file.is_file() or file.is_symlink():
        raise UsageError(
            f"{folder} is not a bundle (it has no {MANIFEST}); make one with make plan."
        )
    try:
        return Bundle(folder, parse_manifest(file.read_text(encoding="utf-8")))
    except UnicodeDecodeError:
        raise CheckFailed(f"{file} is not text; plan again.") from None
    except ManifestError as error:
        raise CheckFailed(f"{folder.name}: {error}") from None


def private_copy(bundle: Bundle, folder: Path) -> Bundle:
    """Copy a bundle to where nobody else writes, and refuse what is not as it was sealed.

    Raises:
        CheckFailed: a file is missing, was changed, or was added.
    """
    manifest = bundle.manifest
    _refuse_escapes(manifest)
    extra = set(listed(bundle.folder)) - manifest.files.keys() - _UNSEALED
    if extra:
        raise CheckFailed(
            f"The bundle holds {sorted(extra)[0]}, which was not sealed into it; plan again."
        )
    for path, digest in sorted(manifest.files.items()):
        source = bundle.folder / path
        if not source.is_file() and not source.is_symlink():
            raise CheckFailed(f"The bundle lacks {path}, which was sealed into it; plan again.")
        if copy_hashed(source, folder / path) != digest:
            raise CheckFailed(f"{_named(path)} is not what was sealed; plan again.")
    write_private(folder / MANIFEST, manifest.text())
    copy = Bundle(folder, manifest)
    _refuse_contradictions(copy)
    return copy


def check_place(
    manifest: BundleManifest,
    environment: Environment,
    backend: str,
    state: PlannedState | None,
    now: datetime,
) -> None:
    """Refuse a bundle that is not for this environment as it is now.

    Args:
        backend: where the environment's state is.
        state: that state; None where there is none.

    Raises:
        CheckFailed: with what differs.
    """
    if manifest.environment != environment.name:
        raise CheckFailed(
            f"The bundle was planned for {manifest.environment}, not for {environment.name}."
        )
    if manifest.account_id != environment.account_id:
        raise CheckFailed(
            f"The bundle was planned for account {manifest.account_id}, but {environment.name} is "
            f"account {environment.account_id}; plan again."
        )
    if manifest.region != environment.region:
        raise CheckFailed(
            f"The bundle was planned for region {manifest.region}, but {environment.name} is in "
            f"{environment.region}; plan again."
        )
    if manifest.backend != backend:
        raise CheckFailed(
            f"The bundle was planned on the state at {manifest.backend}, but the state of "
            f"{environment.name} is at {backend}; plan again."
        )
    if not manifest.refreshed:
        raise CheckFailed(
            "The bundle was planned without looking at what is deployed, so it is for reviewers "
            "only; plan again without REFRESH=no."
        )
    if now >= manifest.expires_at:
        raise CheckFailed(
            f"The bundle expired at {manifest.expires_at:%Y-%m-%d %H:%M} UTC; plan again."
        )
    if now < manifest.made_at - _CLOCKS_DIFFER_BY:
        raise CheckFailed(
            f"The bundle says it was made at {manifest.made_at:%Y-%m-%d %H:%M} UTC, which is yet "
            "to come; set this machine's clock, or plan again."
        )
    _check_state(manifest.state, state, environment.name)


def _check_state(planned: PlannedState | None, found: PlannedState | None, name: str) -> None:
    if planned == found:
        return
    if found is None:
        raise CheckFailed(
            f"The bundle changes a state that is gone: {name} has none any more. Find out where it "
            "went before anything is applied; then plan again."
        )
    if planned is None:
        raise CheckFailed(
            f"The bundle was planned when nothing was deployed, but {name} has a state by now; "
            "plan again."
        )
    if planned.lineage != found.lineage:
        raise CheckFailed(
            f"The bundle changes another state than the one that {name} has now (its lineage "
            "differs); find out who moved or replaced it, then plan again."
        )
    raise CheckFailed(
        f"Something was applied to {name} since this was planned (state serial {planned.serial}, "
        f"now {found.serial}); plan again."
    )


def refuse_secrets(folder: Path, secrets: Collection[str]) -> None:
    """Refuse files that hold one of these values, inside plan files and zips too.

    Raises:
        CheckFailed: naming the file, never the value.
    """
    needles = [value.encode() for value in secrets]
    if not needles:
        return
    for path in listed(folder):
        file = folder / path
        for member, data in _contents(file):
            if any(needle in data for needle in needles):
                inside = f" ({member})" if member else ""
                raise CheckFailed(
                    f"{path}{inside} would hold one of the secrets of this run in clear, so "
                    "nothing was sealed; find the variable that carries it, and make it ephemeral."
                )


def _contents(file: Path) -> Iterator[tuple[str, bytes]]:
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive:
            for name in archive.namelist():
                yield name, archive.read(name)
    else:
        yield "", file.read_bytes()


def _refuse_escapes(manifest: BundleManifest) -> None:
    for path in manifest.files:
        parts = path.split("/")
        if path.startswith("/") or "\\" in path or any(part in {"", ".", ".."} for part in parts):
            raise CheckFailed(f"The bundle lists {path!r}, which is not a path in it; plan again.")
    missing = {PLAN, PLAN_JSON, VERDICTS, BRIEF_MARKDOWN, BRIEF_HTML} - manifest.files.keys()
    if missing:
        raise CheckFailed(f"The bundle's manifest lacks {sorted(missing)[0]}; plan again.")


def _refuse_contradictions(copy: Bundle) -> None:
    """The digests that stand in several places are the same in each."""
    manifest = copy.manifest
    if manifest.files.get(f"{TREE}/terraform/.terraform.lock.hcl") != manifest.lock_file:
        raise CheckFailed("The provider lock file is not what was sealed; plan again.")
    built = copy.lambdas()
    if built.lambdas.keys() != manifest.lambdas.keys():
        raise CheckFailed("The bundle's manifest lists other Lambdas than were built; plan again.")
    for artifact in built:
        zipped = manifest.files.get(f"{TREE}/dist/{artifact.zip.name}")
        base64 = b64encode(bytes.fromhex(zipped or "")).decode("ascii")
        if (artifact.sha256, artifact.sha256_base64) != (zipped, base64) or zipped != (
            manifest.lambdas[artifact.name]
        ):
            raise CheckFailed(f"The zip of {artifact.name} is not what was sealed; plan again.")


_NAMES: Mapping[str, str] = {
    PLAN: "The plan file (plan.bin)",
    f"{TREE}/terraform/.terraform.lock.hcl": "The provider lock file",
}


def _named(path: str) -> str:
    if path.startswith(f"{TREE}/dist/") and path.endswith(".zip"):
        return f"The Lambda zip {path.removeprefix(f'{TREE}/dist/')}"
    return _NAMES.get(path, path)


def pretty_json(data: object) -> str:
    """JSON as it is sealed."""
    return json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
