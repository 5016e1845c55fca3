"""check: each shipped expectation, kept and broken; labels; permissions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from snow_instance import Row, SnowInstance, reading, serve
from snow_office import DEPLOYMENTS, settled

from connect_voice.servicenow.checking import Verdict, check
from connect_voice.servicenow.declaration import load, parse_declaration
from connect_voice.servicenow.expected import Entry, Expected
from connect_voice.servicenow.instance import Instance

ROOT = Path(__file__).resolve().parents[3]
SHIPPED = load(ROOT / "servicenow.yaml")
# The same with a provider of one's own.
OWN = parse_declaration(
    (ROOT / "servicenow.yaml")
    .read_text(encoding="utf-8")
    .replace("used: false", "used: true")
    .replace('channel: ""', "channel: Our channel")
    .replace('provider: ""', "provider: Our provider")
    .replace('message_auth: ""', "message_auth: Our authentication")
)


@pytest.fixture
def snow() -> SnowInstance:
    return settled()


def _check(at: Instance, expected: Expected = OWN) -> dict[str, Verdict]:
    with reading(at) as reader:
        return {verdict.entry.id: verdict for verdict in check(expected, reader)}


def _statuses(verdicts: dict[str, Verdict]) -> set[str]:
    return {verdict.status for verdict in verdicts.values()}


def test_an_instance_set_up_as_declared_passes(snow: SnowInstance, at: Instance) -> None:
    verdicts = _check(at)
    assert {v.entry.id: v.detail for v in verdicts.values() if v.status != "ok"} == {}
    assert len(verdicts) == 26
    assert snow.writes() == []


def test_the_custom_provider_does_not_matter_where_it_is_not_used(
    snow: SnowInstance, at: Instance
) -> None:
    for table in [name for name in snow.tables if name.startswith("sys_cs_")]:
        del snow.tables[table]
    verdicts = _check(at, SHIPPED)
    skipped = [entry_id for entry_id, v in verdicts.items() if v.status == "skipped"]
    assert len(skipped) == 11
    assert skipped == [entry.id for entry in SHIPPED.entries if entry.custom_provider]
    assert _statuses(verdicts) == {"ok", "skipped"}


@contextmanager
def _serving(snow: SnowInstance, folder: Path) -> Iterator[Instance]:
    folder.mkdir()
    with serve(snow, folder) as instance:
        yield instance


def _rows_of(snow: SnowInstance, entry: Entry) -> list[Row]:
    """The records that an entry's query finds, by what its labels stand for in this instance."""
    columns = {
        row["column_label"]: row["element"]
        for row in snow.tables["sys_dictionary"]
        if row["name"] == _table(snow, entry)
    }
    return [
        row
        for row in snow.tables[_table(snow, entry)]
        if all(
            row[columns.get(where.column.text, where.column.text) + where.column.path]
            == where.value
            for where in entry.query
        )
    ]


def _table(snow: SnowInstance, entry: Entry) -> str:
    names = {row["label"]: row["name"] for row in snow.tables["sys_db_object"]}
    return names[entry.table.text] if entry.table.is_label else entry.table.text


def _column(snow: SnowInstance, entry: Entry) -> str:
    assert entry.field is not None
    if not entry.field.is_label:
        return entry.field.text
    return next(
        row["element"]
        for row in snow.tables["sys_dictionary"]
        if row["name"] == _table(snow, entry) and row["column_label"] == entry.field.text
    )


_WRONG = {"at_most": "4", "at_least": "1439", "not_empty": "", "equals": "something else"}


@pytest.mark.parametrize("entry", [e for e in OWN.entries if e.field], ids=lambda e: e.id)
def test_a_wrong_value_is_blamed_on_its_entry_alone(entry: Entry, tmp_path: Path) -> None:
    snow = settled()
    # The last of several, so that looking at one record only would not see it.
    _rows_of(snow, entry)[-1][_column(snow, entry)] = _WRONG[entry.rule.kind]
    with _serving(snow, tmp_path / "tls") as at:
        verdicts = _check(at)
    wrong = {entry_id: v.status for entry_id, v in verdicts.items() if v.status != "ok"}
    assert wrong == {entry.id: "off"}
    assert repr(_WRONG[entry.rule.kind]) in verdicts[entry.id].detail
    assert verdicts[entry.id].fails == (entry.severity == "error")


@pytest.mark.parametrize("entry", OWN.entries, ids=lambda e: e.id)
def test_a_missing_record_is_blamed_on_its_entries_alone(entry: Entry, tmp_path: Path) -> None:
    snow = settled()
    gone = _rows_of(snow, entry)
    table = _table(snow, entry)
    snow.tables[table] = [row for row in snow.tables[table] if row not in gone]
    if not snow.tables[table]:  # a table with other records: it still has its columns
        snow.tables[table] = [{**gone[0], "name": "other", "provider.name": "other"}]
    same_record = {e.id for e in OWN.entries if (e.table, e.query) == (entry.table, entry.query)}
    with _serving(snow, tmp_path / "tls") as at:
        verdicts = _check(at)
    wrong = {entry_id: v.status for entry_id, v in verdicts.items() if v.status != "ok"}
    assert wrong == dict.fromkeys(same_record, "missing")


