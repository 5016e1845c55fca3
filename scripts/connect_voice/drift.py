"""``drift``: what is otherwise in AWS than the last apply left it.

Terraform refreshes without changing anything. What it keeps to itself is asked for besides: the
postconditions of what Cloud Control manages, which a refresh merely warns of, and whether a call
still gets through, because numbers are tied to flows by a function that no refresh calls.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connect_voice.brief import Brief, DriftInputs, Unseen, make_drift_brief
from connect_voice.brief.drift import drifted
from connect_voice.build import build_lambdas
from connect_voice.bundle import origin
from connect_voice.bundle.manifest import utc_now
from connect_voice.bundle.tree import private_folder
from connect_voice.call_path import check_call_path
from connect_voice.console import Progress, Stage
from connect_voice.errors import CheckFailed, CommandError, OutsideError
from connect_voice.ledger import Event as Happened
from connect_voice.ledger import Ledger
from connect_voice.locks import read_lock
from connect_voice.operations import show_plan
from connect_voice.planning import secrets_at_hand
from connect_voice.sealing import known_secrets
from connect_voice.smoke import deployment_of
from connect_voice.state import State, read_state
from connect_voice.terraform import FLAG, Event
from connect_voice.workspace import Workspace
from plan_policy import PlanError, parse_plan, read_plan
from plan_policy.redaction import redact

_NONE, _SOME = 0, 2  # terraform plan -detailed-exitcode
_NAMED = ("address", "mode", "type", "name", "provider_name")


@dataclass(frozen=True)
class DriftReport:
    """What was found.

    Args:
        addresses: of the resources that Terraform found changed or gone.
        unseen: conditions of resources that do not hold any more.
        calls: why calls do not get through, a sentence each.
        markdown: where the brief lies.
        page: where it lies as a page.
        kept: why the ledger does not say so; empty where it does.
    """

    environment: str
    drifted: bool
    addresses: tuple[str, ...]
    unseen: tuple[Unseen, ...]
    calls: tuple[str, ...]
    brief: Brief
    markdown: Path
    page: Path
    kept: str = ""

    def to_json(self) -> dict[str, object]:
        """For ``--json``."""
        return {
            "environment": self.environment,
            "drifted": self.drifted,
            "addresses": list(self.addresses),
            "unseen": [{"address": one.address, "message": one.message} for one in self.unseen],
            "calls": list(self.calls),
            "summary": list(self.brief.summary),
            "markdown": str(self.markdown),
            "page": str(self.page),
            "ledger": self.kept or "says so",
        }


def look_for_drift(workspace: Workspace, ledger: Ledger, progress: Progress) -> DriftReport:
    """Compare what is there with what was applied; changes nothing but the ledger.

    Raises:
        OutsideError: nothing is deployed, a run is at work, or AWS does not answer.
        CheckFailed: Terraform cannot read the configuration.
    """
    environment, session = workspace.environment, workspace.session()
    state = read_state(environment, session)
    if state is None or not state.resources:
        raise OutsideError(
            f"Nothing is deployed in {environment.name}, so nothing can have drifted."
        )
    _refuse_busy(workspace, ledger)
    with progress.stage("build") as stage:
        # Evaluating the configuration takes the manifest; its zips are not read.
        build_lambdas(workspace.project, bytecode=environment.bytecode)
        stage.note = "provider and modules ready" if workspace.initialise() else "nothing to do"
    with progress.stage("refresh") as stage:
        data = _refreshed(workspace, stage)
        stage.note = "every resource read"
    with progress.stage("look") as stage:
        unseen = tuple(dict.fromkeys(failed_conditions(data)))
        calls = _calls(workspace, state)
        stage.note = "calls do not get through" if calls else "calls get through"
    _refuse_busy(workspace, ledger)  # else what it changed would look like drift
    return _report(workspace, ledger, data, unseen, calls)


def failed_conditions(data: Mapping[str, Any]) -> Iterator[Unseen]:
    """The postconditions of resources that do not hold: ``checks`` of the plan's JSON.

    Checks of the configuration at large are no drift, and neither are those of what is not there.
    """
    for check in data.get("checks") or ():
        if check.get("address", {}).get("kind") != "resource":
            continue
        for instance in check.get("instances") or ():
            if instance.get("status") not in {"fail", "error"}:
                continue
            address = str(instance.get("address", {}).get("to_display", ""))
            for problem in instance.get("problems") or ():
                yield Unseen(address, " ".join(str(problem.get("message", "")).split()))


def with_resources(data: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON of a refresh-only plan, with the resources that are there as its changes, each of
    which changes nothing.

    Terraform lists none. Yet it takes the policy of a role, a resource of its own, to tell that
    the role has this policy because of us.
    """
    root = data.get("prior_state", {}).get("values", {}).get("root_module", {})
    return {**data, "resource_changes": [_idle(*each) for each in _resources(root)]}


