"""checkov itself, behind the gate: whatever makes it look away refuses the plan."""

from __future__ import annotations

import json
import os
import py_compile
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
import tomllib
from pathlib import Path

import pytest
from checkov_support import ADDRESSES, KEY, Stack, plan_of, refused, resource

from connect_voice.checkov import Worker, load_checks
from connect_voice.checkov_report import COVERAGE, SKIPS
from connect_voice.errors import CheckFailed
from connect_voice.policy import Judgement
from connect_voice.project import Project, installed_python
from plan_policy.verdict import Answer

FAILING = 'resource "aws_kms_key" "this" {\n  enable_key_rotation = false\n}'
SOUND = 'resource "aws_kms_key" "this" {\n  enable_key_rotation = true\n}'
LOOK_AWAY = "soft-fail: true\nskip-check: [CKV_AWS_7]\nframework: [dockerfile]\n"


@pytest.fixture(scope="module", autouse=True)
def checkov(root: Path) -> Path:
    """checkov's environment, as the commands prepare it."""
    bootstrap = [sys.executable, str(root / "scripts" / "bootstrap.py"), "--policy"]
    subprocess.run(bootstrap, check=True)
    return installed_python(".venv-policy")


@pytest.fixture
def stack(root: Path, tmp_path: Path) -> Stack:
    return Stack.make(root, tmp_path)


