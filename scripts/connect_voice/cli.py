"""``connect-voice``: one verb a job. Results on standard output, everything else on standard error.

Exit codes: 0 done; 1 a check said no; 2 wrong use or a missing tool; 3 the world outside failed;
130 interrupted.
"""

from __future__ import annotations

import gc
import json
import os
import shlex
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from connect_voice.audit import audit
from connect_voice.brief_commands import BRIEF_COMMANDS
from connect_voice.docs import docs
from connect_voice.errors import CheckFailed, CommandError, OutsideError, UsageError
from connect_voice.flow_files import COMMANDS as FLOW_FILE_COMMANDS
from connect_voice.flow_pictures import FLOW_PICTURE_COMMANDS
from connect_voice.project import Project, find_project
from connect_voice.record_commands import RECORD_COMMANDS
from connect_voice.servicenow.cli import servicenow

if TYPE_CHECKING:
    from connect_voice.deploy import DeployReport

# Heavy modules (boto3, rich, the build) are imported by the verbs that need them: `--help` and
# `local status` should not pay for them.
# ruff: noqa: PLC0415


@dataclass(frozen=True)
class Session:
    """What every verb gets."""

    project_root: Path | None
    debug: bool

    @property
    def project(self) -> Project:
        """The checkout this command works on."""
        return find_project(self.project_root)


json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
env_argument = click.argument("env", default="local")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--project",
    type=click.Path(path_type=Path),
    envvar="CONNECT_VOICE_PROJECT",
    help="The checkout to work on; by default the one this program was installed from.",
)
@click.option("--debug", is_flag=True, help="Show a traceback when something fails.")
@click.pass_context
def cli(context: click.Context, project: Path | None, debug: bool) -> None:  # noqa: FBT001
    """AI voice vendors on Amazon Connect: build, plan, apply, call."""
    context.obj = Session(project, debug)


@cli.command()
@click.argument("env")
@click.option("--yes", is_flag=True, envvar="YES", help="Do not ask (also: YES=1).")
@json_option
@click.pass_obj
def bootstrap(session: Session, env: str, yes: bool, as_json: bool) -> None:  # noqa: FBT001
    """Make what ENV needs before its first deploy: state bucket, key and pipeline roles."""
    from connect_voice.bootstrap import bootstrap as run
    from connect_voice.bootstrap_report import bootstrap_json, bootstrap_text
    from connect_voice.console import Progress
    from connect_voice.environment import load_environment

    def confirm(plan: str) -> bool:
        click.echo(plan, err=True)
        if yes:
            return True
        if not sys.stdin.isatty():
            raise UsageError(f"Changing {env} wants a yes; answer at a terminal, or say YES=1.")
        return click.confirm(f"Do this in {env}?", err=True)

    project = session.project
    report = run(project, load_environment(project, env), Progress(), confirm=confirm)
    if as_json:
        _print_json(bootstrap_json(report))
    else:
        click.echo(bootstrap_text(report))


@cli.command()
@env_argument
@json_option
@click.pass_obj
def build(session: Session, env: str, as_json: bool) -> None:  # noqa: FBT001
    """Build every Lambda into dist/, with the bytecode that ENV asks for."""
    from connect_voice.build import build_lambdas
    from connect_voice.build_report import manifest_json, print_manifest
    from connect_voice.environment import load_environment

    project = session.project
    manifest = build_lambdas(project, bytecode=load_environment(project, env).bytecode)
    if as_json:
        _print_json(manifest_json(manifest))
    else:
        print_manifest(manifest)


@cli.command()
@click.option("--check", is_flag=True, help="Change nothing; fail when a lock file is stale.")
@click.option("--upgrade", is_flag=True, help="Take newer versions than the locks have.")
@json_option
@click.pass_obj
def lock(session: Session, check: bool, upgrade: bool, as_json: bool) -> None:  # noqa: FBT001
    """Refresh every lock file."""
    from connect_voice.build import lock_all

    locks = lock_all(session.project, check=check, upgrade=upgrade)
    if as_json:
        _print_json(locks)
    else:
        for file, outcome in locks.items():
            click.echo(f"{file}: {outcome}")


