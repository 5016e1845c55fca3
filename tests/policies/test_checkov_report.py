"""What follows from checkov's report: every way it can say too little refuses the plan."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from connect_voice.checkov_report import (
    COVERAGE,
    SKIPS,
    Check,
    Expected,
    ReportError,
    check_names,
    coverage_of,
    expected_of,
    parse_report,
    read_checks,
    verdicts_of,
)
from plan_policy.plan import read_plan
from plan_policy.verdict import Answer, Source, Verdict

KEYS = Check("CKV_AWS_7", frozenset({"code", "plan"}), "Keys rotate.", None)
LOGS = Check("CKV_AWS_158", frozenset({"code"}), "Logs are encrypted.", None)
CHECKS = (KEYS, LOGS)
EXPECTED = Expected(
    planned={
        'module.keys["a"].aws_kms_key.this': "aws_kms_key",
        'module.keys["b.c"].aws_kms_key.this': "aws_kms_key",
        "aws_cloudwatch_log_group.calls[0]": "aws_cloudwatch_log_group",
    },
    configured={
        "module.keys.aws_kms_key.this": "aws_kms_key",
        "aws_cloudwatch_log_group.calls": "aws_cloudwatch_log_group",
    },
)
Change = Callable[[dict[str, Any]], object]


def scan(*answers: tuple[str, str, str, str], resources: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "resources": list(resources),
        "unreadable": [],
        "answers": [list(answer) for answer in answers],
        "raised": [],
        "skipped": [],
    }


def sound() -> dict[str, Any]:
    keys = [address for address, kind in EXPECTED.planned.items() if kind == "aws_kms_key"]
    return {
        "format": 1,
        "checkov": "3.3.30",
        "known": ["CKV_AWS_7", "CKV_AWS_158"],
        "types": {
            "CKV_AWS_7": ["resource.aws_kms_key"],
            "CKV_AWS_158": ["resource.aws_cloudwatch_log_*"],
        },
        "plan_sha256": "0" * 64,
        "scans": {
            "code": scan(
                ("CKV_AWS_7", "module.keys.aws_kms_key.this", "PASSED", "keys/main.tf:1"),
                ("CKV_AWS_158", "aws_cloudwatch_log_group.calls", "PASSED", "main.tf:9"),
                resources=("module.keys.aws_kms_key.this", "aws_cloudwatch_log_group.calls"),
            ),
            "plan": scan(
                *(("CKV_AWS_7", key, "PASSED", "") for key in keys),
                resources=tuple(EXPECTED.planned),
            ),
            "code canary": scan(
                ("CKV_AWS_7", "aws_kms_key.canary", "FAILED", "main.tf:1"),
                ("CKV_AWS_158", "aws_cloudwatch_log_group.canary", "FAILED", "main.tf:5"),
            ),
            "plan canary": scan(("CKV_AWS_7", "aws_kms_key.canary", "FAILED", "")),
        },
        "complaints": [],
    }


def judged(
    change: Change = lambda _: None,
    checks: tuple[Check, ...] = CHECKS,
    expected: Expected = EXPECTED,
) -> tuple[Verdict, ...]:
    data = sound()
    change(data)
    return verdicts_of(parse_report(json.dumps(data)), checks, expected, ["log-retention"])


def refusals(
    change: Change = lambda _: None,
    checks: tuple[Check, ...] = CHECKS,
    expected: Expected = EXPECTED,
) -> list[Verdict]:
    return [verdict for verdict in judged(change, checks, expected) if verdict.refuses]


def test_a_report_that_says_all_it_has_to_passes() -> None:
    verdicts = judged()
    assert [(verdict.rule, verdict.answer) for verdict in verdicts] == [
        ("CKV_AWS_7", Answer.PASS),
        ("CKV_AWS_158", Answer.PASS),
    ]
    assert {verdict.source for verdict in verdicts} == {Source.CHECKOV}
    assert verdicts[0].message == "Keys rotate. Seen at 2."
    report = parse_report(json.dumps(sound()))
    assert coverage_of(report, CHECKS, EXPECTED) == {
        "checkov": "3.3.30",
        "checks": 2,
        "resources_in_code": 2,
        "resources_in_plan": 3,
        "answers": 4,
        "canaries": 3,
    }


def _drop_answer(name: str, check: str) -> Change:
    def change(data: dict[str, Any]) -> None:
        answers = data["scans"][name]["answers"]
        answers[:] = [answer for answer in answers if answer[0] != check]

    return change


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            lambda data: data["scans"]["code"]["resources"].pop(),
            "scan of the code overlooked aws_cloudwatch_log_group.calls",
        ),
        (
            lambda data: data["scans"]["plan"]["resources"].pop(0),
            'scan of the plan overlooked module.keys["a"].aws_kms_key.this',
        ),
        (
            lambda data: data["scans"]["plan"]["resources"].append("aws_kms_key.invented"),
            "found aws_kms_key.invented, which the plan does not hold",
        ),
        (
            lambda data: data["scans"]["code"]["unreadable"].append("/x/broken.tf"),
            "could not read /x/broken.tf of the code",
        ),
        (
            lambda data: data["scans"]["plan"]["unreadable"].append("/x/plan.json"),
            "could not read /x/plan.json of the plan",
        ),
        (
            lambda data: data["scans"]["code"]["raised"].append(["CKV_AWS_7", "x.y", "KeyError"]),
            "CKV_AWS_7 raised an exception at x.y",
        ),
        (
            lambda data: data["complaints"].append("checkov.terraform:run"),
            "met errors of its own and went on (checkov.terraform:run)",
        ),
        (_drop_answer("code", "CKV_AWS_158"), "CKV_AWS_158 was not asked about the code of aws_cl"),
        (_drop_answer("plan", "CKV_AWS_7"), "CKV_AWS_7 was not asked about the plan of module.key"),
        (_drop_answer("code canary", "CKV_AWS_158"), "CKV_AWS_158 does not fail on the code of"),
        (_drop_answer("plan canary", "CKV_AWS_7"), "CKV_AWS_7 does not fail on the plan of its"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_a_scan_that_did_not_see_or_ask_everything_refuses(change: Change, says: str) -> None:
    gaps = [verdict for verdict in refusals(change) if verdict.rule == COVERAGE]
    assert [verdict.answer for verdict in gaps] == [Answer.CANNOT_PROVE]
    assert says in gaps[0].message


POLICIES = Check("CKV_AWS_1", frozenset({"code"}), "No policy for all.", None)
READS = Expected(
    EXPECTED.planned,
    EXPECTED.configured,
    {"data.aws_iam_policy_document.a": "aws_iam_policy_document"},
)


def reading(answer: str | None) -> Change:
    """A report on code that also reads a policy document."""

    def change(data: dict[str, Any]) -> None:
        data["types"]["CKV_AWS_1"] = ["data.aws_iam_policy_document"]
        canary = data["scans"]["code canary"]["answers"]
        canary.append(["CKV_AWS_1", "data.aws_iam_policy_document.canary", "FAILED", ""])
        if answer is not None:
            given = ["CKV_AWS_1", "data.aws_iam_policy_document.a", answer, "main.tf:1"]
            data["scans"]["code"]["answers"].append(given)

    return change


@pytest.mark.parametrize(
    ("answer", "rules"),
    [
        ("PASSED", []),
        ("FAILED", ["CKV_AWS_1"]),
        ("UNKNOWN", ["CKV_AWS_1"]),
        (None, [COVERAGE]),
    ],
)
def test_data_sources_are_judged_by_the_code(answer: str | None, rules: list[str]) -> None:
    found = refusals(reading(answer), (*CHECKS, POLICIES), READS)
    assert [verdict.rule for verdict in found] == rules


def test_an_empty_scan_is_not_a_pass() -> None:
    def nothing(data: dict[str, Any]) -> None:
        data["scans"] = {name: scan() for name in data["scans"]}

    assert {verdict.rule for verdict in refusals(nothing)} >= {COVERAGE, "CKV_AWS_7", "CKV_AWS_158"}


def test_a_canary_that_merely_is_not_proved_does_not_count() -> None:
    def change(data: dict[str, Any]) -> None:
        data["scans"]["plan canary"]["answers"][0][2] = "UNKNOWN"

    assert "does not fail on the plan of its canary" in refusals(change)[0].message


def test_a_comment_that_skips_a_check_refuses() -> None:
    def change(data: dict[str, Any]) -> None:
        data["scans"]["code"]["skipped"].append(["CKV_AWS_7", "module.keys.aws_kms_key.this"])

    (verdict,) = refusals(change)
    assert (verdict.rule, verdict.answer) == (SKIPS, Answer.FAIL)
    assert "CKV_AWS_7" in verdict.message
    assert "waivers.toml" in verdict.message


def test_what_fails_in_the_plan_alone_fails_at_its_address() -> None:
    def change(data: dict[str, Any]) -> None:
        data["scans"]["plan"]["answers"][1][2] = "FAILED"

    (verdict,) = refusals(change)
    assert verdict.address == 'module.keys["b.c"].aws_kms_key.this'
    assert verdict.answer is Answer.FAIL


def test_what_fails_in_the_code_fails_at_every_address_that_comes_of_it() -> None:
    def change(data: dict[str, Any]) -> None:
        data["scans"]["code"]["answers"][0][2] = "FAILED"

    verdicts = refusals(change)
    assert [verdict.address for verdict in verdicts] == [
        'module.keys["a"].aws_kms_key.this',
        'module.keys["b.c"].aws_kms_key.this',
    ]
    assert "keys/main.tf:1" in verdicts[0].message


def test_what_fails_in_code_that_makes_nothing_now_fails_all_the_same() -> None:
    def change(data: dict[str, Any]) -> None:
        data["scans"]["code"]["answers"][1][2] = "FAILED"

    planned = {one: kind for one, kind in EXPECTED.planned.items() if kind == "aws_kms_key"}

    def both(data: dict[str, Any]) -> None:
        change(data)
        data["scans"]["plan"]["resources"].pop()

    (verdict,) = refusals(both, expected=Expected(planned, EXPECTED.configured))
    assert (verdict.rule, verdict.address) == ("CKV_AWS_158", "aws_cloudwatch_log_group.calls")


def test_what_is_wrong_in_the_code_does_not_keep_a_stack_from_being_destroyed() -> None:
    def change(data: dict[str, Any]) -> None:
        for answer in data["scans"]["code"]["answers"]:
            answer[2] = "FAILED"
        data["scans"]["plan"] = scan()

    assert refusals(change, expected=Expected({}, EXPECTED.configured)) == []


def test_what_neither_shows_is_not_proved() -> None:
    def change(data: dict[str, Any]) -> None:
        data["scans"]["code"]["answers"][1][2] = "UNKNOWN"

    (verdict,) = refusals(change)
    assert (verdict.rule, verdict.answer) == ("CKV_AWS_158", Answer.CANNOT_PROVE)


def test_the_plan_tells_what_the_code_leaves_open() -> None:
    def change(data: dict[str, Any]) -> None:
        data["scans"]["code"]["answers"][0][2] = "UNKNOWN"

    assert refusals(change) == []


def test_what_is_left_to_a_rule_of_ours_is_said() -> None:
    def change(data: dict[str, Any]) -> None:
        data["scans"]["code"]["answers"][1][2] = "UNKNOWN"

    left = Check("CKV_AWS_158", frozenset({"code"}), "Logs are encrypted.", "log-retention")
    assert refusals(change, (KEYS, left)) == []
    assert "0 of 1; the rule log-retention answers" in judged(change, (KEYS, left))[1].message


def test_nothing_is_left_to_a_rule_that_is_not_there() -> None:
    left = Check("CKV_AWS_158", frozenset({"code"}), "Logs are encrypted.", "log-retentoin")
    (verdict,) = refusals(checks=(KEYS, left))
    assert verdict.rule == COVERAGE
    assert "there is no such rule" in verdict.message


def test_the_worse_of_two_answers_about_one_address_stands() -> None:
    def change(data: dict[str, Any]) -> None:
        answers = data["scans"]["code"]["answers"]
        answers.append([*answers[1][:2], "FAILED", "other/main.tf:1"])
        answers.append([*answers[1][:2], "PASSED", "third/main.tf:1"])

    assert [verdict.rule for verdict in refusals(change)] == ["CKV_AWS_158"]


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "{}", '{"format": 1}', json.dumps(sound())[:-40], "checkov says hello"],
)
def test_what_is_no_report_is_refused(text: str) -> None:
    with pytest.raises(ReportError, match="cut off or not a report"):
        parse_report(text)


def test_a_report_of_another_format_is_refused() -> None:
    with pytest.raises(ReportError, match="format 2, not 1"):
        parse_report(json.dumps({**sound(), "format": 2}))


def test_an_answer_that_is_not_known_is_refused() -> None:
    data = sound()
    data["scans"]["plan"]["answers"][0][2] = "SKIPPED"
    with pytest.raises(ReportError, match="'SKIPPED', which is not known"):
        parse_report(json.dumps(data))


def test_a_report_without_one_of_its_scans_is_refused() -> None:
    data = sound()
    del data["scans"]["plan canary"]
    with pytest.raises(ReportError):
        parse_report(json.dumps(data))


def test_a_check_that_does_not_exist_is_refused_with_the_likely_one() -> None:
    wrong = Check("CKV_AWS_15", frozenset({"code"}), "Typed in haste.", None)
    with pytest.raises(ReportError, match=r"names CKV_AWS_15, which .* did you mean CKV_AWS_158\?"):
        check_names(parse_report(json.dumps(sound())), (*CHECKS, wrong))


def test_what_must_be_seen_is_counted_in_terraforms_own_plan() -> None:
    key = {"address": "aws_kms_key.a", "mode": "managed", "type": "aws_kms_key", "name": "a"}
    read = {"address": "data.aws_x.b", "mode": "data", "type": "aws_x", "name": "b"}
    gone = {**key, "address": "aws_kms_key.gone", "name": "gone"}
    inner = {**key, "address": 'module.m["x"].aws_kms_key.a'}
    plan = read_plan(
        {
            "format_version": "1.2",
            "terraform_version": "1.11.4",
            "errored": False,
            "complete": True,
            "planned_values": {
                "root_module": {
                    "resources": [key, read, gone],
                    "child_modules": [{"resources": [], "child_modules": [{"resources": [inner]}]}],
                }
            },
            "configuration": {
                "root_module": {
                    "resources": [key, read],
                    "module_calls": {"m": {"module": {"resources": [key, read]}}},
                }
            },
            "resource_changes": [
                {**gone, "provider_name": "aws", "change": {"actions": ["forget"]}},
            ],
        }
    )
    expected = expected_of(plan)
    assert set(expected.planned) == {"aws_kms_key.a", 'module.m["x"].aws_kms_key.a'}
    assert set(expected.configured) == {"aws_kms_key.a", "module.m.aws_kms_key.a"}
    assert set(expected.data) == {"data.aws_x.b", "module.m.data.aws_x.b"}


GOOD = 'CKV_AWS_7 = { on = "both", why = "Keys rotate." }'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[checks", "is not TOML"),
        ("", "no table"),
        ("[checks]", "has no checks"),
        ("[checks]\nCKV_AWS_7 = true", "no table"),
        ('[checks]\nCKV_AWS_7 = { on = "plans", why = "Keys rotate." }', "on = code, plan or both"),
        ('[checks]\nCKV_AWS_7 = { on = "both" }', "on = code, plan or both, why"),
        ('[checks]\nCKV_AWS_7 = { on = "both", why = "x", skip = true }', "at most a rule"),
        (f'[checks]\n{GOOD}\n[left-out]\nCKV_AWS_7 = "no"', "has CKV_AWS_7 where it should not"),
        (f"[checks]\n{GOOD}\n[leftout]", "has leftout where it should not"),
    ],
)
def test_checks_that_are_not_well_written_are_refused(text: str, says: str) -> None:
    with pytest.raises(ReportError, match=says):
        read_checks(text)
