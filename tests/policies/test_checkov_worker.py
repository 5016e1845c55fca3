"""checkov's process against stand-ins, because checkov itself does not hang or lie at will."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from checkov_support import CONTEXT, Stack, open_gate, plan_of, quiet
from rich.console import Console

from connect_voice import checkov
from connect_voice.checkov import Worker, load_checks, locked_version, preparing
from connect_voice.errors import CheckFailed, CommandError, OutsideError, UsageError
from connect_voice.policy import Gate, Judgement
from connect_voice.policy_report import print_judgement
from plan_policy.plan import read_plan
from plan_policy.verdict import Answer, Source, Verdict


@pytest.fixture
def stack(root: Path, tmp_path: Path) -> Stack:
    return Stack.make(root, tmp_path)


@pytest.fixture
def stand_in(stack: Stack, tmp_path: Path) -> Callable[..., Worker]:
    """A worker whose interpreter is a program of the test's."""

    def make(body: str, timeout: float = 30) -> Worker:
        program = tmp_path / "python"
        program.write_text(f"#!{sys.executable} -S\n{textwrap.dedent(body)}")
        program.chmod(0o755)
        return Worker(
            stack.project, stack.code, load_checks(stack.project), timeout=timeout, python=program
        )

    return make


@contextmanager
def started(worker: Worker) -> Iterator[Worker]:
    worker.start_if_ready()
    try:
        yield worker
    finally:
        worker.close()


def fails(worker: Worker, stack: Stack) -> str:
    with started(worker), pytest.raises(OutsideError) as caught:
        worker.report(stack.plan_json)
    assert worker._process is None
    return str(caught.value)


def test_a_worker_that_hangs_is_stopped_with_all_it_started(
    stack: Stack, stand_in: Callable[..., Worker], tmp_path: Path
) -> None:
    body = f"""
        import os, signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.fork()
        with open({str(tmp_path / "pids")!r}, "a") as file:
            file.write(f"{{os.getpid()}}\\n")
        time.sleep(600)
    """
    said = fails(stand_in(body, timeout=1), stack)
    assert "has not reported within 1 s and was stopped" in said
    pids = (tmp_path / "pids").read_text().split()
    assert len(pids) == 2
    end = time.monotonic() + 30
    while any(map(_runs, pids)) and time.monotonic() < end:
        os.sched_yield()
    assert not any(map(_runs, pids))


def _runs(pid: str) -> bool:
    command = ["ps", "-o", "stat=", "-p", pid]
    state = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    return bool(state) and not state.startswith("Z")


def test_a_worker_that_is_killed_is_no_pass(stack: Stack, stand_in: Callable[..., Worker]) -> None:
    said = fails(stand_in("import os; os.kill(os.getpid(), 9)"), stack)
    assert "ended with -9 and without a report" in said


@pytest.mark.parametrize("words", ["", "all is well", "{", "[]"])
def test_a_worker_that_prints_garbage_is_no_pass(
    stack: Stack, stand_in: Callable[..., Worker], words: str
) -> None:
    said = fails(stand_in(f"print({words!r})"), stack)
    assert "cut off or not a report" in said


def test_bytes_that_are_no_text_are_no_pass(stack: Stack, stand_in: Callable[..., Worker]) -> None:
    said = fails(stand_in("import sys; sys.stdout.buffer.write(bytes(range(128, 256)))"), stack)
    assert "Run the same command again" in said


def test_what_a_failing_worker_said_last_is_told(
    stack: Stack, stand_in: Callable[..., Worker]
) -> None:
    said = fails(stand_in("raise ImportError('no checkov here')"), stack)
    assert "(ImportError: no checkov here)" in said


REPORTS = """
    import hashlib, json, sys
    job = json.loads(sys.stdin.readline())
    plan = open(sys.stdin.readline().strip(), "rb").read()
    nothing = {"resources": [], "unreadable": [], "answers": [], "raised": [], "skipped": []}
    report = {
        "format": 1, "checkov": VERSION, "known": list(job["checks"]), "types": {},
        "plan_sha256": hashlib.sha256(plan + EXTRA).hexdigest(), "complaints": [],
        "scans": dict.fromkeys(("code", "plan", "code canary", "plan canary"), nothing),
    }
    print(json.dumps(report))
"""


def reports(version: str, extra: bytes = b"") -> str:
    return REPORTS.replace("VERSION", repr(version)).replace("EXTRA", repr(extra))


