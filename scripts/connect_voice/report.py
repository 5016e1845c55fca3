"""Results, for people (rich, on standard output) and for programs (JSON objects)."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import zip_longest
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from callsim.scenario import Scenario
from connect_voice.brief import Tone
from connect_voice.call_report import CallReport, render
from connect_voice.console import Finished
from connect_voice.deploy import DeployReport, PlanReport
from connect_voice.embedded import EmbeddedAws
from connect_voice.findings import Finding
from connect_voice.operations import PlannedChange
from connect_voice.smoke import phone_numbers
from connect_voice.state import State
from plan_policy import Verdict
from plan_policy.protection import PROTECTION

_MARKS = {"create": "+", "update": "~", "replace": "±", "delete": "-"}
_TONES = {Tone.STOP: "bold red", Tone.LOOK: "bold yellow", Tone.PLAIN: "bold", Tone.CALM: "green"}
_COLOURS = {"create": "green", "update": "yellow", "replace": "red", "delete": "red"}


def _console() -> Console:
    # A log is searched line by line; only a terminal wants lines broken to its width.
    return Console(highlight=False, soft_wrap=not sys.stdout.isatty())


def print_plan(report: PlanReport) -> None:
    """What a reviewer should know first, and where the rest is."""
    console = _console()
    _print_changes(console, report.plan.changes)
    # The first line is the greatest risk; names in it may look like rich's markup and are none.
    for line, style in zip_longest(report.brief.summary, [_TONES[report.brief.tone]], fillvalue=""):
        console.print(Text(line, style))
    refusing = report.judgement.refusing
    for verdict in refusing:
        place = f"{verdict.address}: " if verdict.address else ""
        console.print(
            Text.assemble(("✗ ", "red"), (verdict.rule, "bold"), f" {place}{verdict.message}")
        )
    lost = [verdict for verdict in refusing if verdict.rule == PROTECTION.id]
    if lost:
        console.print()
        console.print("To lose them on purpose, say why in policies/overrides.toml:", style="bold")
        console.print(overrides_for(report, lost), markup=False)
    facts = Table.grid(padding=(0, 2))
    folder = _shown(report.bundle.folder)
    rows = [
        ("Change", report.bundle.manifest.change),
        ("Bundle", folder),
        ("Read", f"{folder}/brief.html"),
        *_next_steps(report, folder, refused=bool(refusing)),
    ]
    for label, value in rows:
        facts.add_row(Text(label, "bold"), value)
    console.print(facts)
    console.print(f"{report.environment.name}: {report.plan.summary}.")


def overrides_for(report: PlanReport, lost: Sequence[Verdict]) -> str:
    """What lets this one plan destroy what it would destroy, but for the reason.

    Args:
        lost: the verdicts that keep it from that.
    """
    actions = {change.address: change.action for change in report.plan.changes}
    manifest = report.bundle.manifest
    last_day = manifest.made_at.date() + timedelta(days=1)
    return "\n".join(
        "[[override]]\n"
        f"environment = {json.dumps(manifest.environment)}\n"
        f"change      = {json.dumps(manifest.change)}\n"
        f"address     = {json.dumps(verdict.address)}\n"
        f"action      = {json.dumps(actions.get(verdict.address, 'delete'))}\n"
        f"owner       = {json.dumps(manifest.author.name)}\n"
        'reason      = ""\n'
        f"expires     = {last_day}\n"
        for verdict in lost
    )


def _next_steps(report: PlanReport, folder: str, *, refused: bool) -> list[tuple[str, str]]:
    if refused:
        return []
    steps = [("Apply", f"make apply BUNDLE={folder}")]
    if report.environment.approval.required and report.bundle.approval is None:
        steps.insert(0, ("Approve", f"make approve BUNDLE={folder} KEY=…"))
    return steps


def _shown(folder: Path) -> str:
    here = Path.cwd()
    return str(folder.relative_to(here) if folder.is_relative_to(here) else folder)


def plan_json(report: PlanReport) -> dict[str, object]:
    """The changes of a plan, the verdicts on it, and its bundle."""
    manifest = report.bundle.manifest
    return {
        "environment": report.environment.name,
        "purpose": manifest.purpose,
        "changed": report.plan.changed,
        "changes": _changes_json(report.plan.changes),
        "bundle": str(report.bundle.folder),
        "digest": manifest.digest,
        "change": manifest.change,
        "expires_at": manifest.expires_at.isoformat(),
        "approval_required": report.environment.approval.required,
        "approved": report.bundle.approval is not None,
        "passed": report.judgement.passed,
        "verdicts": [
            verdict.to_json()
            for verdict in report.judgement.verdicts
            if verdict.refuses or verdict.excused
        ],
        "stages": _stages_json(report.stages),
    }


def print_deploy(report: DeployReport) -> None:
    """The last screen of a deploy: what there is now, the call, where to look."""
    console = _console()
    for call in report.calls:
        console.print()
        print_call(call)
    console.print()
    changes = report.outcome.changes if report.outcome else ()
    created = [change for change in changes if change.action == "create"]
    if created:
        console.print(_kinds(created))
    elif report.outcome is None:
        console.print("No changes: what is deployed is what this checkout describes.")
    else:
        _print_changes(console, changes)
    facts = Table.grid(padding=(0, 2))
    rows: list[tuple[str, object]] = [
        *(
            (f"Dial for {number.leads_to}", number.number)
            for number in phone_numbers(report.state).values()
        ),
        ("Connect instance", report.state.outputs.get("connect_instance_alias")),
        ("Bundle", _bundle_of(report)),
        ("Logs", report.log),
    ]
    if report.environment.embedded:
        rows.append(("Next", "make call NAME=oauth-down   make status   make destroy"))
    for label, value in rows:
        if value:
            facts.add_row(Text(label, "bold"), str(value))
    console.print(facts)


def _bundle_of(report: DeployReport) -> str | None:
    return _shown(report.outcome.bundle) if report.outcome else None


def deploy_json(report: DeployReport) -> dict[str, object]:
    """What a deploy did."""
    outcome = report.outcome
    applied = outcome.applied if outcome else None
    return {
        "environment": report.environment.name,
        "changed": outcome is not None,
        "changes": _changes_json(outcome.changes if outcome else ()),
        "applied": {
            "created": applied.created if applied else 0,
            "updated": applied.updated if applied else 0,
            "destroyed": applied.destroyed if applied else 0,
        },
        "bundle": str(outcome.bundle) if outcome else None,
        "change": outcome.manifest.change if outcome else None,
        "approved_by": outcome.approval.approver if outcome and outcome.approval else None,
        "outputs": dict(report.state.outputs),
        "stages": _stages_json(report.stages),
        "calls": [call.to_json() for call in report.calls],
        "logs": str(report.log) if report.log else None,
    }


def print_call(report: CallReport) -> None:
    """A call as a conversation, and what was expected of it."""
    _console().print(render(report))


def print_scenarios(scenarios: Mapping[str, Scenario]) -> None:
    """The names of the scripted calls and what each is about."""
    table = Table.grid(padding=(0, 2))
    for name, scenario in scenarios.items():
        table.add_row(Text(name, "bold"), scenario.description)
    _console().print(table)


def print_findings(findings: Sequence[Finding]) -> None:
    """What the doctor found, a line each."""
    console = _console()
    width = max((len(finding.name) for finding in findings), default=0) + 2
    for finding in findings:
        mark = ("✗ ", "red")
        if finding.ok:
            mark = ("! ", "yellow") if finding.warning else ("✓ ", "green")
        console.print(Text.assemble(mark, (f"{finding.name:<{width}}", "bold"), finding.detail))


def findings_json(findings: Sequence[Finding]) -> list[dict[str, object]]:
    """What the doctor found."""
    return [
        {
            "name": finding.name,
            "ok": finding.ok,
            "warning": finding.warning,
            "check": finding.check,
            "detail": finding.detail,
        }
        for finding in findings
    ]


def print_local(aws: EmbeddedAws | None, state: State | None) -> None:
    """Whether the embedded AWS runs, and what is deployed to it."""
    console = _console()
    if aws is None:
        console.print("The embedded AWS is not running; nothing is deployed.")
        return
    console.print(f"The embedded AWS is running at {aws.endpoint} (process {aws.pid}).")
    if state is None or not state.resources:
        console.print("Nothing is deployed.")
    else:
        console.print(f"{state.resources} resources are deployed.")
        for number in phone_numbers(state).values():
            console.print(f"{number.number} leads to {number.leads_to}.")
        kore = state.outputs.get("kore")
        if isinstance(kore, dict):
            console.print(f"What agents see of Kore: {kore['access_url']}")
    console.print(f"Logs: {aws.log.parent}")


def local_json(aws: EmbeddedAws | None, state: State | None) -> dict[str, object]:
    """The same for programs."""
    if aws is None:
        return {"running": False, "resources": 0}
    return {
        "running": True,
        "pid": aws.pid,
        "endpoint": aws.endpoint,
        "account_id": aws.account_id,
        "started_at": aws.started_at,
        "logs": str(aws.log.parent),
        "stand_ins": {
            name: {"host": stand_in.host, "ca_bundle": str(stand_in.ca_bundle)}
            for name, stand_in in aws.stand_ins.items()
        },
        "resources": state.resources if state else 0,
        "outputs": dict(state.outputs) if state else {},
    }


def _print_changes(console: Console, changes: Sequence[PlannedChange]) -> None:
    for change in changes:
        mark = _MARKS[change.action]
        console.print(Text.assemble((f"{mark} ", _COLOURS[change.action]), change.address))


def _stages_json(stages: Sequence[Finished]) -> list[dict[str, object]]:
    return [
        {
            "name": stage.name,
            "note": stage.note,
            "seconds": round(stage.seconds, 2),
            "terraform_seconds": round(stage.terraform_seconds, 2),
        }
        for stage in stages
    ]


def _changes_json(changes: Sequence[PlannedChange]) -> list[dict[str, str]]:
    return [{"address": change.address, "action": change.action} for change in changes]


def _kinds(changes: Sequence[PlannedChange]) -> Text:
    """What was created, by kind, so that thirty resources fit on three lines."""
    kinds: dict[str, int] = {}
    for change in changes:
        parts = [part for part in change.address.split(".") if part.startswith("aws_")]
        kind = parts[0].removeprefix("aws_").replace("_", " ") if parts else change.address
        kinds[kind] = kinds.get(kind, 0) + 1
    listed = ", ".join(_plural(kind, n) for kind, n in sorted(kinds.items()))
    return Text.assemble((f"Created {len(changes)} resources: ", "bold"), listed)


def _plural(kind: str, number: int) -> str:
    if number == 1:
        return kind
    if kind.endswith("y"):
        return f"{number} {kind[:-1]}ies"
    return f"{number} {kind}{'es' if kind.endswith('s') else 's'}"
