"""From a plan to a sealed bundle: what it would do, what the gate makes of it, the brief."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import Any

from connect_voice.bundle import origin
from connect_voice.bundle.manifest import BundleManifest, PlannedState, utc_now
from connect_voice.bundle.sealed import (
    APPROVAL,
    MANIFEST,
    Bundle,
    Contents,
    digests,
    open_bundle,
    pretty_json,
    seal,
)
from connect_voice.bundle.tree import Sources, Tree, write_private
from connect_voice.console import Progress
from connect_voice.environment import load_environment
from connect_voice.errors import CheckFailed, CommandError
from connect_voice.last_applied import promotion, read_last
from connect_voice.ledger import Ledger
from connect_voice.operations import Plan
from connect_voice.planning import DESTROY, Sealed
from connect_voice.policy import Gate, Judgement
from connect_voice.rehearsal import rehearse
from connect_voice.state import read_state
from connect_voice.tools import PROVIDER_VERSION
from connect_voice.workspace import Workspace
from lambda_build import Manifest
from plan_policy import Plan as PlanDocument
from plan_policy import PlanError, parse_plan, read_plan
from plan_policy.gate import Context, Override, override_destroy
from plan_policy.protection import losses
from plan_policy.redaction import canonical_digest, redact, secrets_in_plan

_KEPT_LOCALLY = 5  # bundles of an embedded environment, whose state does not outlive it
_SECRET_NAME = re.compile(
    r"SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|PRIVATE|CREDENTIAL|(API|APPROVAL)_?KEY"
)
_NO_SECRETS = "no-secret-in-plan"
_SHORTEST_SECRET = 12  # shorter values would be found in anything


@dataclass(frozen=True)
class Draft:
    """A plan on its way into a bundle, with all that it was made from and with."""

    workspace: Workspace
    sources: Sources
    tree: Tree
    plan: Plan
    held: Mapping[str, str] = field(repr=False)
    purpose: str
    typed: bool = False

    def manifest(self) -> BundleManifest:
        """What the bundle will say of itself, as far as that is known before the plan is read."""
        environment = self.workspace.environment
        root = self.workspace.project.root
        author = origin.find_author(root, self.workspace.identity, os.environ)
        now = utc_now()
        return BundleManifest(
            purpose=self.purpose,
            environment=environment.name,
            account_id=environment.account_id,
            region=environment.region,
            backend=self.workspace.backend,
            state=planned_state(self.workspace),
            commit=origin.find_commit(root),
            author=author,
            made_at=now,
            expires_at=now + timedelta(hours=environment.plan_hours),
            tools={
                "terraform": self.workspace.binary.version,
                "hashicorp/aws": PROVIDER_VERSION,
                "python": ".".join(map(str, sys.version_info[:3])),
                "connect-voice": version("connect-voice"),
            },
            canonical="",
            lambdas=self.tree.lambdas,
            lock_file=self.tree.lock_file,
            files=digests(self.tree, self.plan.file),
            leftovers=self.plan.leftovers,
            ledger_head=Ledger(environment, self.workspace.session(), who=author).head(),
            secrets=tuple(sorted(self.held)),
            refreshed=environment.refresh,
            summary=self.plan.summary,
        )


def judge_and_seal(draft: Draft, gate: Gate, progress: Progress) -> Sealed:
    """Judge a plan, and seal it with its verdicts and its brief.

    Raises:
        CommandError: the gate cannot judge, or the plan would carry a secret; nothing was sealed.
    """
    # An apply has no brief to make and should not pay for what draws it.
    from connect_voice.brief import BriefInputs, make_brief  # noqa: PLC0415

    known = known_secrets(draft.held)
    with progress.stage("review") as stage:
        stage.update("reading the plan")
        with draft.workspace.showing(draft.plan.file) as showing:
            drafted = draft.manifest()  # reads the state, the ledger and every zip
            raw = showing.completed().output
        shown = write_private(draft.tree.folder / "shown.json", raw)
        gate.look_at(shown)
        try:
            document = parse_plan(raw)
        except PlanError as error:
            raise CheckFailed(str(error)) from None
        _refuse_secrets_in(document.data, known)
        refuse_other_zips(document, draft.sources.built)
        redacted = redact(document.data, known)
        manifest = replace(drafted, canonical=canonical_digest(document.data))
        stage.note = f"change {manifest.change[:12]}"
    context = rehearse(draft.workspace, document, context_of(manifest), manifest.secrets, progress)
    given = _typed(document, context, manifest) if draft.typed else ()
    judgement = gate.judge(document, shown, context, progress, given=given)
    _refuse_to_seal(judgement)
    with progress.stage("seal") as stage:
        brief = make_brief(
            BriefInputs(
                manifest=manifest,
                plan=read_plan(redacted),
                verdicts=judgement.verdicts,
                lambdas=json.loads(draft.sources.built.path.read_bytes())["lambdas"],
                last=read_last(draft.workspace.environment, draft.workspace.session()),
                templates=draft.tree.flow_templates(),
                promotion=_promotion(draft.workspace, manifest),
                coverage=judgement.coverage,
                rehearsed=context.rehearsed,
            )
        )
        contents = Contents(
            plan_json=pretty_json(redacted),
            verdicts=pretty_json(judgement.to_json()),
            brief_markdown=brief.markdown,
            brief_html=brief.html,
        )
        bundles = draft.workspace.bundles
        bundle = seal(bundles, draft.tree, draft.plan.file, contents, manifest, secrets=known)
        _carry_approval(bundle)
        _tidy(draft.workspace, bundle)
        stage.note = f"dist/bundles/{bundle.folder.name}"
    return Sealed(draft.plan, draft.held, bundle, judgement, brief)


def _typed(
    document: PlanDocument, context: Context, manifest: BundleManifest
) -> tuple[Override, ...]:
    """What somebody who typed the environment's name has overridden, where anything needs it."""
    if not any(losses(document)):
        return ()
    reason = "typed the environment's name to remove everything"
    return (override_destroy(context, owner=manifest.author.name, reason=reason),)