@cli.command()
@env_argument
@click.option(
    "--from",
    "earlier",
    type=click.Path(path_type=Path),
    help="A bundle whose Lambdas and flows are planned in place of the checkout's.",
)
@click.option("--destroy", "destroying", is_flag=True, help="Plan to remove everything.")
@click.option(
    "--no-refresh",
    "trusting",
    is_flag=True,
    help="Trust the state and look at nothing that is deployed: for pull requests, whose role may "
    "not read secrets back.",
)
@json_option
@click.pass_obj
def plan(  # noqa: PLR0917 (click gives them by name)
    session: Session,
    env: str,
    earlier: Path | None,
    destroying: bool,  # noqa: FBT001
    trusting: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    """Plan a deploy of ENV, hold it against policy, and seal it into a bundle; change nothing."""
    from connect_voice.bundle.sealed import open_bundle
    from connect_voice.console import Progress
    from connect_voice.deploy import plan as run
    from connect_voice.environment import load_environment
    from connect_voice.planning import DEPLOY, DESTROY

    project = session.project
    report = run(
        project,
        replace(load_environment(project, env), refresh=not trusting),
        Progress(),
        earlier=open_bundle(earlier) if earlier else None,
        purpose=DESTROY if destroying else DEPLOY,
    )
    from connect_voice.report import plan_json, print_plan  # Terraform has not waited for it

    if as_json:
        _print_json(plan_json(report))
    else:
        print_plan(report)
    if not report.judgement.passed:
        sys.exit(CheckFailed.exit_code)


@cli.command()
@click.argument("subject", metavar="[ENV|BUNDLE]", default="local")
@json_option
@click.pass_obj
def policy(session: Session, subject: str, as_json: bool) -> None:  # noqa: FBT001
    """Say what policy makes of a fresh plan of ENV, or of BUNDLE; change nothing."""
    from connect_voice.bundle.sealed import open_bundle
    from connect_voice.console import Progress
    from connect_voice.deploy import plan as run
    from connect_voice.environment import environment_names, load_environment
    from connect_voice.policy_report import print_judgement
    from connect_voice.sealed_apply import judge_sealed

    project = session.project
    if subject not in environment_names(project) and Path(subject).is_dir():
        environment = load_environment(project, open_bundle(Path(subject)).manifest.environment)
        judgement = judge_sealed(project, environment, Path(subject), Progress())
    else:
        judgement = run(project, load_environment(project, subject), Progress()).judgement
    if as_json:
        _print_json(judgement.to_json())
    else:
        print_judgement(judgement)
    if not judgement.passed:
        sys.exit(CheckFailed.exit_code)


@cli.command()
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option("--env", help="The environment; by default the one the bundle was planned for.")
@click.option("--call", "scenario", help="The scenario to end with (embedded environments).")
@json_option
@click.pass_obj
def apply(
    session: Session,
    bundle: Path,
    env: str | None,
    scenario: str | None,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Apply BUNDLE exactly as it was sealed, or say why not; then place test calls."""
    from connect_voice.bundle.sealed import open_bundle
    from connect_voice.console import Progress
    from connect_voice.environment import load_environment
    from connect_voice.sealed_apply import apply_sealed

    project = session.project
    name = env or open_bundle(bundle).manifest.environment
    report = apply_sealed(
        project, load_environment(project, name), bundle, Progress(), call=scenario
    )
    _end_deploy(report, as_json=as_json)


@cli.command()
@env_argument
@click.option("--call", "scenario", help="The scenario to end with (embedded environments).")
@json_option
@click.pass_obj
def deploy(session: Session, env: str, scenario: str | None, as_json: bool) -> None:  # noqa: FBT001
    """Build, plan, hold against policy, apply exactly what was planned, and call ENV."""
    from connect_voice.checks import find_scenario
    from connect_voice.console import Progress
    from connect_voice.deploy import deploy as run
    from connect_voice.environment import load_environment

    project = session.project
    environment = load_environment(project, env)
    if scenario is not None:
        find_scenario(project, scenario)
    report = run(project, environment, Progress(), call=scenario)
    _end_deploy(report, as_json=as_json)


@cli.command()
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option("--call", "scenario", help="The scenario to end with (embedded environments).")
@json_option
@click.pass_obj
def rollback(session: Session, bundle: Path, scenario: str | None, as_json: bool) -> None:  # noqa: FBT001
    """Deploy the Lambdas and flows of an earlier BUNDLE, by a fresh plan."""
    from connect_voice.bundle.sealed import open_bundle
    from connect_voice.console import Progress
    from connect_voice.deploy import deploy as run
    from connect_voice.environment import load_environment

    project = session.project
    earlier = open_bundle(bundle)
    environment = load_environment(project, earlier.manifest.environment)
    report = run(project, environment, Progress(), call=scenario, earlier=earlier)
    _end_deploy(report, as_json=as_json)


def _end_deploy(report: DeployReport, *, as_json: bool) -> None:
    from connect_voice.report import deploy_json, print_deploy

    if as_json:
        _print_json(deploy_json(report))
    else:
        print_deploy(report)
    if not all(call.passed for call in report.calls):
        sys.exit(CheckFailed.exit_code)


@cli.command()
@env_argument
@click.option("--yes", is_flag=True, envvar="YES", help="Do not ask (also: YES=1).")
@json_option
@click.pass_obj
def destroy(session: Session, env: str, yes: bool, as_json: bool) -> None:  # noqa: FBT001
    """Remove everything ENV has."""
    from connect_voice.console import Progress
    from connect_voice.deploy import destroy as run
    from connect_voice.environment import load_environment

    project = session.project
    environment = load_environment(project, env)
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError(
                f"Removing everything in {env} wants a yes; answer at a terminal, or say YES=1."
            )
        typed = click.prompt(
            f"This removes everything in {env} (account {environment.account_id}). "
            "Type the environment's name to go on",
            err=True,
        )
        if typed != env:
            raise UsageError(f"That was not {env!r}; nothing was removed.")
    removed = run(project, environment, Progress())
    if as_json:
        _print_json({"environment": env, "removed": removed})
        return
    click.echo(
        f"Removed {removed} resources; nothing of {env} is left."
        if removed
        else f"Nothing is deployed in {env}."
    )


@cli.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--env", default="local", show_default=True, help="Where the flows are deployed.")
@click.option("--all", "every", is_flag=True, help="Place every scripted call.")
@json_option
@click.pass_obj
def call(
    session: Session,
    names: tuple[str, ...],
    env: str,
    every: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    """Place the scripted calls NAME (or scenario files) through the deployed flows.

    Without a name, list them.
    """
    from connect_voice.checks import find_scenario, load_scenarios
    from connect_voice.report import print_call, print_scenarios

    project = session.project
    if not names and not every:
        scenarios = load_scenarios(project)
        if as_json:
            _print_json({key: scenario.description for key, scenario in scenarios.items()})
        else:
            print_scenarios(scenarios)
        return
    wanted = (
        list(load_scenarios(project).values())
        if every
        else [find_scenario(project, name) for name in names]
    )
    from connect_voice.smoke import open_deployed, place

    deployed = open_deployed(project, env)
    reports = [place(deployed, scenario) for scenario in wanted]
    if as_json:
        shown = [report.to_json() for report in reports]
        _print_json(shown[0] if len(names) == 1 and not every else shown)
    else:
        for report in reports:
            print_call(report)
    if not all(report.passed for report in reports):
        sys.exit(1)


@cli.command()
@env_argument
@json_option
@click.pass_obj
def doctor(session: Session, env: str, as_json: bool) -> None:  # noqa: FBT001
    """Check tools, credentials and settings of ENV; reads only."""
    from connect_voice.doctor import examine
    from connect_voice.environment import load_environment
    from connect_voice.report import findings_json, print_findings

    project = session.project
    environment = load_environment(project, env)
    findings = examine(project, environment)
    if as_json:
        _print_json(findings_json(findings))
    else:
        print_findings(findings)
    if not all(finding.ok for finding in findings):
        sys.exit(1)


@cli.command(
    context_settings={"ignore_unknown_options": True, "help_option_names": []},
    add_help_option=False,
)
@click.argument("env")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def terraform(session: Session, env: str, arguments: tuple[str, ...]) -> NoReturn:
    """Run plain Terraform in the root module with ENV's settings: terraform local plan."""
    from connect_voice.smoke import open_environment

    workspace = open_environment(session.project, env)
    workspace.initialise()
    os.chdir(workspace.project.terraform)
    settings = {**workspace.settings, **workspace.command_defaults()}
    os.execve(workspace.binary.path, [str(workspace.binary.path), *arguments], settings)  # noqa: S606


cli.add_command(audit)
cli.add_command(docs)
cli.add_command(servicenow)
for command in (*BRIEF_COMMANDS, *RECORD_COMMANDS):
    cli.add_command(command)


@cli.group()
def flow() -> None:
    """Contact flows."""


for command in (*FLOW_FILE_COMMANDS, *FLOW_PICTURE_COMMANDS):
    flow.add_command(command)


@flow.command("lint")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--type", "flow_type", help="Type of the flows; by default the likeliest of each.")
@click.option(
    "--severity",
    type=click.Choice(["error", "warning", "note"]),
    help="Leave out what is less severe, and let the rest fail. By default show everything and "
    "fail for errors.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif"]),
    default="text",
    show_default=True,
    help="How to print the findings.",
)
@click.option("--json", "form", flag_value="json", help="The same as --format json.")
@click.pass_obj
def flow_lint(
    session: Session,
    files: tuple[Path, ...],
    flow_type: str | None,
    severity: str | None,
    form: str,
) -> None:
    """Say what Amazon Connect would refuse in flows or templates, and what a person should look at.

    Without FILES, check this project's.
    """
    from connect_voice.lint import lint_files, to_sarif
    from flowkit.problem import Severity

    reports = lint_files(session.project, files, flow_type)
    if severity is not None:
        reports = [report.from_severity(Severity(severity)) for report in reports]
    if form == "sarif":
        _print_json(to_sarif(reports))
    elif form == "json":
        _print_json([finding for report in reports for finding in report.to_json()])
    else:
        for report in reports:
            click.echo(report.text())
    if any(report.findings if severity else report.refused for report in reports):
        sys.exit(1)


