"""What a build costs beside what else people use, in turns in one run.

Three Lambdas that need aws-lambda-powertools, PyJWT and requests are built by this repository's
build and by its peers: pip and zip, uv's documented recipe, AWS SAM and chalice, which are
installed here from the package index. Each builds cold (its caches gone), again without a change,
and after an edit of one line. This repository's own Lambdas are built beside them. Ours is the
command that users type, interpreter start included. Seconds on a shared machine say little; ratios
of runs taken in turn say enough.
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

import import_bench
from build_peers import PEERS, Bench, Peer, write_sample
from import_bench import Imports
from rich.console import Console
from rich.table import Table

from lambda_build import BuildError, interpreter, lock, target

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 3
COLD, SAME, EDIT = SCENARIOS = ("cold", "no change", "one-line edit")
LIMITS = {SAME: 0.12, EDIT: 0.15}  # seconds above the interpreter's start, least disturbed

OURS, SOURCES, OWN = "ours", "ours, sources only", "ours, this repository"
ENVIRONMENT = """
account_id = "123456789012"
region = "us-east-1"
state_bucket = "bench-state"
embedded = true
"""


@dataclass
class Taken:
    """What a builder took: seconds on the clock and of the processor, a pair a run."""

    runs: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    size: int = 0

    def wall(self, scenario: str) -> float:
        return statistics.median(wall for wall, _ in self.runs[scenario])

    def best(self, scenario: str) -> float:
        """The run that others disturbed least: what the work itself takes."""
        return min(wall for wall, _ in self.runs[scenario])

    def text(self, scenario: str) -> str:
        cpu = statistics.median(cpu for _, cpu in self.runs[scenario])
        return f"{self.wall(scenario):.2f} ({cpu:.2f})"


@dataclass(frozen=True)
class Promise:
    """Something that must hold, and what was measured."""

    holds: bool
    text: str


def main(rounds: int = ROUNDS) -> int:
    """Measure and print.

    Returns:
        1 when a promise is not kept, 2 when a tool is missing.
    """
    say = Console(stderr=True, highlight=False)
    out = Console(highlight=False, width=120)
    with tempfile.TemporaryDirectory(prefix="build-bench-") as folder:
        try:
            python = interpreter.find(ROOT, target.PYTHON)
        except BuildError as error:
            say.print(str(error))
            return 2
        assert python is not None
        bench = Bench(Path(folder), python.path)
        say.print("locking the sample, installing the peers …")
        sample = bench.folder / "sample"
        write_sample(sample)
        lock(sample)
        bench.install()
        ours = [
            _ours(OURS, sample, target.PYTHON),
            _ours(SOURCES, sample, interpreter.NONE),
            _ours(OWN, ROOT, target.PYTHON, handler="lambda_src/kore_disposition/handler.py"),
        ]
        taken, start = _measure(bench, [*ours, *PEERS], rounds, say)
        out.print(_table(taken))
        say.print("importing, with and without bytecode …")
        imports = import_bench.measure(bench, ROOT, sample)
        out.print(import_bench.table(imports))
    promises = _promises(taken, start, imports)
    for promise in promises:
        out.print(f"{'holds' if promise.holds else 'DOES NOT HOLD'}: {promise.text}")
    return 0 if all(promise.holds for promise in promises) else 1


def _ours(name: str, repo: Path, bytecode: str, handler: str = "lambda_src/one/handler.py") -> Peer:
    def prepare(_: Bench, folder: Path, __: Path) -> None:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(repo / "lambda_src", folder / "lambda_src", ignore=ignored)
        environment = folder / "terraform" / "environments" / "bench"
        environment.mkdir(parents=True)
        (environment / "env.toml").write_text(f'{ENVIRONMENT}bytecode = "{bytecode}"\n')
        (environment / "terraform.tfvars").touch()

    def run(bench: Bench, folder: Path) -> Sequence[Path]:
        program: list[str | Path] = [sys.executable, "-m", "connect_voice", "--project", folder]
        bench.run([*program, "build", "bench"], folder)
        return sorted((folder / "dist").glob("*.zip"))

    return Peer(name, run, prepare, made=("dist", ".cache"), handler=handler)


def _measure(
    bench: Bench, builders: Sequence[Peer], rounds: int, say: Console
) -> tuple[Mapping[str, Taken], float]:
    """Run all builders in turns; also return the seconds in which Python starts and ends."""
    taken = {builder.name: Taken() for builder in builders}
    starts = []
    for builder in builders:
        locked = bench.folder / "sample" / "lambda_src"
        builder.prepare(bench, bench.folder / builder.name, locked)
    for number in range(rounds):
        for scenario in SCENARIOS:
            say.print(f"round {number + 1} of {rounds}: {scenario} …")
            for builder in builders:
                folder = bench.folder / builder.name
                if scenario == COLD:
                    builder.forget(bench, folder)
                elif scenario == EDIT:
                    builder.edit(folder, number)
                zips: list[Path] = []
                run = _clocked(lambda b=builder, f=folder, z=zips: z.extend(b.run(bench, f)))  # type: ignore[misc]
                taken[builder.name].runs.setdefault(scenario, []).append(run)
                taken[builder.name].size = sum(path.stat().st_size for path in zips)
                starts.append(_clocked(lambda: bench.run([sys.executable, "-c", ""], bench.folder)))
    return taken, min(wall for wall, _ in starts)


def _clocked(work: Callable[[], object]) -> tuple[float, float]:
    started, cpu = time.monotonic(), _cpu()
    work()
    return time.monotonic() - started, _cpu() - cpu


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _table(taken: Mapping[str, Taken]) -> Table:
    table = Table(
        title="three Lambdas: seconds (of the processor), medians, and ratios to ours",
        header_style="bold",
    )
    table.add_column("")
    for scenario in SCENARIOS:
        table.add_column(scenario, justify="right", no_wrap=True)
        table.add_column("ratio", justify="right")
    table.add_column("zip bytes", justify="right")
    ours = taken[OURS]
    for name, one in taken.items():
        cells = [
            cell
            for scenario in SCENARIOS
            for cell in (one.text(scenario), f"{one.wall(scenario) / ours.wall(scenario):.1f}")
        ]
        table.add_row(name, *cells, f"{one.size:,}")
    return table


def _promises(
    taken: Mapping[str, Taken], start: float, imports: Sequence[Imports]
) -> list[Promise]:
    promises = []
    for scenario, limit in LIMITS.items():
        for name in (OURS, OWN):
            above = taken[name].best(scenario) - start
            told = f"{above:.3f} s above the {start:.3f} s in which Python starts, of {limit}"
            promises.append(Promise(above <= limit, f"{name}, {scenario}: {told}"))
    cold, uv = taken[OURS].best(COLD), taken["uv recipe"].best(COLD)
    told = f"cold, bytecode included, {cold:.2f} s, the uv recipe without {uv:.2f} s"
    promises.append(Promise(cold <= uv, told))
    # pip leaves its own bytecode in its zips; the others hold sources alone.
    for mine, others in (
        (OURS, ["pip and zip"]),
        (SOURCES, [peer.name for peer in PEERS if peer.name != "pip and zip"]),
    ):
        size, least = taken[mine].size, min(taken[name].size for name in others)
        told = f"{size:,} bytes, the least of {', '.join(others)} {least:,}"
        promises.append(Promise(size <= least, f"{mine}: {told}"))
    for one in imports:
        told = f"what is in the zip is imported in {one.ratio:.2f} of the sources' time"
        kept = one.ratio <= import_bench.LIMIT
        promises.append(Promise(kept, f"{one.name}: {told}, of {import_bench.LIMIT}"))
    return promises


if __name__ == "__main__":
    os.environ.setdefault("PIP_DISABLE_PIP_VERSION_CHECK", "1")
    sys.exit(main())
