"""Bad input and faults outside: one sentence, the right exit code, nothing half-done."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from checkouts import Checkout, Ran
from journey_laptop import servicenow_only


@pytest.fixture(scope="module")
def shared(make_checkout: Callable[[], Checkout]) -> Checkout:
    """For faults that are refused before anything is touched."""
    return make_checkout()


def refused(done: Ran, exit_code: int, *words: str) -> None:
    assert done.exit_code == exit_code, done.err + done.out
    sentences = [line for line in done.err.splitlines() if line.startswith("connect-voice: ")]
    assert len(sentences) == 1, done.err
    assert "Traceback" not in done.err
    for word in words:
        assert word in sentences[0]


def nothing_runs(checkout: Checkout) -> None:
    assert checkout.ok("local", "status", "--json").json == {"running": False, "resources": 0}


def test_an_unknown_environment_is_named(shared: Checkout) -> None:
    refused(shared.run("deploy", "lokal"), 2, "lokal", "did you mean local")
    nothing_runs(shared)


def test_prod_is_refused_until_it_has_an_account(shared: Checkout) -> None:
    refused(shared.run("deploy", "prod"), 2, "Set account_id", "environments/prod/env.toml")


def without_terraform(folder: Path) -> str:
    """A PATH that lacks nothing but Terraform."""
    folder.mkdir()
    for directory in os.environ["PATH"].split(":"):
        for program in Path(directory).glob("*") if Path(directory).is_dir() else ():
            link = folder / program.name
            if program.name not in {"terraform", "tofu"} and not link.is_symlink():
                link.symlink_to(program)
    return str(folder)


def test_no_terraform_is_one_sentence(shared: Checkout, tmp_path: Path) -> None:
    env = {"PATH": without_terraform(tmp_path / "bin")}
    refused(shared.run("deploy", "local", env=env), 2, "Terraform is not on PATH", "install")
    nothing_runs(shared)


def test_too_old_a_terraform_is_one_sentence(shared: Checkout, tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    env = {"PATH": without_terraform(folder)}
    (folder / "terraform").write_text("""#!/bin/sh\necho '{"terraform_version": "1.10.5"}'\n""")
    (folder / "terraform").chmod(0o755)
    refused(shared.run("deploy", "local", env=env), 2, "1.10.5", "too old", "install 1.11")


def test_no_provider_to_be_had_is_one_sentence(checkout: Checkout, tmp_path: Path) -> None:
    empty = tmp_path / "mirror"
    empty.mkdir()
    config = tmp_path / "cli.tfrc"
    config.write_text(
        f'provider_installation {{\n  filesystem_mirror {{\n    path = "{empty}"\n  }}\n}}\n'
    )
    done = checkout.run("deploy", "local", env={"TF_CLI_CONFIG_FILE": str(config)})
    refused(done, 3, "hashicorp/aws", "CONNECT_VOICE_PROVIDER_MIRROR")
    nothing_runs(checkout)


def test_a_taken_port_is_one_sentence(shared: Checkout) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        refused(shared.run("local", "up", "--port", port), 3, port)
    nothing_runs(shared)


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("log_retention_days       = 7", "log_retention_days       = 8", "log_retention_days"),
        ("kms_deletion_window_days = 7", "kms_deletion_window_days = 3", "kms_deletion_window"),
        ('user_requested = "service-desk"', 'user_requested = "nowhere"', "queue"),
        ("log_retention_days ", "log_retention_day ", "log_retention_day"),
        ("log_retention_days       = 7", "log_retention_days       = ", "terraform.tfvars"),
    ],
)
def test_a_variable_that_will_not_do_is_one_sentence(
    shared: Checkout, old: str, new: str, word: str
) -> None:
    file = "terraform/environments/local/terraform.tfvars"
    before = (shared.root / file).read_text()
    shared.edit(file, old, new)
    try:
        refused(shared.run("deploy", "local"), 1, word)
        nothing_runs(shared)
    finally:
        (shared.root / file).write_text(before)
        shared.run("local", "down")


FLOW = "flows/servicenow_voice/inbound.json"


def test_a_flow_that_is_not_json_is_one_sentence(shared: Checkout) -> None:
    before = (shared.root / FLOW).read_text()
    (shared.root / FLOW).write_text(before[:-10])
    try:
        refused(shared.run("deploy", "local"), 1, FLOW, "not JSON")
        nothing_runs(shared)
    finally:
        (shared.root / FLOW).write_text(before)


def test_a_dangling_transition_is_one_sentence(shared: Checkout) -> None:
    before = (shared.root / FLOW).read_text()
    flow = json.loads(before)
    flow["Actions"][0]["Transitions"]["NextAction"] = "nowhere"
    (shared.root / FLOW).write_text(json.dumps(flow))
    try:
        refused(shared.run("deploy", "local"), 1, FLOW, "nowhere")
        nothing_runs(shared)
    finally:
        (shared.root / FLOW).write_text(before)


