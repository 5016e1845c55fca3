"""``connect-voice servicenow``: check, plan, apply, kpi, trace."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click
from click.core import ParameterSource

from connect_voice.errors import UsageError
from connect_voice.project import Project

if TYPE_CHECKING:
    from connect_voice.servicenow.checking import Verdict
    from connect_voice.servicenow.expected import Expected
    from connect_voice.servicenow.reader import Reader
    from connect_voice.servicenow.target import Found
    from connect_voice.servicenow.transport import Limits

# requests, yaml and rich are imported by the verbs that need them.
# ruff: noqa: PLC0415

_OPTIONS = "connect_voice.servicenow.options"
_Command = TypeVar("_Command", bound=Callable[..., Any])


class HasProject(Protocol):
    """What the program gives its verbs, as far as these need it."""

    @property
    def project(self) -> Project:
        """The checkout."""


@dataclass(frozen=True)
class Target:
    """Which instance, as the options say."""

    instance: str | None
    env: str | None
    ca_bundle: Path | None
    timeout: float
    project: Project

    def find(self) -> Found:
        """The instance.

        Raises:
            UsageError: nothing says which.
        """
        from connect_voice.servicenow.target import find_instance

        return find_instance(self.project, self.instance, self.env, self.ca_bundle)

    @property
    def limits(self) -> Limits:
        """How long a command may take."""
        from connect_voice.servicenow.transport import Limits

        return Limits(command=self.timeout)


def _target(context: click.Context) -> Target:
    outer: HasProject = context.obj
    return Target(**context.meta[_OPTIONS], project=outer.project)


def _keep(context: click.Context, option: click.Parameter, value: object) -> None:
    """Take an option wherever it stands: what is typed after the verb wins over what is before."""
    given = context.meta.setdefault(_OPTIONS, {})
    typed = context.get_parameter_source(str(option.name)) is ParameterSource.COMMANDLINE
    if typed or option.name not in given:
        given[option.name] = value


def instance_options(command: _Command) -> _Command:
    """The options that say which instance, and how to reach it: of the group and of each verb."""
    for option in (
        click.option(
            "--timeout",
            type=click.FloatRange(1, 3600),
            default=120,
            show_default=True,
            metavar="SECONDS",
            help="Time for the whole command.",
            expose_value=False,
            callback=_keep,
        ),
        click.option(
            "--ca-bundle",
            envvar="SERVICENOW_CA_BUNDLE",
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="Authority to trust, where it is not a public one (PEM).",
            expose_value=False,
            callback=_keep,
        ),
        click.option(
            "--env",
            metavar="ENV",
            help="Take the host from what is deployed in ENV.",
            expose_value=False,
            callback=_keep,
        ),
        click.option(
            "--instance",
            metavar="HOST",
            help="The ServiceNow instance (or SERVICENOW_INSTANCE).",
            expose_value=False,
            callback=_keep,
        ),
    ):
        command = option(command)
    return command


@click.group()
@instance_options
def servicenow() -> None:
    """The ServiceNow instance: is it set up as declared, how do its AI voice agents do.

    The options below may stand before the verb or after it. Who asks is in
    SERVICENOW_CHECK_CLIENT_ID and SERVICENOW_CHECK_CLIENT_SECRET, for apply also in
    SERVICENOW_APPLY_CLIENT_ID and SERVICENOW_APPLY_CLIENT_SECRET.
    """


json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
file_option = click.option(
    "--file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The declaration, unless it is the checkout's servicenow.yaml.",
)


@servicenow.command()
@file_option
@json_option
@instance_options
@click.pass_context
def check(context: click.Context, file: Path | None, as_json: bool) -> None:  # noqa: FBT001
    """Hold the instance against servicenow.yaml; reads only."""
    from connect_voice.servicenow import output

    target = _target(context)
    expected, found = _expected(target, file), target.find()
    with _reader(target, found) as reader:
        verdicts = _check(expected, reader)
    if as_json:
        _print_json(output.verdicts_json(found.instance.host, verdicts))
    else:
        output.print_verdicts(verdicts)
    if any(verdict.fails for verdict in verdicts):
        sys.exit(1)


@servicenow.command()
@file_option
@json_option
@instance_options
@click.pass_context
def plan(context: click.Context, file: Path | None, as_json: bool) -> None:  # noqa: FBT001
    """Show what would have to change; reads only."""
    from connect_voice.servicenow import output
    from connect_voice.servicenow.planning import plan as make_plan

    target = _target(context)
    expected, found = _expected(target, file), target.find()
    with _reader(target, found) as reader:
        planned = make_plan(_check(expected, reader))
    if as_json:
        _print_json(output.plan_json(found.instance.host, planned))
    else:
        output.print_plan(planned)


@servicenow.command()
@file_option
@click.option(
    "--ledger",
    "ledger_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where to record writes, unless in .ledger/servicenow.jsonl.",
)
@json_option
@instance_options
@click.pass_context
def apply(
    context: click.Context,
    file: Path | None,
    ledger_file: Path | None,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Set what may be set of the plan, after asking; never in a pipeline."""
    from connect_voice.servicenow import output
    from connect_voice.servicenow.applying import apply as run
    from connect_voice.servicenow.applying import refuse_pipelines
    from connect_voice.servicenow.instance import APPLY, credentials
    from connect_voice.servicenow.ledger import Ledger
    from connect_voice.servicenow.planning import plan as make_plan
    from connect_voice.servicenow.writer import open_writer

    # Standard output may go to a file; whoever answers must see the plan, on standard error.
    refuse_pipelines(os.environ, at_terminal=sys.stdin.isatty() and sys.stderr.isatty())
    target = _target(context)
    expected, found = _expected(target, file), target.find()
    instance, writing = found.instance, credentials(found.settings, APPLY)
    ledger = Ledger(ledger_file or target.project.root / ".ledger" / "servicenow.jsonl")
    ledger.verify()
    with _reader(target, found) as reader:
        planned = make_plan(_check(expected, reader))
    output.print_plan(planned, output.console(stderr=True))
    if planned.changes:
        _ask_for(instance.host)
    # Opened anew, for nobody knows how long the answer took.
    with (
        _reader(target, found) as reader,
        open_writer(instance, writing, target.limits) as writer,
    ):
        user = writing.client_id or "the user of a token"
        applied = []
        for one in run(planned, reader, writer, ledger, instance, user=user):
            applied.append(one)
            if not as_json:
                output.print_applied(one)
    if as_json:
        _print_json(output.applied_json(instance.host, applied))
    if any(one.outcome != "written" for one in applied):
        sys.exit(1)


