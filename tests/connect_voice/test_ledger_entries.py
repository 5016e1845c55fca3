"""Whatever is done to a ledger shows."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connect_voice.bundle.manifest import Author
from connect_voice.ledger_entries import (
    Entry,
    EntryError,
    Event,
    Head,
    find_problems,
    parse_entry,
    raw_hash,
    reason_of,
    without_secrets,
)

STATE = "s3://prod-state/prod.tfstate"
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def chain(many: int = 6) -> dict[int, Entry]:
    entries: dict[int, Entry] = {}
    previous = ""
    for number in range(1, many + 1):
        entries[number] = Entry(
            number=number,
            previous=previous,
            environment="prod",
            state=STATE,
            at=NOW + timedelta(minutes=number),
            event=Event.APPLY_BEGAN if number % 2 else Event.APPLIED,
            run=f"run-{(number + 1) // 2}",
            open=number if number % 2 else 0,
            who=Author("dev-one", "arn:aws:iam::123456789012:user/dev-one"),
            host="laptop",
            facts={"change": "1" * 64, "began": number - 1, "nested": {"list": [1, 2.5, None]}},
        )
        previous = entries[number].hash
    return entries


def texts(entries: dict[int, Entry]) -> dict[int, str]:
    return {number: entry.text() for number, entry in entries.items()}


def problems(found: dict[int, str], *heads: Head) -> list[str]:
    listed = find_problems(found, environment="prod", state=STATE, heads=heads)
    return [problem.message for problem in listed]


def test_a_ledger_that_nobody_touched_is_fine() -> None:
    entries = chain()
    assert problems(texts(entries), *(Head(e.number, e.hash, "x") for e in entries.values())) == []
    assert problems({}) == []


def test_an_entry_reads_as_it_was_written() -> None:
    for entry in chain().values():
        assert parse_entry(entry.text()) == entry


FIELDS = {
    "number": 99,
    "previous": "0" * 64,
    "environment": "staging",
    "state": "s3://elsewhere/x",
    "at": "2020-01-01T00:00:00+00:00",
    "event": "applied by nobody",
    "run": "another",
    "open": 77,
    "who": {"name": "somebody-else", "identity": "", "commit_author": ""},
    "host": "elsewhere",
    "facts": {},
    "format": 2,
    "hash": "0" * 64,
}


@pytest.mark.parametrize(("field", "value"), FIELDS.items(), ids=FIELDS.keys())
def test_a_changed_field_shows(field: str, value: Any) -> None:
    found = texts(chain())
    data = json.loads(found[3])
    assert data[field] != value
    found[3] = json.dumps({**data, field: value}, indent=2, sort_keys=True) + "\n"
    assert any("Entry 3" in message for message in problems(found))


# The others show by themselves.
ONLY_HASHED = ["previous", "at", "event", "run", "open", "who", "host", "facts"]


@pytest.mark.parametrize("field", ONLY_HASHED)
def test_a_changed_field_with_a_fresh_hash_shows_in_the_next_entry(field: str) -> None:
    value: Any = FIELDS[field]
    entries = chain()
    changed: Any = Author(**value) if field == "who" else value
    changed = datetime.fromisoformat(value) if field == "at" else changed
    entries[3] = replace(entries[3], **{field: changed})
    assert any("Entry 4 does not follow on entry 3" in m for m in problems(texts(entries)))


@pytest.mark.parametrize("extra", ["", " ", "\n", "{}"])
def test_an_entry_with_anything_about_it_shows(extra: str) -> None:
    found = texts(chain())
    found[2] += extra
    assert (problems(found) == []) == (extra == "")


def test_a_key_that_nobody_hashed_shows() -> None:
    found = texts(chain())
    data = json.loads(found[2])
    found[2] = json.dumps({**data, "approved": True}, indent=2, sort_keys=True) + "\n"
    assert "Entry 2 was changed after it was written." in problems(found)


def test_a_key_twice_shows() -> None:
    found = texts(chain())
    found[2] = found[2].replace('"event"', '"event": "drift found",\n  "event"')
    assert "Entry 2 was changed after it was written." in problems(found)


@pytest.mark.parametrize("number", [1, 2, 5])
def test_a_gap_shows(number: int) -> None:
    found = texts(chain())
    del found[number]
    assert f"Entry {number} is missing." in problems(found)


def test_entries_in_another_order_show() -> None:
    found = texts(chain())
    found[2], found[3] = found[3], found[2]
    assert "Entry 2 was written as number 3." in problems(found)


def test_entries_of_another_ledger_show() -> None:
    entries = {number: replace(entry, environment="staging") for number, entry in chain().items()}
    assert "Entry 1 is of staging's ledger." in problems(texts(entries))


def test_a_cut_end_shows_by_what_was_seen() -> None:
    entries = chain()
    seen = Head(6, entries[6].hash, "this machine")
    left = {number: text for number, text in texts(entries).items() if number < 5}
    assert problems(left) == []
    assert problems(left, seen) == [
        "The ledger ends at entry 4, but this machine has seen entry 6: it was cut off."
    ]
    assert problems({}, seen)


def test_a_cut_end_that_was_written_again_shows_by_what_was_seen() -> None:
    entries = chain()
    seen = Head(6, entries[6].hash, "this machine")
    entries[6] = replace(entries[6], event=Event.FAILED)
    assert any(
        "is not the one that this machine has seen" in m for m in problems(texts(entries), seen)
    )


def test_a_bundle_knows_an_entry_without_its_number() -> None:
    entries = chain()
    assert problems(texts(entries), Head(0, entries[4].hash, "bundle x"), Head(0, "", "y")) == []
    assert problems(texts(entries), Head(0, "0" * 64, "bundle x"))


def test_a_cut_beginning_shows() -> None:
    entries = chain()
    found = {1: replace(entries[3], number=1).text()}
    assert any("follows on another, which is gone" in message for message in problems(found))


def test_a_loss_that_was_accepted_is_no_problem_any_more_and_the_next_one_is() -> None:
    entries = chain()
    found = texts(entries)
    del found[2]
    listed = find_problems(found, environment="prod", state=STATE)
    facts = {"problems": [problem.id for problem in listed], "reason": "the disk"}
    entries[7] = replace(
        entries[6],
        number=7,
        previous=entries[6].hash,
        event=Event.LOSS_ACCEPTED,
        facts=facts,
    )
    found[7] = entries[7].text()
    assert problems(found) == []
    del found[5]
    assert problems(found) == ["Entry 5 is missing."]


@given(st.data())
def test_no_byte_of_it_can_be_changed(data: st.DataObject) -> None:
    found = texts(chain(3))
    number = data.draw(st.integers(1, 2))
    text = found[number]
    place = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.characters(exclude_characters=text[place], codec="utf-8"))
    found[number] = text[:place] + letter + text[place + 1 :]
    assert problems(found)


@given(
    st.text(max_size=200)
    | st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    ).map(json.dumps)
)
def test_whatever_is_no_entry_is_told_apart(text: str) -> None:
    with pytest.raises(EntryError):
        parse_entry(text)
    assert problems({1: text})


def test_secrets_stay_out() -> None:
    token = "eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJyZXZpZXdlciJ9.c2lnbmF0dXJl"
    facts = {"reason": f"refused: hunter22! and {token}", "more": ["hunter22!", {"x": "hunter22!"}]}
    kept = json.dumps(without_secrets(facts, ("hunter22!", "")))
    assert "hunter22!" not in kept
    assert token not in kept
    assert "refused" in kept


def test_digests_and_arns_are_no_secrets() -> None:
    facts = {
        "change": raw_hash("x"),
        "identity": "arn:aws:sts::123456789012:assumed-role/connect-voice-apply/GitHubActions",
        "run": "0123456789abcdef",
        "number": 3,
        "none": None,
        "yes": True,
    }
    assert without_secrets(facts) == facts


def test_a_reason_is_one_short_line() -> None:
    assert reason_of("a\n  b", ValueError()) == "a b"
    assert reason_of("", ValueError()) == "ValueError"
    assert len(reason_of("x" * 10_000, ValueError())) < 700