@cli.group()
def local() -> None:
    """The embedded AWS on this machine."""


@local.command("up")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="The port to listen on; 0 is any."
)
@json_option
@click.pass_obj
def local_up(session: Session, port: int, as_json: bool) -> None:  # noqa: FBT001
    """Start the embedded AWS."""
    from connect_voice import embedded
    from connect_voice.report import local_json

    aws, started = embedded.up(session.project, port)
    if as_json:
        _print_json(local_json(aws, None))
    else:
        click.echo(f"Embedded AWS {'ready' if started else 'already running'} at {aws.endpoint}")
        click.echo(f"Logs: {aws.log.parent}")


@local.command("down")
@click.option("--quiet", is_flag=True, help="Say nothing.")
@json_option
@click.pass_obj
def local_down(session: Session, quiet: bool, as_json: bool) -> None:  # noqa: FBT001
    """Stop the embedded AWS; what was deployed to it is gone with it."""
    from connect_voice import embedded

    stopped = embedded.down(session.project)
    if as_json:
        _print_json({"running": False, "stopped": stopped})
    elif not quiet:
        click.echo("Embedded AWS stopped." if stopped else "The embedded AWS was not running.")


@local.command("status")
@json_option
@click.pass_obj
def local_status(session: Session, as_json: bool) -> None:  # noqa: FBT001
    """Say whether the embedded AWS runs, where, and what is deployed to it."""
    from connect_voice import embedded
    from connect_voice.report import local_json, print_local
    from connect_voice.smoke import local_state

    aws = embedded.status(session.project)
    state = local_state(session.project, aws) if aws is not None else None
    if as_json:
        _print_json(local_json(aws, state))
    else:
        print_local(aws, state)


