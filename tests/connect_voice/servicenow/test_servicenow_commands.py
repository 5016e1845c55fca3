"""The verbs as a user runs them: exit codes, streams, and an apply that only a person can do."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from snow_calls import WHOLE, export_calls
from snow_disk import small_files
from snow_instance import SnowInstance, busy
from snow_office import settled

from connect_voice import smoke, state
from connect_voice.errors import CommandError, OutsideError, UsageError
from connect_voice.project import Project
from connect_voice.servicenow.cli import servicenow
from connect_voice.servicenow.instance import Instance
from connect_voice.servicenow.ledger import Ledger
from connect_voice.servicenow.target import host_in
from connect_voice.state import State
from connect_voice.vendors import VENDORS

ROOT = Path(__file__).resolve().parents[3]
READER = {"SERVICENOW_CHECK_CLIENT_ID": "reader", "SERVICENOW_CHECK_CLIENT_SECRET": "a secret"}
WRITER = {"SERVICENOW_APPLY_CLIENT_ID": "writer", "SERVICENOW_APPLY_CLIENT_SECRET": "another"}
PROGRAM = """
import sys
from connect_voice import cli
from connect_voice.servicenow.cli import servicenow
cli.cli.add_command(servicenow)
cli.main()
"""
PIPELINE = ("CI", "GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD", "JENKINS_URL", "BUILDKITE")


@pytest.fixture
def snow() -> SnowInstance:
    return settled()


@pytest.fixture(autouse=True)
def _no_settings_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("SERVICENOW_"):
            monkeypatch.delenv(name)


def _run(*arguments: str, env: Mapping[str, str] = READER) -> Result:
    session = SimpleNamespace(project=Project(ROOT))
    return CliRunner().invoke(servicenow, arguments, env=dict(env), obj=session)


def _at(at: Instance) -> tuple[str, ...]:
    return ("--instance", at.host, "--ca-bundle", str(at.ca_bundle))


def _outcome(result: Result) -> Any:
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return json.loads(result.stdout)


def test_check_passes_and_says_so_to_programs(at: Instance) -> None:
    result = _run(*_at(at), "check", "--json")
    assert result.exit_code == 0
    said = _outcome(result)
    assert said["ok"] is True
    assert said["instance"] == at.host
    assert {entry["status"] for entry in said["entries"]} == {"ok", "skipped"}


def test_check_ends_with_1_when_an_error_is_off(snow: SnowInstance, at: Instance) -> None:
    for row in snow.tables["sys_properties"]:
        if row["name"] == "sn_aia.enable_voice_agent_setup":
            row["value"] = "false"
    result = _run(*_at(at), "check")
    assert result.exit_code == 1
    assert "✗ voice-agents-enabled" in result.stdout
    assert "it is 'false', expected true." in result.stdout
    source = "AI voice agent reference, AI voice agent system properties"
    assert f"ServiceNow administrator: sys_properties.list ({source})" in result.stdout
    assert "14 as expected, 1 off, 11 not needed." in result.stdout


def test_check_ends_with_0_when_only_a_warning_is_off(snow: SnowInstance, at: Instance) -> None:
    for row in snow.tables["v_plugin"]:
        if row["id"] == "sn_hr_voice_aia":
            row["active"] = "inactive"
    result = _run(*_at(at), "check")
    assert result.exit_code == 0
    assert "! plugin-hr" in result.stdout


def test_plan_changes_nothing(snow: SnowInstance, at: Instance) -> None:
    for row in snow.tables["sys_properties"]:
        if row["name"] == "glide.voice.authenticate.mfa_mandatory":
            row["value"] = "false"
    said = _outcome(_run(*_at(at), "plan", "--json"))
    assert [(c["id"], c["old"], c["new"]) for c in said["changes"]] == [
        ("mfa-mandatory", "false", "true")
    ]
    assert "1 to change, 0 to mend by hand." in _run(*_at(at), "plan").stdout
    assert snow.writes() == []


def _error(result: Result) -> CommandError:
    assert isinstance(result.exception, CommandError), result.output
    return result.exception


def test_without_an_instance_it_says_how_to_name_one() -> None:
    error = _error(_run("check"))
    assert isinstance(error, UsageError)
    assert "--instance, SERVICENOW_INSTANCE, or --env" in str(error)


def test_the_instance_may_be_in_the_environment(at: Instance) -> None:
    settings = {
        **READER,
        "SERVICENOW_INSTANCE": f"https://{at.host}/",
        "SERVICENOW_CA_BUNDLE": str(at.ca_bundle),
    }
    assert _run("check", env=settings).exit_code == 0


def _of_options(given: list[str]) -> str:
    """Whom a check of some options asks, as its failure to reach it says."""
    return str(_error(_run(*given))).split()[0]


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        (["--instance", "localhost:1", "check"], "localhost:1"),
        (["check", "--instance", "localhost:1"], "localhost:1"),
        (["check", "--json", "--instance", "localhost:1"], "localhost:1"),
        (["--instance", "localhost:1", "check", "--instance", "localhost:2"], "localhost:2"),
        (["--instance", "localhost:1", "--timeout", "5", "check", "--timeout", "9"], "localhost:1"),
    ],
)
def test_the_options_may_stand_before_the_verb_or_after_it(given: list[str], asked: str) -> None:
    assert _of_options(given) == asked


def test_what_is_typed_before_the_verb_wins_over_the_environment(at: Instance) -> None:
    settings = {**READER, "SERVICENOW_CA_BUNDLE": "/nowhere.pem"}
    assert _run(*_at(at), "check", env=settings).exit_code == 0
    assert _run("check", *_at(at), env=settings).exit_code == 0
    assert "/nowhere.pem" in str(_error(_run("--instance", at.host, "check", env=settings)))


def test_a_limit_after_the_verb_is_kept(snow: SnowInstance, at: Instance) -> None:
    snow.interrupts.append(busy("60"))
    error = _error(_run("check", *_at(at), "--timeout", "2"))
    assert "asks for a pause of 60 s" in str(error)


def test_without_credentials_it_names_their_variables(at: Instance) -> None:
    error = _error(_run(*_at(at), "check", env={}))
    assert "Set SERVICENOW_CHECK_CLIENT_ID and SERVICENOW_CHECK_CLIENT_SECRET" in str(error)


def test_a_ca_bundle_that_is_not_there_is_told(at: Instance) -> None:
    error = _error(_run("--instance", at.host, "--ca-bundle", "/nowhere.pem", "check"))
    assert "/nowhere.pem is missing" in str(error)


def test_an_instance_that_does_not_answer_is_the_worlds_fault() -> None:
    assert isinstance(_error(_run("--instance", "localhost:1", "check")), OutsideError)


def test_the_host_is_told_by_what_is_deployed() -> None:
    outputs = {"servicenow_instance_host": "dev1.service-now.com"}
    assert host_in(State(1, "x", 1, outputs)) == "dev1.service-now.com"


@pytest.mark.parametrize("outputs", [{}, {"servicenow_instance_host": None}])
def test_a_deployment_without_servicenow_tells_no_host(outputs: dict[str, object]) -> None:
    assert host_in(State(1, "x", 1, outputs)) is None
    assert host_in(None) is None


def test_on_the_laptop_the_stand_in_is_the_instance_and_lets_itself_be_read(
    at: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = tmp_path / "secrets.json"
    aws = SimpleNamespace(
        stand_ins={"servicenow": SimpleNamespace(host=at.host, ca_bundle=at.ca_bundle)},
        secrets_file=secrets,
    )
    held = {s.environment: "made up" for vendor in VENDORS for s in vendor.secrets}
    secrets.write_text(json.dumps(held), encoding="utf-8")
    monkeypatch.setattr(smoke, "open_environment", lambda *_: SimpleNamespace(aws=aws))
    for_elsewhere = {"SERVICENOW_CHECK_TOKEN": "of a real instance", "SERVICENOW_INSTANCE": "x"}
    assert _run("--env", "local", "check", env=for_elsewhere).exit_code == 0


@pytest.mark.parametrize("known", [True, False])
def test_a_deployed_environment_tells_its_instance_or_that_it_cannot(
    at: Instance,
    monkeypatch: pytest.MonkeyPatch,
    known: bool,  # noqa: FBT001
) -> None:
    workspace = SimpleNamespace(aws=None, environment=None, session=lambda: None)
    outputs = {"servicenow_instance_host": at.host} if known else {}
    monkeypatch.setattr(smoke, "open_environment", lambda *_: workspace)
    monkeypatch.setattr(state, "read_state", lambda *_: State(1, "x", 1, outputs))
    result = _run("--env", "prod", "--ca-bundle", str(at.ca_bundle), "check")
    if known:
        assert result.exit_code == 0
    else:
        assert "does not tell its ServiceNow instance" in str(_error(result))


def test_kpi_from_exports_needs_no_instance(tmp_path: Path) -> None:
    export_calls(tmp_path)
    page = tmp_path / "kpi.html"
    arguments = ("kpi", "--from", "2026-11-02", "--to", "2026-11-04", "--csv", str(tmp_path))
    said = _outcome(_run(*arguments, "--json", "--html", str(page), env={}))
    assert {i["key"]: i["value"] for i in said["indicators"]} == {
        key: pytest.approx(float(value)) for key, value in WHOLE.items()
    }
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    table = _run(*arguments, env={}).stdout
    assert "Average voice conversation duration" in table
    assert "IT helper" in table


KPI = ("kpi", "--from", "2026-11-02", "--to", "2026-11-04", "--csv")


def test_kpi_breaks_no_line_that_goes_to_a_file(tmp_path: Path) -> None:
    export_calls(tmp_path)
    file = tmp_path / "sn_na_analytics_insights.csv"
    name = (
        "A helper with a name that is longer than a terminal is wide, as names of helpers go " * 2
    )
    file.write_text(file.read_text(encoding="utf-8").replace("IT helper", name.strip()))
    assert re.search(rf"^  {name.strip()} +2\b", _run(*KPI, str(tmp_path)).stdout, re.MULTILINE)


def test_a_page_that_cannot_be_written_loses_no_figures(tmp_path: Path) -> None:
    export_calls(tmp_path)
    result = _run(*KPI, str(tmp_path), "--json", "--html", "/dev/full")
    assert "/dev/full cannot be written (No space left on device)" in str(_error(result))
    assert isinstance(result.exception, OutsideError)
    assert len(json.loads(result.stdout)["indicators"]) == 8


def test_a_page_of_yesterday_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    export_calls(tmp_path)
    page = tmp_path / "kpi.html"
    page.write_text("yesterday", encoding="utf-8")
    with small_files(1000):
        result = _run(*KPI, str(tmp_path), "--html", str(page))
    assert isinstance(_error(result), OutsideError)
    assert page.read_text(encoding="utf-8") == "yesterday"
    assert [file.name for file in tmp_path.iterdir() if "html" in file.name] == ["kpi.html"]


def test_a_folder_that_is_not_there_is_told_before_anybody_is_asked(tmp_path: Path) -> None:
    error = _error(_run(*KPI, "/nowhere", "--html", str(tmp_path / "none" / "kpi.html")))
    assert isinstance(error, UsageError)
    assert "There is no folder" in str(error)


def test_kpi_that_is_not_whole_ends_with_1(tmp_path: Path) -> None:
    export_calls(tmp_path)
    (tmp_path / "interaction.csv").unlink()
    result = _run("kpi", "--from", "2026-11-02", "--to", "2026-11-04", "--csv", str(tmp_path))
    assert result.exit_code == 1
    assert "! interaction.csv is not in" in result.stdout


def test_trace_of_an_unknown_call_ends_with_1(snow: SnowInstance, at: Instance) -> None:
    snow.tables["interaction"] = []
    contact = "0f8fad5b-d9cb-469f-a165-70867728950e"
    result = _run(*_at(at), "trace", contact)
    assert result.exit_code == 1
    assert f"no record of the contact {contact}" in result.stdout
    assert len(result.stdout.splitlines()) == 1
    assert _outcome(_run(*_at(at), "trace", contact, "--json"))["complete"] is False


def test_what_an_instance_says_does_not_steer_the_terminal(
    snow: SnowInstance, at: Instance
) -> None:
    for row in snow.tables["sys_properties"]:
        if row["name"] == "instance_id":
            row["value"] = "\x1b]0;owned\x07[red]x[/red]"
    shown = _run(*_at(at), "check").stdout
    assert "\x1b]0" not in shown
    assert "[red]x[/red]" in shown


def test_every_verb_has_help() -> None:
    assert sorted(servicenow.commands) == ["apply", "check", "kpi", "plan", "trace"]
    for command in servicenow.commands.values():
        assert isinstance(command, click.Command)
        assert command.help


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from connect_voice.servicenow import cli; "
        "print([n for n in ('requests', 'rich', 'yaml', 'boto3') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def _settings(**more: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k not in PIPELINE}
    return {**kept, **READER, **WRITER, **more}


def _command(at: Instance, ledger: Path) -> list[str]:
    options = (*_at(at), "apply", "--ledger", str(ledger), "--json")
    return [sys.executable, "-c", PROGRAM, "servicenow", *options]


def _mfa(snow: SnowInstance) -> dict[str, str]:
    name = "glide.voice.authenticate.mfa_mandatory"
    return next(row for row in snow.tables["sys_properties"] if row["name"] == name)


@pytest.mark.parametrize("env", [{}, {"CI": "true"}])
def test_apply_refuses_where_nobody_can_be_asked(
    snow: SnowInstance, at: Instance, tmp_path: Path, env: dict[str, str]
) -> None:
    _mfa(snow)["value"] = "false"
    done = subprocess.run(
        _command(at, tmp_path / "ledger"),
        env=_settings(**env),
        input=f"{at.host}\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "Nothing was changed." in done.stderr
    assert snow.requests == []


def _at_terminal(command: list[str], env: dict[str, str], answer: str) -> tuple[int, str, str]:
    """Run with a terminal as standard input and error, and answer its one question."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command, env=env, stdin=theirs, stderr=theirs, stdout=subprocess.PIPE, text=True
    )
    os.close(theirs)
    seen, answered = b"", False
    while True:
        ready, _, _ = select.select([ours], [], [], 60)
        assert ready, seen
        try:
            piece = os.read(ours, 4096)
        except OSError:  # Linux's way to say that the other end is closed
            break
        if not piece:
            break
        seen += piece
        if not answered and b"Type its name" in seen:
            os.write(ours, f"{answer}\n".encode())
            answered = True
    os.close(ours)
    output = process.communicate(timeout=60)[0]
    return process.returncode, output, seen.decode()


