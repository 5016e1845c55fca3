"""The gate: what excuses a verdict, for how long, and that nothing else does."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from plan_support import CHANGE, CONTEXT, Resource, judged, plan_of
from rule_fixtures import log_group

from plan_policy import Action, Answer, PlanError, Source, Verdict, parse_plan
from plan_policy import gate as gate_module
from plan_policy.context import Context
from plan_policy.gate import (
    Override,
    PolicyError,
    Waiver,
    judge,
    override_destroy,
    read_overrides,
    read_waivers,
)
from plan_policy.rule import Rule, passes

FOREVER = plan_of(log_group(days=None))
GROUP = "aws_cloudwatch_log_group.this"
TODAY = CONTEXT.today
NUMBER = 'aws_connect_phone_number.this["support"]'
GOES = plan_of(
    Resource("aws_connect_phone_number", None, before={}, actions=("delete",), index="support")
)


def waiver(**changes: Any) -> Waiver:
    """A waiver of the log group's retention."""
    found = Waiver("log-retention", GROUP, "A hold.", "platform", TODAY + timedelta(days=30))
    return replace(found, **changes)


def override(**changes: Any) -> Override:
    """An override for the number."""
    found = Override("prod", CHANGE, NUMBER, Action.DELETE, "platform", "Given back.", TODAY)
    return replace(found, **changes)


def of(rule: str, verdicts: tuple[Verdict, ...]) -> list[Verdict]:
    return [verdict for verdict in verdicts if verdict.rule == rule]


def test_a_waiver_excuses_what_it_names_and_says_why() -> None:
    (verdict,) = of("log-retention", judge(FOREVER, CONTEXT, waivers=[waiver()]))
    assert verdict.answer is Answer.FAIL
    assert not verdict.refuses
    assert verdict.excused == "waived by platform until 2026-03-02: A hold."


@pytest.mark.parametrize(
    "pattern",
    ["aws_cloudwatch_log_group.*", "*_log_group.this", GROUP, "aws_*.this"],
)
def test_a_waiver_may_name_several(pattern: str) -> None:
    (verdict,) = of("log-retention", judge(FOREVER, CONTEXT, waivers=[waiver(resource=pattern)]))
    assert not verdict.refuses


def test_brackets_of_an_address_are_no_pattern() -> None:
    plan = plan_of(replace(log_group(days=None), index="a"))
    exact = waiver(resource=f'{GROUP}["a"]')
    (verdict,) = of("log-retention", judge(plan, CONTEXT, waivers=[exact]))
    assert not verdict.refuses


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"expires": TODAY - timedelta(days=1)}, "expired on 2026-01-30"),
        ({"expires": TODAY + timedelta(days=400)}, "let it end within a year"),
        ({"resource": "aws_cloudwatch_log_group.other"}, "excuses nothing"),
        ({"rule": "tags"}, "excuses nothing"),
    ],
)
def test_a_waiver_that_is_expired_too_long_or_unused_refuses_the_plan(
    changes: dict[str, Any], says: str
) -> None:
    verdicts = judge(FOREVER, CONTEXT, waivers=[waiver(**changes)])
    (told,) = of("waivers", verdicts)
    assert told.refuses
    assert says in told.message
    assert of("log-retention", verdicts)[0].refuses


def test_a_waiver_on_its_last_day_counts() -> None:
    (verdict,) = of("log-retention", judge(FOREVER, CONTEXT, waivers=[waiver(expires=TODAY)]))
    assert not verdict.refuses


def test_a_waiver_of_another_environment_neither_counts_nor_is_unused() -> None:
    verdicts = judge(FOREVER, CONTEXT, waivers=[waiver(environments=("dev",))])
    assert of("waivers", verdicts) == []
    assert of("log-retention", verdicts)[0].refuses


def test_a_waiver_counts_for_checkov_and_is_unused_only_where_checkov_spoke() -> None:
    check = waiver(rule="CKV_AWS_338")
    said = Verdict("CKV_AWS_338", GROUP, Answer.FAIL, "Keep logs a year.", Source.CHECKOV)
    plan = plan_of(log_group())
    assert not of("CKV_AWS_338", judge(plan, CONTEXT, waivers=[check], others=[said]))[0].refuses
    assert of("waivers", judge(plan, CONTEXT, waivers=[check])) == []
    other = replace(said, rule="CKV_AWS_158")
    assert of("waivers", judge(plan, CONTEXT, waivers=[check], others=[other]))[0].refuses


def test_what_passes_is_not_waived() -> None:
    verdicts = judge(plan_of(log_group()), CONTEXT, waivers=[waiver()])
    assert "excuses nothing" in of("waivers", verdicts)[0].message


