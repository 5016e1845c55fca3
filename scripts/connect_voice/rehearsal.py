"""Plans once more against a provider that only remembers, to learn what a plan leaves open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from connect_voice.console import Progress
from connect_voice.errors import CommandError
from connect_voice.terraform import FLAG, Interrupted
from connect_voice.vendors import VENDORS
from connect_voice.workspace import Workspace
from plan_policy import Plan
from plan_policy.context import Context
from plan_policy.rehearsal import is_open, rehearsal, rehearsed_attributes

_FILE = "rehearsal.tftest.hcl"
# Every secret's place is taken, so that no precondition asks for one, and no secret is there.
_STAND_IN = "rehearsed"
_SECRETS = frozenset(secret.environment for vendor in VENDORS for secret in vendor.secrets)


def rehearse(
    workspace: Workspace,
    plan: Plan,
    context: Context,
    secrets: Iterable[str],
    progress: Progress,
) -> Context:
    """The context with the code of the plan, and with what the plan leaves open.

    Where nothing is open nothing is run. A rehearsal that fails leaves the context as it is: the
    rules then cannot prove what they cannot see, and that does not pass.

    Args:
        workspace: works in a private copy of the root module that the plan was made in.
        secrets: names of the environment variables that the plan was made with.

    Raises:
        Interrupted: a signal came.
    """
    context = replace(context, sources=_sources(workspace.root))
    if not is_open(plan):
        return context
    file = workspace.root / _FILE
    terraform = workspace.terraform(dict.fromkeys({*secrets, *_SECRETS}, _STAND_IN))
    with progress.stage("rehearse") as stage:
        stage.update("what is known only after apply")
        try:
            file.touch(mode=0o600)
            file.write_text(rehearsal(plan, context), encoding="utf-8")
            done = terraform.run(
                "test",
                json=FLAG,
                verbose=FLAG,
                filter=_FILE,
                var_file=workspace.variables()["var_file"],
            )
        except Interrupted:
            raise
        except CommandError as error:
            stage.note = f"cannot be done: {error}"
            return context
        finally:
            file.unlink(missing_ok=True)
        rehearsed = rehearsed_attributes(done.output)
        stage.note = f"{len(rehearsed)} resources as they would be"
    return replace(context, rehearsed=rehearsed)


def _sources(root: Path) -> dict[str, str]:
    """Everything that Terraform reads as configuration, by its path in the root module."""
    files = (*root.glob("*.tf*"), *root.glob("modules/**/*.tf*"))
    return {
        file.relative_to(root).as_posix(): file.read_text(encoding="utf-8", errors="replace")
        for file in sorted(files)
        if file.is_file() and file.name.endswith((".tf", ".tf.json"))
    }
