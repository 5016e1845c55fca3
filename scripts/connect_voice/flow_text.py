"""The text of a file with a flow in it, whoever saved it."""

from __future__ import annotations

import codecs
import sys
from pathlib import Path

from connect_voice.errors import UsageError

STANDARD = "-"
"""Stands for standard input and output where a file is asked for."""


def read_flow_text(file: Path) -> str:
    """What stands in a file, or comes on standard input for ``-``.

    UTF-8 with or without a byte order mark, and UTF-16 with one: what PowerShell redirects into.

    Raises:
        UsageError: the file cannot be read, or is no such text.
    """
    try:
        data = sys.stdin.buffer.read() if str(file) == STANDARD else file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}.") from None
    encoding = "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8"
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise UsageError(f"{shown(file)} is not UTF-8 text; save it as such.") from None


def shown(file: Path) -> str:
    """A file as messages name it."""
    return "Standard input" if str(file) == STANDARD else str(file)
