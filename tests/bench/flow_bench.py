"""What looking at contact flows costs: lint, import, comparison and pictures, in flows a second.

The flows are made of this repository's own: one of the median and one of the largest size of
published flows (8 and 94 actions, counted over 294), with what the console adds to an
export. Time is the processor's, the best of several rounds, because the machine is shared. Reading
the same text with ``json.loads`` is the peer: what nobody can go below.
"""

from __future__ import annotations

import copy
import json
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from flowkit.compiling import compile_flow
from flowkit.drawing import Format, render
from flowkit.importing import import_flow
from flowkit.lint import Source, lint
from flowkit.model import parse
from flowkit.review import review

ROOT = Path(__file__).resolve().parents[2]
MEDIAN, LARGEST = 8, 94
LEAST = 300  # flows of median size that lint looks at in a second
LONGEST = 1.0  # seconds for a picture of the largest
ROUNDS = 7


def main() -> int:
    """Measure and print.

    Returns:
        1 when a promise is missed.
    """
    median, largest = flow_of(MEDIAN), flow_of(LARGEST)
    edited = largest.replace('"InvocationTimeLimitSeconds": "', '"InvocationTimeLimitSeconds": "1')
    imported = import_flow(largest)
    works: dict[str, Callable[[str], object]] = {
        "lint": lambda text: lint([Source("flow.json", text)]),
        "import": import_flow,
        "import --tidy": lambda text: import_flow(text, tidy=True),
        "render svg": lambda text: render(parse(text), title="flow"),
        "render html": lambda text: render(parse(text), Format.HTML, title="flow"),
        "render mermaid": lambda text: render(parse(text), Format.MERMAID, title="flow"),
    }
    table = Table(title="best processor time", header_style="bold")
    table.add_column("")
    for column in (f"{MEDIAN} actions", "flows/s", "x json", f"{LARGEST} actions", "x json"):
        table.add_column(column, justify="right", no_wrap=True)
    floors = _seconds(json.loads, median), _seconds(json.loads, largest)
    taken: dict[str, tuple[float, float]] = {}
    for name, work in works.items():
        small, large = _seconds(work, median), _seconds(work, largest)
        taken[name] = small, large
        table.add_row(
            name,
            f"{small * 1000:.2f} ms",
            f"{1 / small:,.0f}",
            f"{small / floors[0]:,.0f}",
            f"{large * 1000:.1f} ms",
            f"{large / floors[1]:,.0f}",
        )
    alone = {
        "compile": _seconds(lambda text: compile_flow(text, imported.map), imported.template),
        "diff, words": _seconds(lambda text: review(largest, text, title="x").markdown(), edited),
        "diff, picture": _seconds(lambda text: review(largest, text, title="x").picture(), edited),
    }
    for name, seconds in alone.items():
        table.add_row(name, "", "", "", f"{seconds * 1000:.1f} ms", f"{seconds / floors[1]:,.0f}")
    Console(highlight=False, width=100).print(table)
    return _missed(1 / taken["lint"][0], max(large for _, large in taken.values()))


def flow_of(count: int) -> str:
    """An export of so many actions, made of copies of the shipped flows' actions."""
    actions: list[dict[str, Any]] = []
    metadata: dict[str, Any] = {}
    while len(actions) < count:
        for file in sorted((ROOT / "flows").glob("*/*.json")):
            for action in json.loads(file.read_text(encoding="utf-8"))["Actions"]:
                made = copy.deepcopy(action)
                made["Identifier"] = f"{len(actions):04d}{made['Identifier']}"[:50]
                actions.append(made)
    actions = actions[:count]
    names = [action["Identifier"] for action in actions]
    for number, action in enumerate(actions):
        _lead(action, names, number)
        metadata[names[number]] = {
            "position": {"x": 40 + number % 12 * 260, "y": 40 + number // 12 * 220},
            "isFriendlyName": True,
        }
    document = {
        "Version": "2019-10-30",
        "StartAction": names[0],
        "Metadata": {
            "entryPointPosition": {"x": 40, "y": 40},
            "ActionMetadata": metadata,
            "name": "Bench",
            "type": "contactFlow",
            "status": "published",
            "hash": {},
        },
        "Actions": actions,
    }
    return re.sub(r"\$\{(\w+)\}", r"$.Attributes.\1", json.dumps(document, indent=2))


def _lead(action: dict[str, Any], names: list[str], number: int) -> None:
    """Branches on to the next few actions, and errors to the last."""
    transitions = action["Transitions"]
    if "NextAction" in transitions:
        transitions["NextAction"] = names[min(number + 1, len(names) - 1)]
    for offset, condition in enumerate(transitions.get("Conditions", ())):
        condition["NextAction"] = names[min(number + 2 + 3 * offset, len(names) - 1)]
    for error in transitions.get("Errors", ()):
        error["NextAction"] = names[-1]


def _seconds(work: Callable[[str], object], text: str) -> float:
    work(text)
    once = _clocked(work, text, 1)
    times = max(1, min(500, round(0.1 / max(once, 1e-6))))
    return min(_clocked(work, text, times) for _ in range(ROUNDS)) / times


def _clocked(work: Callable[[str], object], text: str, times: int) -> float:
    started = time.process_time()
    for _ in range(times):
        work(text)
    return time.process_time() - started


def _missed(rate: float, slowest: float) -> int:
    say = Console(stderr=True, highlight=False)
    if rate < LEAST:
        say.print(f"Lint looked at {rate:,.0f} flows a second; the promise is {LEAST}.")
    if slowest > LONGEST:
        say.print(f"A picture of {LARGEST} actions took {slowest:.2f} s; the promise is {LONGEST}.")
    return int(rate < LEAST or slowest > LONGEST)


if __name__ == "__main__":
    sys.exit(main())
