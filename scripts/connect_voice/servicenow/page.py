"""The indicators as one page that stands alone: styles and charts inside, no script, no network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path

from connect_voice.errors import OutsideError
from connect_voice.servicenow.chart import chart
from connect_voice.servicenow.figures import FREQUENCY, INDICATORS, Indicator
from connect_voice.servicenow.kpi import Report

# Whatever an export may smuggle into the page, the browser must not run or fetch it.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"

_NOTHING = "n/a: there is nothing to divide by, or the figures could not be had."


def save(report: Report, file: Path) -> None:
    """Write the page; one that was there before goes only when the new one is whole.

    Raises:
        OutsideError: it cannot be written.
    """
    new = file.with_name(f".{file.name}.new") if file.is_file() or not file.exists() else file
    try:
        new.write_text(page(report), encoding="utf-8")
        if new != file:
            new.replace(file)
    except OSError as error:
        if new != file:
            new.unlink(missing_ok=True)
        raise OutsideError(
            f"The page {file} cannot be written ({error.strerror}); make room, or name another "
            "file with --html."
        ) from None


def page(report: Report) -> str:
    """The page as HTML."""
    style = files(__package__).joinpath("page.css").read_text(encoding="utf-8")
    period = report.period
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>AI voice agents, {period.start} to {period.end}</title>",
            f"<style>\n{style}</style>",
            "</head>",
            "<body>",
            "<header>",
            "<h1>ServiceNow AI voice agents</h1>",
            f"<p>{period.start} to {period.end}, from {escape(report.source)}</p>",
            "</header>",
            "<main>",
            *_problems(report),
            '<div class="cards">',
            *(line for indicator in INDICATORS for line in _card(indicator, report)),
            "</div>",
            "</main>",
            f"<footer>{FREQUENCY} figures; a day begins at midnight UTC. {_NOTHING}</footer>",
            "</body>",
            "</html>",
            "",
        ]
    )


def _problems(report: Report) -> Iterator[str]:
    if not report.problems:
        return
    yield '<section class="problems" aria-labelledby="problems">'
    yield '<h2 id="problems">Not everything could be computed</h2>'
    yield "<ul>"
    yield from (f"<li>{escape(problem)}</li>" for problem in report.problems)
    yield "</ul>"
    yield "</section>"


def _card(indicator: Indicator, report: Report) -> Iterator[str]:
    series = report.series(indicator)
    value = indicator.value(report.whole)
    yield f'<article aria-labelledby="{indicator.key}">'
    yield f'<h2 id="{indicator.key}">{escape(indicator.title)}</h2>'
    unit = "" if indicator.unit == "#" or value is None else indicator.unit.lower()
    shown = f"<small> {escape(unit)}</small>" if unit else ""
    yield f'<p class="figure">{escape(indicator.show(value))}{shown}</p>'
    yield f'<div class="chart">{chart(indicator, series)}</div>'
    yield "<div>"
    definition = escape(indicator.definition).replace(" = ", "&nbsp;=&nbsp;")
    yield f'<p class="what">{definition}.</p>'
    if indicator.key == "deflected" and report.by_agent:
        agents = [(name, f"{count:,}") for name, count in report.by_agent.items()]
        yield from _table("By AI agent", ("AI agent", "Conversations"), agents, shown=True)
    days = [(str(day), indicator.show(number)) for day, number in series]
    yield from _table("Day by day", ("Day", "Value"), days)
    yield "</div>"
    yield "</article>"


def _table(
    title: str, head: tuple[str, str], rows: Sequence[tuple[str, str]], *, shown: bool = False
) -> Iterator[str]:
    yield f"<details{' open' if shown else ''}><summary>{escape(title)}</summary>"
    yield "<table>"
    yield (
        f'<thead><tr><th scope="col">{escape(head[0])}</th>'
        f'<th scope="col">{escape(head[1])}</th></tr></thead><tbody>'
    )
    for name, value in rows:
        yield f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>'
    yield "</tbody></table></details>"