def test_another_version_than_the_locked_one_is_no_pass(
    stack: Stack, stand_in: Callable[..., Worker]
) -> None:
    said = fails(stand_in(reports("3.3.29")), stack)
    assert "has checkov 3.3.29 and requirements-policy.txt locks" in said


def test_a_report_about_another_plan_is_no_pass(
    root: Path, stack: Stack, stand_in: Callable[..., Worker]
) -> None:
    said = fails(stand_in(reports(locked(root), b" ")), stack)
    assert "changed while checkov read it" in said


def locked(root: Path) -> str:
    return locked_version((root / "requirements-policy.txt").read_text(encoding="utf-8"))


def test_a_lock_without_checkov_is_refused() -> None:
    with pytest.raises(OutsideError, match="does not lock checkov"):
        locked_version("boto3==1.0\n")


def gate(worker: Worker) -> Gate:
    return Gate((), (), worker)


def test_a_report_of_nothing_is_no_pass(
    root: Path, stack: Stack, stand_in: Callable[..., Worker]
) -> None:
    with started(stand_in(reports(locked(root)))) as worker:
        plan = read_plan(plan_of())
        judgement = gate(worker).judge(plan, stack.plan_json, CONTEXT, quiet())
    assert not judgement.passed
    assert any(one.rule == "checkov-coverage" for one in judgement.refusing)


@pytest.mark.parametrize("keep", [0, 1, 200, -1])
def test_a_plan_that_is_empty_or_cut_off_is_refused(
    stack: Stack, stand_in: Callable[..., Worker], keep: int
) -> None:
    stack.plan_json.write_bytes(stack.plan_json.read_bytes()[:keep])
    with started(stand_in("input()")) as worker, pytest.raises(CheckFailed, match="cut off"):
        gate(worker).judge(read_plan(plan_of()), stack.plan_json, CONTEXT, quiet())


def test_a_missing_plan_is_refused(stack: Stack, stand_in: Callable[..., Worker]) -> None:
    stack.plan_json.unlink()
    with started(stand_in("input()")) as worker, pytest.raises(OutsideError, match="is missing"):
        gate(worker).judge(read_plan(plan_of()), stack.plan_json, CONTEXT, quiet())


def test_checkov_gets_the_plan_that_the_rules_get(
    stack: Stack, stand_in: Callable[..., Worker]
) -> None:
    other = read_plan(plan_of({"enable_key_rotation": False}))
    with started(stand_in("input()")) as worker, pytest.raises(OutsideError, match="not the plan"):
        gate(worker).judge(other, stack.plan_json, CONTEXT, quiet())


