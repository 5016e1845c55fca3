"""Findings as SARIF 2.1.0 (OASIS), which code hosts show beside the lines they concern."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from flowkit.problem import Problem, Rule

__all__ = ["log"]

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_RULES = tuple(Rule)
_NUMBERS = {rule.value: number for number, rule in enumerate(_RULES)}


def log(reports: Sequence[tuple[str, Iterable[Problem]]], version: str) -> dict[str, object]:
    """A SARIF log of one run.

    Args:
        reports: for each file its path, relative to the checkout, and what was found in it.
        version: version of the program that looked.
    """
    driver = {
        "name": "connect-voice flow lint",
        "version": version,
        "rules": [
            {
                "id": rule.value,
                "shortDescription": {"text": rule.holds.replace("`", "")},
                "defaultConfiguration": {"level": rule.severity.value},
                "properties": {"group": rule.group.value},
            }
            for rule in _RULES
        ],
    }
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "results": [_result(file, found) for file, every in reports for found in every],
            }
        ],
    }


def _result(file: str, finding: Problem) -> dict[str, object]:
    place: dict[str, object] = {"artifactLocation": {"uri": _uri(file)}}
    if finding.line is not None:
        place["region"] = {"startLine": finding.line, "startColumn": finding.column or 1}
    location: dict[str, object] = {"physicalLocation": place}
    if finding.path:
        location["logicalLocations"] = [
            {"fullyQualifiedName": finding.path, "name": finding.action or finding.path}
        ]
    return {
        "ruleId": finding.rule,
        "ruleIndex": _NUMBERS[finding.rule],
        "level": finding.severity.value,
        "message": {"text": finding.advice or finding.message},
        "locations": [location],
        # By identifier and not by line, so that a finding stays the same when the flow moves.
        "partialFingerprints": {"finding/v1": _fingerprint(file, finding)},
    }


def _uri(file: str) -> str:
    plain = file.replace("\\", "/")
    return f"file://{quote(plain)}" if plain.startswith("/") else quote(plain)


def _fingerprint(file: str, finding: Problem) -> str:
    inside = finding.path.partition("].")[2] if finding.action is not None else finding.path
    parts = (finding.rule, file, finding.action or "", inside)
    text = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.sha256(text).hexdigest()[:32]
