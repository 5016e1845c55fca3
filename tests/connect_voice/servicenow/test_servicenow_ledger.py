"""The ledger: a chain that shows what was changed, and that a full disk cannot break."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from snow_disk import small_files

from connect_voice.errors import CheckFailed, OutsideError
from connect_voice.servicenow.ledger import Ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger" / "servicenow.jsonl")


def _lines(ledger: Ledger) -> list[dict[str, str]]:
    return [json.loads(line) for line in ledger.file.read_text(encoding="utf-8").splitlines()]


def test_the_ledger_is_a_chain(ledger: Ledger) -> None:
    for number in range(3):
        ledger.append({"n": str(number)})
    first, second, third = _lines(ledger)
    assert first["previous"] == "0" * 64
    assert (second["previous"], third["previous"]) == (first["digest"], second["digest"])
    assert ledger.verify() == 3


def test_a_line_that_does_not_fit_leaves_the_ledger_as_it_was(ledger: Ledger) -> None:
    ledger.append({"n": "0"})
    before = ledger.file.read_bytes()
    with small_files(len(before) + 10), pytest.raises(OutsideError, match="cannot be written"):
        ledger.append({"n": "1"})
    assert ledger.file.read_bytes() == before
    ledger.append({"n": "1"})
    assert ledger.verify() == 2


@pytest.mark.parametrize("value", ["\u2028", "\x85", "\r\n", "\ud800", "ä", "\ufeff"])
def test_no_value_breaks_a_line_of_the_ledger(ledger: Ledger, value: str) -> None:
    ledger.append({"old": value})
    ledger.append({"old": "x"})
    assert ledger.verify() == 2
    assert _lines(ledger)[0]["old"] == value


@pytest.mark.parametrize(
    ("tamper", "line"),
    [
        (lambda lines: [lines[0], lines[1].replace('"n": "1"', '"n": "7"'), lines[2]], 2),
        (lambda lines: [lines[0], lines[2]], 2),
        (lambda lines: [lines[1], lines[2]], 1),
        (lambda lines: [lines[0], lines[0], lines[1]], 2),
        (lambda lines: [lines[0], "not JSON\n"], 2),
        (lambda lines: [lines[0], lines[1].rstrip("\n")], 2),
    ],
    ids=["changed", "removed", "beheaded", "repeated", "garbage", "cut short"],
)
def test_a_tampered_ledger_is_refused_and_not_written_to(
    ledger: Ledger, tamper: object, line: int
) -> None:
    for number in range(3):
        ledger.append({"n": str(number)})
    lines = ledger.file.read_text(encoding="utf-8").splitlines(keepends=True)
    ledger.file.write_text("".join(tamper(lines)), encoding="utf-8")  # type: ignore[operator]
    before = ledger.file.read_bytes()
    with pytest.raises(CheckFailed, match=rf"Line {line} of the ledger"):
        ledger.append({"n": "3"})
    assert ledger.file.read_bytes() == before
