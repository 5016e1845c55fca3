"""Finds the interpreter that stands for Lambda's Python runtime."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

VARIABLE = "CONNECT_VOICE_LAMBDA_PYTHON"
_REPOSITORY = Path(__file__).resolve().parents[3]


class NoLambdaPython(Exception):  # noqa: N818 - reads as what it says
    """There is no environment to run functions in."""


def lambda_python(environment: Mapping[str, str]) -> Path:
    """Return the interpreter named by CONNECT_VOICE_LAMBDA_PYTHON, else the repository's own.

    Raises:
        NoLambdaPython: neither exists.
    """
    named = environment.get(VARIABLE)
    python = Path(named) if named else _REPOSITORY / ".venv-lambda" / "bin" / "python"
    if not python.is_file():
        where = f"{VARIABLE} names {python}, which" if named else str(python)
        raise NoLambdaPython(
            f"{where} does not exist: run `make setup`, which prepares the Lambda environment."
        )
    return python