def test_apply_shows_the_plan_asks_writes_and_records(
    snow: SnowInstance, at: Instance, tmp_path: Path
) -> None:
    _mfa(snow)["value"] = "false"
    file = tmp_path / "ledger.jsonl"
    code, output, seen = _at_terminal(_command(at, file), _settings(), at.host)
    assert code == 0, seen
    assert "mfa-mandatory" in seen
    assert [one["outcome"] for one in json.loads(output)["applied"]] == ["written"]
    assert _mfa(snow)["value"] == "true"
    assert Ledger(file).verify() == 2  # begun, and written
    assert " as writer" in file.read_text(encoding="utf-8")


@pytest.mark.parametrize("answer", ["yes", "", "prod.service-now.com"])
def test_apply_does_nothing_unless_the_instance_is_named(
    snow: SnowInstance, at: Instance, tmp_path: Path, answer: str
) -> None:
    _mfa(snow)["value"] = "false"
    file = tmp_path / "ledger.jsonl"
    code, _, seen = _at_terminal(_command(at, file), _settings(), answer)
    assert code == 2
    assert "nothing was changed" in seen
    assert snow.writes() == []
    assert not file.exists()


def test_apply_in_a_pipeline_is_refused_even_at_a_terminal(
    snow: SnowInstance, at: Instance, tmp_path: Path
) -> None:
    _mfa(snow)["value"] = "false"
    command = _command(at, tmp_path / "ledger.jsonl")
    code, _, seen = _at_terminal(command, _settings(CI="true"), at.host)
    assert code == 2
    assert "never runs in a pipeline" in seen
    assert snow.requests == []
