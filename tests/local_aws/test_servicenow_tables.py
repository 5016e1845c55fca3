"""The ServiceNow stand-in's tables, as clients of its Table and Aggregate API meet them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import requests
from servicenow_support import CONTACT, TIMEOUT, Client, Clock, body, serving

from local_aws.standins.servicenow import DEFAULT_CALL_CONTEXT_PATH
from local_aws.standins.servicenow.redaction import REDACTED, redact
from local_aws.standins.servicenow.shipped import SCHEMA, records

PROPERTIES = "sys_properties"
MFA = "glide.voice.authenticate.mfa_mandatory"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(tmp_path: Path, clock: Clock) -> Iterator[Client]:
    with serving(tmp_path, clock) as client:
        yield client


def get(client: Client, path: str, **parameters: str) -> requests.Response:
    return client.send("GET", f"/api/now/{path}", params=parameters, headers=client.bearer())


def rows(client: Client, table: str, query: str = "", **parameters: str) -> list[dict[str, Any]]:
    answer = get(client, f"table/{table}", sysparm_query=query, **parameters)
    assert answer.status_code == 200, answer.text
    result = answer.json()["result"]
    assert isinstance(result, list)
    return result


def stats(client: Client, table: str, query: str = "", **parameters: str) -> Any:
    answer = get(client, f"stats/{table}", sysparm_query=query, **parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]


def patch(
    client: Client, table: str, sys_id: str, content: object, **parameters: str
) -> requests.Response:
    return client.send(
        "PATCH",
        f"/api/now/table/{table}/{sys_id}",
        params=parameters,
        json=content,
        headers=client.bearer(),
    )


def property_id(client: Client, name: str = MFA) -> str:
    (row,) = rows(client, PROPERTIES, f"name={name}")
    return str(row["sys_id"])


def call(client: Client, contact: str = CONTACT) -> None:
    client.ask_call_context(contact)
    client.end(contact)


def refusal(client: Client, script: Mapping[str, object]) -> str:
    status, answer = client.stand_in.control(
        "PUT", "/_local/servicenow/script", json.dumps(script).encode()
    )
    assert status == 400
    assert answer is not None
    return str(answer["error"])


class TestDictionary:
    def test_every_table_and_column_is_in_it_and_every_reference_leads_somewhere(
        self, client: Client
    ) -> None:
        listed = {row["name"] for row in rows(client, "sys_db_object")}
        assert listed == set(SCHEMA.tables)
        for entry in rows(client, "sys_dictionary", "referenceISNOTEMPTY"):
            assert entry["reference"] in listed
        for name in listed:
            known = {row["element"] for row in rows(client, "sys_dictionary", f"name={name}")}
            parent = SCHEMA.tables[name].extends
            inherited = set(SCHEMA.columns(parent)) if parent else set()
            assert set(SCHEMA.columns(name)) | {""} == known | inherited

    def test_shipped_references_and_columns_exist(self) -> None:
        ids = {row["sys_id"] for listed in records().values() for row in listed}
        for table, listed in records().items():
            for row in listed:
                assert set(row) <= set(SCHEMA.columns(table))
                for name, column in SCHEMA.columns(table).items():
                    if column.kind == "reference" and row.get(name):
                        assert row[name] in ids, (table, name)

    def test_sys_ids_are_the_same_in_every_run_and_differ_from_each_other(self) -> None:
        listed = [row["sys_id"] for table in records().values() for row in table]
        assert len(set(listed)) == len(listed)
        (shown,) = (row for row in records()[PROPERTIES] if row["name"] == MFA)
        assert shown["sys_id"] == "f23eab2117185c50aad88372c9d0c2a6"


class TestReading:
    def test_a_reference_is_walked_in_queries_fields_and_orders(self, client: Client) -> None:
        path = "deployment_config.name"
        query = f"{path}STARTSWITHit service^ORDERBY{path}"
        found = rows(
            client,
            "sys_now_assist_deployment_config_attributes",
            query,
            sysparm_fields=f"name,{path},deployment_config.nothing,nothing.name",
        )
        assert len(found) == 3
        assert {row[path] for row in found} == {"IT service desk voice assistant"}
        assert found[0].keys() == {"name", path}

    def test_values_are_stored_shown_or_both(self, client: Client) -> None:
        def provider(**parameters: str) -> dict[str, Any]:
            fields = "linking_type,contextual_action"
            (row,) = rows(client, "sys_cs_provider", sysparm_fields=fields, **parameters)
            return row

        stored, shown, both = (
            provider(sysparm_display_value=value) for value in ("false", "true", "all")
        )
        assert stored["linking_type"] == "verification"
        assert shown["linking_type"] == "Verification question"
        assert both["linking_type"] == {
            "value": "verification",
            "display_value": "Verification question",
        }
        action = "sn_va_as_service.virtual_agent__bot_to_bot_contextual_action"
        link = f"https://{client.stand_in.host}/api/now/table/sys_hub_action_type_definition/"
        value = stored["contextual_action"]["value"]
        assert stored["contextual_action"] == {"value": value, "link": link + value}
        assert shown["contextual_action"] == {"display_value": action, "link": link + value}
        assert both["contextual_action"] == {
            "value": value,
            "display_value": action,
            "link": link + value,
        }
        plain = provider(sysparm_exclude_reference_link="true", sysparm_display_value="true")
        assert plain["contextual_action"] == action
        linked = client.session.get(link + value, headers=client.bearer(), timeout=TIMEOUT)
        assert linked.json()["result"]["name"] == action

    def test_one_record_is_read_by_its_sys_id(self, client: Client) -> None:
        sys_id = property_id(client)
        answer = get(client, f"table/{PROPERTIES}/{sys_id}", sysparm_fields="name,value,other")
        assert answer.json() == {"result": {"name": MFA, "value": "true"}}
        missing = get(client, f"table/{PROPERTIES}/{'0' * 32}")
        assert (missing.status_code, missing.json()["error"]["message"]) == (404, "No Record found")

    def test_a_page_before_is_linked_too(self, client: Client) -> None:
        answer = get(client, f"table/{PROPERTIES}", sysparm_limit="2", sysparm_offset="2")
        assert answer.headers["X-Total-Count"] == "6"
        assert set(answer.links) == {"first", "prev", "next", "last"}
        last = client.session.get(
            answer.links["last"]["url"], headers=client.bearer(), timeout=TIMEOUT
        )
        assert set(last.links) == {"first", "prev", "last"}
        assert len(last.json()["result"]) == 2


class TestAccess:
    @pytest.mark.parametrize("kind", ["table", "stats"])
    def test_a_table_may_be_out_of_reach(self, client: Client, kind: str) -> None:
        client.script(tables={"name": PROPERTIES, "access": "none"})
        answer = get(client, f"{kind}/{PROPERTIES}")
        assert (answer.status_code, answer.json()["error"]["message"]) == (
            403,
            "User Not Authorized",
        )
        assert get(client, f"{kind}/sys_user_role").status_code == 200

    def test_hidden_records_are_counted_and_left_out_of_their_page(self, client: Client) -> None:
        client.script(tables={"name": PROPERTIES, "hide": {"name": MFA}})
        answer = get(client, f"table/{PROPERTIES}", sysparm_limit="2")
        assert answer.headers["X-Total-Count"] == "6"
        assert len(answer.json()["result"]) == 1
        assert rows(client, PROPERTIES, f"name={MFA}") == []

    def test_a_hidden_record_can_be_neither_read_nor_changed(self, client: Client) -> None:
        sys_id = property_id(client)
        client.script(tables={"name": PROPERTIES, "hide": {"name": MFA}})
        assert get(client, f"table/{PROPERTIES}/{sys_id}").status_code == 404
        assert patch(client, PROPERTIES, sys_id, {"value": "x"}).status_code == 404

    def test_all_records_can_be_hidden_which_looks_like_an_empty_table(
        self, client: Client
    ) -> None:
        client.script(tables={"name": "v_plugin", "hide": {}})
        assert rows(client, "v_plugin") == []

    def test_statistics_need_all_records(self, client: Client) -> None:
        client.script(tables={"name": PROPERTIES, "hide": {"name": MFA}})
        query = {"sysparm_query": "name=instance_id", "sysparm_count": "true"}
        assert get(client, f"stats/{PROPERTIES}", **query).status_code == 403

    def test_a_hidden_column_is_left_out(self, client: Client) -> None:
        client.script(tables={"name": PROPERTIES, "hide_columns": "value, description"})
        (row,) = rows(client, PROPERTIES, f"name={MFA}", sysparm_fields="name,value")
        assert row == {"name": MFA}

    def test_what_calls_leave_cannot_be_written(self, client: Client) -> None:
        call(client)
        (row,) = rows(client, "interaction")
        assert patch(client, "interaction", row["sys_id"], {"state": "x"}).status_code == 403


class TestWriting:
    def test_a_field_is_set_and_stays_set(self, client: Client) -> None:
        sys_id = property_id(client)
        answer = patch(client, PROPERTIES, sys_id, {"value": False}, sysparm_fields="sys_id,value")
        assert (answer.status_code, answer.json()) == (
            200,
            {"result": {"sys_id": sys_id, "value": "false"}},
        )
        (row,) = rows(client, PROPERTIES, f"name={MFA}")
        assert row["value"] == "false"

    def test_unknown_and_system_fields_are_dropped(self, client: Client) -> None:
        sys_id = property_id(client)
        before = get(client, f"table/{PROPERTIES}/{sys_id}").json()
        assert patch(client, PROPERTIES, sys_id, {"vlaue": "x", "sys_id": "y"}).json() == before

    def test_a_new_script_starts_over(self, client: Client) -> None:
        sys_id = property_id(client)
        patch(client, PROPERTIES, sys_id, {"value": "false"})
        client.script()
        assert get(client, f"table/{PROPERTIES}/{sys_id}").json()["result"]["value"] == "true"

    @pytest.mark.parametrize("content", [[], "x", 7])
    def test_the_body_must_be_an_object(self, client: Client, content: object) -> None:
        assert patch(client, PROPERTIES, property_id(client), content).status_code == 400

    def test_the_body_must_be_declared_as_json(self, client: Client) -> None:
        answer = client.send(
            "PATCH",
            f"/api/now/table/{PROPERTIES}/{property_id(client)}",
            data={"value": "x"},
            headers=client.bearer(),
        )
        assert answer.status_code == 415

    def test_a_user_may_be_let_to_read_only(self, client: Client) -> None:
        sys_id = property_id(client)
        client.script(tables={"name": PROPERTIES, "access": "read"})
        answer = patch(client, PROPERTIES, sys_id, {"value": "x"})
        assert (answer.status_code, answer.json()["error"]["message"]) == (403, "Operation Failed")
        assert get(client, f"table/{PROPERTIES}/{sys_id}").json()["result"]["value"] == "true"

    def test_a_write_may_come_to_nothing(self, client: Client) -> None:
        sys_id = property_id(client)
        client.script(tables={"name": PROPERTIES, "keeps_writes": False})
        answer = patch(client, PROPERTIES, sys_id, {"value": "x"})
        assert (answer.status_code, answer.json()["result"]["value"]) == (200, "true")

    def test_other_methods_are_refused(self, client: Client) -> None:
        path = f"/api/now/table/{PROPERTIES}/{property_id(client)}"
        for method in ("POST", "PUT", "DELETE"):
            answer = client.send(method, path, headers=client.bearer())
            assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, PATCH")
        answer = client.send("POST", f"/api/now/stats/{PROPERTIES}", headers=client.bearer())
        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")


CALLS = {
    "name": "interaction",
    "add": [
        {"number": "1", "agent_chat": "false", "duration": "1970-01-01 00:05:00"},
        {"number": "2", "agent_chat": "true", "duration": "1970-01-01 00:02:30"},
        {"number": "3", "agent_chat": "false", "duration": ""},
    ],
}
JUDGED = {"name": "sn_na_analytics_insights", "add": [{"csat": n} for n in ("5", "4", "4", "")]}


class TestStatistics:
    def test_records_are_counted(self, client: Client) -> None:
        assert stats(client, PROPERTIES, sysparm_count="true") == {"stats": {"count": "6"}}
        assert stats(client, PROPERTIES, "name=none", sysparm_count="true")["stats"] == {
            "count": "0"
        }
        assert stats(client, PROPERTIES) == {"stats": {}}

    def test_numbers_are_added_up_averaged_and_compared_without_what_is_empty(
        self, client: Client
    ) -> None:
        client.script(tables=JUDGED)
        asked = {f"sysparm_{name}_fields": "csat,nothing" for name in ("sum", "avg", "min", "max")}
        assert stats(client, "sn_na_analytics_insights", **asked)["stats"] == {
            "sum": {"csat": "13"},
            "avg": {"csat": "4.3333"},
            "min": {"csat": "4"},
            "max": {"csat": "5"},
        }

    def test_nothing_adds_up_to_nothing(self, client: Client) -> None:
        assert stats(
            client, "interaction", sysparm_sum_fields="duration", sysparm_count="true"
        ) == {"stats": {"count": "0", "sum": {"duration": ""}}}

    def test_durations_are_dates_counted_from_1970(self, client: Client) -> None:
        client.script(tables=CALLS)
        found = stats(
            client, "interaction", sysparm_sum_fields="duration", sysparm_avg_fields="duration"
        )
        assert found["stats"] == {
            "sum": {"duration": "1970-01-01 00:07:30"},
            "avg": {"duration": "1970-01-01 00:03:45"},
        }
        (row,) = rows(client, "interaction", "number=2", sysparm_display_value="true")
        assert row["duration"] == "2 Minutes 30 Seconds"

    def test_groups_have_their_keys(self, client: Client) -> None:
        client.script(tables=CALLS)
        found = stats(
            client,
            "interaction",
            sysparm_count="true",
            sysparm_group_by="agent_chat,nothing",
            sysparm_sum_fields="duration",
        )
        assert [
            (group["groupby_fields"], group["stats"]["count"], group["stats"]["sum"]["duration"])
            for group in found
        ] == [
            ([{"field": "agent_chat", "value": "false"}], "2", "1970-01-01 00:05:00"),
            ([{"field": "agent_chat", "value": "true"}], "1", "1970-01-01 00:02:30"),
        ]

    def test_keys_are_what_people_see_where_that_is_asked_for(self, client: Client) -> None:
        group = {"sysparm_group_by": "deployment_config", "sysparm_count": "true"}
        table = "sys_now_assist_deployment_config_attributes"
        (shown,) = stats(client, table, sysparm_display_value="true", **group)
        name = "IT service desk voice assistant"
        assert shown["groupby_fields"] == [{"field": "deployment_config", "value": name}]
        (both,) = stats(client, table, sysparm_display_value="all", **group)
        (key,) = both["groupby_fields"]
        assert (key["display_value"], len(key["value"])) == (name, 32)

    def test_groups_of_nothing_are_none(self, client: Client) -> None:
        assert stats(client, "interaction", sysparm_group_by="state", sysparm_count="true") == []

    def test_a_table_that_is_not_there_is_invalid(self, client: Client) -> None:
        answer = get(client, "stats/nothing")
        assert (answer.status_code, answer.json()["error"]["message"]) == (
            400,
            "Invalid table nothing",
        )


class TestRateLimit:
    def test_beyond_it_a_request_has_to_wait(self, client: Client, clock: Clock) -> None:
        client.script(rate_limit={"requests": 2, "per_seconds": 60})
        headers = client.bearer()
        reset = str(int(clock.now) + 60)

        def read(kind: str = "table") -> requests.Response:
            return client.send("GET", f"/api/now/{kind}/{PROPERTIES}", headers=headers)

        for answer in (read(), read("stats")):
            assert answer.status_code == 200
            assert answer.headers["X-RateLimit-Limit"] == "2"
            assert answer.headers["X-RateLimit-Reset"] == reset
            assert len(answer.headers["X-RateLimit-Rule"]) == 32
        clock.now += 20.5
        answer = read()
        assert (answer.status_code, answer.json()["error"]["message"]) == (
            429,
            "Rate limit exceeded",
        )
        assert answer.headers["Retry-After"] == "40"
        assert answer.headers["X-RateLimit-Reset"] == reset
        clock.now += 39.5
        assert read().status_code == 200

    def test_it_counts_calls_of_the_lambda_too_but_no_tokens_and_no_strangers(
        self, client: Client
    ) -> None:
        client.script(rate_limit={"requests": 1})
        for _ in range(3):
            assert client.ask_token().status_code == 200
            assert client.ask_call_context(headers={}).status_code == 401
        assert client.ask_call_context().status_code == 200
        assert client.ask_call_context().status_code == 429
        assert client.read_context().status_code == 429

    def test_without_a_rule_there_is_none(self, client: Client) -> None:
        assert "X-RateLimit-Limit" not in get(client, f"table/{PROPERTIES}").headers


class TestCalls:
    TABLES = (
        "interaction",
        "sys_cs_conversation",
        "sn_aia_execution_plan",
        "sn_aia_tools_execution",
        "sys_generative_ai_log",
        "interaction_related_record",
        "sn_na_analytics_insights",
    )

    def test_a_call_leaves_records_once_it_has_ended(self, client: Client) -> None:
        client.ask_call_context()
        assert [rows(client, table) for table in self.TABLES] == [[]] * 7
        client.end()
        client.end()  # told twice, counted once
        assert [len(rows(client, table)) for table in self.TABLES] == [1, 1, 1, 2, 1, 1, 1]
        (record,) = rows(client, "interaction", f"client_session_id={CONTACT}")
        assert (record["opened_at"], record["closed_at"]) == (
            "2027-01-15 08:00:00",
            "2027-01-15 08:00:40",
        )
        assert (record["type"], record["state"]) == ("phone", "closed_complete")
        assert (record["virtual_agent"], record["ai_voice"]) == ("true", "true")
        assert record["agent_chat"] == "false"

    def test_they_hang_together(self, client: Client) -> None:
        call(client)
        (interaction,) = rows(client, "interaction")
        (conversation,) = rows(client, "sys_cs_conversation")
        assert interaction["channel_metadata_document"] == conversation["sys_id"]
        assert interaction["sys_created_on"] == conversation["sys_created_on"]
        for table, path in (
            ("sn_aia_execution_plan", "conversation.sys_id"),
            ("sn_aia_tools_execution", "execution_plan_id.conversation.sys_id"),
            ("sys_generative_ai_log", "conversation.sys_id"),
            ("sn_na_analytics_insights", "conversation.sys_id"),
        ):
            assert rows(client, table, f"{path}={conversation['sys_id']}")
            assert not rows(client, table, f"{path}={interaction['sys_id']}")
        (ticket,) = rows(client, "interaction_related_record", "interaction.ai_voice=true")
        assert ticket["interaction"]["value"] == interaction["sys_id"]
        context = json.loads(client.read_context().json()["result"][0]["value"])
        assert context["interactionId"] == interaction["sys_id"]

    def test_a_caller_who_asks_for_a_person_was_transferred(self, client: Client) -> None:
        client.script(
            interaction_context=[
                {"status": 503, "times": 1},
                {"transfer_reason": "user_requested"},
            ]
        )
        call(client)
        (interaction,) = rows(client, "interaction")
        (plan,) = rows(client, "sn_aia_execution_plan")
        (insight,) = rows(client, "sn_na_analytics_insights")
        assert interaction["agent_chat"] == "true"
        assert plan["state_reason"] == "user_requested"
        assert (insight["resolved"], insight["csat"]) == ("false", "")
        assert rows(client, "interaction_related_record") == []

    def test_the_script_says_what_becomes_of_a_call(self, client: Client) -> None:
        client.script(
            conversation=[
                {"talk_seconds": 90, "tickets": 2, "csat": 5, "times": 1},
                {"abandoned": True},
            ]
        )
        other = CONTACT.replace("5", "6")
        call(client)
        call(client, other)
        first, second = rows(client, "interaction")
        assert (first["duration"], first["state"]) == ("1970-01-01 00:01:30", "closed_complete")
        assert second["state"] == "closed_abandoned"
        assert len(rows(client, "interaction_related_record")) == 2
        assert [row["csat"] for row in rows(client, "sn_na_analytics_insights")] == ["5", ""]

    def test_records_outlive_a_script(self, client: Client) -> None:
        call(client)
        client.script()
        assert len(rows(client, "interaction")) == 1

    def test_nothing_is_kept_for_the_contact_centre_unless_a_deployment_persists_it(
        self, client: Client
    ) -> None:
        client.script(
            tables={
                "name": "sys_now_assist_deployment_config_attributes",
                "change": {"where": {"name": "persist_context_data"}, "set": {"value": "false"}},
            }
        )
        call(client)
        assert client.read_context().json() == {"result": []}
        assert len(rows(client, "interaction")) == 1

    def test_the_callers_number_is_in_no_table(self, client: Client) -> None:
        call(client)
        number = str(body()["ani"])
        listed = {name: rows(client, name) for name in SCHEMA.tables}
        assert number.removeprefix("+") not in json.dumps(listed)
        assert f"Call me back on {REDACTED}." in listed["sys_cs_conversation"][0]["transcript"]
        assert REDACTED in listed["sys_generative_ai_log"][0]["prompt"]

    def test_the_oldest_calls_are_let_go(self, client: Client) -> None:
        headers = client.bearer()
        contacts = [f"00000000-0000-4000-8000-{number:012}" for number in range(1002)]
        for contact in contacts:
            answer = client.send(
                "POST", DEFAULT_CALL_CONTEXT_PATH, json=body(contact), headers=headers
            )
            assert answer.status_code == 200
            client.end(contact)
        found = rows(client, "interaction", "ORDERBYclient_session_id")
        assert [row["client_session_id"] for row in found] == contacts[2:]
        assert len(rows(client, "sn_aia_tools_execution")) == 2000

    @pytest.mark.parametrize(
        ("said", "stored"),
        [
            ("on +14155550100.", f"on {REDACTED}."),
            ("on (415) 555-0100, please", f"on {REDACTED}, please"),
            ("ada.l+x@mail.example.com.", f"{REDACTED}."),
            ("room 12, floor 3", "room 12, floor 3"),
        ],
    )
    def test_numbers_and_addresses_are_redacted(self, said: str, stored: str) -> None:
        assert redact(said) == stored


class TestScript:
    def test_records_can_be_changed_removed_and_added(self, client: Client) -> None:
        client.script(
            tables=[
                {
                    "name": PROPERTIES,
                    "change": {"where": {"name": MFA}, "set": {"value": "false"}},
                    "remove": {"name": "instance_id"},
                    "add": {"name": "new", "value": "7", "sys_id": "a" * 32},
                },
                {"name": "v_plugin", "remove": {}},
            ]
        )
        values = {row["name"]: row["value"] for row in rows(client, PROPERTIES)}
        assert values[MFA] == "false"
        assert "instance_id" not in values
        assert values["new"] == "7"
        assert get(client, f"table/{PROPERTIES}/{'a' * 32}").status_code == 200
        assert rows(client, "v_plugin") == []
        client.script()
        assert len(rows(client, "v_plugin")) == 4

    @pytest.mark.parametrize(("part", "path"), [("table", "table"), ("stats", "stats")])
    def test_the_interfaces_can_fail(self, client: Client, part: str, path: str) -> None:
        client.script(**{part: {"status": 503, "retry_after_seconds": 2, "times": 1}})
        answer = get(client, f"{path}/{PROPERTIES}")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
        assert get(client, f"{path}/{PROPERTIES}").status_code == 200
        assert [entry["name"] for entry in client.recorded()] == ["oauth", part] * 2

    def test_a_fault_of_the_table_api_leaves_contexts_alone(self, client: Client) -> None:
        client.script(table={"status": 500})
        assert client.read_context().status_code == 200

    @pytest.mark.parametrize(
        ("script", "sentence"),
        [
            ({"tables": {"name": "sys_propertis"}}, "did you mean sys_properties?"),
            ({"tables": {"name": "zzz"}}, 'tables.name is "zzz"; give one of interaction, '),
            ({"tables": {}}, "tables.name is null; give one of "),
            ({"tables": {"name": PROPERTIES, "acces": "none"}}, "tables.acces is unknown; tables "),
            ({"tables": {"name": PROPERTIES, "access": "all"}}, 'is "all"; give "write" or "read"'),
            (
                {"tables": [{"name": PROPERTIES}, {"name": PROPERTIES}]},
                "tables[1] is a second part for sys_properties; join the two.",
            ),
            (
                {"tables": {"name": PROPERTIES, "hide_columns": "vlaue"}},
                "tables.hide_columns has vlaue, which sys_properties has not.",
            ),
            (
                {"tables": {"name": PROPERTIES, "hide": {"nmae": "x"}}},
                "hide.nmae is unknown; hide takes description, name, ",
            ),
            (
                {"tables": {"name": PROPERTIES, "remove": {"name": "x"}}},
                "remove fits no record of sys_properties; say what one of them has.",
            ),
            (
                {"tables": {"name": PROPERTIES, "change": {"set": {"value": "x"}}}},
                "change.where must be one object of columns and values.",
            ),
            (
                {"tables": {"name": "interaction_context", "add": {"name": "x"}}},
                "tables cannot set records of interaction_context; calls make them.",
            ),
            ({"rate_limit": {}}, "rate_limit.requests is missing; give how many are allowed."),
            ({"rate_limit": [{}, {}]}, "rate_limit is a list; give one object"),
            ({"rate_limit": {"requests": 1, "per": 1}}, "rate_limit.per is unknown; rate_limit "),
            ({"conversation": {"csat": 6}}, "conversation.csat is 6; give a whole number from 1"),
            ({"conversation": {"talk": 6}}, "conversation.talk is unknown; conversation takes "),
        ],
    )
    def test_a_wrong_script_is_refused_in_a_sentence(
        self, client: Client, script: dict[str, object], sentence: str
    ) -> None:
        assert sentence in refusal(client, script)
