"""What bytecode saves of a cold import: each Lambda's zip with it beside the same sources alone.

Every import is a process of its own, in turns, by the Lambdas' own Python, which may not write
bytecode (Lambda's task folder is read-only), with the runtime's client and SDK on the path as
Lambda has them. Two figures come of it: the whole import, and the import of what is in the zip,
with the modules loaded that Python and the runtime bring. The latter have their bytecode in Lambda
whatever is in the zip; no zip can save there.
"""

from __future__ import annotations

import shutil
import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from build_peers import Bench
from rich.table import Table

from lambda_build import build, interpreter, target

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 9
LIMIT = 0.45  # of the import of the sources
KINDS = (target.PYTHON, interpreter.NONE)

# Prints the milliseconds of the processor, then the modules that are not the zip's, as loaded.
IMPORT = """
import sys, time
sys.dont_write_bytecode = True
module, preload, task, runtime = sys.argv[1:]
sys.path[:0] = [task, runtime]
import os
from importlib import import_module
for name in filter(None, preload.split(",")):
    import_module(name)
before = set(sys.modules)
started = time.process_time()
import_module(module)
print((time.process_time() - started) * 1000)
brought = [
    name
    for name, one in sys.modules.items()
    if name not in before and not (getattr(one, "__file__", None) or "").startswith(task)
]
# Private parts come with what needs them, and some modules are made up while another is loaded.
print(",".join(name for name in brought if "._" not in f".{name}" and ".moves" not in name))
"""


@dataclass
class Imports:
    """What one Lambda's imports took: milliseconds of the processor, by kind of zip."""

    name: str
    whole: dict[str, list[float]] = field(default_factory=dict)
    own: dict[str, list[float]] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        """Of what is in the zip: with bytecode to sources alone."""
        return _ratio(self.own)


def measure(bench: Bench, *repos: Path) -> list[Imports]:
    """Build each Lambda of some repositories in both kinds and import them in turns."""
    runtime = bench.folder / "runtime"
    bench.pip_install(runtime, ROOT / "local" / "requirements-lambda-runtime.txt")
    found = []
    for repo in repos:
        tasks = {
            kind: _unpacked(repo, bench.folder / "imports" / repo.name, kind) for kind in KINDS
        }
        for name in sorted(path.name for path in tasks[target.PYTHON].iterdir()):
            found.append(_imports(bench, name, tasks, runtime))
    return found


def table(found: list[Imports]) -> Table:
    """Show both figures of each Lambda."""
    shown = Table(
        title="cold import: processor ms with bytecode / sources alone, medians",
        header_style="bold",
    )
    for column in ("", "whole", "ratio", "what is in the zip", "ratio"):
        shown.add_column(column, justify="right" if column else "left")
    for one in found:
        cells = []
        for figures in (one.whole, one.own):
            compiled, source = (statistics.median(figures[kind]) for kind in KINDS)
            cells += [f"{compiled:.1f} / {source:.1f}", f"{_ratio(figures):.2f}"]
        shown.add_row(one.name, *cells)
    return shown


def _unpacked(repo: Path, folder: Path, bytecode: str) -> Path:
    tasks = folder / bytecode
    for artifact in build(repo, dist=folder / f"dist {bytecode}", bytecode=bytecode):
        shutil.unpack_archive(artifact.zip, tasks / artifact.name)
    return tasks


def _imports(bench: Bench, name: str, tasks: Mapping[str, Path], runtime: Path) -> Imports:
    def run(preload: str, task: Path) -> tuple[float, str]:
        python: list[str | Path] = [bench.python, "-I", "-S", "-c", IMPORT]
        said = bench.run([*python, f"{name}.handler", preload, task, runtime], bench.folder)
        milliseconds, brought = said.split("\n", 1)
        return float(milliseconds), brought.strip()

    found = Imports(name)
    for _ in range(ROUNDS):
        for kind, folder in tasks.items():
            whole, brought = run("", folder / name)
            found.whole.setdefault(kind, []).append(whole)
            own, _left = run(brought, folder / name)
            found.own.setdefault(kind, []).append(own)
    return found


def _ratio(figures: Mapping[str, list[float]]) -> float:
    compiled, source = (statistics.median(figures[kind]) for kind in KINDS)
    return compiled / source
