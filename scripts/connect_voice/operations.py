"""Plan and apply: what Terraform would change, and changing exactly that."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from connect_voice.console import BegunAgain, Progress
from connect_voice.errors import CheckFailed, CommandError, OutsideError
from connect_voice.leftovers import Leftover
from connect_voice.terraform import FLAG, AlreadyExists, Event, Option, Terraform
from connect_voice.workspace import Workspace

if TYPE_CHECKING:
    from connect_voice.in_doubt import Doubt
    from connect_voice.ties import Tie

# What brings boto3 is imported where it is needed, so that Terraform is at work by then.
# ruff: noqa: PLC0415

_NO_CHANGES, _CHANGES = 0, 2  # terraform plan -detailed-exitcode
# Terraform's words in its machine-readable UI for what it would do to a resource.
_ACTIONS = ("create", "update", "replace", "delete")


@dataclass(frozen=True)
class PlannedChange:
    """What would happen to one resource."""

    address: str
    action: str


@dataclass(frozen=True)
class Plan:
    """A saved plan. ``changed`` can be true without resource changes: outputs count too.

    Args:
        leftovers: what an interrupted run made, and has to go before this plan is applied.
    """

    file: Path
    changed: bool
    changes: tuple[PlannedChange, ...]
    leftovers: tuple[Leftover, ...] = ()

    def count(self, action: str) -> int:
        """How many resources the action would befall; a replacement counts as itself."""
        return sum(change.action == action for change in self.changes)

    @property
    def summary(self) -> str:
        """One line, such as ``3 to create, 1 to update``."""
        counts = [f"{self.count(action)} to {action}" for action in _ACTIONS if self.count(action)]
        if counts:
            return ", ".join(counts)
        return "outputs to change" if self.changed else "no changes"


@dataclass(frozen=True)
class Applied:
    """What an apply did, counted by what Terraform reported as done."""

    created: int
    updated: int
    destroyed: int

    @property
    def summary(self) -> str:
        """One line, such as ``31 created``."""
        parts = [(self.created, "created"), (self.updated, "updated"), (self.destroyed, "removed")]
        return ", ".join(f"{count} {word}" for count, word in parts if count) or "nothing to do"

    def __add__(self, other: Applied) -> Applied:
        return Applied(
            self.created + other.created,
            self.updated + other.updated,
            self.destroyed + other.destroyed,
        )


class MadeUnnoticedError(OutsideError):
    """An apply ended at objects that it may have made itself, without hearing of it.

    Args:
        applied: what it did otherwise.
        changes: what it was to do.
    """

    def __init__(
        self, error: AlreadyExists, applied: Applied, changes: Sequence[PlannedChange]
    ) -> None:
        super().__init__(f"{error} If this apply has made it, a new plan adopts it.")
        self.applied = applied
        self.changes = tuple(changes)


def make_plan(
    workspace: Workspace,
    file: Path,
    progress: Progress,
    beside: Callable[[], None],
    *,
    secrets: Mapping[str, str],
    destroy: bool = False,
) -> Plan:
    """Save a plan to a file that only its owner may read: it holds every value in clear.

    Terraform sets to work at once, while it is looked up whether there is anything to put right
    that it does not see by itself. Hardly ever there is; then that is put right, and it begins
    again.

    Args:
        beside: what can be done while Terraform plans; where it fails, Terraform is stopped.

    Raises:
        CommandError: Terraform refuses the configuration, or cannot reach AWS.
    """

    def look() -> None:
        unsettled = _look(workspace, destroy=destroy)
        if unsettled.doubts or unsettled.ties:
            raise _UnsettledError(unsettled)
        beside()

    options: dict[str, Option] = dict(workspace.variables())
    if destroy:
        options["destroy"] = FLAG
    terraform = workspace.terraform(secrets)
    with _private_files():
        try:
            return _planned(terraform, file, progress, look, options)
        except _UnsettledError as error:
            unsettled = error.unsettled
        from connect_voice import in_doubt, recovery

        if unsettled.ties:
            options["replace"] = [tie.address for tie in unsettled.ties]
        with recovery.adopting(
            workspace, unsettled.doubts, progress, secrets=secrets, destroy=destroy
        ) as leftovers:
            plan = replace(
                _planned(terraform, file, progress, beside, options, ties=unsettled.ties),
                leftovers=leftovers,
            )
    if not (plan.changed or plan.leftovers or destroy):
        with suppress(CommandError):  # who only reads leaves it to others
            in_doubt.forget(workspace.environment, workspace.session())
    return plan


def _planned(
    terraform: Terraform,
    file: Path,
    progress: Progress,
    beside: Callable[[], None],
    options: Mapping[str, Option],
    *,
    ties: Sequence[Tie] = (),
) -> Plan:
    changes: list[PlannedChange] = []
    with progress.stage("plan") as stage:

        def on_event(event: Event) -> None:
            if event["type"] == "planned_change":
                change = event["change"]
                if change["action"] in _ACTIONS:
                    address = change["resource"]["addr"]
                    changes.append(PlannedChange(address, change["action"]))
            elif event["type"] in {"refresh_start", "apply_start"}:
                stage.update(f"reading {event['hook']['resource']['addr']}")

        for tie in ties:
            stage.line(f"{tie.address}: the number leads elsewhere by now, and is led back")
        started = time.monotonic()
        with terraform.running(
            "plan", **options, json=FLAG, input=False, detailed_exitcode=FLAG, out=str(file)
        ) as running:
            beside()
            done = running.completed(good=(_NO_CHANGES, _CHANGES), on_event=on_event)
        stage.terraform_seconds = time.monotonic() - started
        _refuse_unknown_variables(done.events)
        plan = Plan(file, done.exit_code == _CHANGES, tuple(changes))
        stage.note = plan.summary
    return plan


def show_plan(workspace: Workspace, file: Path) -> str:
    """A plan file as JSON. It holds sensitive values in clear.

    Raises:
        CommandError: Terraform cannot read the file.
    """
    with workspace.showing(file) as showing:
        return showing.completed().output


def apply(
    workspace: Workspace,
    file: Path,
    changes: Sequence[PlannedChange],
    progress: Progress,
    beside: Callable[[], None],
    *,
    secrets: Mapping[str, str],
    doubts: Sequence[Doubt],
    stage_name: str = "apply",
) -> Applied:
    """Apply the very bytes of a saved plan.

    Args:
        changes: what it would do, for the progress.
        beside: what can be done while Terraform applies, and must not fail: that would stop it.
        doubts: what it makes, for whoever has to go on should it not end well.

    Raises:
        MadeUnnoticedError: Terraform failed of nothing but objects that exist already.
        CommandError: Terraform failed part of the way; what it did is in the state, and the same
            command goes on from there.
    """
    from connect_voice.recovery import recorded

    running: dict[str, str] = {}
    done = {"create": 0, "update": 0, "delete": 0}
    total = len(changes) + sum(change.action == "replace" for change in changes)

    with progress.stage(stage_name) as stage:

        def on_event(event: Event) -> None:
            hook = event.get("hook", {})
            address = str(hook.get("resource", {}).get("addr", ""))
            kind = event["type"]
            if kind == "apply_start" and hook["action"] in done:
                running[address] = _SAYING[hook["action"]]
            elif kind == "apply_complete" and hook["action"] in done:
                running.pop(address, None)
                done[hook["action"]] += 1
                seconds = hook.get("elapsed_seconds", 0)
                stage.line(f"{address}: {_DONE[hook['action']]} ({seconds} s)")
            elif kind == "apply_errored":
                running.pop(address, None)
            stage.update(_progress(running, sum(done.values()), total))

        started = time.monotonic()
        try:
            terraform = workspace.terraform(secrets)
            with (
                recorded(workspace, doubts),
                terraform.running("apply", str(file), json=FLAG, input=False) as applying,
            ):
                beside()
                applying.completed(on_event=on_event)
        except AlreadyExists as error:
            applied = _applied(done)
            stage.note = f"{applied.summary}, and something that is there already"
            raise MadeUnnoticedError(error, applied, changes) from None
        stage.terraform_seconds = time.monotonic() - started
        applied = _applied(done)
        stage.note = applied.summary
    return applied


def _applied(done: Mapping[str, int]) -> Applied:
    return Applied(done["create"], done["update"], done["delete"])


@dataclass(frozen=True)
class _Unsettled:
    """What a plan has to put right and Terraform does not see by itself.

    Args:
        doubts: what an interrupted run may have made.
        ties: numbers that somebody has led elsewhere.
    """

    doubts: tuple[Doubt, ...]
    ties: tuple[Tie, ...]


class _UnsettledError(BegunAgain):
    def __init__(self, unsettled: _Unsettled) -> None:
        super().__init__()
        self.unsettled = unsettled


def _look(workspace: Workspace, *, destroy: bool) -> _Unsettled:
    from connect_voice.in_doubt import load
    from connect_voice.state import read_managed
    from connect_voice.ties import loose, ties

    session = workspace.session()
    doubts = load(workspace.environment, session)
    if destroy:
        return _Unsettled(doubts, ())
    made = ties(read_managed(workspace.environment, session))
    return _Unsettled(doubts, loose(made, session))


def _refuse_unknown_variables(events: Sequence[Event]) -> None:
    """A misspelt name in a tfvars file is a warning to Terraform; here it stops the plan, because
    what its author wanted would silently not happen."""
    for event in events:
        diagnostic = event.get("diagnostic", {})
        if diagnostic.get("summary") == "Value for undeclared variable":
            detail = " ".join(str(diagnostic.get("detail", "")).split())
            raise CheckFailed(f"A variable is set that does not exist: {detail}")


_SAYING = {"create": "creating", "update": "updating", "delete": "removing"}
_DONE = {"create": "created", "update": "updated", "delete": "removed"}


def _progress(running: Mapping[str, str], done: int, total: int) -> str:
    addresses: Sequence[str] = list(running)
    if not addresses:
        return f"{done}/{total}"
    first = addresses[0]
    others = f" and {len(addresses) - 1} more" if len(addresses) > 1 else ""
    return f"{done}/{total}  {running[first]} {first}{others}"


@contextmanager
def _private_files() -> Iterator[None]:
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)
