"""Compiles sources to bytecode; a child process, run by the Lambdas' own Python (``-I -S``).

Reads a line ``<size> <path>`` for each source, an empty line, and then the sources one after the
other. Writes a line ``<size>`` for each, an empty line, and then the ``.pyc`` files. A source that
is not valid Python has ``-<sentence>`` in place of a size.

It needs nothing but that Python, and what it writes depends on nothing else: no time, no order,
no path of this machine, no hash seed. After an edit, starting is all it has to do: so it does
without `json` and `typing`, which take as long to import as Python to start.
"""

from __future__ import annotations

import importlib.util
import marshal
import sys
import warnings

# Where Lambda unpacks a zip. A path that is right already is not put right at every cold start.
_TASK_ROOT = "/var/task"

# Marshal's later versions write whether this process happens to have interned a name already;
# version 2 writes values alone (docs/decisions/0012-bytecode.md).
_MARSHAL = 2

# A hash-based file that is never checked against its source (PEP 552): Lambda's files are
# read-only, and the dates in the zip, on which the usual kind relies, mean nothing.
_UNCHECKED_HASH = (0b01).to_bytes(4, "little")


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
    wanted = [line.decode().split(" ", 1) for line in iter(incoming.readline, b"\n")]
    answers: list[str] = []
    results: list[bytes] = []
    for size, path in wanted:
        source = incoming.read(int(size))
        try:
            results.append(compiled(path.rstrip("\n"), source))
            answers.append(str(len(results[-1])))
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            line = getattr(error, "lineno", None)
            said = f"{f'line {line}: ' if line else ''}{getattr(error, 'msg', error)}"
            answers.append(f"-{' '.join(said.split())}")
    sys.stdout.buffer.write("".join(f"{answer}\n" for answer in answers).encode() + b"\n")
    sys.stdout.buffer.write(b"".join(results))


if __name__ == "__main__":
    main()
