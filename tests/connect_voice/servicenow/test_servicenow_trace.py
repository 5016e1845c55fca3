"""trace: one call's records in the order of time, without what people said unless asked for."""

from __future__ import annotations

import pytest
from snow_instance import SnowInstance, reading, sys_id
from snow_office import describe

from connect_voice.errors import UsageError
from connect_voice.servicenow.instance import Instance
from connect_voice.servicenow.tracing import Trace, trace

CONTACT = "0f8fad5b-d9cb-469f-a165-70867728950e"
OTHER = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
CALLER = "Ada Lovelace"
SAID = "my password is hunter2"

_SCHEMA = {
    "interaction": (
        "Interaction",
        {
            "client_session_id": ("Client session", ""),
            "channel_metadata_document": ("Channel metadata", ""),
            "state": ("State", ""),
            "opened_at": ("Opened", ""),
            "opened_for": ("Opened for", "sys_user"),
        },
    ),
    "sys_cs_conversation": ("Conversation", {"state": ("State", ""), "title": ("Title", "")}),
    "sn_aia_execution_plan": (
        "Execution Plan",
        {
            "conversation": ("Conversation", "sys_cs_conversation"),
            "state": ("State", ""),
            "objective": ("Objective", ""),
        },
    ),
    "sn_aia_tools_execution": (
        "Tools Execution",
        {
            "execution_plan_id": ("Execution plan", "sn_aia_execution_plan"),
            "state": ("State", ""),
            "request": ("Request", ""),
        },
    ),
    "sys_generative_ai_log": (
        "Generative AI Log",
        {
            "conversation_ref": ("Conversation", "sys_cs_conversation"),
            "status": ("Status", ""),
            "prompt": ("Prompt", ""),
            "response": ("Response", ""),
        },
    ),
}


@pytest.fixture
def snow() -> SnowInstance:
    """An instance with two calls; the AI log's way to the call is only in the dictionary."""
    snow = SnowInstance()
    for number, contact in enumerate((CONTACT, OTHER)):
        base, minute = 10 * number, f"2026-11-20 10:{number}"

        def add(
            table: str, key: int, second: str, *, base: int = base, minute: str = minute, **row: str
        ) -> None:
            record = {"sys_id": sys_id(base + key), "sys_created_on": f"{minute}{second}", **row}
            snow.tables.setdefault(table, []).append(record)

        conversation, plan = sys_id(base + 2), sys_id(base + 3)
        add(
            "interaction",
            1,
            "0:00",
            client_session_id=contact,
            channel_metadata_document=conversation,
            state="closed_complete",
            opened_at=f"{minute}0:00",
            opened_for=CALLER,
        )
        add("sys_cs_conversation", 2, "0:01", state="completed", title=SAID)
        add(
            "sn_aia_execution_plan",
            3,
            "0:05",
            conversation=conversation,
            state="Completed",
            objective=SAID,
        )
        add(
            "sn_aia_tools_execution",
            4,
            "0:20",
            execution_plan_id=plan,
            state="Success",
            request=SAID,
        )
        add(
            "sn_aia_tools_execution",
            5,
            "0:10",
            execution_plan_id=plan,
            state="Failed",
            request=SAID,
        )
        add(
            "sys_generative_ai_log",
            6,
            "0:15",
            conversation_ref=conversation,
            status="ok",
            prompt=SAID,
            response=SAID,
        )
    describe(snow, _SCHEMA)
    return snow


def _trace(at: Instance, contact: str = CONTACT, *, show_content: bool = False) -> Trace:
    with reading(at) as reader:
        return trace(reader, contact, show_content=show_content)


def _statuses(found: Trace) -> dict[str, str]:
    return {table.name: table.status for table in found.tables}


ALL_FOUND = dict.fromkeys(_SCHEMA, "found")


def test_the_records_of_the_call_come_in_the_order_of_time(
    snow: SnowInstance, at: Instance
) -> None:
    found = _trace(at)
    assert [(record.at[-5:], record.table) for record in found.records] == [
        ("00:00", "interaction"),
        ("00:01", "sys_cs_conversation"),
        ("00:05", "sn_aia_execution_plan"),
        ("00:10", "sn_aia_tools_execution"),
        ("00:15", "sys_generative_ai_log"),
        ("00:20", "sn_aia_tools_execution"),
    ]
    assert _statuses(found) == ALL_FOUND
    assert found.complete
    assert snow.writes() == []