@local.command("env")
@click.pass_obj
def local_env(session: Session) -> None:
    """Print the settings of the embedded AWS for a shell: eval "$(connect-voice local env)"."""
    from connect_voice.smoke import open_environment

    workspace = open_environment(session.project, "local")
    shown = {
        name: value
        for name, value in {**workspace.settings, **workspace.command_defaults()}.items()
        if name.startswith(("AWS_", "TF_")) or name in {"NO_PROXY", "no_proxy"}
    }
    click.echo("unset AWS_CA_BUNDLE AWS_PROFILE AWS_SESSION_TOKEN")
    for name, value in sorted(shown.items()):
        click.echo(f"export {name}={shlex.quote(value)}")


def main() -> NoReturn:
    """Run the program and end the process with its exit code."""
    signal.signal(signal.SIGTERM, _raise_interrupt)
    debug = "--debug" in sys.argv[1:]
    # A command is over in seconds; Python would look for garbage for 0.2 of them, most of it at the
    # very end.
    gc.disable()
    exit_code = _guarded(lambda: cli.main(standalone_mode=False), debug=debug)
    gc.freeze()
    sys.exit(exit_code)


def _guarded(run: Callable[[], Any], *, debug: bool) -> int:  # noqa: PLR0911 (a line a kind)
    """Every way a command can end, as an exit code and at most one sentence."""
    try:
        run()
    except CommandError as error:
        return _say(str(error), error.exit_code, debug=debug)
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return UsageError.exit_code
    except (KeyboardInterrupt, click.Abort):
        from connect_voice.terraform import INTERRUPTED

        return _say("Interrupted; run the same command again to go on.", INTERRUPTED, debug=debug)
    except BrokenPipeError:
        # The reader of our output has gone (`| head`); nothing can be said to it any more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OutsideError.exit_code
    except OSError as error:
        place = f" {error.filename}" if error.filename else ""
        return _say(
            f"The system refuses{place}: {error.strerror or error}.",
            OutsideError.exit_code,
            debug=debug,
        )
    except Exception as error:  # noqa: BLE001 (the last line of defence before a traceback)
        return _say(
            f"Unexpected fault ({type(error).__name__}: {error}); please report it with the output "
            "of the same command under --debug.",
            OutsideError.exit_code,
            debug=debug,
        )
    return 0


def _say(sentence: str, exit_code: int, *, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    click.echo(f"connect-voice: {sentence}", err=True)
    return exit_code


def _raise_interrupt(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _print_json(value: object) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))
