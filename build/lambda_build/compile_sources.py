"""Compiles sources to bytecode; a child process, run by the Lambdas' own Python (``-I -S``).

Reads a line of JSON, ``[[path, size], …]``, and then the sources one after the other. Writes a
line of JSON, ``[size or sentence, …]``, and then the ``.pyc`` files. A source that is not valid
Python has a sentence in place of a size.

It needs nothing but that Python, and what it writes depends on nothing else: no time, no order,
no path of this machine, no hash seed.
"""

from __future__ import annotations

import importlib.util
import json
import marshal
import sys
import warnings
from typing import Final

# Where Lambda unpacks a zip. A path that is right already is not put right at every cold start.
_TASK_ROOT: Final = "/var/task"

# Marshal's later versions write whether this process happens to have interned a name already;
# version 2 writes values alone (docs/decisions/0012-bytecode.md).
_MARSHAL: Final = 2

# A hash-based file that is never checked against its source (PEP 552): Lambda's files are
# read-only, and the dates in the zip, on which the usual kind relies, mean nothing.
_UNCHECKED_HASH: Final = (0b01).to_bytes(4, "little")


def compiled(path: str, source: bytes) -> bytes:
    """Return the ``.pyc`` of a source.

    Raises:
        SyntaxError, ValueError: it is not valid Python.
    """
    code = compile(source, f"{_TASK_ROOT}/{path}", "exec", dont_inherit=True, optimize=0)
    header = importlib.util.MAGIC_NUMBER + _UNCHECKED_HASH + importlib.util.source_hash(source)
    return header + marshal.dumps(code, _MARSHAL)


def main() -> None:
    """Compile what standard input asks for."""
    warnings.simplefilter("ignore")
    incoming = sys.stdin.buffer
    answers: list[int | str] = []
    results: list[bytes] = []
    for path, size in json.loads(incoming.readline()):
        source = incoming.read(size)
        try:
            results.append(compiled(path, source))
            answers.append(len(results[-1]))
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            line = getattr(error, "lineno", None)
            answers.append(f"{f'line {line}: ' if line else ''}{getattr(error, 'msg', error)}")
    sys.stdout.buffer.write(json.dumps(answers).encode() + b"\n" + b"".join(results))


if __name__ == "__main__":
    main()