def test_a_sound_stack_passes_though_keys_are_not_known_before_the_first_apply(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    judgement = stack.judge()
    assert refused(judgement) == []
    assert list((tmp_path / "temporary").iterdir()) == []
    assert judgement.coverage["resources_in_plan"] == 3
    assert judgement.coverage["resources_in_code"] == 2
    assert Judgement.from_json(json.loads(json.dumps(judgement.to_json()))) == judgement


def test_nothing_that_is_planted_makes_it_look_away(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.edit(stack.code / "main.tf", SOUND, FAILING)
    stack.write_plan(plan_of({**KEY, "enable_key_rotation": False}))
    home, here, modules = tmp_path / "home", tmp_path / "here", tmp_path / "modules"
    marker = tmp_path / "run"
    for folder in (home, here, modules):
        folder.mkdir()
        (folder / ".checkov.yaml").write_text(LOOK_AWAY)
        for name in ("sitecustomize.py", "checkov.py"):
            (folder / name).write_text(f"open({str(marker)!r}, 'w')")
    for name, value in {
        "HOME": str(home),
        "PYTHONPATH": str(modules),
        "PYTHONSTARTUP": str(modules / "sitecustomize.py"),
        "CKV_SKIP_CHECK": "CKV_AWS_7",
        "CKV_CHECK": "CKV_AWS_28",
        "CKV_SOFT_FAIL": "true",
        "CKV_FRAMEWORK": "dockerfile",
        "CHECKOV_SKIP_CHECK": "CKV_AWS_7",
        "CKV_IGNORED_DIRECTORIES": "modules,terraform",
        "CHECKOV_ENABLE_NESTED_MODULES": "False",
        "EVAL_TF_PLAN_AFTER_UNKNOWN": "1",
        "BC_API_KEY": "an-api-key",
        "LOG_LEVEL": "DEBUG",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(here)
    found = refused(stack.judge())
    assert [(one.rule, one.address, one.answer) for one in found] == [
        ("CKV_AWS_7", "aws_kms_key.this", Answer.FAIL)
    ]
    assert "(main.tf:2)" in found[0].message
    assert not marker.exists()


@pytest.fixture(scope="module")
def sabotaged(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Judgement:
    """Everything at once that checkov reports success on, one defect a test below."""
    stack = Stack.make(root, tmp_path_factory.mktemp("sabotaged"))
    (stack.code / "broken.tf").write_text('resource "aws_kms_key" "half" {\n  enable_key_')
    hidden = {"resource": {"aws_kms_key": {"hidden": {"enable_key_rotation": False}}}}
    (stack.code / "hidden.tf.json").write_text(json.dumps(hidden))
    stack.write_plan(plan_of(more=(resource("aws_kms_key.hidden", "aws_kms_key", KEY),)))
    stack.edit(
        stack.code / "modules" / "table" / "main.tf",
        '  name     = "calls"',
        '  # checkov:skip=CKV_AWS_28: nobody needs to know\n  name     = "calls"',
    )
    canary = stack.policies / "canary" / "main.tf"
    stack.edit(canary, "enable_key_rotation = false", "enable_key_rotation = true")
    stack.edit(
        stack.policies / "checks" / "no_commands.py",
        'return CheckResult.FAILED if conf.get("provisioner") else CheckResult.PASSED',
        'return CheckResult.FAILED if conf["provisioner"] else CheckResult.PASSED',
    )
    return stack.judge()


def told(judgement: Judgement, rule: str) -> str:
    return "\n".join(one.message for one in refused(judgement) if one.rule == rule)


def test_code_that_cannot_be_parsed_refuses(sabotaged: Judgement) -> None:
    assert "broken.tf of the code" in told(sabotaged, COVERAGE)


def test_code_that_checkov_does_not_read_refuses(sabotaged: Judgement) -> None:
    assert "scan of the code overlooked aws_kms_key.hidden" in told(sabotaged, COVERAGE)


def test_a_comment_in_the_code_refuses(sabotaged: Judgement) -> None:
    assert "would keep CKV_AWS_28 from answering" in told(sabotaged, SKIPS)


def test_a_canary_that_stops_firing_refuses(sabotaged: Judgement) -> None:
    said = told(sabotaged, COVERAGE)
    assert "CKV_AWS_7 does not fail on the code of its canary" in said
    assert "CKV_AWS_7 does not fail on the plan of its canary" not in said


def test_a_policy_that_raises_refuses(sabotaged: Judgement) -> None:
    said = told(sabotaged, COVERAGE)
    for address in ADDRESSES:
        assert f"CKV_CONNECT_2 raised an exception at {address}" in said


def test_none_of_this_can_be_waived(sabotaged: Judgement) -> None:
    assert not sabotaged.passed
    assert all(one.address == "" for one in refused(sabotaged) if one.rule == COVERAGE)


def test_a_check_that_does_not_exist_refuses_with_the_likely_one(stack: Stack) -> None:
    stack.edit(stack.policies / "checks.toml", "CKV_CONNECT_1 =", "CKV_CONECT_1 =")
    with pytest.raises(CheckFailed, match=r"CKV_CONECT_1, .* did you mean CKV_CONNECT_1\?"):
        stack.judge()


def test_a_folder_of_checks_that_is_no_package_refuses(stack: Stack) -> None:
    (stack.policies / "checks" / "__init__.py").unlink()
    with pytest.raises(CheckFailed, match=r"has no __init__\.py, so it holds no checks"):
        stack.judge()


def test_a_check_that_cannot_be_imported_refuses(stack: Stack) -> None:
    (stack.policies / "checks" / "late.py").write_text("import no_such_module\n")
    with pytest.raises(CheckFailed, match=r"cannot be loaded: ModuleNotFoundError: .*no_such"):
        stack.judge()


def test_a_missing_canary_refuses(stack: Stack) -> None:
    shutil.rmtree(stack.policies / "canary")
    said = told(stack.judge(), COVERAGE)
    assert "plan.json of the plan canary" in said
    assert "CKV_AWS_7 does not fail on the code of its canary" in said


def test_no_check_fails_on_the_shipped_code(root: Path, stack: Stack) -> None:
    """All of it: what makes the state's bucket and the pipelines' roles is planned elsewhere."""
    checks = load_checks(Project(root))
    worker = Worker(Project(root), root / "terraform", checks)
    worker.start_if_ready()
    scan = worker.report(stack.plan_json).scans["code"]
    failing = {
        (check, address): place
        for check, answers in scan.answers.items()
        for address, (answer, place) in answers.items()
        if answer == "FAILED"
    }
    assert (failing, scan.unreadable, scan.raised, scan.skipped) == ({}, (), (), ())
    written = {
        f"{kind}.{name}"
        for file in (root / "terraform").rglob("*.tf")
        for kind, name in re.findall(
            r'^resource "(\w+)" "(\w+)"', file.read_text(encoding="utf-8"), re.MULTILINE
        )
    }
    without_index = {re.sub(r"\[[^]]*\]", "", address) for address in scan.resources}
    assert {".".join(address.split(".")[-2:]) for address in without_index} == written


HOLDS_THE_GATE = """
    import signal
    import sys
    from pathlib import Path
    from connect_voice.checkov import at_work
    from connect_voice.project import Project

    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in a shell's background
    root = Path(sys.argv[1])
    with at_work(Project(root), root) as worker:
        print(worker._process.pid, worker._folder, flush=True)
        sys.stdin.read()
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left_of_it_when_the_command_is_ended(
    stack: Stack, number: signal.Signals
) -> None:
    command = [sys.executable, "-c", textwrap.dedent(HOLDS_THE_GATE), str(stack.project.root)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as holder:
        assert holder.stdout is not None
        pid, folder = holder.stdout.readline().split()
        assert _runs(int(pid))
        holder.send_signal(number)
        holder.wait(timeout=60)
        end = time.monotonic() + 60
        while _runs(int(pid)) and time.monotonic() < end:
            os.sched_yield()
    assert not _runs(int(pid))
    assert not Path(folder).exists()


def _runs(pid: int) -> bool:
    """Whether a process does anything yet; one that nobody has asked after is no longer one."""
    state = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout
    return bool(state.strip()) and not state.strip().startswith("Z")


LISTS_CHECKS = """
    import json
    from checkov.terraform.plan_runner import Runner as Plan
    from checkov.terraform.runner import Runner as Code

    registries = {**Plan.block_type_registries, **Code.block_type_registries}
    found = {}
    for block, registry in registries.items():
        for kind, check in registry.all_checks():
            found.setdefault(f"{block}.{kind}", []).append(check.id)
    print(json.dumps(found))
"""


def test_every_check_for_the_kinds_of_resources_used_is_decided_upon(
    root: Path, checkov: Path
) -> None:
    done = subprocess.run(
        [str(checkov), "-I", "-c", textwrap.dedent(LISTS_CHECKS)],
        capture_output=True,
        text=True,
        check=True,
    )
    by_kind = json.loads(done.stdout.splitlines()[-1])
    code = [file.read_text(encoding="utf-8") for file in (root / "terraform").rglob("*.tf")]
    used = {
        f"{block}.{kind}"
        for text in code
        for block, kind in re.findall(r'^(resource|data) "(\w+)"', text, re.MULTILINE)
    }
    data = tomllib.loads((root / "policies" / "checkov" / "checks.toml").read_text("utf-8"))
    decided = data["checks"].keys() | data["left-out"].keys()
    offered = {check for kind in used | {"provider.aws"} for check in by_kind.get(kind, [])}
    assert offered - decided == set()
    assert data["left-out"].keys() - offered == set()


def test_a_defect_is_found_after_sound_code_was_kept_and_gone_when_it_is(
    stack: Stack,
) -> None:
    key = stack.code / "main.tf"
    for _ in range(2):
        assert refused(stack.judge()) == []
        stack.edit(key, "enable_key_rotation = true", "enable_key_rotation = false")
        assert {one.rule for one in refused(stack.judge())} == {"CKV_AWS_7"}
        stack.edit(key, "enable_key_rotation = false", "enable_key_rotation = true")


def test_compiled_checks_are_not_used(stack: Stack, checkov: Path, tmp_path: Path) -> None:
    check = stack.policies / "checks" / "no_commands.py"
    planted = tmp_path / "planted.py"
    planted.write_text("raise RuntimeError('used')")
    compiled = check.parent / "__pycache__"
    compiled.mkdir(exist_ok=True)
    ask = "import sys; print(sys.implementation.cache_tag)"
    tag = subprocess.run([checkov, "-c", ask], check=True, capture_output=True, text=True).stdout
    py_compile.compile(
        str(planted),
        cfile=str(compiled / f"no_commands.{tag.strip()}.pyc"),
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        doraise=True,
    )
    assert refused(stack.judge()) == []
