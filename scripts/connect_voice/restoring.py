"""``snapshots --restore``: an earlier copy of the state becomes the state again."""

from __future__ import annotations

from connect_voice.bundle.tree import private_folder, write_private
from connect_voice.ledger import Event, Ledger
from connect_voice.snapshots import Snapshot, restorable, take_snapshot
from connect_voice.workspace import Workspace


def restore_snapshot(
    workspace: Workspace, ledger: Ledger, name: str
) -> tuple[Snapshot, Snapshot | None]:
    """Push a copy of the state, through Terraform and under its lock.

    Terraform takes a state only on top of the one it has, so it is pushed with the next serial: no
    bundle that was planned before fits it.

    Returns:
        what was restored, and the copy of what was there until now.

    Raises:
        CommandError: a run is at work, there is no such copy, or Terraform refuses.
    """
    environment, session = workspace.environment, workspace.session()
    if ledger.going_on() is not None:
        ledger.close_dead()
    kept = take_snapshot(environment, session)
    text, snapshot = restorable(environment, session, name)
    with private_folder(workspace.private("restore")) as folder:
        file = write_private(folder / "restored.tfstate", text)
        workspace.initialise()
        workspace.terraform().run("state push", str(file))
    restored = snapshot.to_json()
    ledger.append(Event.STATE_RESTORED, restored=restored, kept=kept.key if kept else None)
    return snapshot, kept
