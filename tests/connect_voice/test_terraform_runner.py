"""The runner against a stand-in program, because real Terraform cannot be made to misbehave."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from connect_voice.errors import CheckFailed, OutsideError
from connect_voice.terraform import FLAG, AlreadyExists, Terraform, base_environment, failure

EVENT = '{"@message": "hello", "type": "version"}'
REFUSED = (
    '{"@message": "Error", "type": "diagnostic", "diagnostic": {"severity": "error", '
    '"summary": "Invalid value for variable", "detail": "Retention is 0 to 87600 hours.\\n\\n'
    'This was checked by the validation rule at variables.tf:3,3-13."}}'
)


def terraform(tmp_path: Path, body: str) -> Terraform:
    binary = tmp_path / "terraform"
    binary.write_text(f"#!/bin/sh\n{body}\n")
    binary.chmod(0o755)
    return Terraform(binary, tmp_path, {"PATH": os.environ["PATH"], "SECRET": "canary"})


def test_options_are_rendered_as_terraform_wants_them(tmp_path: Path) -> None:
    line = terraform(tmp_path, "").command_line(
        "plan", out="x.tfplan", json=FLAG, input=False, var_file=["a", "b"]
    )
    assert line[1:] == [
        "plan",
        "-out=x.tfplan",
        "-json",
        "-input=false",
        "-var-file=a",
        "-var-file=b",
    ]


def test_a_half_written_state_beside_the_root_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "terraform.tfstate").write_text('{"version"')
    (tmp_path / ".terraform").mkdir()
    (tmp_path / ".terraform" / "terraform.tfstate").write_text("{")
    assert terraform(tmp_path, "exit 0").run("version").exit_code == 0


def test_events_come_while_it_runs(tmp_path: Path) -> None:
    fifo = tmp_path / "go"
    os.mkfifo(fifo)
    seen = []

    def on_event(event: dict[str, object]) -> None:
        seen.append(event["@message"])
        fifo.write_text("go")  # the program waits for this: the event was not held back

    runner = terraform(tmp_path, f"echo '{EVENT}'\nread answer < {fifo}\necho plain text")
    done = runner.run("plan", json=FLAG, on_event=on_event)
    assert seen == ["hello"]
    assert "plain text" in done.output


def test_a_full_error_pipe_does_not_hang_it(tmp_path: Path) -> None:
    body = "dd if=/dev/zero bs=1000 count=1000 2>/dev/null | tr '\\0' x >&2\necho done"
    assert terraform(tmp_path, body).run("plan").output == "done\n"


def test_only_named_exit_codes_are_good(tmp_path: Path) -> None:
    runner = terraform(tmp_path, "exit 2")
    assert runner.run("plan", good=(0, 2)).exit_code == 2
    with pytest.raises(OutsideError, match="terraform plan ended with 2"):
        runner.run("plan")


def test_a_refused_variable_is_its_own_sentence(tmp_path: Path) -> None:
    runner = terraform(tmp_path, f"cat <<'X'\n{REFUSED}\nX\nexit 1")
    with pytest.raises(CheckFailed) as caught:
        runner.run("plan", json=FLAG)
    assert str(caught.value) == "Retention is 0 to 87600 hours."


@pytest.mark.parametrize(
    ("details", "kind"),
    [
        (["DuplicateResourceException: A contact flow of that name"], AlreadyExists),
        (["EntityAlreadyExists: Role", "ResourceConflictException: Function"], AlreadyExists),
        (["ParameterAlreadyExists: /a", "AccessDeniedException: no"], OutsideError),
        (["AccessDeniedException: no"], OutsideError),
    ],
)
def test_an_apply_that_met_nothing_but_what_exists_is_told_apart(
    details: list[str], kind: type[OutsideError]
) -> None:
    events = [
        {
            "type": "diagnostic",
            "diagnostic": {"severity": "error", "summary": "creating it", "detail": detail},
        }
        for detail in details
    ]
    assert type(failure("apply", 1, events, "")) is kind


def test_a_missing_provider_is_one_sentence(tmp_path: Path) -> None:
    body = "echo 'Error: Failed to query available provider packages' >&2; exit 1"
    with pytest.raises(OutsideError, match="CONNECT_VOICE_PROVIDER_MIRROR"):
        terraform(tmp_path, body).run("init")


def test_secrets_do_not_show_in_its_repr(tmp_path: Path) -> None:
    assert "canary" not in repr(terraform(tmp_path, ""))


def test_the_users_terraform_arguments_do_not_leak_in() -> None:
    env = {"TF_CLI_ARGS_plan": "-destroy", "TF_WORKSPACE": "other", "TF_DATA_DIR": "x", "A": "b"}
    kept = base_environment(env)
    assert kept["A"] == "b"
    assert not {"TF_CLI_ARGS_plan", "TF_WORKSPACE", "TF_DATA_DIR"} & kept.keys()


def test_a_killed_terraform_leaves_no_provider_behind(tmp_path: Path) -> None:
    fifo = tmp_path / "held"
    os.mkfifo(fifo)
    # Like a provider: it outlives the program, and holds an end of the pipe as long as it lives.
    runner = terraform(tmp_path, f"exec 3> {fifo}\nsleep 600 >/dev/null 2>&1 &\nkill -KILL $$")
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    with pytest.raises(OutsideError, match="ended with -9"):
        runner.run("apply")
    ended, _, _ = select.select([reader], [], [], 30)
    assert ended
    assert os.read(reader, 1) == b""  # nobody holds the other end any more
    os.close(reader)


DRIVER = """
    import os, sys
    from pathlib import Path
    from connect_voice.terraform import Terraform, Interrupted
    root = Path(sys.argv[1])
    try:
        Terraform(root / "terraform", root, dict(os.environ)).run(
            "apply", on_event=lambda event: print("started", flush=True))
    except Interrupted as error:
        print(error)
        sys.exit(error.exit_code)
"""
# Reports that it runs, then ends in an orderly way on SIGINT and on nothing else.
PATIENT = f"""
trap 'echo released > released; exit 1' INT
trap '' TERM HUP PIPE
echo $$ > pid
echo '{EVENT}'
while :; do read line < wait; done
"""


@pytest.fixture
def driver(tmp_path: Path) -> subprocess.Popen[str]:
    terraform(tmp_path, PATIENT)
    os.mkfifo(tmp_path / "wait")
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(DRIVER), str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_lets_terraform_end_in_order(
    tmp_path: Path, driver: subprocess.Popen[str], number: signal.Signals
) -> None:
    driver.send_signal(number)
    out, _ = driver.communicate(timeout=30)
    assert driver.returncode == 130
    assert "released its lock" in out
    assert (tmp_path / "released").read_text() == "released\n"


@pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux can tell a child of its parent's death"
)
def test_terraform_does_not_outlive_a_killed_parent(
    tmp_path: Path, driver: subprocess.Popen[str]
) -> None:
    child = int((tmp_path / "pid").read_text())
    watch = os.pidfd_open(child)
    driver.kill()
    driver.wait()
    ended, _, _ = select.select([watch], [], [], 30)
    os.close(watch)
    assert ended
    assert (tmp_path / "released").read_text() == "released\n"
