"""Applying a bundle: what was sealed, or nothing."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
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
from connect_voice.operations import Applied, PlannedChange, apply, show_plan
from connect_voice.planning import (
    DESTROY,
    context_of,
    known_secrets,
    planned_state,
    refuse_other_zips,
)
from connect_voice.policy import Judgement, open_gate
from connect_voice.rehearsal import rehearse
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


def apply_bundle(
    workspace: Workspace,
    bundle: Bundle,
    progress: Progress,
    *,
    held: Mapping[str, str],
    token: str | None,
    judged: Judgement | None = None,
) -> Outcome:
    """Verify a bundle on a private copy, and apply that copy.

    Args:
        held: secrets by environment variable; the plan was made with some of them.
        token: the approval, where there is one.
        judged: the gate's answer where this very process made and judged the bundle; else its plan
            is read and judged again, since a folder can be written to by others.

    Raises:
        CommandError: with the reason why nothing was applied, or what failed part of the way.
    """
    environment, session = workspace.environment, workspace.session()
    with private_folder(workspace.private("apply")) as folder, ExitStack() as stack:
        with progress.stage("verify") as stage:
            sealed = private_copy(bundle, folder)
            manifest = sealed.manifest
            check_place(
                manifest, environment, workspace.backend, planned_state(workspace), utc_now()
            )
            ledger = _ledger(workspace, manifest, held, trusted=judged is not None)
            approval = _approval(token, manifest, workspace)
            secrets = _secrets(manifest, held)
            stage.note = f"bundle {bundle.folder.name} is as it was sealed"
        tree = workspace.in_tree(sealed.root)
        judgement = judged or _judge_again(tree, sealed, progress)
        refuse(judgement)
        document = _document(sealed)
        changes = tuple(
            PlannedChange(change.address, change.action.value)
            for change in document.changes
            if change.managed and change.action in _DONE_TO
        )
        run = stack.enter_context(
            ledger.applying(
                manifest,
                approval=approval,
                bundle=bundle.folder.name,
                digest=manifest.digest,
                verdicts=_counts(judgement),
                excused=_excused(judgement),
            )
        )
        snapshot = take_snapshot(environment, session)
        if snapshot is not None:
            run.facts["snapshot"] = snapshot.key
        remove(manifest.leftovers, session)
        applied = apply(
            tree,
            sealed.plan,
            changes,
            progress,
            secrets=secrets,
            doubts=creations(document.data, manifest.made_at),
            stage_name="destroy" if manifest.purpose == DESTROY else "apply",
        )
        run.facts["done"] = applied.summary
        write_last(environment, session, _record(sealed, document))
    return Outcome(bundle.folder, manifest, applied, changes, approval)


def judge_bundle(workspace: Workspace, bundle: Bundle, progress: Progress) -> Judgement:
    """Judge a bundle's plan by today's policies, on a verified private copy.

    Raises:
        CommandError: the bundle is not as it was sealed, or the gate cannot judge.
    """
    with private_folder(workspace.private("policy")) as folder:
        sealed = private_copy(bundle, folder)
        return _judge_again(workspace.in_tree(sealed.root), sealed, progress)


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


def _judge_again(workspace: Workspace, sealed: Bundle, progress: Progress) -> Judgement:
    manifest = sealed.manifest
    with open_gate(workspace.project, sealed.folder / "tree") as gate:
        with progress.stage("review") as stage:
            raw = show_plan(workspace, sealed.plan)
            shown = write_private(sealed.folder / "shown.json", raw)
            gate.look_at(shown)
            try:
                document = parse_plan(raw)
            except PlanError as error:
                raise CheckFailed(str(error)) from None
            if canonical_digest(document.data) != manifest.canonical:
                raise CheckFailed(
                    "The plan file does not do what the bundle's manifest says it does; plan again."
                )
            stage.note = f"change {manifest.change[:12]}"
        refuse_other_zips(document, sealed.lambdas())
        context = rehearse(workspace, document, context_of(manifest), manifest.secrets, progress)
        return gate.judge(document, shown, context, progress)


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
