"""Three days of voice calls, small enough to be worked out by hand, as records and as exports.

    day         calls: agent chat, state, duration                  judgements: CSAT, resolved
    2 November  A false complete 5:00, B true complete 12:30        5 yes IT, 4 yes IT
                C false abandoned 0:40 (a second before midnight)   none yes HR
    3 November  nothing                                             nothing
    4 November  D false complete 3:00 (at midnight)                 4 no IT
                E false abandoned, no duration
    5 November  F, outside of the period

Not voice calls of AI agents: G (a chat) and H (a phone call that people took).
"""

from __future__ import annotations

import csv
from pathlib import Path

from snow_instance import Row, SnowInstance, sys_id
from snow_office import describe

_CALLS = {
    # opened, agent chat, state, duration in seconds, type, virtual agent
    "A": ("2026-11-02 09:00:00", "false", "closed_complete", 300, "phone", "true"),
    "B": ("2026-11-02 10:00:00", "true", "closed_complete", 750, "phone", "true"),
    "C": ("2026-11-02 23:59:59", "false", "closed_abandoned", 40, "phone", "true"),
    "D": ("2026-11-04 00:00:00", "false", "closed_complete", 180, "phone", "true"),
    "E": ("2026-11-04 12:00:00", "false", "closed_abandoned", None, "phone", "true"),
    "F": ("2026-11-05 00:00:00", "false", "closed_complete", 60, "phone", "true"),
    "G": ("2026-11-02 09:00:00", "false", "closed_complete", 60, "chat", "true"),
    "H": ("2026-11-02 09:00:00", "false", "closed_abandoned", 60, "phone", "false"),
}
# A left two tickets; those of B (a person's), G and H do not count.
_TICKETS = [
    ("A", "2026-11-02 09:03:00"),
    ("A", "2026-11-02 09:04:00"),
    ("B", "2026-11-02 10:05:00"),
    ("G", "2026-11-02 09:05:00"),
    ("H", "2026-11-02 09:05:00"),
    ("D", "2026-11-04 00:02:00"),
]
_IT, _HR = sys_id(501), sys_id(502)
_AGENTS = {_IT: "IT helper", _HR: "HR helper"}
_INSIGHTS = [
    ("2026-11-02 09:30:00", "5", "true", _IT),
    ("2026-11-02 10:30:00", "4", "true", _IT),
    ("2026-11-02 23:59:59", "", "true", _HR),
    ("2026-11-04 00:30:00", "4", "false", _IT),
]

# Total 5 (A to E). Without an agent 4 (all but B), with one 1 (B). Abandoned 2 (C, E).
# Tickets 3 (A, A, D). CSAT (5 + 4 + 4) / 3 = 4.333… = 4.3.
# Duration (300 + 750 + 40 + 180 + 0) s / 5 = 254 s = 4.2333… min = 4. Deflected 3 (IT 2, HR 1).
WHOLE = {
    "conversations": "5",
    "without-agent": "4",
    "with-agent": "1",
    "tickets": "3",
    "disconnected": "2",
    "satisfaction": "4.3",
    "duration": "4",
    "deflected": "3",
}
# 2 Nov: 1090 s / 3 = 6.0556 min = 6; 4 Nov: 180 s / 2 = 1.5 min = 2 (half up); 3 Nov: of nothing.
DAILY = {
    "conversations": ["3", "0", "2"],
    "without-agent": ["2", "0", "2"],
    "with-agent": ["1", "0", "0"],
    "tickets": ["2", "0", "1"],
    "disconnected": ["1", "0", "1"],
    "satisfaction": ["4.5", "n/a", "4.0"],
    "duration": ["6", "n/a", "2"],
    "deflected": ["3", "0", "0"],
}
BY_AGENT = {"IT helper": 2, "HR helper": 1}

_SCHEMA = {
    "interaction": (
        "Interaction",
        {
            "opened_at": ("Opened", ""),
            "type": ("Type", ""),
            "virtual_agent": ("Virtual agent", ""),
            "ai_voice": ("AI Voice", ""),
            "agent_chat": ("Agent chat", ""),
            "state": ("State", ""),
            "duration": ("Duration", ""),
        },
    ),
    "interaction_related_record": (
        "Interaction Related Record",
        {"interaction": ("Interaction", "interaction")},
    ),
    "sn_na_analytics_insights": (
        "Analytics Insights",
        {
            "csat": ("Session CSAT", ""),
            "resolved": ("Resolved", ""),
            "agent": ("AI agent", "sn_aia_agent"),
        },
    ),
}


def _call(name: str) -> Row:
    opened, live, state, seconds, kind, virtual = _CALLS[name]
    return {
        "opened_at": opened,
        "type": kind,
        "virtual_agent": virtual,
        "ai_voice": virtual,
        "agent_chat": live,
        "state": state,
        "duration": ""
        if seconds is None
        else f"1970-01-01 00:{seconds // 60:02}:{seconds % 60:02}",
    }


def record_calls(snow: SnowInstance) -> None:
    """Put the calls into an instance."""
    snow.tables["interaction"] = [
        {"sys_id": sys_id(n), **_call(name)} for n, name in enumerate(_CALLS)
    ]
    snow.tables["interaction_related_record"] = [
        {
            "sys_id": sys_id(200 + n),
            "sys_created_on": created,
            "interaction": name,
            **{f"interaction.{column}": value for column, value in _call(name).items()},
        }
        for n, (name, created) in enumerate(_TICKETS)
    ]
    snow.tables["sn_na_analytics_insights"] = [
        {
            "sys_id": sys_id(300 + n),
            "sys_created_on": created,
            "csat": score,
            "resolved": resolved,
            "agent": agent,
        }
        for n, (created, score, resolved, agent) in enumerate(_INSIGHTS)
    ]
    for agent, name in _AGENTS.items():
        snow.displays["agent", agent] = name
    describe(snow, _SCHEMA)


def export_calls(folder: Path) -> None:
    """Write what a person gets who exports the three lists: labels, and values as shown."""
    shown = {"closed_complete": "Closed Complete", "closed_abandoned": "Closed Abandoned"}
    calls = {
        name: (opened, kind.title(), virtual, virtual, live, shown[state], _spoken(seconds))
        for name, (opened, live, state, seconds, kind, virtual) in _CALLS.items()
    }
    head = ("Opened_at", "Type", "Virtual agent", "AI Voice", "Agent chat", "State", "Duration")
    _write(folder / "interaction.csv", head, list(calls.values()))
    _write(
        folder / "interaction_related_record.csv",
        ("sys_created_on", *(f"interaction.{name.lower().replace(' ', '_')}" for name in head)),
        [(created, *calls[name]) for name, created in _TICKETS],
    )
    _write(
        folder / "sn_na_analytics_insights.csv",
        ("sys_created_on", "Session CSAT", "Resolved", "AI agent"),
        [
            (created, score, "Yes" if resolved == "true" else "No", _AGENTS[agent])
            for created, score, resolved, agent in _INSIGHTS
        ],
    )


def _spoken(seconds: int | None) -> str:
    if seconds is None:
        return ""
    minutes, rest = divmod(seconds, 60)
    parts = [f"{minutes} Minutes" if minutes else "", f"{rest} Seconds" if rest else ""]
    return " ".join(filter(None, parts))


def _write(file: Path, head: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened, quoting=csv.QUOTE_ALL)
        writer.writerow(head)
        writer.writerows(rows)
