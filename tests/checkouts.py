"""A copy of this project to work in, and the program as a user runs it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@contextlib.contextmanager
def environment_put_back() -> Iterator[None]:
    """Commands point their process at an AWS by its environment; others' tests are not meant."""
    before = dict(os.environ)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@dataclass(frozen=True)
class Ran:
    """A command that has ended."""

    exit_code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Checkout:
    """A copy of this project to change and deploy; the tools are the installed ones."""

    root: Path

    def env(self, extra: Mapping[str, str | None] | None = None) -> dict[str, str]:
        """The environment of a command; a variable set to None is taken out."""
        merged = {**os.environ, "CONNECT_VOICE_PROJECT": str(self.root), **(extra or {})}
        return {name: value for name, value in merged.items() if value is not None}

    def start(
        self, *arguments: str, env: Mapping[str, str | None] | None = None
    ) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "connect_voice", *arguments],
            cwd=self.root,
            env=self.env(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str, env: Mapping[str, str | None] | None = None) -> Ran:
        process = self.start(*arguments, env=env)
        out, err = process.communicate(timeout=600)
        return Ran(process.returncode, out, err)

    def ok(self, *arguments: str, env: Mapping[str, str | None] | None = None) -> Ran:
        done = self.run(*arguments, env=env)
        assert done.exit_code == 0, f"{arguments}: {done.exit_code}\n{done.out}\n{done.err}"
        return done

    def edit(self, path: str, old: str, new: str) -> None:
        file = self.root / path
        text = file.read_text(encoding="utf-8")
        assert text.count(old) >= 1, f"{path} has no {old!r}"
        file.write_text(text.replace(old, new), encoding="utf-8")
