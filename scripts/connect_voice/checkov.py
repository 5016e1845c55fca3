"""checkov beside a plan: its environment, its process, its report.

The process imports checkov and scans the code and the canaries while Terraform plans; the plan then
takes half a second. It has an environment of its own (``.venv-policy``), no variable of the user's,
an empty home and an empty working directory, and it ends with this process, however that ends.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

from connect_voice.checkov_report import (
    Check,
    Report,
    ReportError,
    check_names,
    parse_report,
    read_checks,
)
from connect_voice.console import Stage
from connect_voice.errors import CheckFailed, OutsideError, UsageError
from connect_voice.project import Project, installed_python

ENVIRONMENT: Final = ".venv-policy"
TIMEOUT: Final = 180.0  # seconds for a report once the plan is there; it takes one
_LOCK: Final = "requirements-policy.txt"
_CONFIGURATIONS: Final = (".checkov.yaml", ".checkov.yml", ".checkov.baseline")
_LOOK: Final = 0.02  # seconds between two looks at a process that is waited for
_FAULT: Final = "fault: "
_ERRORS: Final = {1: CheckFailed, 2: UsageError}


@contextmanager
def preparing() -> Iterator[None]:
    """Bring checkov's environment up to date in the background, if it is not.

    What is not finished when the caller is, is stopped.
    """
    process = None if _is_ready() else _start_preparing()
    try:
        yield
    finally:
        if process is not None:
            _end(process)


def _start_preparing() -> subprocess.Popen[str]:
    bootstrap = _home() / "scripts" / "bootstrap.py"
    return subprocess.Popen(
        [sys.executable, str(bootstrap), "--policy"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # so that all of it can be stopped at once
    )


def _await_environment(stage: Stage | None) -> None:
    """Wait until checkov's environment is there.

    Raises:
        CommandError: it cannot be made; the message is the preparation's own.
    """
    if _is_ready():
        return
    if stage is not None:
        stage.update("preparing checkov (once; half a minute)")
        stage.line("preparing checkov (once; half a minute)")
    process = _start_preparing()  # waits for one that is at work already
    try:
        _, said = process.communicate()
    finally:
        _end(process)
    if process.returncode != 0 or not _is_ready():
        sentence = said.strip().removeprefix("setup: ").splitlines()[-1:] or ["it said nothing"]
        raise _ERRORS.get(process.returncode, OutsideError)(
            f"The policy gate's tools cannot be prepared: {sentence[0]}"
        )


def _is_ready() -> bool:
    try:
        wanted = hashlib.sha256((_home() / _LOCK).read_bytes()).hexdigest()
        stamp = (_home() / ENVIRONMENT / ".ready").read_text(encoding="utf-8")
    except OSError:
        return False
    return stamp.strip() == wanted and installed_python(ENVIRONMENT).exists()


def _home() -> Path:
    return installed_python(ENVIRONMENT).parents[2]


def locked_version(text: str) -> str:
    """The version of checkov in a lock file.

    Raises:
        OutsideError: there is none.
    """
    found = re.search(r"^checkov==(\S+)", text, re.MULTILINE)
    if found is None:
        raise OutsideError(f"{_LOCK} does not lock checkov; run make lock.")
    return found[1]


def load_checks(project: Project) -> tuple[Check, ...]:
    """The checks that count in a checkout.

    Raises:
        CheckFailed: they are not usable as they stand.
    """
    file = project.root / "policies" / "checkov" / "checks.toml"
    try:
        return read_checks(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CheckFailed(f"{file} is missing, so nothing says what to check.") from None
    except (ReportError, UnicodeDecodeError) as error:
        raise CheckFailed(str(error)) from None


def refuse_configurations(project: Project, code: Path) -> None:
    """Refuse files that tell checkov to look away.

    None of them is read here. But somebody put it there to some end.

    Raises:
        CheckFailed: there is one; the message names it.
    """
    places = [project.root, project.root / "policies", project.root / "policies" / "checkov"]
    found = [place / name for place in places for name in _CONFIGURATIONS]
    found += [file for name in _CONFIGURATIONS for file in code.rglob(name)]
    for file in found:
        if file.exists() or file.is_symlink():
            raise CheckFailed(
                f"{file} would tell checkov what to overlook; remove it, and put what must be "
                "overlooked into policies/waivers.toml."
            )


@contextmanager
def at_work(project: Project, tree: Path, *, timeout: float = TIMEOUT) -> Iterator[Worker]:
    """Set checkov to work on the code, beside whatever comes next.

    Args:
        project: whose policies count.
        tree: the folder whose ``terraform`` the plan is made from.
        timeout: seconds that checkov has once the plan is there.

    Raises:
        CheckFailed: its checks are not usable as they stand, or there is nothing to look at.
    """
    code = tree / "terraform"
    if not any(code.glob("*.tf")):
        raise CheckFailed(f"There is no Terraform code in {code}, so there is nothing to judge.")
    refuse_configurations(project, code)
    worker = Worker(project, code, load_checks(project), timeout=timeout)
    with preparing():
        try:
            worker.start_if_ready()
            yield worker
        finally:
            worker.close()


class Worker:
    """checkov at work on a folder of code, waiting for its plan.

    Args:
        project: whose policies count.
        code: the Terraform root that the plan is made from.
        checks: what to ask.
        timeout: seconds for a report once the plan is there.
        python: the interpreter that has checkov.
    """

    def __init__(
        self,
        project: Project,
        code: Path,
        checks: Collection[Check],
        *,
        timeout: float = TIMEOUT,
        python: Path | None = None,
    ) -> None:
        self._policies = project.root / "policies" / "checkov"
        self._code = code
        self.checks = tuple(checks)
        self._timeout = timeout
        self._python = python
        self._process: subprocess.Popen[str] | None = None
        self._out: IO[str] | None = None
        self._err: IO[str] | None = None
        self._folder: Path | None = None
        self._sent: Path | None = None

    def start_if_ready(self) -> None:
        """Begin, unless checkov's environment is yet to be made."""
        if self._python is not None or _is_ready():
            self._start()

    def send(self, plan: Path) -> None:
        """Have the plan scanned as soon as the code is, if checkov is at work already.

        Args:
            plan: the plan's JSON.
        """
        process = self._process
        if process is None or process.stdin is None or self._sent is not None:
            return
        # It has gone when this fails; why, its exit code says.
        with suppress(BrokenPipeError):
            process.stdin.write(f"{plan.resolve()}\n")
            process.stdin.flush()
        self._sent = plan

    def report(self, plan: Path, stage: Stage | None = None) -> Report:
        """Have the plan scanned too, unless it is, and wait for the report.

        Args:
            plan: the plan's JSON.

        Raises:
            OutsideError: there is no report, or it is not about this plan.
            CheckFailed: the checks are not usable as they stand.
        """
        if self._process is None:
            if self._python is None:
                _await_environment(stage)
            self._start()
        self.send(plan)
        process = self._process
        if process is None:  # for the type checker
            raise OutsideError("checkov could not be started.")
        try:
            self._wait(process)
            return self._read(process, plan)
        finally:
            self.close()

    def close(self) -> None:
        """End the process and all it may have started, and leave nothing behind."""
        if self._process is not None:
            _end(self._process)
        for stream in (self._out, self._err):
            if stream is not None:
                stream.close()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._process = self._out = self._err = self._folder = self._sent = None

    def _start(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="connect-voice-policy-"))
        # Files, not pipes: however much is written, nobody has to read while it is.
        self._out = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 (see close)
        self._err = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        python = self._python or installed_python(ENVIRONMENT)
        try:
            self._process = subprocess.Popen(
                # -I: no PYTHONPATH, no user's packages, no working directory on the path.
                [str(python), "-I", "-B", str(self._policies / "worker.py"), str(self._folder)],
                cwd=self._folder,
                env=_environment(self._folder),
                stdin=subprocess.PIPE,
                stdout=self._out,
                stderr=self._err,
                text=True,
                encoding="utf-8",
                start_new_session=True,  # Ctrl-C in the terminal is ours to act upon
            )
        except OSError as error:
            self.close()
            raise OutsideError(
                f"checkov could not be started ({error.strerror or error}); remove {ENVIRONMENT} "
                "and run the same command again."
            ) from None
        job = {
            "code": str(self._code.resolve()),
            "policies": str((self._policies / "checks").resolve()),
            "canary": str((self._policies / "canary").resolve()),
            "checks": {check.id: sorted(check.on) for check in self.checks},
        }
        with suppress(BrokenPipeError):
            assert self._process.stdin is not None  # noqa: S101 (asked for above)
            self._process.stdin.write(json.dumps(job) + "\n")
            self._process.stdin.flush()

    def _wait(self, process: subprocess.Popen[str]) -> None:
        end = time.monotonic() + self._timeout
        while process.poll() is None:
            if time.monotonic() > end:
                raise OutsideError(
                    f"checkov has not reported within {self._timeout:.0f} s and was stopped; run "
                    "the same command again."
                )
            time.sleep(_LOOK)

    def _read(self, process: subprocess.Popen[str], plan: Path) -> Report:
        if self._out is None or self._err is None:  # for the type checker
            raise OutsideError("checkov has been stopped.")
        for stream in (self._out, self._err):
            stream.seek(0)
        said = self._err.read().splitlines()
        for line in said:
            if line.startswith(_FAULT):
                raise CheckFailed(line.removeprefix(_FAULT))
        if process.returncode != 0:
            last = said[-1].strip() if said else "it said nothing"
            raise OutsideError(
                f"checkov ended with {process.returncode} and without a report ({last}); run the "
                f"same command again, without {ENVIRONMENT} if that does not help."
            )
        try:
            report = parse_report(self._out.read())
        except (ReportError, UnicodeDecodeError) as error:
            raise OutsideError(f"{error} Run the same command again.") from None
        self._check(report, plan)
        return report

    def _check(self, report: Report, plan: Path) -> None:
        locked = locked_version((_home() / _LOCK).read_text(encoding="utf-8"))
        if report.checkov != locked:
            raise OutsideError(
                f"{ENVIRONMENT} has checkov {report.checkov} and {_LOCK} locks {locked}; remove "
                f"{ENVIRONMENT} and run the same command again."
            )
        if report.plan_sha256 != hashlib.sha256(plan.read_bytes()).hexdigest():
            raise OutsideError(
                "The plan's JSON changed while checkov read it; plan again, and find out who wrote "
                "to it."
            )
        try:
            check_names(report, self.checks)
        except ReportError as error:
            raise CheckFailed(str(error)) from None


def _environment(home: Path) -> dict[str, str]:
    """Nothing of the user's: checkov and what it imports obey dozens of variables."""
    return {
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "LOGNAME": "connect-voice",  # is in the name of what lark keeps
        "PATH": os.defpath,
        "TMPDIR": str(home),
        "CHECKOV_PARALLELIZATION_TYPE": "none",  # one process, so one to stop
        "CKV_PARSE_ERROR_FAIL": "true",
        # What stands in the code is judged however often it is made, and in half the time; with
        # this on, what has a count of 0 by default would not be looked at.
        "CHECKOV_ENABLE_FOREACH_HANDLING": "False",
        "CHECKOV_ENABLE_MODULES_FOREACH_HANDLING": "False",
    }


def _end(process: subprocess.Popen[str]) -> None:
    """End a session and all in it; there is nothing in it to be lost."""
    if process.poll() is None:  # else the number may be another's by now
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            with suppress(BrokenPipeError):
                stream.close()
