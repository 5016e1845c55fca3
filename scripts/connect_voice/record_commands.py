"""``approve``, ``ledger``, ``snapshots``, ``unlock``, ``drift``: who allowed and did what."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import click

from connect_voice.errors import CheckFailed, CommandError, UsageError
from connect_voice.project import Project

if TYPE_CHECKING:
    from connect_voice.comment import Posted
    from connect_voice.drift import DriftReport
    from connect_voice.ledger import Entry, Ledger
    from connect_voice.workspace import Workspace

# boto3, jwt and rich are imported by the verbs that need them: `--help` should not pay for them.
# ruff: noqa: PLC0415

__all__ = ["RECORD_COMMANDS"]

_json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
_env_argument = click.argument("env", default="local")
_path = click.Path(path_type=Path)


class HasProject(Protocol):
    """What the program gives its verbs, as far as these need it."""

    @property
    def project(self) -> Project:
        """The checkout."""


@click.command()
@click.argument("bundle", type=_path, required=False)
@click.option(
    "--key",
    type=click.Path(path_type=Path, allow_dash=True),
    help="Your private key; - reads standard input. Without it: CONNECT_VOICE_APPROVAL_KEY.",
)
@click.option("--hours", type=float, help="How long it lasts; by default what ENV allows at most.")
@click.option("--yes", is_flag=True, envvar="YES", help="Do not ask (also: YES=1).")
@click.option("--new-key", type=_path, help="Make a key in this file, and say what env.toml needs.")
@_json_option
@click.pass_obj
def approve(
    session: HasProject,
    bundle: Path | None,
    key: Path | None,
    hours: float | None,
    new_key: Path | None,
    *,
    yes: bool,
    as_json: bool,
) -> None:
    """Sign the change in BUNDLE, so that it may be applied once; never your own."""
    from connect_voice import approving
    from connect_voice.bundle.manifest import utc_now
    from connect_voice.bundle.sealed import open_bundle
    from connect_voice.environment import load_environment
    from connect_voice.policy_report import print_judgement

    if new_key is not None:
        _make_key(new_key, as_json=as_json)
        return
    if bundle is None:
        raise UsageError("Name the bundle to approve: make approve BUNDLE=dist/bundles/… KEY=….")
    reviewed = approving.review(open_bundle(bundle))
    environment = load_environment(session.project, reviewed.manifest.environment)
    for line in reviewed.lines():
        click.echo(line, err=True)
    if not reviewed.judgement.passed:
        from rich.console import Console

        print_judgement(reviewed.judgement, Console(stderr=True, highlight=False))
    else:
        _confirm(f"Approve this for {environment.name}?", environment.name, "was approved", yes=yes)
    from_standard = key is not None and str(key) == "-"
    standard = sys.stdin.buffer.read() if from_standard else None
    private = approving.find_key(key, os.environ, _ask_phrase, standard)
    token, approval = approving.approve(reviewed, environment, private, now=utc_now(), hours=hours)
    if as_json:
        _print_json({"bundle": str(bundle), **approval.to_json(), "token": token})
    else:
        click.echo(
            f"Approved by {approval.approver} until {approval.expires_at:%Y-%m-%d %H:%M} UTC, for "
            f"one apply. Next: make apply BUNDLE={bundle}"
        )


def _make_key(file: Path, *, as_json: bool) -> None:
    from connect_voice.approval_keys import PASSPHRASE_VARIABLE, make_private, public_pem
    from connect_voice.approving import approver_block

    phrase = os.environ.get(PASSPHRASE_VARIABLE)
    if phrase is None and sys.stdin.isatty():
        phrase = click.prompt(
            "Pass phrase (empty for none)",
            default="",
            show_default=False,
            hide_input=True,
            confirmation_prompt=True,
            err=True,
        )
    public = public_pem(make_private(file, phrase or None))
    if as_json:
        _print_json({"key": str(file), "public_key": public})
        return
    click.echo(f"{file} has the key; keep it to yourself. In the environment's env.toml:", err=True)
    click.echo(approver_block("your-name", public), nl=False)


def _ask_phrase() -> str | None:
    if not sys.stdin.isatty():
        return None
    answer = click.prompt("Pass phrase of the key", hide_input=True, err=True)
    return str(answer)


@click.command()
@_env_argument
@click.option("--verify", is_flag=True, help="Say whether it is what it was; fail where not.")
@click.option("--accept", metavar="REASON", help="Go on with what was lost, and say so in it.")
@_json_option
@click.pass_obj
def ledger(
    session: HasProject, env: str, accept: str | None, *, verify: bool, as_json: bool
) -> None:
    """Say who did what to ENV, when, and what came of it."""
    from connect_voice.smoke import open_environment

    workspace = open_environment(session.project, env)
    book = _open_ledger(workspace)
    if accept is not None or verify:
        _verify(book, workspace, accept, as_json=as_json)
        return
    entries = book.entries()
    if as_json:
        _print_json([entry.to_json() for entry in entries])
        return
    for entry in entries:
        click.echo(_line(entry))
    if not entries:
        click.echo(f"Nothing has been done to {env} yet.")


def _verify(book: Ledger, workspace: Workspace, accept: str | None, *, as_json: bool) -> None:
    from connect_voice.ledger_entries import Head

    heads = [Head(0, head, f"the bundle {name}") for name, head in _bundle_heads(workspace)]
    problems = book.verify(heads)
    if accept is not None and problems:
        book.accept(problems, accept)
    if as_json:
        _print_json(
            {
                "sound": not problems,
                "accepted": accept is not None and bool(problems),
                "problems": [{"id": one.id, "message": one.message} for one in problems],
            }
        )
    else:
        for problem in problems:
            click.echo(problem.message)
        if not problems:
            click.echo(f"The ledger of {workspace.environment.name} is what it was.")
        elif accept is not None:
            click.echo("Accepted; the ledger says so.")
    if problems and accept is None:
        sys.exit(CheckFailed.exit_code)


def _bundle_heads(workspace: Workspace) -> list[tuple[str, str]]:
    from connect_voice.bundle.sealed import open_bundle

    if workspace.environment.embedded:
        return []  # its ledger began anew when it was started
    found = []
    for file in sorted(workspace.bundles.glob("*/manifest.json")):
        try:
            manifest = open_bundle(file.parent).manifest
        except CommandError:
            continue
        if manifest.backend == workspace.backend:
            found.append((file.parent.name, manifest.ledger_head))
    return found


def _line(entry: Entry) -> str:
    facts = entry.facts
    told = [str(facts[name]) for name in ("summary", "reason", "key") if facts.get(name)]
    change = facts.get("change")
    if isinstance(change, str):
        told.append(f"change {change[:12]}")
    approval = facts.get("approval")
    if isinstance(approval, dict):
        told.append(f"approved by {approval.get('approver')}")
    rest = f": {', '.join(told)}" if told else ""
    return (
        f"{entry.number:>5}  {entry.at:%Y-%m-%d %H:%M:%S}  {entry.event:<14}  {entry.who.name} on "
        f"{entry.host}{rest}"
    )


@click.command()
@_env_argument
@click.option("--restore", metavar="NAME", help="Make this copy the state again.")
@click.option("--yes", is_flag=True, envvar="YES", help="Do not ask (also: YES=1).")
@_json_option
@click.pass_obj
def snapshots(
    session: HasProject, env: str, restore: str | None, *, yes: bool, as_json: bool
) -> None:
    """List the copies of ENV's state, or go back to one."""
    from connect_voice.smoke import open_environment
    from connect_voice.snapshots import list_snapshots

    workspace = open_environment(session.project, env)
    if restore is not None:
        _restore(workspace, restore, yes=yes, as_json=as_json)
        return
    found = list_snapshots(workspace.environment, workspace.session())
    if as_json:
        _print_json(
            [
                {
                    "name": one.name,
                    "serial": one.serial,
                    "size": one.size,
                    "taken_at": one.taken_at.isoformat(),
                }
                for one in found
            ]
        )
        return
    for one in found:
        click.echo(f"{one.name}  serial {one.serial}, {one.size / 1000:,.0f} kB")
    if not found:
        click.echo(f"There are no copies of the state of {env} yet.")


