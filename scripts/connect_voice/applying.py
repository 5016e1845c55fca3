"""Applying a bundle: what was sealed, or nothing."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from connect_voice.approval import Approval, check_approval
from connect_voice.bundle.manifest import BundleManifest, utc_now
from connect_voice.bundle.origin import find_author
from connect_voice.bundle.sealed import (
    PLAN_JSON,
    Bundle,
    check_place,
    private_copy,
)
from connect_voice.bundle.tree import private_folder, write_private
from connect_voice.console import Progress
from connect_voice.errors import CheckFailed, UsageError
from connect_voice.finders.removal import remove
from connect_voice.in_doubt import creations
from connect_voice.last_applied import write_last
from connect_voice.ledger import Ledger
from connect_voice.ledger_entries import Head, Json
from connect_voice.opening import load_the_end
from connect_voice.operations import Applied, PlannedChange, apply
from connect_voice.planning import DESTROY
from connect_voice.policy import Gate, Judgement
from connect_voice.rehearsal import rehearse
from connect_voice.sealing import context_of, known_secrets, planned_state, refuse_other_zips
from connect_voice.snapshots import take_snapshot
from connect_voice.workspace import Workspace
from plan_policy import Action, Plan, PlanError, parse_plan
from plan_policy.redaction import canonical_digest

_DONE_TO = {Action.CREATE, Action.UPDATE, Action.REPLACE, Action.DELETE}


@dataclass(frozen=True)
class Outcome:
    """What came of applying a bundle."""

    bundle: Path
    manifest: BundleManifest
    applied: Applied
    changes: tuple[PlannedChange, ...]
    approval: Approval | None


@dataclass(frozen=True)
class Cleared:
    """A private copy of a bundle, once nothing but the gate could keep it from being applied."""

    copy: Bundle
    ledger: Ledger
    approval: Approval | None
    secrets: Mapping[str, str] = field(repr=False)


def apply_bundle(
    workspace: Workspace,
    bundle: Bundle,
    progress: Progress,
    judged: Judgement,
    *,
    held: Mapping[str, str],
) -> Outcome:
    """Verify a bundle on a private copy, and apply that copy.

    Args:
        judged: the gate's answer: this very process has made and judged the bundle.
        held: secrets by environment variable; the plan was made with some of them.

    Raises:
        CommandError: with the reason why nothing was applied, or what failed part of the way.
    """
    with private_folder(workspace.private("apply")) as folder:
        with progress.stage("verify") as stage:
            copy = private_copy(bundle, folder)
            cleared = clear(workspace, copy, held=held, token=bundle.approval, trusted=True)
            stage.note = f"bundle {bundle.folder.name} is as it was sealed"
        return carry_out(workspace, bundle.folder, cleared, judged, progress)


def clear(
    workspace: Workspace, copy: Bundle, *, held: Mapping[str, str], token: str | None, trusted: bool
) -> Cleared:
    """Whether a bundle may be applied here and now: place, state, expiry, ledger, approval.

    Args:
        copy: a private copy that is as it was sealed.
        held: secrets by environment variable.
        token: the approval, where there is one.
        trusted: whether the plan was made just now, by this process.

    Raises:
        CommandError: it may not; the message says why.
    """
    manifest = copy.manifest
    check_place(
        manifest, workspace.environment, workspace.backend, planned_state(workspace), utc_now()
    )
    return Cleared(
        copy,
        _ledger(workspace, manifest, held, trusted=trusted),
        _approval(token, manifest, workspace),
        _secrets(manifest, held),
    )


def carry_out(
    workspace: Workspace, folder: Path, cleared: Cleared, judgement: Judgement, progress: Progress
) -> Outcome:
    """Apply what is cleared and judged.

    Args:
        folder: the bundle's own.

    Raises:
        CommandError: the gate refuses it, or the apply failed part of the way.
    """
    refuse(judgement)
    copy, manifest = cleared.copy, cleared.copy.manifest
    environment, session = workspace.environment, workspace.session()
    document = _document(copy)
    changes = tuple(
        PlannedChange(change.address, change.action.value)
        for change in document.changes
        if change.managed and change.action in _DONE_TO
    )
    with cleared.ledger.applying(
        manifest,
        approval=cleared.approval,
        bundle=folder.name,
        digest=manifest.digest,
        verdicts=_counts(judgement),
        excused=_excused(judgement),
    ) as run:
        snapshot = take_snapshot(environment, session)
        if snapshot is not None:
            run.facts["snapshot"] = snapshot.key
        remove(manifest.leftovers, session)
        applied = apply(
            workspace.in_tree(copy.root),
            copy.plan,
            changes,
            progress,
            load_the_end,
            secrets=cleared.secrets,
            doubts=creations(document.data, manifest.made_at),
            stage_name="destroy" if manifest.purpose == DESTROY else "apply",
        )
        run.facts["done"] = applied.summary
        write_last(environment, session, _record(copy, document))
    return Outcome(folder, manifest, applied, changes, cleared.approval)


def read_again(copy: Bundle, shown: str, gate: Gate) -> tuple[Plan, Path]:
    """The plan as Terraform shows it today, and the file for the gate to look at.

    Args:
        shown: what ``terraform show -json`` says of the copy's plan.

    Raises:
        CommandError: it does not do what the manifest says it does.
    """
    file = write_private(copy.folder / "shown.json", shown)
    gate.look_at(file)
    try:
        document = parse_plan(shown)
    except PlanError as error:
        raise CheckFailed(str(error)) from None
    if canonical_digest(document.data) != copy.manifest.canonical:
        raise CheckFailed(
            "The plan file does not do what the bundle's manifest says it does; plan again."
        )
    refuse_other_zips(document, copy.lambdas())
    return document, file


def judge_again(
    workspace: Workspace, copy: Bundle, read: tuple[Plan, Path], gate: Gate, progress: Progress
) -> Judgement:
    """Judge a plan by today's policies.

    Args:
        workspace: in the copy's tree.
        read: from :func:`read_again`.

    Raises:
        CommandError: the gate cannot judge.
    """
    document, file = read
    manifest = copy.manifest
    context = rehearse(workspace, document, context_of(manifest), manifest.secrets, progress)
    return gate.judge(document, file, context, progress)


def refuse(judgement: Judgement) -> None:
    """End here unless every rule is content.

    Raises:
        CheckFailed: with the first of the verdicts that refuse.
    """
    refusing = judgement.refusing
    if not refusing:
        return
    first = refusing[0]
    place = f" {first.address}:" if first.address else ""
    more = f" ({len(refusing) - 1} more)" if len(refusing) > 1 else ""
    raise CheckFailed(f"Policy refuses this plan ({first.rule}):{place} {first.message}{more}")


def _ledger(
    workspace: Workspace, manifest: BundleManifest, held: Mapping[str, str], *, trusted: bool
) -> Ledger:
    """The environment's ledger, once it is known to be the one that the plan was made with.

    Args:
        trusted: whether the plan was made just now.
    """
    who = find_author(workspace.project.root, workspace.identity, os.environ)
    ledger = Ledger(
        workspace.environment,
        workspace.session(),
        who=who,
        known_secrets=known_secrets(held),
    )
    if not trusted and manifest.ledger_head:
        problems = ledger.verify([Head(0, manifest.ledger_head, "the bundle")])
        if problems:
            raise CheckFailed(
                f"The ledger of {manifest.environment} is not what it was when this was planned: "
                f"{problems[0].message} Look with `make ledger ENV={manifest.environment}`."
            )
    return ledger


def _counts(judgement: Judgement) -> dict[str, Json]:
    answers = Counter(
        "excused" if verdict.excused else verdict.answer.value for verdict in judgement.verdicts
    )
    return {**answers}


def _excused(judgement: Judgement) -> list[Json]:
    return [
        f"{verdict.rule} {verdict.address}: {verdict.excused}"
        for verdict in judgement.verdicts
        if verdict.excused
    ]


def _approval(token: str | None, manifest: BundleManifest, workspace: Workspace) -> Approval | None:
    if not workspace.environment.approval.required:
        return None
    return check_approval(token, manifest, workspace.environment, now=utc_now())


def _secrets(manifest: BundleManifest, held: Mapping[str, str]) -> dict[str, str]:
    """Terraform wants those secrets at apply that the plan was made with, and no others."""
    lacking = [name for name in manifest.secrets if name not in held]
    if lacking:
        raise UsageError(
            f"The plan was made with {' and '.join(lacking)}, and Terraform wants the same again; "
            "set them in the environment. Nothing was changed."
        )
    return {name: held[name] for name in manifest.secrets}


def _document(sealed: Bundle) -> Plan:
    try:
        return parse_plan((sealed.folder / PLAN_JSON).read_bytes())
    except PlanError as error:
        raise CheckFailed(str(error)) from None


def _record(sealed: Bundle, document: Plan) -> dict[str, object]:
    manifest = sealed.manifest
    built = json.loads(sealed.lambdas().path.read_text(encoding="utf-8"))
    return {
        "change": manifest.change,
        "digest": manifest.digest,
        "commit": manifest.commit.sha if manifest.commit else None,
        "at": utc_now().isoformat(),
        "purpose": manifest.purpose,
        "lambdas": built["lambdas"] if manifest.purpose != DESTROY else {},
        "variables": document.data.get("variables", {}),
    }
