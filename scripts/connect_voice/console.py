"""What people see: stages with times, and progress inside a long one.

Everything here goes to standard error; standard output belongs to results, so that ``--json`` can
be piped.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.status import Status
from rich.text import Text

_NAME_WIDTH = 9


@dataclass
class Stage:
    """A stage that is running; `note` says how it ended, `update` what it is at."""

    name: str
    note: str = ""
    terraform_seconds: float = 0.0
    _status: Status | None = field(default=None, repr=False)
    _console: Console | None = field(default=None, repr=False)

    def update(self, text: str) -> None:
        """Say what is going on; replaces what was said before where there is a terminal."""
        if self._status is not None:
            self._status.update(f"{self.name:<{_NAME_WIDTH}} [dim]{text}[/dim]")

    def line(self, text: str) -> None:
        """Say something that should stay: for logs of pipelines, which have no moving line."""
        if self._console is not None and not self._console.is_terminal:
            self._console.print(Text(f"    {text}"), soft_wrap=True)


@dataclass(frozen=True)
class Finished:
    """A stage that has ended, with what it took in seconds."""

    name: str
    note: str
    seconds: float
    terraform_seconds: float


class BegunAgain(Exception):  # noqa: N818 (nothing has failed)
    """Raised in a stage that is begun again or left for another one: no line is left of it."""


@dataclass
class Progress:
    """The stages of one command, in order."""

    console: Console = field(default_factory=lambda: Console(stderr=True, highlight=False))
    finished: list[Finished] = field(default_factory=list)

    @contextmanager
    def stage(self, name: str) -> Iterator[Stage]:
        """Run a stage: a moving line while it runs, a line with its time when it is done."""
        started = time.monotonic()
        stage = Stage(name, _console=self.console)
        try:
            with self.console.status(f"{name:<{_NAME_WIDTH}}", spinner="dots") as status:
                stage._status = status  # noqa: SLF001 (the stage is this module's own)
                yield stage
        except BegunAgain:
            raise
        except BaseException:
            self._line("✗", "red", name, stage.note, time.monotonic() - started)
            raise
        seconds = time.monotonic() - started
        self.finished.append(Finished(name, stage.note, seconds, stage.terraform_seconds))
        self._line("✓", "green", name, stage.note, seconds)

    def _line(self, mark: str, colour: str, name: str, note: str, seconds: float) -> None:
        text = Text.assemble(
            (f"{mark} ", colour), (f"{name:<{_NAME_WIDTH}}", "bold"), f"{note:<58}"
        )
        text.append(f"{seconds:7.1f} s", "dim")
        self.console.print(text, soft_wrap=True)