@servicenow.command()
@click.option(
    "--from",
    "start",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    required=True,
    help="The first day.",
)
@click.option(
    "--to",
    "end",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    required=True,
    help="The last day, included.",
)
@click.option(
    "--csv",
    "folder",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Compute from lists exported to FOLDER; asks no instance.",
)
@click.option(
    "--html",
    "page_file",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Also write a page with charts.",
)
@file_option
@json_option
@instance_options
@click.pass_context
def kpi(  # noqa: PLR0917  (click passes them by name)
    context: click.Context,
    start: datetime,
    end: datetime,
    folder: Path | None,
    page_file: Path | None,
    file: Path | None,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Compute the eight indicators of AI voice agents; reads only."""
    from connect_voice.servicenow import output
    from connect_voice.servicenow.kpi import Period

    target = _target(context)
    period = Period(start.date(), end.date())
    if page_file is not None and not page_file.parent.is_dir():
        raise UsageError(f"There is no folder {page_file.parent}; make it, or name another file.")
    sources = _expected(target, file).indicators
    if folder is not None:
        from connect_voice.servicenow.kpi_csv import from_folder

        report = from_folder(folder, sources, period)
    else:
        from connect_voice.servicenow.kpi_api import from_instance

        found = target.find()
        with _reader(target, found) as reader, _progress("kpi") as progress:
            report = from_instance(reader, sources, period, found.instance.host, progress)
    if as_json:
        _print_json(output.report_json(report))
    else:
        output.print_report(report)
    if page_file is not None:
        from connect_voice.servicenow.page import save

        save(report, page_file)
    if report.problems:
        sys.exit(1)


@servicenow.command(short_help="Show what ServiceNow keeps of a call; reads only.")
@click.argument("contact_id")
@click.option("--show-content", is_flag=True, help="Also what people said and who they are.")
@json_option
@instance_options
@click.pass_context
def trace(
    context: click.Context,
    contact_id: str,
    show_content: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    """Show what ServiceNow keeps of the call CONTACT_ID, in the order of time; reads only."""
    from connect_voice.servicenow import output
    from connect_voice.servicenow.tracing import trace as run

    target = _target(context)
    with _reader(target, target.find()) as reader:
        traced = run(reader, contact_id, show_content=show_content)
    if as_json:
        _print_json(output.trace_json(traced))
    else:
        output.print_trace(traced, content_shown=show_content)
    if not traced.complete:
        sys.exit(1)


def _ask_for(host: str) -> None:
    question = f"This changes {host}. Type its name to go on"
    try:
        typed = click.prompt(question, err=True, default="", show_default=False)
    except click.Abort:
        click.echo(err=True)  # the question's line is still open
        raise
    if typed.strip().lower() != host:
        raise UsageError(f"That was not {host!r}; nothing was changed.")


def _expected(target: Target, file: Path | None) -> Expected:
    from connect_voice.servicenow.declaration import FILE_NAME, load

    return load(file or target.project.root / FILE_NAME)


@contextmanager
def _reader(target: Target, found: Found) -> Iterator[Reader]:
    from connect_voice.servicenow.instance import CHECK, credentials
    from connect_voice.servicenow.reader import open_reader

    reading = credentials(found.settings, CHECK)
    with open_reader(found.instance, reading, target.limits) as reader:
        yield reader


def _check(expected: Expected, reader: Reader) -> tuple[Verdict, ...]:
    from connect_voice.servicenow.checking import check as run

    with _progress("check") as progress:
        return run(expected, reader, progress)


@contextmanager
def _progress(name: str) -> Iterator[Callable[[str], None]]:
    """A moving line on standard error, where there is a terminal."""
    from connect_voice.servicenow.output import console

    with console(stderr=True).status(name) as status:
        yield lambda text: status.update(f"{name} [dim]{text}[/dim]")


def _print_json(value: object) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))
