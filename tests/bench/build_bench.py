"""What a build costs beside what else people use, in turns in one run.

Three Lambdas that need aws-lambda-powertools, PyJWT and requests are built by this repository's
build and by its peers: pip and zip, uv's documented recipe, AWS SAM and chalice, which are
installed here from the package index. Each builds cold (its caches gone), again without a change,
and after an edit of one line. Seconds on a shared machine say little; ratios of runs taken in turn
say enough.
"""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from build_peers import NAMES, PEERS, Bench, Peer, write_sample
from rich.console import Console
from rich.table import Table

from lambda_build import BuildError, build, interpreter, lock, target

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 3
IMPORTS = 9
SCENARIOS = ("cold", "no change", "one-line edit")

BUILD = """
import sys
from pathlib import Path
from lambda_build import build
root = Path(sys.argv[1])
build(root, dist=root / "dist", bytecode=sys.argv[2])
"""
IMPORT = """
import sys, time
sys.dont_write_bytecode = True
sys.path[:0] = sys.argv[2:]
from importlib import import_module
before = set(sys.modules)
started = time.process_time()
for name in sys.argv[1].split(","):
    import_module(name)
print(time.process_time() - started)
own = [name for name in sys.modules if name.split(".")[0] in sys.stdlib_module_names]
print(",".join(["os", *(name for name in own if name not in before and "._" not in f".{name}")]))
"""


@dataclass
class Taken:
    """What a builder took: seconds on the clock and of the processor, a pair a run."""

    runs: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    size: int = 0

    def wall(self, scenario: str) -> float:
        return statistics.median(wall for wall, _ in self.runs[scenario])

    def text(self, scenario: str) -> str:
        cpu = statistics.median(cpu for _, cpu in self.runs[scenario])
        return f"{self.wall(scenario):.2f} ({cpu:.2f})"


def main(rounds: int = ROUNDS) -> int:
    """Measure and print; the exit code is 2 when a tool is missing."""
    say = Console(stderr=True, highlight=False)
    with tempfile.TemporaryDirectory(prefix="build-bench-") as folder:
        try:
            python = interpreter.find(ROOT, target.PYTHON)
        except BuildError as error:
            say.print(str(error))
            return 2
        assert python is not None
        bench = Bench(Path(folder), python.path)
        say.print("locking the sample, installing the peers …")
        write_sample(bench.folder / "ours")
        lock(bench.folder / "ours")
        write_sample(bench.folder / "ours, sources only")
        for path in (bench.folder / "ours").glob("lambda_src/*/requirements.txt"):
            shutil.copy(
                path,
                bench.folder
                / "ours, sources only"
                / path.parent.relative_to(bench.folder / "ours"),
            )
        builders = [_ours("ours", target.PYTHON), _ours("ours, sources only", interpreter.NONE)]
        bench.install()
        _print(_measure(bench, [*builders, *PEERS], rounds, say), _start(bench))
        say.print("importing, with and without bytecode …")
        _print_imports(bench)
    return 0


def _ours(name: str, bytecode: str) -> Peer:
    def run(bench: Bench, folder: Path) -> Sequence[Path]:
        bench.run([sys.executable, "-c", BUILD, str(folder), bytecode], folder)
        return [folder / "dist" / f"{lambda_}.zip" for lambda_ in NAMES]

    return Peer(name, run, prepare=lambda *_: None, made=("dist", ".cache"))


def _measure(
    bench: Bench, builders: Sequence[Peer], rounds: int, say: Console
) -> Mapping[str, Taken]:
    taken = {builder.name: Taken() for builder in builders}
    locked = bench.folder / "ours" / "lambda_src"
    for builder in builders:
        builder.prepare(bench, bench.folder / builder.name, locked)
    for number in range(rounds):
        for scenario in SCENARIOS:
            say.print(f"round {number + 1} of {rounds}: {scenario} …")
            for builder in builders:
                folder = bench.folder / builder.name
                if scenario == "cold":
                    builder.forget(bench, folder)
                elif scenario == "one-line edit":
                    builder.edit(folder, number)
                zips: list[Path] = []
                run = _clocked(lambda b=builder, f=folder, z=zips: z.extend(b.run(bench, f)))  # type: ignore[misc]
                taken[builder.name].runs.setdefault(scenario, []).append(run)
                taken[builder.name].size = sum(path.stat().st_size for path in zips)
    return taken