def _restore(workspace: Workspace, name: str, *, yes: bool, as_json: bool) -> None:
    from connect_voice.restoring import restore_snapshot
    from connect_voice.snapshots import restorable

    env = workspace.environment.name
    book = _open_ledger(workspace)
    restorable(workspace.environment, workspace.session(), name)  # refuses before it asks
    question = (
        f"This makes {name} the state of {env}. What was made since then goes on existing and is "
        "not known to Terraform any more."
    )
    _confirm(question, env, "was changed", yes=yes)
    restored, kept = restore_snapshot(workspace, book, name)
    if as_json:
        _print_json({"restored": restored.to_json(), "kept": kept.to_json() if kept else None})
        return
    click.echo(f"The state of {env} is that of {name} again, as its newest version.")
    if kept is not None:
        click.echo(f"What it was before is kept as {kept.key.rpartition('/')[2]}.")


@click.command()
@_env_argument
@click.option("--id", "given", help="Of the lock or run that you know to be dead.")
@_json_option
@click.pass_obj
def unlock(session: HasProject, env: str, given: str | None, *, as_json: bool) -> None:
    """Say whose lock or unfinished run is in the way in ENV, and clear it once it is dead."""
    from connect_voice import unlocking
    from connect_voice.smoke import open_environment

    workspace = open_environment(session.project, env)
    environment, aws = workspace.environment, workspace.session()
    book = _open_ledger(workspace)
    found = unlocking.look(environment, aws, book)
    if found is None:
        _print_json({"cleared": False}) if as_json else click.echo(
            f"Nothing is in the way in {env}."
        )
        return
    for line in found.lines():
        click.echo(line, err=True)

    def ask() -> str:
        if given is not None:
            return given
        if not sys.stdin.isatty():
            raise UsageError(
                "Whether that is dead cannot be seen from here; when you know it is, say so with "
                f"`connect-voice unlock {env} --id {found.id}`."
            )
        question = "Whether that is dead cannot be seen from here. If it is, type its id"
        return str(click.prompt(f"{question} ({found.id})", err=True))

    cleared = unlocking.clear(environment, aws, book, found, ask=ask)
    if as_json:
        _print_json(
            {
                "cleared": True,
                "lock": cleared.lock.to_json() if cleared.lock else None,
                "died": cleared.died.number if cleared.died else None,
                "proof": found.proof,
            }
        )
        return
    why = f" ({found.proof})" if found.proof else ""
    click.echo(f"Cleared{why}; the ledger says so. Next: make plan ENV={env}")