def test_a_lock_that_does_not_match_is_one_sentence(checkout: Checkout) -> None:
    lock = checkout.root / "lambda_src" / "servicenow_voice" / "requirements.txt"
    text = lock.read_text()
    digest = text.split("--hash=sha256:", 1)[1][:64]
    lock.write_text(text.replace(digest, "0" * 64))
    refused(checkout.run("deploy", "local"), 1, "hash")
    assert not list((checkout.root / "dist").glob("*"))
    nothing_runs(checkout)


def test_missing_secrets_are_one_sentence(checkout: Checkout) -> None:
    checkout.ok("local", "up")
    (checkout.root / ".local" / "secrets.json").unlink()
    refused(checkout.run("deploy", "local"), 3, "secrets.json", "local down")


def test_two_checkouts_run_side_by_side(
    shared: Checkout, make_checkout: Callable[[], Checkout]
) -> None:
    other = make_checkout()
    first = shared.ok("local", "up", "--json").json
    second = other.ok("local", "up", "--json").json
    assert first["endpoint"] != second["endpoint"]
    assert first["stand_ins"] != second["stand_ins"]
    other.ok("local", "down")
    assert shared.ok("local", "status", "--json").json["running"]
    shared.ok("local", "down")


def test_a_removed_checkout_takes_its_embedded_aws_along(
    make_checkout: Callable[[], Checkout],
) -> None:
    checkout = make_checkout()
    pid = checkout.ok("local", "up", "--json").json["pid"]
    watch = os.pidfd_open(pid)
    shutil.rmtree(checkout.root / ".local")
    ended, _, _ = select.select([watch], [], [], 60)
    os.close(watch)
    assert ended


def descendants_of_session(pid: int) -> list[int]:
    """Living processes that ``pid`` started, sessions of their own included."""
    found, wanted = [], {pid}
    changed = True
    while changed:
        changed = False
        for file in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = file.read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            child, parent = int(file.parent.name), int(fields[1])
            if parent in wanted and child not in wanted and fields[0] != "Z":
                wanted.add(child)
                found.append(child)
                changed = True
    return found


def read_until(process: subprocess.Popen[str], word: str) -> list[int]:
    """Wait until the progress says ``word``; the children that run by then."""
    assert process.stderr is not None
    for line in process.stderr:
        if word in line:
            return descendants_of_session(process.pid)
    raise AssertionError(f"it never said {word!r}")


@pytest.fixture(scope="module")
def interrupted(make_checkout: Callable[[], Checkout]) -> Checkout:
    return servicenow_only(make_checkout())


def wait_for_terraform(process: subprocess.Popen[str], command: str) -> list[int]:
    """Wait until Terraform runs that command with its provider; all children by then."""
    while process.poll() is None:
        children = descendants_of_session(process.pid)
        lines = {child: command_line(child) for child in children}
        planning = any("terraform" in line and f" {command} " in line for line in lines.values())
        provider = any("terraform-provider-aws" in line for line in lines.values())
        if planning and provider:
            return [child for child, line in lines.items() if "local_aws" not in line]
    out, err = process.communicate()
    raise AssertionError(f"it ended without {command}: {out}{err}")


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def test_ctrl_c_in_plan_leaves_nothing(interrupted: Checkout) -> None:
    process = interrupted.start("deploy", "local")
    children = wait_for_terraform(process, "plan")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    refused(Ran(process.returncode, out, err), 130, "Interrupted")
    assert [child for child in children if command_line(child)] == []
    nothing_runs(interrupted)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_in_apply_releases_the_lock_and_a_rerun_goes_on(
    interrupted: Checkout, number: signal.Signals
) -> None:
    process = interrupted.start("deploy", "local")
    assert process.stderr is not None
    for line in process.stderr:
        if ": created (" in line:
            break  # the apply has begun and something exists
    children = [c for c in descendants_of_session(process.pid) if "terraform" in command_line(c)]
    assert children
    process.send_signal(number)
    out, err = process.communicate(timeout=300)
    refused(Ran(process.returncode, out, err), 130, "Interrupted", "released its lock")
    assert [child for child in children if command_line(child)] == []
    assert interrupted.ok("local", "status", "--json").json["resources"] > 0


def test_after_interruptions_a_rerun_works(interrupted: Checkout) -> None:
    report = interrupted.ok("deploy", "local", "--json").json
    assert all(call["passed"] for call in report["calls"])


def test_two_commands_do_not_work_on_one_environment(interrupted: Checkout) -> None:
    process = interrupted.start("deploy", "local")
    wait_for_terraform(process, "plan")
    refused(interrupted.run("deploy", "local"), 3, "Another command is at work")
    process.communicate(timeout=120)
    assert process.returncode == 0


def test_a_reader_that_leaves_does_no_harm(interrupted: Checkout) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "connect_voice", "call", "caller-asks-for-a-person", "--json"],
        env=interrupted.env(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    err = process.stderr.read()
    process.wait(timeout=120)
    assert "Traceback" not in err
