"""One comment an environment on a pull request, one issue an environment for drift."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from code_host_stand_in import TOKEN, Entry, Fault, Host, code_host

from connect_voice.code_host import Conversation, find_code_host, find_conversation
from connect_voice.comment import Outcome, Post, Posted, put_comment, report_issue
from connect_voice.errors import OutsideError, UsageError

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LONG = "\n\n".join(f"### Section {number}\n\n{'x' * 20_000}" for number in range(8))


@pytest.fixture
def host() -> Iterator[Host]:
    with code_host() as found:
        yield found


@pytest.fixture(params=["github", "gitlab"])
def env(request: pytest.FixtureRequest, host: Host) -> dict[str, str]:
    return github(host) if request.param == "github" else gitlab(host)


def github(host: Host) -> dict[str, str]:
    return {
        "GITHUB_REPOSITORY": "example/voice",
        "GITHUB_API_URL": host.base,
        "GITHUB_REF": "refs/pull/7/merge",
        "GITHUB_TOKEN": TOKEN,
    }


def gitlab(host: Host) -> dict[str, str]:
    return {
        "CI_API_V4_URL": host.base,
        "CI_PROJECT_ID": "5",
        "CI_MERGE_REQUEST_IID": "7",
        "GITLAB_TOKEN": TOKEN,
    }


def conversation(env: Mapping[str, str], waits: list[float] | None = None) -> Conversation:
    wait = (waits if waits is not None else []).append
    return find_conversation(find_code_host(env, wait=wait), env)


def post(text: str = "All is well.\n", name: str = "prod", made_at: datetime = NOON) -> Post:
    return Post("brief", name, made_at, text, "Bundle `x`")


def put(env: Mapping[str, str], wanted: Post, waits: list[float] | None = None) -> Posted:
    kept = waits if waits is not None else []
    return put_comment(conversation(env, kept), wanted, wait=kept.append)


def bodies(host: Host, number: int = 7) -> list[str]:
    return [entry.body for entry in host.comments.get(number, [])]


def test_a_brief_is_written_once_and_then_changed_in_place(env: dict[str, str], host: Host) -> None:
    for number in range(5):
        host.say(7, "somebody", f"Remark {number}")
    assert put(env, post("First.\n")).outcome is Outcome.WRITTEN
    assert put(env, post("First.\n")).outcome is Outcome.UNCHANGED
    assert put(env, post("Second.\n")).outcome is Outcome.UPDATED
    ours = [body for body in bodies(host) if body.startswith("<!-- connect-voice")]
    assert len(ours) == 1
    assert "Second." in ours[0]
    assert ours[0].endswith("Bundle `x`\n")
    assert len(bodies(host)) == 6


def test_every_environment_has_its_own_comment(env: dict[str, str], host: Host) -> None:
    put(env, post("One.\n", "staging"))
    put(env, post("Two.\n", "prod"))
    put(env, post("Three.\n", "staging"))
    assert [("Three." in body, "Two." in body) for body in bodies(host)] == [
        (True, False),
        (False, True),
    ]


def test_further_parts_come_and_go(env: dict[str, str], host: Host) -> None:
    assert put(env, post(LONG)).parts == 3
    assert all(len(body.encode()) <= 65_535 for body in bodies(host))
    assert "**Part 3 of 3**" in bodies(host)[2]
    shown = "".join(bodies(host))
    assert all(f"### Section {number}\n" in shown for number in range(8))
    assert put(env, post("Short.\n")).outcome is Outcome.UPDATED
    assert len(bodies(host)) == 1
    assert put(env, post(LONG)).parts == 3
    assert len(bodies(host)) == 3


def test_a_comment_of_somebody_else_with_our_mark_is_left_alone(
    env: dict[str, str], host: Host
) -> None:
    mark = post("Fine.\n").bodies()[0]
    theirs = host.say(7, "somebody", mark)
    assert put(env, post("Careful.\n")).outcome is Outcome.WRITTEN
    assert theirs.body == mark
    assert "Careful." in bodies(host)[1]


def test_a_user_token_changes_what_that_user_wrote_alone(host: Host) -> None:
    host.bot = False
    put(github(host), post("First.\n"))
    put(github(host), post("Second.\n"))
    assert len(bodies(host)) == 1


def test_what_is_newer_is_left_alone(env: dict[str, str], host: Host) -> None:
    put(env, post("Newer.\n"))
    late = put(env, post("Older.\n", made_at=NOON - timedelta(minutes=5)))
    assert late.outcome is Outcome.NEWER
    assert "Newer." in bodies(host)[0]


def test_doubles_of_two_runs_at_once_are_removed(env: dict[str, str], host: Host) -> None:
    for _ in range(2):
        host.say(7, "us", post("Double.\n").bodies()[0])
    first = host.comments[7][0]
    assert put(env, post("One.\n")).outcome is Outcome.UPDATED
    assert host.comments[7] == [first]


@pytest.mark.parametrize("done", [False, True])
def test_a_lost_answer_makes_no_second_comment(
    env: dict[str, str], host: Host, *, done: bool
) -> None:
    host.faults = [Fault("POST", 502, done=done)]
    waits: list[float] = []
    put(env, post("Once.\n"), waits)
    assert len(bodies(host)) == 1
    assert 0 < sum(waits) < 30


def test_passing_faults_are_waited_out(env: dict[str, str], host: Host) -> None:
    host.faults = [Fault("GET", 503), Fault("GET", 429, {"Retry-After": "7"})]
    waits: list[float] = []
    assert put(env, post(), waits).outcome is Outcome.WRITTEN
    assert 7 in waits


def test_lasting_faults_end_in_one_sentence(env: dict[str, str], host: Host) -> None:
    host.faults = [Fault("GET", 503) for _ in range(50)]
    waits: list[float] = []
    with pytest.raises(OutsideError, match=r"fault of its own \(503\); try again later"):
        put(env, post(), waits)
    assert len(waits) < 10


def test_a_long_limit_is_for_the_next_run(env: dict[str, str], host: Host) -> None:
    host.faults = [Fault("GET", 429, {"Retry-After": "3600"})]
    waits: list[float] = []
    with pytest.raises(OutsideError, match="no more requests for 3600 s"):
        put(env, post(), waits)
    assert waits == []


def test_an_exhausted_limit_of_github_is_told_from_a_refusal(host: Host) -> None:
    reset = str(int(datetime.now(UTC).timestamp()) + 9_000)
    limit = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}
    host.bot = False
    host.faults = [Fault("GET", 403, limit)] * 2
    with pytest.raises(OutsideError, match="no more requests"):
        put(github(host), post())


def test_refusals_name_the_permission_and_never_the_token(env: dict[str, str], host: Host) -> None:
    said = json.dumps({"message": f"no for {TOKEN}\n\u202e"})
    host.faults = [Fault("POST", 403, body=said)]
    with pytest.raises(OutsideError) as caught:
        put(env, post())
    sentence = str(caught.value)
    assert "it needs" in sentence
    assert "(token)" in sentence
    assert TOKEN not in sentence
    assert "\n" not in sentence
    assert "\u202e" not in sentence


def test_a_wrong_token_is_told(env: dict[str, str]) -> None:
    name = "GITHUB_TOKEN" if "GITHUB_TOKEN" in env else "GITLAB_TOKEN"
    with pytest.raises(OutsideError, match=rf"does not know the token in {name} \(401\)"):
        put({**env, name: "wrong"}, post())


def test_nobody_is_followed_elsewhere_with_the_token(env: dict[str, str], host: Host) -> None:
    host.faults = [Fault("GET", 301, {"Location": f"{host.base}/elsewhere"}) for _ in range(3)]
    with pytest.raises(OutsideError, match=r"has moved \(301\)"):
        put(env, post())
    assert not any("elsewhere" in request for request in host.requests)


@pytest.mark.parametrize("answer", ["", "<html>", "{}", '"text"', "[[1]]x"])
def test_an_answer_that_is_none_is_told(env: dict[str, str], host: Host, answer: str) -> None:
    host.bot = False
    find = conversation(env)
    host.faults = [Fault("GET", 200, body=answer) for _ in range(2)]
    with pytest.raises(OutsideError):
        put_comment(find, post(), wait=lambda _: None)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"GITHUB_TOKEN": ""}, "Give GITHUB_TOKEN"),
        ({"GITHUB_TOKEN": "two words"}, "is no token"),
        ({"GITHUB_REPOSITORY": "no-owner"}, "not owner/name"),
        ({"GITHUB_REPOSITORY": "../voice"}, "not owner/name"),
        ({"GITHUB_API_URL": "http://api.example"}, "begin with https://"),
        ({"GITHUB_API_URL": "https://user@api.example"}, "begin with https://"),
        ({"GITHUB_REF": "refs/heads/main"}, "for no pull request"),
    ],
)
def test_what_is_missing_is_named(host: Host, change: dict[str, str], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        conversation({**github(host), **change})


def test_outside_of_a_pipeline_there_is_nowhere_to_write() -> None:
    with pytest.raises(UsageError, match="no pipeline"):
        find_code_host({})


@pytest.mark.parametrize(
    "event", [{"pull_request": {"number": 7}}, {"issue": {"number": 7, "pull_request": {}}, "x": 1}]
)
def test_the_event_names_the_pull_request(host: Host, tmp_path: Path, event: object) -> None:
    file = tmp_path / "event.json"
    file.write_text(json.dumps(event).replace('"pull_request": {}', '"pull_request": {"a": 1}'))
    env = {**github(host), "GITHUB_REF": "refs/heads/main", "GITHUB_EVENT_PATH": str(file)}
    assert conversation(env).name == "pull request 7 of example/voice"


def test_netrc_gives_no_other_token(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    assert put(github(host), post()).outcome is Outcome.WRITTEN


def drift(text: str) -> Post:
    return Post("drift", "prod", NOON, text)


def test_drift_has_one_issue_that_is_opened_changed_and_closed(
    env: dict[str, str], host: Host
) -> None:
    host.issues = [host.new("somebody", "<!-- connect-voice issue of prod -->", "theirs")]
    issues = find_code_host(env, wait=lambda _: None)

    def report(wanted: Post | None) -> Outcome:
        return report_issue(
            issues,
            wanted,
            name="prod",
            title="Drift in prod",
            closing="No drift any more.",
            wait=lambda _: None,
        ).outcome

    assert report(None) is Outcome.NONE
    assert report(drift("A queue.\n")) is Outcome.WRITTEN
    assert report(drift("A queue.\n")) is Outcome.UNCHANGED
    assert report(drift("Two queues.\n")) is Outcome.UPDATED
    theirs, ours = host.issues
    assert ours.title == "Drift in prod"
    assert "Two queues." in ours.body
    assert report(None) is Outcome.CLOSED
    assert (theirs.state, ours.state) == ("open", "closed")
    assert bodies(host, ours.id) == ["No drift any more."]
    assert report(drift("Again.\n")) is Outcome.WRITTEN
    assert len(host.issues) == 3


def test_a_lost_answer_opens_no_second_issue(env: dict[str, str], host: Host) -> None:
    host.faults = [Fault("POST", 504, done=True)]
    issues = find_code_host(env, wait=lambda _: None)
    report_issue(issues, drift("A.\n"), name="prod", title="Drift", wait=lambda _: None)
    assert [type(issue) for issue in host.issues] == [Entry]


def test_long_drift_goes_on_in_comments_of_the_issue(env: dict[str, str], host: Host) -> None:
    issues = find_code_host(env, wait=lambda _: None)
    report_issue(issues, drift(LONG), name="prod", title="Drift", wait=lambda _: None)
    assert len(host.issues) == 1
    assert len(bodies(host, host.issues[0].id)) == 2
    report_issue(issues, drift("Short.\n"), name="prod", title="Drift", wait=lambda _: None)
    assert bodies(host, host.issues[0].id) == []
