"""Findings as text for people and as plain values for JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypedDict

from flowkit.problem import Problem


class Finding(TypedDict):
    """One finding as it stands in JSON output."""

    file: str
    severity: str
    rule: str
    path: str
    action: str | None
    message: str
    advice: str


def lines(file: str, findings: Iterable[Problem]) -> list[str]:
    """One line a finding: ``file: path: severity [rule] sentence``.

    Args:
        file: what the reader knows the flow by, most often its path.
        findings: as `flowkit.validation` gives them.
    """
    return [
        ": ".join(
            part
            for part in (
                file,
                finding.path,
                f"{finding.severity.value} [{finding.rule}] {_sentence(finding)}",
            )
            if part
        )
        for finding in findings
    ]


def values(file: str, findings: Iterable[Problem]) -> list[Finding]:
    """The findings as values that ``json.dumps`` takes."""
    return [
        Finding(
            file=file,
            severity=finding.severity.value,
            rule=finding.rule,
            path=finding.path,
            action=finding.action,
            message=finding.message,
            advice=finding.advice or finding.message,
        )
        for finding in findings
    ]


def _sentence(finding: Problem) -> str:
    # Identifiers and values are the author's and may hold line ends.
    return " ".join((finding.advice or finding.message).split())