@click.command()
@_env_argument
@click.option("--issue", is_flag=True, help="Also have one issue that says so, or none.")
@_json_option
@click.pass_obj
def drift(session: HasProject, env: str, *, issue: bool, as_json: bool) -> None:
    """Say what somebody changed in ENV outside Terraform; exit code 1 where anything was.

    With --issue it wants GITHUB_TOKEN on GitHub and GITLAB_TOKEN on GitLab.
    """
    from connect_voice.console import Progress
    from connect_voice.drift import look_for_drift
    from connect_voice.smoke import open_environment

    workspace = open_environment(session.project, env)
    report = look_for_drift(workspace, _open_ledger(workspace), Progress())
    posted = _report_issue(report) if issue else None
    if as_json:
        told = {"outcome": posted.outcome.value, "where": posted.where} if posted else None
        _print_json({**report.to_json(), "issue": told})
    else:
        for line in report.brief.summary:
            click.echo(line)
        click.echo(f"Brief: {report.page}")
        if posted is not None:
            click.echo(f"Issue on {posted.where}: {posted.outcome.value}.")
    if report.kept:
        click.echo(f"The ledger does not say so: {report.kept}", err=True)
    if report.drifted:
        sys.exit(CheckFailed.exit_code)


def _report_issue(report: DriftReport) -> Posted:
    from connect_voice.bundle.manifest import utc_now
    from connect_voice.code_host import find_code_host
    from connect_voice.comment import Post, report_issue

    name = report.environment
    post = Post("drift", name, utc_now(), report.brief.markdown) if report.drifted else None
    return report_issue(
        find_code_host(os.environ),
        post,
        name=name,
        title=f"Drift in {name}",
        closing="What is there is what was applied, again.",
    )


RECORD_COMMANDS = (approve, ledger, snapshots, unlock, drift)


def _open_ledger(workspace: Workspace) -> Ledger:
    from connect_voice.bundle.origin import find_author
    from connect_voice.ledger import Ledger
    from connect_voice.workspace import check_account

    identity = check_account(workspace) if workspace.aws is None else ""
    who = find_author(workspace.project.root, identity, os.environ)
    return Ledger(workspace.environment, workspace.session(), who=who)


def _confirm(question: str, env: str, nothing: str, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError(
            f"That wants a yes; answer at a terminal, or say YES=1. Nothing {nothing}."
        )
    typed = click.prompt(f"{question} Type the environment's name to go on", err=True)
    if typed != env:
        raise UsageError(f"That was not {env!r}; nothing {nothing}.")


def _print_json(value: object) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))
