"""``make bench``: what commands, Lambdas and builds cost, as ratios against a peer in the same run.

Seconds on a shared machine say little; ratios of runs taken in turn say enough. For the commands a
fresh clone of the committed tree is made in a temporary folder, deployed, re-deployed and changed;
its zips are what the Lambdas are measured with. ``make bench PART=builds`` measures one part.
"""

from __future__ import annotations

import json
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import build_bench
import flow_bench
import lambda_bench
import policy_bench
from rich.console import Console
from rich.table import Table

from connect_voice.vendors import VENDORS

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 5
LIMIT = 1.3  # a re-deploy without change against bare `terraform plan` plus its calls
PARTS = ("commands", "lambdas", "builds", "flows", "policy")
CALLS = tuple(vendor.deploy_call for vendor in VENDORS)


def main(*parts: str) -> int:
    """Measure and print.

    Args:
        parts: of `PARTS`; all without any.

    Returns:
        1 when a promised ratio is missed, 2 when a part is unknown or a tool of it is missing.
    """
    say = Console(stderr=True, highlight=False)
    unknown = [part for part in parts if part not in PARTS]
    if unknown:
        say.print(f"There is no part {unknown[0]!r}; there are {', '.join(PARTS)}.")
        return 2
    wanted = parts or PARTS
    worst = 0
    if "commands" in wanted or "lambdas" in wanted:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            clone = Path(folder) / "clone"
            _run("git", "clone", "--quiet", str(ROOT), str(clone))
            setup, _ = _timed("make", "setup", cwd=clone)
            try:
                if "commands" in wanted:
                    worst = _measure(clone, say, setup)
                if "lambdas" in wanted:
                    say.print("Lambdas …")
                    _run(*_voice(clone, "build"))
                    Console(highlight=False, width=120).print(lambda_bench.measure(clone / "dist"))
            finally:
                subprocess.run(_voice(clone, "local", "down", "--quiet"), check=False)
    if "builds" in wanted:
        worst = max(worst, build_bench.main())
    if "flows" in wanted:
        worst = max(worst, flow_bench.main())
    if "policy" in wanted:
        worst = max(worst, policy_bench.main())
    return worst


def _measure(clone: Path, say: Console, setup: float) -> int:
    say.print("fresh clone to first transcript …")
    first, first_report = _deploy(clone)
    settings = _settings(clone)
    plans, calls, deploys = [], [], []
    for number in range(ROUNDS):
        say.print(f"round {number + 1} of {ROUNDS}: bare plan, calls, deploy without change …")
        plans.append(
            _timed(
                *("terraform", "plan", "-input=false", "-detailed-exitcode"),
                cwd=clone / "terraform",
                env=settings,
            )[0]
        )
        calls.append(_timed(*_voice(clone, "call", *CALLS))[0])
        seconds, report = _deploy(clone)
        assert report["changed"] is False, "the re-deploy changed something"
        deploys.append((seconds, _terraform_share(report)))
    say.print("one-line edit …")
    handler = clone / "lambda_src" / "servicenow_voice" / "handler.py"
    handler.write_text(handler.read_text(encoding="utf-8") + "\n# edited\n", encoding="utf-8")
    edit, edit_report = _deploy(clone)
    plan, call = statistics.median(plans), statistics.median(calls)
    again = statistics.median(seconds for seconds, _ in deploys)
    again_terraform = statistics.median(share for _, share in deploys)
    ratio = again / (plan + call)
    table = Table(title="seconds, medians; Terraform's own share beside them", header_style="bold")
    for column in ("", "seconds", "of that Terraform", "against"):
        table.add_column(
            column, no_wrap=True, justify="left" if column in {"", "against"} else "right"
        )
    total, share = setup + first, _terraform_share(first_report)
    rows = [
        ("fresh clone to first transcript", total, share, f"{share / total:.0%} is Terraform"),
        ("  of that preparing the tools", setup, 0.0, ""),
        ("re-deploy without change", again, again_terraform, f"{ratio:.2f} x (plan + calls)"),
        ("one-line-edit deploy", edit, _terraform_share(edit_report), f"{edit / plan:.2f} x plan"),
        (f"{len(CALLS)} calls, one a vendor", call, 0.0, f"{call / plan:.2f} x plan"),
        ("bare terraform plan", plan, plan, "1"),
    ]
    for name, seconds, terraform, against in rows:
        table.add_row(name, f"{seconds:.2f}", f"{terraform:.2f}", against)
    Console(highlight=False, width=100).print(table)
    if ratio > LIMIT:
        say.print(f"A re-deploy without change took {ratio:.2f} x; the promise is {LIMIT} x.")
        return 1
    return 0


def _voice(clone: Path, *arguments: str) -> list[str]:
    return [str(clone / ".venv" / "bin" / "python"), "-m", "connect_voice", *arguments]


def _deploy(clone: Path) -> tuple[float, Any]:
    seconds, out = _timed(*_voice(clone, "deploy", "local", "--json"))
    return seconds, json.loads(out)


def _terraform_share(report: Any) -> float:
    return sum(stage["terraform_seconds"] for stage in report["stages"])


def _settings(clone: Path) -> dict[str, str]:
    """What a user without this project would run Terraform under: our tuning left out."""
    printed = _run(*_voice(clone, "local", "env"))
    env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    for line in printed.splitlines():
        if line.startswith("export "):
            (assignment,) = shlex.split(line.removeprefix("export "))
            name, _, value = assignment.partition("=")
            env[name] = value
    env.pop("GOGC", None)
    return env


def _timed(
    *command: str, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> tuple[float, str]:
    started = time.monotonic()
    out = _run(*command, cwd=cwd, env=env)
    return time.monotonic() - started, out


def _run(*command: str, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, env=env, check=False, capture_output=True)
    if done.returncode != 0:
        sys.stderr.write(done.stdout.decode() + done.stderr.decode())
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}")
    return done.stdout.decode()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