def _resources(module: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for resource in module.get("resources") or ():
        yield str(module.get("address", "")), resource
    for child in module.get("child_modules") or ():
        yield from _resources(child)


def _idle(module: str, resource: Mapping[str, Any]) -> dict[str, Any]:
    values, sensitive = resource.get("values"), resource.get("sensitive_values", {})
    named = {key: resource[key] for key in (*_NAMED, "index") if key in resource}
    return {
        **named,
        "module_address": module,
        "change": {
            "actions": ["no-op"],
            "before": values,
            "after": values,
            "after_unknown": {},
            "before_sensitive": sensitive,
            "after_sensitive": sensitive,
        },
    }


def _calls(workspace: Workspace, state: State) -> tuple[str, ...]:
    found = check_call_path(deployment_of(workspace, state), workspace.session())
    return tuple(finding.detail for finding in found if not finding.ok)


def _refreshed(workspace: Workspace, stage: Stage) -> dict[str, Any]:
    held = secrets_at_hand(workspace)

    def on_event(event: Event) -> None:
        if event["type"] == "refresh_start":
            stage.update(f"reading {event['hook']['resource']['addr']}")

    with private_folder(workspace.private("drift")) as folder:
        file = folder / "refresh.bin"
        file.touch(mode=0o600)
        workspace.terraform(held).run(
            "plan",
            good=(_NONE, _SOME),
            on_event=on_event,
            refresh_only=FLAG,
            json=FLAG,
            input=False,
            detailed_exitcode=FLAG,
            lock=False,  # it reads; nobody's apply has to wait for it
            out=str(file),
            **workspace.variables(),
        )
        try:
            document = parse_plan(show_plan(workspace, file))
        except PlanError as error:
            raise CheckFailed(str(error)) from None
    return with_resources(redact(document.data, known_secrets(held)))


def _report(
    workspace: Workspace,
    ledger: Ledger,
    data: Mapping[str, Any],
    unseen: tuple[Unseen, ...],
    calls: tuple[str, ...],
) -> DriftReport:
    environment = workspace.environment
    commit = origin.find_commit(workspace.project.root)
    given = DriftInputs(
        environment=environment.name,
        account_id=environment.account_id,
        region=environment.region,
        plan=read_plan(dict(data)),
        at=utc_now(),
        unseen=unseen,
        calls=calls,
        commit=commit.sha if commit else "",
    )
    brief = make_drift_brief(given)
    addresses = tuple(change.address for change, _ in drifted(given.plan))
    folder = workspace.project.dist / "drift"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return DriftReport(
        environment=environment.name,
        drifted=given.drifted,
        addresses=addresses,
        unseen=unseen,
        calls=calls,
        brief=brief,
        markdown=_write(folder / f"{environment.name}.md", brief.markdown),
        page=_write(folder / f"{environment.name}.html", brief.html),
        kept=_say(
            ledger,
            given.drifted,
            addresses=addresses,
            unseen=[f"{one.address}: {one.message}" for one in unseen],
            calls=calls,
        ),
    )


def _say(ledger: Ledger, found: object, **facts: Sequence[str]) -> str:
    """Tell the ledger; a role that may only read has found it all the same."""
    event = Happened.DRIFT if found else Happened.NO_DRIFT
    try:
        ledger.append(event, **{name: list(texts) for name, texts in facts.items()})
    except CommandError as error:
        return str(error)
    return ""


def _refuse_busy(workspace: Workspace, ledger: Ledger) -> None:
    environment = workspace.environment
    lock, began = read_lock(environment, workspace.session()), ledger.going_on()
    if lock is not None:
        raise OutsideError(lock.explained(environment.name))
    if began is not None:
        raise OutsideError(
            f"{began.who.name} on {began.host} began something in {environment.name} at "
            f"{began.at:%Y-%m-%d %H:%M:%S} UTC that has not ended, so what changes is no drift; "
            f"look again later, or see `make unlock ENV={environment.name}`."
        )


def _write(file: Path, text: str) -> Path:
    new = file.with_name(f".{file.name}.new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    new.write_text(text, encoding="utf-8")
    return new.replace(file)