def test_what_people_said_never_leaves_the_instance(snow: SnowInstance, at: Instance) -> None:
    found = _trace(at)
    shown = repr(found)
    assert SAID not in shown
    assert CALLER not in shown
    assert found.records[0].fields == {
        "state": "closed_complete",
        "opened_at": "2026-11-20 10:00:00",
    }
    asked = {
        column
        for table in _SCHEMA
        for query in snow.reads(table)
        for column in query["sysparm_fields"].split(",")
    }
    assert not asked & {"title", "objective", "request", "prompt", "response", "opened_for"}


def test_what_people_said_is_shown_when_asked_for(at: Instance) -> None:
    found = _trace(at, show_content=True)
    fields = {record.table: record.fields for record in found.records}
    assert fields["interaction"]["opened_for"] == CALLER
    assert fields["sys_generative_ai_log"]["prompt"] == SAID
    assert fields["sn_aia_execution_plan"]["objective"] == SAID


@pytest.mark.parametrize("table", ["sn_aia_tools_execution", "sys_generative_ai_log"])
def test_a_forbidden_table_is_said_to_be_one(snow: SnowInstance, at: Instance, table: str) -> None:
    snow.denied.add(table)
    found = _trace(at)
    assert _statuses(found) == {**ALL_FOUND, table: "denied"}
    denied = next(t for t in found.tables if t.status == "denied")
    assert f"not allowed to read {table}" in denied.detail
    assert not found.complete
    assert found.records


def test_a_forbidden_conversation_does_not_hide_what_follows(
    snow: SnowInstance, at: Instance
) -> None:
    snow.denied.add("sys_cs_conversation")
    assert _statuses(_trace(at)) == {**ALL_FOUND, "sys_cs_conversation": "denied"}


def test_a_forbidden_interaction_leaves_nothing_to_follow(snow: SnowInstance, at: Instance) -> None:
    snow.denied.add("interaction")
    found = _trace(at)
    assert _statuses(found) == {
        **dict.fromkeys(_SCHEMA, "not reached"),
        "interaction": "denied",
    }
    assert not found.complete


def test_hidden_records_make_the_trace_incomplete(snow: SnowInstance, at: Instance) -> None:
    snow.hidden["sn_aia_tools_execution"] = {sys_id(4)}
    found = _trace(at)
    assert _statuses(found)["sn_aia_tools_execution"] == "denied"
    assert "further records hidden from this user: 1." in repr(found.tables)
    assert len(found.records) == 5


def test_a_dropped_condition_does_not_show_somebody_elses_call(
    snow: SnowInstance, at: Instance
) -> None:
    for row in snow.tables["interaction"]:
        del row["client_session_id"]
    found = _trace(at)
    assert found.records == ()
    assert "ignored the condition on client_session_id" in found.tables[0].detail


def test_without_the_dictionary_the_ai_log_is_not_guessed_at(
    snow: SnowInstance, at: Instance
) -> None:
    snow.denied.update({"sys_dictionary", "sys_db_object"})
    found = _trace(at)
    assert _statuses(found) == {**ALL_FOUND, "sys_generative_ai_log": "unresolved"}
    assert not found.complete


def test_a_call_nobody_knows_has_no_records(at: Instance) -> None:
    found = _trace(at, "00000000-0000-4000-8000-000000000000")
    assert found.records == ()
    assert not found.complete
    assert _statuses(found)["interaction"] == "none"


@pytest.mark.parametrize("contact", ["", "abc", f"{CONTACT}^ORstate=x", CONTACT[:-1]])
def test_what_is_no_contact_id_is_refused(at: Instance, contact: str) -> None:
    with pytest.raises(UsageError, match="no contact id"):
        _trace(at, contact)


def test_many_records_are_asked_for_in_several_queries(snow: SnowInstance, at: Instance) -> None:
    for number in range(120):
        plan = {
            "sys_id": sys_id(1000 + number),
            "sys_created_on": "2026-11-20 10:00:30",
            "conversation": sys_id(2),
            "state": "Completed",
        }
        snow.tables["sn_aia_execution_plan"].append(plan)
    found = _trace(at)
    assert len(found.records) == 126
    queries = [query["sysparm_query"] for query in snow.reads("sn_aia_tools_execution")]
    assert [query.count(",") + 1 for query in queries] == [50, 50, 21]