def test_it_gets_nothing_of_the_users_environment(
    stack: Stack,
    stand_in: Callable[..., Worker],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in (
        "CKV_SKIP_CHECK",
        "BC_API_KEY",
        "PYTHONPATH",
        "AWS_SECRET_ACCESS_KEY",
        "LOG_LEVEL",
    ):
        monkeypatch.setenv(name, "planted")
    seen = tmp_path / "seen.json"
    body = f"""
        import json, os, sys
        facts = dict(
            env=dict(os.environ), cwd=os.getcwd(), files=os.listdir("."), arguments=sys.argv[1:],
            sid=os.getsid(0), pid=os.getpid(),
        )
        json.dump(facts, open({str(seen)!r}, "w"))
    """
    fails(stand_in(body), stack)
    facts: dict[str, Any] = json.loads(seen.read_text())
    assert "planted" not in facts["env"].values()
    assert facts["env"]["HOME"] == facts["cwd"]
    assert facts["cwd"] not in {str(Path.home()), str(Path.cwd())}
    assert facts["files"] == []
    assert facts["sid"] == facts["pid"]
    assert facts["arguments"][:2] == ["-I", "-B"]
    assert not Path(facts["cwd"]).exists()


def test_a_gate_is_not_opened_on_nothing(stack: Stack, tmp_path: Path) -> None:
    with (
        pytest.raises(CheckFailed, match="no Terraform code"),
        open_gate(stack.project, tmp_path / "no-such-folder"),
    ):
        pass


@pytest.mark.parametrize(
    "place",
    [
        ".checkov.yaml",
        "policies/.checkov.yml",
        "policies/checkov/.checkov.yaml",
        "terraform/.checkov.baseline",
        "terraform/modules/table/.checkov.yaml",
    ],
)
def test_a_planted_configuration_is_refused_by_name(stack: Stack, place: str) -> None:
    (stack.project.root / place).write_text("soft-fail: true\n")
    with pytest.raises(CheckFailed, match=place), open_gate(stack.project, stack.project.root):
        pass


@pytest.mark.parametrize("name", ["waivers.toml", "overrides.toml", "checkov/checks.toml"])
@pytest.mark.parametrize("text", [None, "[[["])
def test_policies_that_cannot_be_read_are_refused(
    stack: Stack, name: str, text: str | None
) -> None:
    file = stack.project.root / "policies" / name
    if text is None:
        file.unlink()
    else:
        file.write_text(text)
    with pytest.raises(CheckFailed, match=file.name), open_gate(stack.project, stack.project.root):
        pass


@pytest.mark.parametrize(
    ("exit_code", "kind"),
    [(1, CheckFailed), (2, UsageError), (3, OutsideError), (-9, OutsideError)],
)
def test_without_checkov_there_is_no_pass_but_a_sentence(
    stack: Stack,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    exit_code: int,
    kind: type[CommandError],
) -> None:
    (tmp_path / "scripts").mkdir()
    (tmp_path / "requirements-policy.txt").write_text("checkov==3.3.30\n")
    ending = f"os.kill(os.getpid(), {-exit_code})" if exit_code < 0 else f"sys.exit({exit_code})"
    (tmp_path / "scripts" / "bootstrap.py").write_text(
        "import os, sys\nassert sys.argv[1:] == ['--policy']\n"
        f"print('setup: the index is out of reach.', file=sys.stderr, flush=True)\n{ending}\n"
    )
    monkeypatch.setattr(checkov, "_home", lambda: tmp_path)
    with open_gate(stack.project, stack.project.root) as opened, pytest.raises(kind) as caught:
        opened.judge(read_plan(plan_of()), stack.plan_json, CONTEXT, quiet())
    assert type(caught.value) is kind
    assert str(caught.value) == (
        "The policy gate's tools cannot be prepared: the index is out of reach."
    )


def test_what_a_command_prepares_it_stops_preparing_when_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "scripts").mkdir()
    os.mkfifo(tmp_path / "pids")
    (tmp_path / "scripts" / "bootstrap.py").write_text(
        "import os, time\nother = os.fork()\nif other:\n"
        f"    open({str(tmp_path / 'pids')!r}, 'w').write(f'{{os.getpid()}} {{other}}')\n"
        "time.sleep(600)\n"
    )
    monkeypatch.setattr(checkov, "_home", lambda: tmp_path)
    with preparing():
        pids = (tmp_path / "pids").read_text().split()
        assert all(map(_runs, pids))
    end = time.monotonic() + 30
    while any(map(_runs, pids)) and time.monotonic() < end:
        os.sched_yield()
    assert not any(map(_runs, pids))


COVERAGE = {"checkov": "3", "checks": 1, "rules": 1, "answers": 1} | dict.fromkeys(
    ("resources_in_code", "resources_in_plan"), 1
)
PASSES = Verdict("log-retention", "a.b", Answer.PASS, "Kept.")
REFUSES = Verdict("CKV_AWS_7", "c.d", Answer.FAIL, "Keys rotate.", Source.CHECKOV)
EXCUSED = Verdict(
    "iam-no-wildcard", "e.f", Answer.CANNOT_PROVE, "Who knows.", excused="waived by x"
)


def test_people_read_first_what_refuses_then_what_is_excused_and_why() -> None:
    out = StringIO()
    console = Console(file=out, width=200)
    print_judgement(Judgement((PASSES, EXCUSED, REFUSES), COVERAGE), console)
    lines = out.getvalue().splitlines()
    assert lines[0] == "✗ CKV_AWS_7"
    assert lines[3] == "○ iam-no-wildcard cannot prove"
    assert "  waived by x" in lines
    assert lines[-1] == "Policy refuses this plan: 1 pass, 1 excused, 1 refuse."


def test_a_judgement_is_only_read_back_as_it_was_written() -> None:
    judgement = Judgement((PASSES, EXCUSED), COVERAGE)
    assert judgement.passed
    data = judgement.to_json()
    assert Judgement.from_json(data) == judgement
    for wrong in (
        {**data, "passed": False},
        {**data, "format": 2},
        {**data, "verdicts": [{}]},
        {**data, "verdicts": []},
        {},
    ):
        with pytest.raises(CheckFailed, match=r"verdicts\.json"):
            Judgement.from_json(wrong)


def test_no_verdicts_are_no_pass() -> None:
    assert not Judgement((), COVERAGE).passed
