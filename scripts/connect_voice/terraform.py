"""Running Terraform: python-terraform renders the command line, this module executes it.

python-terraform's own execution leaves Terraform running as an orphan on a signal, has no
streaming, and logs variables; its rendering of options is sound.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import logging
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, TextIO

import python_terraform

from connect_voice.errors import CheckFailed, CommandError, OutsideError

FLAG = python_terraform.IsFlagged
Option = str | bool | int | Sequence[str] | Mapping[str, str] | type | None
Event = dict[str, Any]

INTERRUPTED = 130  # what a shell reports for a program that SIGINT ended
_PR_SET_PDEATHSIG = 1
_PIPE_BYTES = 2**20  # Linux lets any user have this much; an apply writes half a kilobyte an event
_IS_LINUX = sys.platform == "linux"
_LIBC = ctypes.CDLL(None, use_errno=True) if _IS_LINUX else None

# It logs variables and whole outputs in clear at DEBUG.
logging.getLogger("python_terraform").disabled = True


class Interrupted(CommandError):
    """Ctrl-C or SIGTERM; Terraform has been asked to stop, has released its lock and is gone."""

    exit_code = INTERRUPTED


_PRECONDITION = "Resource precondition failed"  # Terraform's words
# What AWS's services say of a second one: DuplicateResourceException (Connect),
# ResourceConflictException (Lambda), EntityAlreadyExists (IAM), ParameterAlreadyExists (SSM),
# ResourceInUseException (DynamoDB, Kinesis), AlreadyExists (Cloud Control), and so on.
_ALREADY_THERE = re.compile(
    r"AlreadyExists|already exists|Duplicate\w+Exception|ResourceConflict|ResourceInUse"
)


class PreconditionFailed(CheckFailed):
    """A precondition of a resource said no; the message is the precondition's own sentence.

    Args:
        sentences: those of all preconditions that said no.
    """

    def __init__(self, message: str, sentences: Sequence[str]) -> None:
        super().__init__(message)
        self.sentences = tuple(sentences)


class AlreadyExists(OutsideError):
    """An apply failed of nothing but objects that exist already.

    AWS's SDK sends a request again when its answer is lost. Where AWS had carried out the first
    one, it refuses the second, and the object is one that this very apply has made.
    """


@dataclass(frozen=True)
class Completed:
    """A Terraform command that ended with one of its good exit codes."""

    exit_code: int
    output: str
    events: tuple[Event, ...] = field(repr=False, default=())


@dataclass(frozen=True)
class Terraform:
    """Terraform in one root module with one data folder.

    Args:
        binary: the program.
        root: the root module; the working directory of every command.
        env: the whole environment of the process, variables and secrets included.
        environment: the name of the environment that it works on, for what errors say to do.
    """

    binary: Path
    root: Path
    env: Mapping[str, str] = field(repr=False)
    environment: str = "…"

    def run(
        self,
        command: str,
        *arguments: str,
        good: Sequence[int] = (0,),
        on_event: Callable[[Event], None] | None = None,
        **options: Option,
    ) -> Completed:
        """Run one command to its end.

        Args:
            command: the command and sub-command, such as ``"providers lock"``.
            arguments: positional arguments.
            good: exit codes that are not a failure.
            on_event: called with each event of Terraform's machine-readable UI as it comes; only
                for commands run with ``json=FLAG``.
            options: options without their dash, ``var_file=…`` for ``-var-file=…``.

        Raises:
            Interrupted: a signal came; Terraform was stopped in its own orderly way.
            CommandError: Terraform ended with another exit code; the text is its first error.
        """
        with self.running(command, *arguments, **options) as running:
            return running.completed(good=good, on_event=on_event)

    @contextmanager
    def running(self, command: str, *arguments: str, **options: Option) -> Iterator[Running]:
        """Run one command beside the body of the context, which asks for its end.

        Signals are held back for as long as the body lasts, and told to Terraform. A body that
        ends without asking, or fails, stops the command in its own orderly way.

        Args:
            command: as in :meth:`run`, like the rest.
        """
        line = self.command_line(command, *arguments, **options)
        with _signals_held_back() as received, _Pipe() as output, _Pipe() as complaints:
            process = subprocess.Popen(
                line,
                cwd=self.root,
                env=dict(self.env),
                stdin=subprocess.DEVNULL,
                stdout=output.writing,
                stderr=complaints.writing,
                # Should we be killed, it writes on to nobody. A broken pipe would end it at once,
                # with its state unsaved and its lock held.
                pass_fds=(output.reading, complaints.reading),
                # Its own session: Ctrl-C in the terminal must reach it once, through us.
                start_new_session=True,
                preexec_fn=_die_with_parent if _IS_LINUX else None,  # noqa: PLW1509 (one thread)
            )
            received.forward_to(process)
            errors = _Drain(complaints.reader())
            with output.reader() as stream:
                running = Running(command, self.environment, process, stream, errors, received)
                try:
                    yield running
                finally:
                    running.stop()

    def command_line(self, command: str, *arguments: str, **options: Option) -> list[str]:
        """The command line that `run` executes."""
        renderer = python_terraform.Terraform(
            # It reads a state file when constructed; there is none by this name.
            working_dir=str(self.root),
            state="no-such.tfstate",
            terraform_bin_path=str(self.binary),
        )
        line = renderer.generate_cmd_string(command, *arguments, **options)
        return [str(part) for part in line]


@dataclass(frozen=True)
class Running:
    """A Terraform command at work."""

    _command: str
    _environment: str
    _process: subprocess.Popen[bytes] = field(repr=False)
    _stream: TextIO = field(repr=False)
    _errors: _Drain = field(repr=False)
    _received: _Received = field(repr=False)

    def completed(
        self, *, good: Sequence[int] = (0,), on_event: Callable[[Event], None] | None = None
    ) -> Completed:
        """Wait for its end.

        Args:
            good: as in :meth:`Terraform.run`, like the rest.
        """
        events: list[Event] = []
        lines: list[str] = []
        for text in self._stream:
            lines.append(text)
            event = _event(text)
            if event is not None:
                events.append(event)
                if on_event is not None:
                    on_event(event)
        exit_code = self._end()
        stderr = self._errors.text()
        self._refuse_interrupted()
        whole = "".join(lines)
        if exit_code not in good:
            raise failure(self._command, exit_code, events, whole + stderr, self._environment)
        return Completed(exit_code, whole, tuple(events))

    def stop(self) -> None:
        """Stop it, unless it has ended."""
        if self._process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGINT)
        for _ in self._stream:  # else a full pipe would keep it from ending
            pass
        self._end()
        self._refuse_interrupted()

    def _end(self) -> int:
        exit_code = self._process.wait()
        if exit_code < 0:
            _end_group(self._process.pid)
        return exit_code

    def _refuse_interrupted(self) -> None:
        if self._received.signal is not None:
            raise Interrupted(
                f"Interrupted: terraform {self._command} has stopped and released its lock; "
                "run the same command again to go on."
            )


def failure(
    command: str, exit_code: int, events: Sequence[Event], output: str, environment: str = "…"
) -> CommandError:
    """The error of a failed Terraform command: its first diagnostic, in one paragraph."""
    diagnostics = [
        event["diagnostic"]
        for event in events
        if event.get("type") == "diagnostic" and event["diagnostic"].get("severity") == "error"
    ]
    if diagnostics:
        return _diagnosed(command, diagnostics, environment)
    return _explained(command, exit_code, output, environment)


def _diagnosed(
    command: str, diagnostics: Sequence[Mapping[str, Any]], environment: str
) -> CommandError:
    first = diagnostics[0]
    summary, detail = _summary(first), _detail(first)
    where = first.get("address") or (first.get("range") or {}).get("filename")
    more = f" ({len(diagnostics) - 1} more)" if len(diagnostics) > 1 else ""
    place = f" at {where}" if where else ""
    if "state lock" in summary.lower():
        return _locked(detail, environment)
    if summary == _PRECONDITION:
        said = [_detail(one) for one in diagnostics if _summary(one) == _PRECONDITION]
        return PreconditionFailed(f"{detail}{more}", said)
    if summary == "Invalid value for variable":
        # Ours: the sentence of the variable's own validation, then where it was set.
        sentence = detail.split("This was checked by the validation rule")[0].strip()
        return CheckFailed(f"{sentence}{more}")
    kind: type[CommandError] = CheckFailed
    if command == "apply":
        told = [f"{_summary(one)} {_detail(one)}" for one in diagnostics]
        kind = AlreadyExists if all(map(_ALREADY_THERE.search, told)) else OutsideError
    return kind(f"terraform {command} failed{place}: {summary}. {detail}{more}".strip())


def _locked(detail: str, environment: str) -> CommandError:
    from connect_voice.locks import lock_in_diagnostic  # noqa: PLC0415 (it brings boto3)

    lock = lock_in_diagnostic(detail)
    if lock is not None:
        return OutsideError(lock.explained(environment))
    return OutsideError(
        f"The lock on the state of {environment} cannot be had; look at whose it is with "
        f"`make unlock ENV={environment}`: {detail}"
    )


def _summary(diagnostic: Mapping[str, Any]) -> str:
    return str(diagnostic.get("summary", "")).strip().rstrip(".")


def _detail(diagnostic: Mapping[str, Any]) -> str:
    return " ".join(str(diagnostic.get("detail", "")).split())


def _explained(command: str, exit_code: int, output: str, environment: str) -> CommandError:
    text = " ".join(output.replace("│", " ").replace("╷", " ").replace("╵", " ").split())
    if "Error acquiring the state lock" in text:
        return _locked(text, environment)
    if "query available provider packages" in text or "Failed to install provider" in text:
        return OutsideError(
            "The hashicorp/aws provider could not be had: no mirror on this machine has it and "
            "the registry did not answer; connect to the internet once, or name a mirror folder "
            "in CONNECT_VOICE_PROVIDER_MIRROR."
        )
    if "doesn't match any of the checksums" in text or "checksums previously recorded" in text:
        return CheckFailed(
            "The provider package does not match terraform/.terraform.lock.hcl; distrust where it "
            "came from, or add this platform with `terraform providers lock`."
        )
    start = text.find("Error:")
    return OutsideError(
        f"terraform {command} ended with {exit_code}: {text[max(start, 0) :][:600] or 'no output'}"
    )


def _event(line: str) -> Event | None:
    if not line.startswith("{"):
        return None
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and "@message" in event else None


class _Pipe:
    """A pipe that a child writes to, with room for what nobody may be left to read."""

    def __init__(self) -> None:
        self.reading, self.writing = os.pipe()
        self._open = {self.reading, self.writing}
        if _IS_LINUX:
            with suppress(OSError):  # more than this user may have; the default then
                fcntl.fcntl(self.writing, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)

    def __enter__(self) -> _Pipe:
        return self

    def __exit__(self, *_: object) -> None:
        for descriptor in self._open:
            os.close(descriptor)

    def reader(self) -> TextIO:
        """Our end, once the child has its own."""
        os.close(self.writing)
        self._open.clear()  # the other is the reader's to close
        return os.fdopen(self.reading, encoding="utf-8", errors="replace")


class _Drain:
    """Reads a pipe to its end beside the main thread, so that neither pipe can fill up."""

    def __init__(self, stream: TextIO) -> None:
        self._chunks: list[str] = []
        self._thread = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self._thread.start()

    def _read(self, stream: TextIO) -> None:
        with stream:
            self._chunks.extend(stream)

    def text(self) -> str:
        self._thread.join()
        return "".join(self._chunks)


class _Received:
    """Signals that came while Terraform ran."""

    def __init__(self) -> None:
        self.signal: int | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def forward_to(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        if self.signal is not None:
            self._stop()

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        self.signal = number
        self._stop()

    def _stop(self) -> None:
        # SIGINT, not SIGTERM: Terraform then finishes the request in hand, saves the state and
        # releases the lock. A second one makes it stop at once, as Terraform itself defines it.
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)


@contextmanager
def _signals_held_back() -> Iterator[_Received]:
    received = _Received()
    if threading.current_thread() is not threading.main_thread():
        yield received  # only the main thread may set handlers, and only it gets signals
        return
    watched = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, received) for number in watched}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end_group(leader: int) -> None:
    """End what a Terraform that was killed has left: its providers only end when it tells them."""
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def _die_with_parent() -> None:
    """Between fork and exec: should we be killed outright, Terraform gets a SIGINT too."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)


def base_environment(env: Mapping[str, str]) -> dict[str, str]:
    """The user's environment without what would change Terraform's meaning behind our back."""
    dropped = ("TF_CLI_ARGS", "TF_WORKSPACE", "TF_DATA_DIR", "TF_INPUT", "TF_IN_AUTOMATION")
    kept = {name: value for name, value in env.items() if not name.startswith(dropped)}
    kept["CHECKPOINT_DISABLE"] = "1"
    kept["TF_IN_AUTOMATION"] = "1"
    # The provider is one large Go program; fewer collections cost memory and save 40 % of CPU.
    kept.setdefault("GOGC", "400")
    return kept
