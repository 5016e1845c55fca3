"""What the verbs print: for people (rich, on standard output) and for programs (JSON)."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from connect_voice.servicenow.applying import Applied
from connect_voice.servicenow.checking import Status, Verdict
from connect_voice.servicenow.figures import FREQUENCY, INDICATORS, Indicator
from connect_voice.servicenow.kpi import Report
from connect_voice.servicenow.planning import Change, Plan
from connect_voice.servicenow.tracing import Trace

_WORDS: dict[Status, str] = {
    "ok": "as expected",
    "off": "off",
    "missing": "missing",
    "denied": "not allowed to see",
    "unresolved": "not on this instance",
    "skipped": "not needed",
}


def console(*, stderr: bool = False) -> Console:
    """A console that breaks lines only for a terminal; a log is searched line by line."""
    stream = sys.stderr if stderr else sys.stdout
    return Console(highlight=False, soft_wrap=not stream.isatty(), stderr=stderr)


def plain(text: str) -> str:
    """A text from outside without what would steer a terminal."""
    return "".join(char if char.isprintable() else "�" for char in text)


def print_verdicts(verdicts: Sequence[Verdict]) -> None:
    """A line an entry, who mends it where it is wrong, and a count."""
    out = console()
    width = max(len(verdict.entry.id) for verdict in verdicts) + 2
    for verdict in verdicts:
        if verdict.status == "skipped":
            continue
        mark = ("✗ ", "red") if verdict.fails else ("! ", "yellow")
        if verdict.status == "ok":
            mark = ("✓ ", "green")
        out.print(
            Text.assemble(mark, (f"{verdict.entry.id:<{width}}", "bold"), plain(verdict.detail))
        )
        if verdict.status != "ok":
            entry = verdict.entry
            out.print(Text(f"  {entry.what}", "dim"))
            out.print(Text(f"  {entry.mender}: {entry.written} ({entry.source})", "dim"))
    counts = Counter(verdict.status for verdict in verdicts)
    summary = ", ".join(f"{counts[key]} {word}" for key, word in _WORDS.items() if counts[key])
    out.print(f"{summary}.")


def verdicts_json(host: str, verdicts: Sequence[Verdict]) -> dict[str, object]:
    """The same for programs."""
    return {
        "instance": host,
        "ok": not any(verdict.fails for verdict in verdicts),
        "entries": [_verdict_json(verdict) for verdict in verdicts],
    }


def _verdict_json(verdict: Verdict) -> dict[str, object]:
    entry = verdict.entry
    return {
        "id": entry.id,
        "status": verdict.status,
        "severity": entry.severity,
        "detail": verdict.detail,
        "what": entry.what,
        "table": verdict.table or str(entry.table),
        "expected": str(entry.rule),
        "found": [{"sys_id": one.sys_id, "value": one.value} for one in verdict.seen],
        "mender": entry.mender,
        "written": entry.written,
        "source": entry.source,
    }


def print_plan(plan: Plan, out: Console | None = None) -> None:
    """What apply would set, and what somebody else has to."""
    out = out or console()
    for change in plan.changes:
        out.print(
            Text.assemble(
                ("~ ", "yellow"),
                (change.entry_id, "bold"),
                f"  {plain(change.name)} in {change.table}: {plain(change.old)!r} -> "
                f"{change.new!r}  ({change.sys_id})",
            )
        )
    for verdict in plan.by_hand:
        entry = verdict.entry
        out.print(
            Text.assemble(
                ("! ", "red" if verdict.fails else "yellow"),
                (entry.id, "bold"),
                f"  by hand ({entry.mender}: {entry.written}): {plain(verdict.detail)}",
            )
        )
    out.print(f"{len(plan.changes)} to change, {len(plan.by_hand)} to mend by hand.")


def plan_json(host: str, plan: Plan) -> dict[str, object]:
    """The same for programs."""
    return {
        "instance": host,
        "changes": [_change_json(change) for change in plan.changes],
        "by_hand": [_verdict_json(verdict) for verdict in plan.by_hand],
    }


def print_applied(applied: Sequence[Applied]) -> None:
    """What came of each change."""
    out = console()
    for one in applied:
        mark = ("✓ ", "green") if one.outcome == "written" else ("✗ ", "red")
        out.print(Text.assemble(mark, (one.change.entry_id, "bold"), f"  {one.outcome}"))


def applied_json(host: str, applied: Sequence[Applied]) -> dict[str, object]:
    """The same for programs."""
    return {
        "instance": host,
        "applied": [{**_change_json(one.change), "outcome": one.outcome} for one in applied],
    }


def _change_json(change: Change) -> dict[str, object]:
    return {
        "id": change.entry_id,
        "table": change.table,
        "sys_id": change.sys_id,
        "name": change.name,
        "field": change.column,
        "old": change.old,
        "new": change.new,
    }


def print_report(report: Report) -> None:
    """The indicators of the period in a table."""
    out = console()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("Indicator", "Value", "Unit", "Frequency"):
        table.add_column(name, justify="right" if name == "Value" else "left")
    for indicator in INDICATORS:
        value = indicator.show(indicator.value(report.whole))
        table.add_row(indicator.title, value, indicator.unit, FREQUENCY)
        if indicator.key == "deflected":
            for agent, count in report.by_agent.items():
                table.add_row(Text(f"  {plain(agent)}", "dim"), Text(f"{count:,}", "dim"), "", "")
    out.print(table)
    out.print(f"{report.period.start} to {report.period.end}, from {report.source}.")
    for problem in report.problems:
        out.print(Text.assemble(("! ", "yellow"), plain(problem)))


def report_json(report: Report) -> dict[str, object]:
    """The same for programs, with every day; null is n/a."""
    return {
        "from": str(report.period.start),
        "to": str(report.period.end),
        "source": report.source,
        "indicators": [
            {
                "key": indicator.key,
                "title": indicator.title,
                "definition": indicator.definition,
                "unit": indicator.unit,
                "precision": indicator.precision,
                "frequency": FREQUENCY,
                "value": _json_number(indicator, indicator.value(report.whole)),
                "days": {
                    str(day): _json_number(indicator, value)
                    for day, value in report.series(indicator)
                },
                **({"by_agent": dict(report.by_agent)} if indicator.key == "deflected" else {}),
            }
            for indicator in INDICATORS
        ],
        "problems": list(report.problems),
    }


def _json_number(indicator: Indicator, value: Decimal | None) -> float | int | None:
    if value is None:
        return None
    return float(value) if indicator.precision else int(value)


def print_trace(trace: Trace, *, content_shown: bool) -> None:
    """The records in the order of time, and what could not be looked into."""
    out = console()
    width = max((len(record.table) for record in trace.records), default=0) + 2
    for record in trace.records:
        fields = "  ".join(f"{name}={plain(value)}" for name, value in record.fields.items())
        out.print(
            Text.assemble(
                (f"{record.at or '(no time)'}  ", "dim"),
                (f"{record.table:<{width}}", "bold"),
                f"{record.sys_id}  {fields}",
            )
        )
    for table in trace.tables:
        if table.status not in {"found", "none"}:
            out.print(Text.assemble(("! ", "yellow"), f"{table.name}: {plain(table.detail)}"))
    if not trace.records:
        out.print(f"ServiceNow shows no record of the contact {trace.contact_id}.")
    elif not content_shown:
        out.print(
            Text(
                "What people said and who they are is left out; see it with --show-content.", "dim"
            )
        )


def trace_json(trace: Trace) -> dict[str, object]:
    """The same for programs."""
    return {
        "contact_id": trace.contact_id,
        "complete": trace.complete,
        "tables": [
            {
                "name": table.name,
                "status": table.status,
                "detail": table.detail,
                "records": table.records,
            }
            for table in trace.tables
        ],
        "records": [
            {
                "at": record.at,
                "table": record.table,
                "sys_id": record.sys_id,
                "fields": dict(record.fields),
            }
            for record in trace.records
        ],
    }