def _clocked(work: Callable[[], object]) -> tuple[float, float]:
    started, cpu = time.monotonic(), _cpu()
    work()
    return time.monotonic() - started, _cpu() - cpu


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _start(bench: Bench) -> float:
    """Seconds that Python itself takes to start and end."""
    return statistics.median(
        _clocked(lambda: bench.run([sys.executable, "-c", "pass"], bench.folder))[0]
        for _ in range(IMPORTS)
    )


def _print(taken: Mapping[str, Taken], start: float) -> None:
    table = Table(
        title="three Lambdas: seconds (of the processor), medians, and ratios to ours",
        header_style="bold",
    )
    table.add_column("")
    for scenario in SCENARIOS:
        table.add_column(scenario, justify="right", no_wrap=True)
        table.add_column("ratio", justify="right")
    table.add_column("zip bytes", justify="right")
    ours = taken["ours"]
    for name, one in taken.items():
        cells = [
            cell
            for scenario in SCENARIOS
            for cell in (one.text(scenario), f"{one.wall(scenario) / ours.wall(scenario):.1f}")
        ]
        table.add_row(name, *cells, f"{one.size:,}")
    console = Console(highlight=False, width=120)
    console.print(table)
    for scenario in SCENARIOS[1:]:
        console.print(
            f"ours, {scenario}: {ours.wall(scenario) - start:.3f} s above the {start:.3f} s in "
            "which Python starts"
        )


def _print_imports(bench: Bench) -> None:
    """Import each Lambda of this repository and of the sample as the runtime would."""
    runtime = bench.folder / "runtime"
    bench.pip_install(runtime, ROOT / "local" / "requirements-lambda-runtime.txt")
    table = Table(
        title="cold import, processor ms, medians; Python's own modules are in each figure",
        header_style="bold",
    )
    for column in ("", "with bytecode", "sources only", "ratio", "Python's own", "ratio without"):
        table.add_column(column, justify="right" if column else "left")
    for repo in (ROOT, bench.folder / "ours"):
        folders = {
            kind: _unpacked(repo, bench.folder / "imports" / repo.name / kind, kind)
            for kind in (target.PYTHON, interpreter.NONE)
        }
        for name in sorted(path.name for path in folders[target.PYTHON].iterdir()):
            table.add_row(name, *_import_cells(bench, name, folders, runtime))
    Console(highlight=False, width=120).print(table)


def _unpacked(repo: Path, folder: Path, bytecode: str) -> Path:
    for artifact in build(repo, dist=folder / "dist", bytecode=bytecode):
        shutil.unpack_archive(artifact.zip, folder / "tasks" / artifact.name)
    return folder / "tasks"


def _import_cells(bench: Bench, name: str, folders: Mapping[str, Path], runtime: Path) -> list[str]:
    def run(modules: str, *paths: Path) -> tuple[float, str]:
        command: list[str | Path] = [bench.python, "-I", "-S", "-c", IMPORT, modules, *paths]
        seconds, imported = bench.run(command, bench.folder).split("\n", 1)
        return float(seconds) * 1000, imported.strip()

    figures: dict[str, list[float]] = {}
    for _ in range(IMPORTS):
        for kind, folder in folders.items():
            milliseconds, own = run(f"{name}.handler", folder / name, runtime)
            figures.setdefault(kind, []).append(milliseconds)
        figures.setdefault("own", []).append(run(own)[0])
    compiled, source, own_ms = (statistics.median(figures[kind]) for kind in (*folders, "own"))
    return [
        f"{compiled:.0f}",
        f"{source:.0f}",
        f"{compiled / source:.2f}",
        f"{own_ms:.0f}",
        f"{max(compiled - own_ms, 0) / max(source - own_ms, 1):.2f}",
    ]


if __name__ == "__main__":
    os.environ.setdefault("PIP_DISABLE_PIP_VERSION_CHECK", "1")
    sys.exit(main())
