"""``apply``: set what the plan says, once somebody at a terminal has read it and said yes."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from connect_voice.errors import CommandError, UsageError
from connect_voice.servicenow.instance import Instance
from connect_voice.servicenow.ledger import Ledger
from connect_voice.servicenow.planning import Change, Plan
from connect_voice.servicenow.queries import Condition
from connect_voice.servicenow.reader import Reader
from connect_voice.servicenow.values import same
from connect_voice.servicenow.writer import Writer

Outcome = Literal["written", "changed meanwhile", "not as written"]

# What pipelines set in every step, so that a mistaken step is known for one even with a terminal.
_PIPELINES = (
    "CI",
    "GITHUB_ACTIONS",
    "GITLAB_CI",
    "TF_BUILD",
    "JENKINS_URL",
    "BUILDKITE",
    "TEAMCITY_VERSION",
    "CODEBUILD_BUILD_ID",
    "BITBUCKET_BUILD_NUMBER",
)


@dataclass(frozen=True)
class Applied:
    """What came of one change."""

    change: Change
    outcome: Outcome


def refuse_pipelines(env: Mapping[str, str], *, at_terminal: bool) -> None:
    """Writing needs a person; there is no option to do without.

    Raises:
        UsageError: this is a pipeline, or nobody can be asked.
    """
    for name in _PIPELINES:
        if env.get(name, "").strip().lower() not in {"", "0", "false", "no"}:
            raise UsageError(
                f"servicenow apply never runs in a pipeline ({name} is set); run it at a terminal. "
                "Nothing was changed."
            )
    if not at_terminal:
        raise UsageError(
            "servicenow apply asks a person; run it at a terminal, with nothing piped in or out. "
            "Nothing was changed."
        )


def apply(
    plan: Plan,
    reader: Reader,
    writer: Writer,
    ledger: Ledger,
    instance: Instance,
    *,
    user: str,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> tuple[Applied, ...]:
    """Set every value of the plan, reading each before and after, a ledger line for each write.

    Args:
        user: whom ServiceNow is asked as, for the ledger.
        now: the time, in UTC.

    Raises:
        CheckFailed: the ledger is broken, or may not be written over; nothing was changed.
        CommandError: a write failed; the ledger says which, and the rest was left alone.
    """
    ledger.verify()
    applied = []
    for change in plan.changes:
        if _read(reader, change) != change.old:
            applied.append(Applied(change, "changed meanwhile"))
            continue
        line = {
            "at": now().isoformat(timespec="seconds"),
            "who": f"{_local_user()} as {user}",
            "instance": instance.host,
            "entry": change.entry_id,
            "table": change.table,
            "record": change.sys_id,
            "name": change.name,
            "field": change.column,
            "old": change.old,
            "new": change.new,
        }
        try:
            writer.set(change)
            after = _read(reader, change)
        except CommandError as error:
            ledger.append({**line, "outcome": "failed", "error": str(error)})
            raise
        written = after is not None and same(after, change.new)
        outcome: Outcome = "written" if written else "not as written"
        ledger.append({**line, "outcome": outcome})
        applied.append(Applied(change, outcome))
    return tuple(applied)


def _read(reader: Reader, change: Change) -> str | None:
    """The value as it is now; None where the record is gone or is another one."""
    found = reader.rows(
        change.table,
        [change.column],
        [Condition("sys_id", change.sys_id), Condition("name", change.name)],
    )
    return found.rows[0].get(change.column) if found.rows else None


def _local_user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user without a name
        return "unknown"
