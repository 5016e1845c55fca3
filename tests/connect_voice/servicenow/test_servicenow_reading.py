"""The Table API client: only what was asked, all of it, in time, and never more than reading."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import pytest
import requests
from snow_instance import CLIENT, FakeClock, SnowInstance, busy, reading, sys_id

from connect_voice.errors import OutsideError, UsageError
from connect_voice.servicenow.errors import NoSuchTable, NotAllowed
from connect_voice.servicenow.instance import Credentials, Instance, credentials, parse_host
from connect_voice.servicenow.queries import Condition, QueryIgnored
from connect_voice.servicenow.reader import READS, open_reader
from connect_voice.servicenow.transport import Limits, Transport
from local_aws.standins.https import Request, Response


def _records(number: int) -> list[dict[str, str]]:
    return [{"sys_id": sys_id(n), "name": f"record {n}", "state": "new"} for n in range(number)]


def test_every_page_is_fetched_once_in_a_stable_order(snow: SnowInstance, at: Instance) -> None:
    snow.tables["things"] = list(reversed(_records(1203)))
    with reading(at) as reader:
        found = reader.rows("things", ["name"])
    assert [row["sys_id"] for row in found.rows] == [sys_id(n) for n in range(1203)]
    queries = snow.reads("things")
    assert [query["sysparm_offset"] for query in queries] == ["0", "500", "1000"]
    assert {query["sysparm_query"] for query in queries} == {"ORDERBYsys_id"}


def test_records_hidden_from_the_user_are_counted_and_do_not_end_the_paging(
    snow: SnowInstance, at: Instance
) -> None:
    snow.tables["things"] = _records(700)
    snow.hidden["things"] = {sys_id(n) for n in range(10)}
    with reading(at) as reader:
        found = reader.rows("things", ["name"])
    assert len(found.rows) == 690
    assert found.hidden == 10


def test_a_dropped_condition_is_noticed(snow: SnowInstance, at: Instance) -> None:
    snow.tables["things"] = _records(3)
    with reading(at) as reader, pytest.raises(QueryIgnored, match="ignored the condition on nmae"):
        reader.rows("things", [], [Condition("nmae", "record 1")])


@pytest.mark.parametrize(
    "value",
    ["a^ORname!=b", "a^NQactive=true", "javascript:gs.getUserID()", "a\nb", " JavaScript:x"],
)
def test_a_value_that_would_be_read_as_more_is_refused(value: str) -> None:
    with pytest.raises(UsageError, match="cannot be looked for"):
        Condition("name", value)


@pytest.mark.parametrize("column", ["name=x^ORname", "Name", "", "a..b", "a b"])
def test_a_column_that_could_hold_a_query_is_refused(column: str) -> None:
    with pytest.raises(UsageError, match="no column's name"):
        Condition(column, "x")


def test_a_forbidden_table_is_called_by_its_name(snow: SnowInstance, at: Instance) -> None:
    snow.tables["secrets"] = []
    snow.denied.add("secrets")
    with reading(at) as reader, pytest.raises(NotAllowed, match="not allowed to read secrets"):
        reader.rows("secrets", [])


def test_a_table_that_is_not_there_is_called_by_its_name(at: Instance) -> None:
    with reading(at) as reader, pytest.raises(NoSuchTable, match="no table nowhere"):
        reader.rows("nowhere", [])


def test_a_pause_that_servicenow_asks_for_is_kept(snow: SnowInstance, at: Instance) -> None:
    snow.tables["things"] = _records(1)
    snow.interrupts.extend([busy("7"), busy("5", status=503)])
    clock = FakeClock()
    with reading(at, clock) as reader:
        assert len(reader.rows("things", []).rows) == 1
    assert clock.pauses == [7.0, 5.0]


def test_a_pause_may_be_a_date(snow: SnowInstance, at: Instance) -> None:
    snow.tables["things"] = _records(1)
    snow.interrupts.append(busy(format_datetime(datetime(2020, 1, 1, tzinfo=UTC), usegmt=True)))
    clock = FakeClock()
    with reading(at, clock) as reader:
        reader.rows("things", [])
    assert clock.pauses == [0.0]


def test_a_pause_longer_than_the_command_may_take_ends_it_at_once(
    snow: SnowInstance, at: Instance
) -> None:
    snow.tables["things"] = _records(1)
    snow.interrupts.append(busy("3600"))
    clock = FakeClock()
    with (
        reading(at, clock, Limits(command=60)) as reader,
        pytest.raises(OutsideError, match=r"pause of 3600 s and only 60 s are left"),
    ):
        reader.rows("things", [])
    assert clock.pauses == []


def test_without_a_named_pause_it_waits_longer_each_time_and_gives_up(
    snow: SnowInstance, at: Instance
) -> None:
    snow.interrupts.extend([busy(None)] * 4)
    clock = FakeClock()
    with reading(at, clock) as reader, pytest.raises(OutsideError, match="stays busy"):
        reader.rows("things", [])
    assert clock.pauses == [1.0, 2.0, 4.0]


def test_an_expired_token_is_renewed_once(snow: SnowInstance, at: Instance) -> None:
    snow.tables["things"] = _records(1)
    with reading(at) as reader:
        reader.rows("things", [])
        snow.tokens.clear()
        assert len(reader.rows("things", []).rows) == 1
    assert [path for _, path, _ in snow.requests].count("/oauth_token.do") == 2


def test_a_token_from_elsewhere_is_used_as_it_is(snow: SnowInstance, at: Instance) -> None:
    snow.tables["things"] = _records(1)
    snow.tokens.add("brought along")
    with open_reader(at, Credentials("X", token="brought along"), Limits()) as reader:
        assert len(reader.rows("things", []).rows) == 1
    with (
        open_reader(at, Credentials("SOME_TOKEN", token="stale"), Limits()) as reader,
        pytest.raises(OutsideError, match="does not accept the credentials in SOME_TOKEN"),
    ):
        reader.rows("things", [])
    assert "/oauth_token.do" not in [path for _, path, _ in snow.requests]


def test_a_refused_client_is_told_by_its_variables(snow: SnowInstance, at: Instance) -> None:
    snow.refuses_client = True
    with reading(at) as reader, pytest.raises(OutsideError, match="OAuth client in the test") as e:
        reader.rows("things", [])
    assert "its secret" not in str(e.value)


def test_a_netrc_does_not_replace_the_token(
    snow: SnowInstance, at: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine localhost login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    snow.tables["things"] = _records(1)
    with reading(at) as reader:
        assert len(reader.rows("things", []).rows) == 1


def _slow(request: Request) -> Response:
    request.pause(30)
    return Response(200, b'{"result": []}')


def _drip(_: Request) -> Response:
    return Response(200, b'{"result": []}' + b" " * 400, drip_seconds=30)


@pytest.mark.parametrize("fault", [_slow, _drip])
def test_a_slow_answer_is_not_waited_for(snow: SnowInstance, at: Instance, fault: object) -> None:
    snow.tables["things"] = []
    with reading(at, limits=Limits(request=0.5)) as reader:
        reader.rows("things", [])  # connection and token are there
        snow.interrupts.append(fault)  # type: ignore[arg-type]
        with pytest.raises(OutsideError, match="did not answer within"):
            reader.rows("things", [])


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<html>hibernating</html>", "without JSON"),
        (b'{"result": "none"}', "something else than records"),
        (b'{"result": [{"name": "no sys_id"}]}', "something else than records"),
        (b"[]", "something else than records"),
    ],
)
def test_an_answer_of_another_shape_is_refused(
    snow: SnowInstance, at: Instance, body: bytes, said: str
) -> None:
    snow.interrupts.append(lambda _: Response(200, body))
    with reading(at) as reader, pytest.raises(OutsideError, match=said):
        reader.rows("things", [])


def test_a_redirect_does_not_carry_the_token_away(snow: SnowInstance, at: Instance) -> None:
    snow.interrupts.append(lambda _: Response(302, headers={"Location": f"{at.url}/elsewhere"}))
    with reading(at) as reader, pytest.raises(OutsideError, match="redirects"):
        reader.rows("things", [])
    assert "/elsewhere" not in [path for _, path, _ in snow.requests]


def test_a_certificate_of_an_unknown_authority_is_refused(at: Instance) -> None:
    stranger = dataclasses.replace(at, ca_bundle=None)
    with reading(stranger) as reader, pytest.raises(OutsideError, match="is not trusted"):
        reader.rows("things", [])


def test_a_host_that_nobody_answers_at_is_told() -> None:
    with (
        reading(Instance("localhost:1")) as reader,
        pytest.raises(OutsideError, match="localhost:1 cannot be reached"),
    ):
        reader.rows("things", [])


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_the_readers_session_cannot_write(snow: SnowInstance, at: Instance, method: str) -> None:
    transport = Transport(at, CLIENT, (READS,), Limits())
    with pytest.raises(RuntimeError, match="never allowed"):
        transport.send(method, "/api/now/table/sys_properties/x", content={"value": "y"})
    transport.close()
    assert snow.writes() == []


@pytest.mark.parametrize(
    ("pasted", "host"),
    [
        ("dev1.service-now.com", "dev1.service-now.com"),
        ("https://Dev1.service-now.com/", "dev1.service-now.com"),
        ("localhost:8443", "localhost:8443"),
    ],
)
def test_a_host_is_taken_from_what_people_paste(pasted: str, host: str) -> None:
    assert parse_host(pasted) == host


@pytest.mark.parametrize(
    "pasted", ["", "http://dev1.service-now.com", "dev1/x", "user@dev1", "dev1:port", "https://"]
)
def test_what_is_no_host_is_refused(pasted: str) -> None:
    with pytest.raises(UsageError, match="not the host"):
        parse_host(pasted)


def test_credentials_come_from_their_variables() -> None:
    pair = {"SERVICENOW_CHECK_CLIENT_ID": "a", "SERVICENOW_CHECK_CLIENT_SECRET": "b"}
    assert credentials(pair, "SERVICENOW_CHECK").client_id == "a"
    assert credentials({**pair, "SERVICENOW_CHECK_TOKEN": "t"}, "SERVICENOW_CHECK").token == "t"
    assert "'b'" not in repr(credentials(pair, "SERVICENOW_CHECK"))
    with pytest.raises(UsageError, match="Set SERVICENOW_APPLY_CLIENT_ID"):
        credentials(pair, "SERVICENOW_APPLY")


def test_a_proxy_of_the_machine_does_not_decide_whom_to_trust(
    snow: SnowInstance, at: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.pem"
    other.write_bytes(Path(requests.certs.where()).read_bytes())
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(other))
    snow.tables["things"] = _records(1)
    with reading(at) as reader:
        assert len(reader.rows("things", []).rows) == 1