def test_a_rule_that_raises_proves_nothing_and_cannot_be_waived(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def falls(_: object) -> list[Any]:
        raise ZeroDivisionError("a secret")

    broken = Rule("log-retention", "T", "W.", "R.", falls)
    monkeypatch.setattr(gate_module, "RULES", (broken,))
    verdicts = judge(FOREVER, CONTEXT, waivers=[waiver(resource="plan"), waiver(resource="a*")])
    (verdict,) = of("log-retention", verdicts)
    assert verdict.answer is Answer.CANNOT_PROVE
    assert verdict.address == ""
    assert verdict.refuses
    assert "ZeroDivisionError" in verdict.message
    assert "a secret" not in verdict.message


def test_a_rule_that_raises_half_way_passes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def falls(_: object) -> Any:
        yield passes("a", "Good.")
        raise RecursionError

    monkeypatch.setattr(gate_module, "RULES", (Rule("r", "T", "W.", "R.", falls),))
    (verdict,) = judge(FOREVER, CONTEXT)
    assert verdict.refuses


def test_an_override_lets_one_change_destroy_one_thing() -> None:
    (verdict,) = of("destroy-protection", judge(GOES, CONTEXT, overrides=[override()]))
    assert not verdict.refuses
    assert verdict.excused == "overridden by platform until 2026-01-31: Given back."


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"expires": TODAY - timedelta(days=1)}, "expired"),
        ({"expires": TODAY + timedelta(days=8)}, "within 7 days"),
        ({"address": "aws_connect_phone_number.this"}, "overrides nothing"),
        ({"action": Action.REPLACE}, "overrides nothing"),
        ({"address": "*"}, "overrides nothing"),
        ({"address": 'aws_connect_phone_number.this["*"]'}, "overrides nothing"),
    ],
)
def test_an_override_that_does_not_fit_refuses_the_plan(changes: dict[str, Any], says: str) -> None:
    verdicts = judge(GOES, CONTEXT, overrides=[override(**changes)])
    (told,) = of("overrides", verdicts)
    assert says in told.message
    assert told.refuses
    assert of("destroy-protection", verdicts)[0].refuses


@pytest.mark.parametrize("changes", [{"change": "d" * 64}, {"environment": "dev"}])
def test_an_override_of_another_change_does_not_count(changes: dict[str, Any]) -> None:
    verdicts = judge(GOES, CONTEXT, overrides=[override(**changes)])
    assert of("overrides", verdicts) == []
    assert of("destroy-protection", verdicts)[0].refuses


def test_an_override_excuses_nothing_but_destruction() -> None:
    told = override(address=GROUP)
    verdicts = judge(FOREVER, CONTEXT, overrides=[told])
    assert of("log-retention", verdicts)[0].refuses


def test_an_object_left_behind_has_an_override_of_its_own() -> None:
    gone = Resource(
        "aws_dynamodb_table", None, before={}, actions=("delete",), settings={"deposed": "ab12"}
    )
    plan = plan_of(gone)
    assert of("overrides", judge(plan, CONTEXT, overrides=[override(address=gone.address)]))
    exact = override(address=f"{gone.address} (deposed ab12)")
    (verdict,) = of("destroy-protection", judge(plan, CONTEXT, overrides=[exact]))
    assert not verdict.refuses


def test_a_typed_name_overrides_a_destroy_and_nothing_else() -> None:
    destroy = replace(CONTEXT, purpose="destroy")
    typed = override_destroy(destroy, owner="somebody", reason="Typed prod.")
    assert not of("destroy-protection", judge(GOES, destroy, overrides=[typed]))[0].refuses
    assert of("destroy-protection", judge(GOES, CONTEXT, overrides=[typed]))[0].refuses


def test_what_is_destroyed_cannot_be_waived() -> None:
    with pytest.raises(PolicyError, match="which no waiver can"):
        read_waivers(waiver_text(rule="destroy-protection"))


def waiver_text(**changes: Any) -> str:
    lines = {"rule": "log-retention", "resource": GROUP, "reason": "r", "owner": "platform"}
    found = {**{key: f'"{value}"' for key, value in lines.items()}, "expires": "2026-03-01"}
    found |= {
        key: value if key in {"expires", "environments"} else f'"{value}"'
        for key, value in changes.items()
    }
    return "[[waiver]]\n" + "".join(f"{key} = {value}\n" for key, value in found.items() if value)


def override_text(**changes: Any) -> str:
    found = {
        "environment": '"prod"',
        "change": f'"{CHANGE}"',
        "address": f"'{NUMBER}'",
        "action": '"delete"',
        "owner": '"platform"',
        "reason": '"r"',
        "expires": "2026-01-31",
    } | changes
    return "[[override]]\n" + "".join(f"{key} = {value}\n" for key, value in found.items() if value)


