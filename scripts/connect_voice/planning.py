"""From a checkout to a plan, and on to a sealed one: a private tree, Terraform, the gate."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from connect_voice import secrets
from connect_voice.bundle.sealed import PLAN, Bundle
from connect_voice.bundle.tree import Sources, assemble, private_folder
from connect_voice.checkov import at_work
from connect_voice.console import Progress
from connect_voice.operations import Plan, make_plan
from connect_voice.terraform import PreconditionFailed
from connect_voice.workspace import Workspace

if TYPE_CHECKING:
    from connect_voice.brief import Brief
    from connect_voice.policy import Gate, Judgement

DEPLOY, DESTROY = "deploy", "destroy"


@dataclass(frozen=True)
class Sealed:
    """A plan, and the bundle it was sealed into.

    Args:
        secrets: those it was made with, by environment variable: Terraform wants them again.
        bundle: None where nothing would change and nobody asked for a bundle all the same.
    """

    plan: Plan
    secrets: Mapping[str, str] = field(repr=False)
    bundle: Bundle | None = None
    judgement: Judgement | None = None
    brief: Brief | None = None


def make_bundle(
    workspace: Workspace,
    sources: Sources,
    progress: Progress,
    *,
    purpose: str = DEPLOY,
    unchanged: bool = True,
    typed: bool = False,
) -> Sealed:
    """Plan, judge, and seal; a plan that the gate refuses is sealed too, for reviewers to see.

    Args:
        purpose: ``deploy`` or ``destroy``.
        unchanged: whether to seal a plan that changes nothing.
        typed: whether somebody typed the environment's name to destroy it; where no approval is
            asked for, that is all it takes.

    Raises:
        CommandError: there is no plan, or it would carry a secret; nothing was sealed.
    """
    gates: list[Gate] = []
    with private_folder(workspace.private("plan")) as folder, ExitStack() as stack:
        tree = assemble(sources, folder)
        planning = workspace.in_tree(tree.root)
        worker = stack.enter_context(at_work(workspace.project, folder))

        def beside() -> None:
            # What comes after the plan takes half as long to import as the shortest plan takes.
            from connect_voice import brief, policy, sealing  # noqa: F401, PLC0415

            if not gates:
                gates.append(policy.read_gate(workspace.project, worker))

        plan, held = _plan(planning, folder / PLAN, progress, purpose, beside)
        if not (plan.changed or plan.leftovers or unchanged):
            return Sealed(plan, held)
        from connect_voice.sealing import Draft, judge_and_seal  # noqa: PLC0415

        draft = Draft(planning, sources, tree, plan, held, purpose, typed=typed)
        return judge_and_seal(draft, gates[0], progress)


def _plan(
    workspace: Workspace, file: Path, progress: Progress, purpose: str, beside: Callable[[], None]
) -> tuple[Plan, dict[str, str]]:
    """A plan, and the secrets it was made with.

    Only Terraform knows whether secrets would be written: it refuses a plan that would write them
    without having them. Then, and only then, they are asked for.
    """
    held = secrets_at_hand(workspace)
    destroy = purpose == DESTROY
    try:
        plan = make_plan(workspace, file, progress, beside, secrets=held, destroy=destroy)
    except PreconditionFailed as error:
        # The preconditions' sentences name the variables that they miss.
        lacking = secrets.named_in(error.sentences)
        if not lacking:
            raise
        held |= secrets.ask_for(lacking)
        plan = make_plan(workspace, file, progress, beside, secrets=held, destroy=destroy)
    return plan, held


def secrets_at_hand(workspace: Workspace) -> dict[str, str]:
    """The secrets that are there without asking."""
    if workspace.aws is not None:
        return secrets.from_embedded(workspace.aws)
    return secrets.from_environment(os.environ)
