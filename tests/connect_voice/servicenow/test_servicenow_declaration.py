"""servicenow.yaml is held to its form, and every mistake is one sentence that says what to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connect_voice.errors import UsageError
from connect_voice.servicenow.declaration import load, parse_declaration
from connect_voice.servicenow.expected import Rule
from connect_voice.servicenow.names import Name, parse_name

ROOT = Path(__file__).resolve().parents[3]
TEXT = (ROOT / "servicenow.yaml").read_text(encoding="utf-8")


def test_the_shipped_values_are_the_vendors() -> None:
    entries = {entry.id: entry for entry in load(ROOT / "servicenow.yaml").entries}
    expected = {
        "persist-context-data": "true",  # the default is false, and Connect needs true
        "voice-max-retries": "at most 3",
        "voice-lock-minutes": "at least 1440",
        "voice-agents-enabled": "true",
        "mfa-mandatory": "true",
        "kba-not-alone": "false",
        "client-credentials": "true",
        "channel-type": "phone",
        "channel-synchronous": "true",
        "provider-account-linking": "true",
        "provider-linking-type": "Verification question",
    }
    assert {entry_id: str(entries[entry_id].rule) for entry_id in expected} == expected
    errors = {entry_id for entry_id, entry in entries.items() if entry.severity == "error"}
    assert {"persist-context-data", "voice-agents-enabled", "client-credentials"} <= errors
    assert not {"mfa-mandatory", "voice-max-retries", "voice-lock-minutes"} & errors


def test_only_attributes_and_properties_may_be_applied() -> None:
    assert {entry.id for entry in load(ROOT / "servicenow.yaml").entries if entry.apply} == {
        "persist-context-data",
        "voice-max-retries",
        "voice-lock-minutes",
        "voice-agents-enabled",
        "mfa-mandatory",
        "kba-not-alone",
        "client-credentials",
    }


def test_every_source_is_a_page_that_the_guide_links() -> None:
    guide = (ROOT / "docs" / "servicenow-instance.md").read_text(encoding="utf-8")
    linked = set(re.findall(r"\[([^\]]+)\]\(https://www\.servicenow\.com/docs/r/australia/", guide))
    named = {entry.source.partition(",")[0] for entry in load(ROOT / "servicenow.yaml").entries}
    assert named == linked


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("    severity: error", "    severty: error", r"severty'; did you mean severity\?"),
        ("severity: error", "severity: fatal", "to error or warning; it is 'fatal'"),
        ("expect: {equals: active}", "expect: {equal: active}", r"equal'; did you mean equals\?"),
        ("expect: {equals: active}", "expect: {}", "say one of equals"),
        ("expect: {equals: active}", "expect: {equals: a, at_most: 3}", "say one of equals"),
        ("expect: {at_most: 3}", "expect: {at_most: few}", "wants a whole number; it is 'few'"),
        ("expect: {exists: true}", "expect: {exists: false}", "can only be true"),
        ("    field: active\n", "", "expects a value but names no field"),
        ("id: plugin-hr", "id: plugin-itsm", "two entries 'plugin-itsm'"),
        ("id: plugin-hr", "id: Plugin HR", "lower-case words joined by hyphens"),
        ("is: sn_hr_voice_aia", "is: a^ORactive=true", "cannot be looked for"),
        ("is: sn_hr_voice_aia", 'is: "${provder}"', "is no setting; there are channel"),
        ("table: v_plugin", "table: v_plugin/x", "no column's name|no table's name"),
        ("table: v_plugin", "table: <System Plugin", "write column, <Label>"),
        ("field: <Type>", "field: <>", "write column, <Label>"),
        ("used: false", "used: maybe", "to true or false"),
        ("used: false", "used: true", "so channel and provider and message_auth must be set"),
        ("deployments: []", "deployments: [abc]", "'abc' is no sys_id"),
        ("    apply: true", "    apply: true\n    apply: true", "stands here twice"),
        ("settings:", "setings:", r"setings'; did you mean settings\?"),
        ("severity: warning\n    mender: security", "mender: security", "Set .*severity"),
        ("what: Turns AI voice agents on.", "what:", "Set .*what in servicenow.yaml to a text"),
        ("    when: opened_at", "    whenn: opened_at", r"whenn'; did you mean when\?"),
    ],
)
def test_a_mistake_is_told_where_it_is(old: str, new: str, said: str) -> None:
    assert old in TEXT
    with pytest.raises(UsageError, match=said) as error:
        parse_declaration(TEXT.replace(old, new, 1))
    assert "servicenow.yaml" in str(error.value)


@pytest.mark.parametrize("entry", ["plugin-platform", "role-admin", "instance-id", "channel-type"])
def test_nothing_else_can_be_made_writable(entry: str) -> None:
    with pytest.raises(UsageError, match=r"apply: true is only for"):
        parse_declaration(TEXT.replace(f"id: {entry}\n", f"id: {entry}\n    apply: true\n"))


def test_a_property_of_another_name_cannot_be_made_writable() -> None:
    with pytest.raises(UsageError, match=r"apply: true is only for"):
        parse_declaration(
            TEXT.replace("is: sn_aia.enable_voice_agent_setup", "is: glide.smtp.active")
        )


@pytest.mark.parametrize("text", ["", "- a", "a: [", "1: x", "\t"])
def test_what_is_no_declaration_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"servicenow\.yaml"):
        parse_declaration(text)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"There is no file .*name one with --file"):
        load(tmp_path / "servicenow.yaml")


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        (Rule("equals", "true"), ["true", "TRUE", "1", "yes"], ["false", "", "truee"]),
        (Rule("equals", "closed abandoned"), ["closed_abandoned", "Closed Abandoned"], ["closed"]),
        (Rule("at_most", "3"), ["3", "0", "-1"], ["4", "", "three", "3.5"]),
        (Rule("at_least", "1440"), ["1440", "9999"], ["1439", "", "a day"]),
        (Rule("not_empty"), ["x", " "], [""]),
        (Rule("exists"), ["", "x"], []),
    ],
)
def test_rules(rule: Rule, good: list[str], bad: list[str]) -> None:
    assert [value for value in good if not rule.holds(value)] == []
    assert [value for value in bad if rule.holds(value)] == []


@given(st.text())
def test_a_name_is_understood_or_refused_and_never_holds_a_condition(text: str) -> None:
    try:
        name = parse_name(text)
    except ValueError:
        return
    assert parse_name(str(name)) == name
    assert name.text


def test_a_label_may_lead_through_a_reference() -> None:
    assert parse_name(" <Control  type>.name ") == Name("Control type", True, ".name")  # noqa: FBT003