def test_every_deployment_that_is_listed_needs_a_record_of_its_own(at: Instance) -> None:
    third = "f" * 32
    listed = replace(OWN, deployments=(*DEPLOYMENTS, third))
    verdict = _check(at, listed)["persist-context-data"]
    assert verdict.status == "missing"
    assert third in verdict.detail
    assert DEPLOYMENTS[0] not in verdict.detail


def test_a_deployment_that_is_not_listed_is_not_judged(snow: SnowInstance, at: Instance) -> None:
    attributes = snow.tables["sys_now_assist_deployment_config_attributes"]
    for row in attributes:
        if row["deployment_config"] == DEPLOYMENTS[1] and row["name"] == "persist_context_data":
            row["value"] = "false"
    first_only = replace(OWN, deployments=DEPLOYMENTS[:1])
    assert _check(at, first_only)["persist-context-data"].status == "ok"
    assert _check(at)["persist-context-data"].status == "off"


def test_a_forbidden_table_is_said_to_be_one_and_the_rest_is_checked(
    snow: SnowInstance, at: Instance
) -> None:
    snow.denied.add("sys_properties")
    verdicts = _check(at)
    denied = {entry_id for entry_id, v in verdicts.items() if v.status == "denied"}
    assert denied == {e.id for e in OWN.entries if e.table.text == "sys_properties"}
    assert "not allowed to read sys_properties" in verdicts["client-credentials"].detail
    assert verdicts["client-credentials"].fails  # what cannot be seen is not taken for right
    assert verdicts["persist-context-data"].status == "ok"


def test_records_hidden_from_the_user_are_not_taken_for_right(
    snow: SnowInstance, at: Instance
) -> None:
    row = next(r for r in snow.tables["sys_user_role"] if r["name"] == "sn_voice_aia.guest")
    snow.hidden["sys_user_role"] = {row["sys_id"]}
    verdict = _check(at)["role-guest"]
    assert (verdict.status, verdict.detail) == (
        "denied",
        "records of sys_user_role hidden from this user: 1.",
    )


def test_a_column_that_may_not_be_read_is_not_taken_for_empty(
    snow: SnowInstance, at: Instance
) -> None:
    for row in snow.tables["v_plugin"]:
        del row["active"]
    assert _check(at)["plugin-platform"].status == "denied"


def test_without_the_dictionary_labels_stay_unresolved_and_names_are_used(
    snow: SnowInstance, at: Instance
) -> None:
    snow.denied.update({"sys_dictionary", "sys_db_object"})
    verdicts = _check(at)
    assert verdicts["mfa-mandatory"].status == "ok"
    assert verdicts["provider-sender-subflow"].status == "unresolved"
    assert "not allowed to read sys_dictionary" in verdicts["provider-sender-subflow"].detail
    assert "not allowed to read sys_db_object" in verdicts["channel-type"].detail


def test_a_label_that_nothing_has_is_reported_not_guessed(snow: SnowInstance, at: Instance) -> None:
    for row in snow.tables["sys_dictionary"]:
        if row["column_label"] == "Sender subflow":
            row["column_label"] = "Outbound subflow"
    verdict = _check(at)["provider-sender-subflow"]
    assert verdict.status == "unresolved"
    assert "<Sender subflow> of sys_cs_provider does not exist" in verdict.detail


def test_a_label_that_two_columns_have_is_reported_not_guessed(
    snow: SnowInstance, at: Instance
) -> None:
    for row in snow.tables["sys_dictionary"]:
        if row["element"] == "contextual":
            row["column_label"] = "Sender subflow"
    verdict = _check(at)["provider-sender-subflow"]
    assert verdict.status == "unresolved"
    assert "is one of contextual, sender" in verdict.detail


def test_a_label_is_found_on_a_table_that_is_extended(snow: SnowInstance, at: Instance) -> None:
    objects = snow.tables["sys_db_object"]
    parent = {"sys_id": "e" * 32, "name": "sys_cs_base", "label": "Base", "super_class": ""}
    next(r for r in objects if r["name"] == "sys_cs_provider")["super_class"] = "e" * 32
    objects.append(parent)
    for row in snow.tables["sys_dictionary"]:
        if row["element"] == "sender":
            row["name"] = "sys_cs_base"
    assert _check(at)["provider-sender-subflow"].status == "ok"


def test_a_misspelt_column_does_not_widen_the_query(snow: SnowInstance, at: Instance) -> None:
    snow.denied.update({"sys_dictionary", "sys_db_object"})
    text = (ROOT / "servicenow.yaml").read_text(encoding="utf-8")
    misspelt = parse_declaration(
        text.replace("{field: name, is: sn_aia.admin}", "{field: nam, is: x}")
    )
    verdict = _check(at, misspelt)["role-setup"]
    assert verdict.status == "unresolved"
    assert "ignored the condition on nam of sys_user_role" in verdict.detail


def test_a_missing_plugin_is_told_by_its_table(snow: SnowInstance, at: Instance) -> None:
    del snow.tables["sys_now_assist_deployment_config_attributes"]
    snow.tables["sys_db_object"] = [
        row for row in snow.tables["sys_db_object"] if "deployment" not in row["name"]
    ]
    verdict = _check(at)["persist-context-data"]
    assert verdict.status == "unresolved"
    assert "plugin that brings it is missing" in verdict.detail