def test_waivers_and_overrides_are_read_as_they_are_meant() -> None:
    (one,) = read_waivers(waiver_text(environments='["prod"]'))
    assert one == Waiver("log-retention", GROUP, "r", "platform", date(2026, 3, 1), ("prod",))
    (other,) = read_overrides(override_text())
    assert other == override(reason="r")
    assert read_waivers("") == ()
    assert read_overrides("# nothing\n") == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[waiver", "is not TOML"),
        ("waiver = 1", r"as a table, \[\[waiver\]\]"),
        ("[[waivers]]", "unknown key 'waivers' in waivers.toml; did you mean waiver"),
        (waiver_text(rule="log-retenion"), "did you mean log-retention"),
        (waiver_text(rule="nonsense-of-mine"), "which no rule is"),
        (waiver_text(rule="CKV_NONSENSE"), "which no rule is"),
        (waiver_text(owner=" "), "Give waiver 1 in waivers.toml a owner"),
        (waiver_text(expires='"2026-03-01"'), "without quotes"),
        (waiver_text(expires="2026-03-01T10:00:00"), "without quotes"),
        (waiver_text(expires=None), "Set expires"),
        (waiver_text(resource="*"), "is for everything"),
        (waiver_text(resource="*.*"), "is for everything"),
        (waiver_text(environments='"prod"'), "list of names"),
        (waiver_text(severity="low"), "unknown key 'severity'"),
    ],
)
def test_waivers_that_are_not_usable_are_told_in_a_sentence(text: str, says: str) -> None:
    with pytest.raises(PolicyError, match=says):
        read_waivers(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (override_text(change='"abc"'), "64 hexadecimal digits"),
        (override_text(action='"update"'), "delete, replace or forget"),
        (override_text(expires=None), "Set expires"),
        (override_text(adress="'x'"), "did you mean address"),
        (override_text(environment=None), "Give override 1"),
    ],
)
def test_overrides_that_are_not_usable_are_told_in_a_sentence(text: str, says: str) -> None:
    with pytest.raises(PolicyError, match=says):
        read_overrides(text)


def test_a_misspelt_environment_is_told() -> None:
    there = ["dev", "prod"]
    assert read_waivers(waiver_text(environments='["prod"]'), there)
    assert read_overrides(override_text(), there)
    with pytest.raises(PolicyError, match="'prdo', which does not exist; did you mean prod"):
        read_waivers(waiver_text(environments='["prdo"]'), there)
    with pytest.raises(PolicyError, match=r"overrides.toml names the environment 'prdo'"):
        read_overrides(override_text(environment='"prdo"'), there)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"format_version": "2.0"}',
        '{"format_version": "1.2", "errored": true, "complete": true}',
        '{"format_version": "1.2", "errored": false, "complete": false}',
        '{"format_version": "1.2", "errored": false, "complete": true}',
        "[" * 100_000,
    ],
)
def test_what_is_no_whole_plan_is_not_judged(text: str) -> None:
    with pytest.raises(PlanError):
        parse_plan(text)


def test_a_plan_in_which_nothing_is_told_from_elsewhere_is_judged_by_every_rule() -> None:
    plan = plan_of(log_group())
    rules = {verdict.rule for verdict in judge(plan, CONTEXT)}
    assert {"log-retention", "tags", "no-provisioner", "account-and-region"} <= rules
    assert judged(plan, "log-retention")[GROUP][0] is Answer.PASS


def test_the_code_is_looked_through_for_what_a_plan_does_not_show() -> None:
    plan = plan_of(log_group())
    code = 'removed {\n  from = aws_iam_role.x\n  provisioner "local-exec" {\n  }\n}\n'
    for text in (
        code,
        code.replace('"local-exec"', "local-exec"),
        code.replace("  prov", "/**/prov"),
    ):
        seen = judged(plan, "no-provisioner", with_sources({"main.tf": text}))
        assert "main.tf has a provisioner" in seen[""][1]
    harmless = {
        "main.tf": 'x = "a provisioner"\n# provisioner\nprovisioner_x = 1\n',
        "a.tf.json": "{}",
    }
    assert judged(plan, "no-provisioner", with_sources(harmless))[""][0] is Answer.PASS
    as_json = {"a.tf.json": '{"removed": {"provisioner": {}}}'}
    assert judged(plan, "no-provisioner", with_sources(as_json))[""][0] is Answer.FAIL


def with_sources(sources: dict[str, str]) -> Context:
    return replace(CONTEXT, sources=sources)
