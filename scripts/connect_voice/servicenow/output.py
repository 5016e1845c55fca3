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
from connect_voice.servicenow.figures import BREAKDOWNS, FREQUENCY, INDICATORS, Indicator
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


_NARROWEST = 24  # columns that a text beside its head needs; with fewer it goes below
_STAMP = len("2026-11-20 10:00:00  ")
_NO_LIMIT = 10_000  # columns; tables have no other way to say that lines may be long


def console(*, stderr: bool = False) -> Console:
    """A console that breaks lines only for a terminal; a log is searched line by line."""
    terminal = (sys.stderr if stderr else sys.stdout).isatty()
    return Console(
        highlight=False,
        soft_wrap=not terminal,
        width=None if terminal else _NO_LIMIT,
        stderr=stderr,
    )


def plain(text: str) -> str:
    """A text from outside without what would steer a terminal."""
    return "".join(char if char.isprintable() else "�" for char in text)


def _hang(out: Console, head: Text, *bodies: Text | str) -> None:
    """Texts beside a head, and where they are too long for the terminal, below themselves."""
    if out.width - head.cell_len < _NARROWEST:
        out.print(head)
        head = Text("  ")
    margin = " " * head.cell_len
    for body in bodies:
        text = Text(body) if isinstance(body, str) else body
        for line in text.wrap(out, out.width - len(margin)):
            out.print(Text.assemble(head, line))
            head = Text(margin)


def print_verdicts(verdicts: Sequence[Verdict]) -> None:
    """A line an entry, who mends it where it is wrong, and a count."""
    out = console()
    shown = [verdict for verdict in verdicts if verdict.status != "skipped"]
    width = max((len(verdict.entry.id) for verdict in shown), default=0) + 2
    for verdict in shown:
        entry = verdict.entry
        head = Text.assemble(_mark(verdict), (f"{entry.id:<{width}}", "bold"))
        bodies: list[Text | str] = [plain(verdict.detail)]
        if verdict.status != "ok":
            bodies.append(Text(entry.what, "dim"))
            bodies.append(Text(f"{entry.mender}: {entry.written} ({entry.source})", "dim"))
        _hang(out, head, *bodies)
    counts = Counter(verdict.status for verdict in verdicts)
    summary = ", ".join(f"{counts[key]} {word}" for key, word in _WORDS.items() if counts[key])
    out.print(f"{summary}.")


def _mark(verdict: Verdict) -> tuple[str, str]:
    if verdict.status == "ok":
        return "✓ ", "green"
    return ("✗ ", "red") if verdict.fails else ("! ", "yellow")


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
    ids = [change.entry_id for change in plan.changes]
    ids += [verdict.entry.id for verdict in plan.by_hand]
    width = max((len(name) for name in ids), default=0) + 2
    for change in plan.changes:
        _hang(
            out,
            Text.assemble(("~ ", "yellow"), (f"{change.entry_id:<{width}}", "bold")),
            f"{plain(change.name)} in {change.table}: {plain(change.old)!r} -> {change.new!r} "
            f"({change.sys_id})",
        )
    for verdict in plan.by_hand:
        entry = verdict.entry
        _hang(
            out,
            Text.assemble(_mark(verdict), (f"{entry.id:<{width}}", "bold")),
            f"by hand ({entry.mender}: {entry.written}): {plain(verdict.detail)}",
        )
    out.print(f"{len(plan.changes)} to change, {len(plan.by_hand)} to mend by hand.")


def plan_json(host: str, plan: Plan) -> dict[str, object]:
    """The same for programs."""
    return {
        "instance": host,
        "changes": [_change_json(change) for change in plan.changes],
        "by_hand": [_verdict_json(verdict) for verdict in plan.by_hand],
    }


def print_applied(one: Applied) -> None:
    """What came of one change."""
    mark = ("✓ ", "green") if one.outcome == "written" else ("✗ ", "red")
    console().print(Text.assemble(mark, (one.change.entry_id, "bold"), f"  {one.outcome}"))


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
    for name in ("Indicator", "Value", "Unit"):
        table.add_column(name, justify="right" if name == "Value" else "left")
    for indicator in INDICATORS:
        value = indicator.show(indicator.value(report.whole))
        table.add_row(indicator.title, value, indicator.unit)
        if indicator.key == "deflected":
            for agent, count in report.by_agent.items():
                table.add_row(Text(f"  {plain(agent)}", "dim"), Text(f"{count:,}", "dim"), "")
    out.print(table)
    period = report.period
    out.print(Text(f"{period.start} to {period.end}, from {plain(report.source)}."))
    for problem in report.problems:
        _hang(out, Text("! ", "yellow"), plain(problem))


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
                "type": indicator.kind,
                "breakdowns": list(BREAKDOWNS),
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
        at = f"{record.at or '(no time)':<{_STAMP}}"
        head = Text.assemble((at, "dim"), (f"{record.table:<{width}}", "bold"))
        _hang(out, head, f"{record.sys_id}  {fields}".rstrip())
    # Where no record was found at all, nothing could lead to the other tables.
    quiet = {"found", "none"} if trace.records else {"found", "none", "not reached"}
    for table in trace.tables:
        if table.status not in quiet:
            _hang(out, Text("! ", "yellow"), f"{table.name}: {plain(table.detail)}")
    if not trace.records:
        out.print(
            f"ServiceNow shows no record of the contact {trace.contact_id}; check the id, and that "
            "the call was transferred to an AI agent."
        )
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