def refuse_other_zips(document: PlanDocument, built: Manifest) -> None:
    """Refuse a plan whose functions get other bytes than those that were built and sealed.

    Terraform reads a zip by its name when it applies; what binds the plan to its bytes is the
    digest beside the name.

    Raises:
        CheckFailed: a function names a zip that was not built, or another digest.
    """
    digests_of = {artifact.zip.name: artifact.sha256_base64 for artifact in built}
    for change in document.managed("aws_lambda_function"):
        if change.after is None:
            continue
        name = PurePosixPath(str(change.after.get("filename"))).name
        if digests_of.get(name) != change.after.get("source_code_hash"):
            raise CheckFailed(
                f"{change.address} would get {name}, but not with the digest of the zip that was "
                "built; plan again."
            )


def known_secrets(held: Mapping[str, str]) -> frozenset[str]:
    """Every value that must be in nothing that is written: what Terraform is given, and what the
    process's own environment calls a secret."""
    own = {
        value
        for name, value in os.environ.items()
        if _SECRET_NAME.search(name.upper()) and not _is_path(value)
    }
    return frozenset(value for value in {*held.values(), *own} if len(value) >= _SHORTEST_SECRET)


def _is_path(value: str) -> bool:
    """Whether it says where a secret is rather than being one, as AWS_WEB_IDENTITY_TOKEN_FILE."""
    with suppress(OSError):  # longer than any name, as session tokens are
        return Path(value).exists()
    return False


def planned_state(workspace: Workspace) -> PlannedState | None:
    """Which state there is now.

    Raises:
        OutsideError: S3 cannot be reached or refuses.
    """
    state = read_state(workspace.environment, workspace.session())
    return PlannedState(state.lineage, state.serial) if state is not None else None


def context_of(manifest: BundleManifest) -> Context:
    """What rules may know beside the plan."""
    return Context(
        environment=manifest.environment,
        account_id=manifest.account_id,
        region=manifest.region,
        change=manifest.change,
        today=utc_now().date(),
        purpose=manifest.purpose,
    )


def _refuse_secrets_in(data: Mapping[str, Any], known: frozenset[str]) -> None:
    _refuse_each(secrets_in_plan(data, known, by_looks=False))


def _refuse_to_seal(judgement: Judgement) -> None:
    """What merely looks like a secret is not sealed either, unless a waiver says it is none."""
    _refuse_each([verdict.message for verdict in judgement.refusing if verdict.rule == _NO_SECRETS])


def _refuse_each(sentences: Sequence[str]) -> None:
    if sentences:
        more = f" ({len(sentences) - 1} more)" if len(sentences) > 1 else ""
        raise CheckFailed(f"{sentences[0]}{more} Nothing was sealed.")


def _promotion(workspace: Workspace, manifest: BundleManifest) -> str:
    source = workspace.environment.promotes_from
    if source is None or manifest.purpose == DESTROY:
        return ""
    try:
        other = load_environment(workspace.project, source)
        last = read_last(other, workspace.session())
    except CommandError as error:
        return f"Whether these Lambdas come from {source} cannot be told: {error}"
    return promotion(manifest.lambdas, source, last)[1]


def _carry_approval(bundle: Bundle) -> None:
    """A fresh plan that would do the same keeps the approval of an earlier one."""
    pattern = f"{bundle.manifest.environment}-*/{APPROVAL}"
    for file in sorted(bundle.folder.parent.glob(pattern), key=_age):
        try:
            earlier = open_bundle(file.parent)
        except CommandError:
            continue
        token = earlier.approval
        if earlier.folder != bundle.folder and earlier.manifest.change == bundle.manifest.change:
            target = bundle.folder / APPROVAL
            target.touch(mode=0o600)
            target.write_text(f"{token}\n", encoding="ascii")


def _tidy(workspace: Workspace, newest: Bundle) -> None:
    if not workspace.environment.embedded:
        return
    pattern = f"{workspace.environment.name}-*/{MANIFEST}"
    folders = [file.parent for file in sorted(newest.folder.parent.glob(pattern), key=_age)]
    for folder in folders[:-_KEPT_LOCALLY]:
        shutil.rmtree(folder, ignore_errors=True)


def _age(file: Path) -> float:
    return file.stat().st_mtime
