"""``apply``: set what the plan says, once somebody at a terminal has read it and said yes."""

from __future__ import annotations

import contextlib
import getpass
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from connect_voice.errors import OutsideError, UsageError
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
            "servicenow apply asks a person; run it at a terminal (only its standard output may go "
            "elsewhere). Nothing was changed."
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
) -> Iterator[Applied]:
    """Set every value of the plan, one by one, reading each before and after.

    The ledger has a line before each write and one with what came of it, so that neither a full
    disk nor an interruption leaves a write that nobody recorded.

    Args:
        user: whom ServiceNow is asked as, for the ledger.
        now: the time, in UTC.

    Raises:
        CheckFailed: the ledger is broken, or may not be written over; nothing more was changed.
        CommandError: a write failed; the ledger says which, and the rest was left alone.
    """
    ledger.verify()
    who = f"{_local_user()} as {user}"

    def record(change: Change, outcome: str, **more: str) -> None:
        at = now().isoformat(timespec="seconds")
        line = {"at": at, "who": who, "instance": instance.host, **_line(change)}
        ledger.append({**line, "outcome": outcome, **more})

    for change in plan.changes:
        if _read(reader, change) != change.old:
            yield Applied(change, "changed meanwhile")
            continue
        record(change, "begun")
        try:
            writer.set(change)
            after = _read(reader, change)
        except BaseException as error:
            with contextlib.suppress(OutsideError):  # what happened says more than a full disk
                record(change, "not confirmed", error=str(error) or type(error).__name__)
            raise
        written = after is not None and same(after, change.new)
        outcome: Outcome = "written" if written else "not as written"
        try:
            record(change, outcome)
        except OutsideError as error:
            raise OutsideError(
                f"{change.entry_id} is {outcome}, but the ledger only has that it was begun: "
                f"{error}"
            ) from None
        yield Applied(change, outcome)


def _line(change: Change) -> dict[str, str]:
    return {
        "entry": change.entry_id,
        "table": change.table,
        "record": change.sys_id,
        "name": change.name,
        "field": change.column,
        "old": change.old,
        "new": change.new,
    }


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
