"""Every rule has plans that it passes and plans that it does not, and says what is wrong."""

from __future__ import annotations

import pytest
from plan_support import CONTEXT, judged
from rule_fixtures import FAILING, PASSING, Case

from plan_policy import Answer
from plan_policy.gate import RULES, judge

IDS = [rule.id for rule in RULES]
CASES = [(rule, case) for rule, cases in FAILING.items() for case in cases]


def test_every_rule_has_both_fixtures() -> None:
    assert sorted(PASSING) == sorted(IDS)
    assert sorted(FAILING) == sorted(IDS)
    assert all(FAILING.values())


def test_rules_are_told_apart_and_say_what_they_are_for() -> None:
    assert len(set(IDS)) == len(IDS)
    for rule in RULES:
        assert rule.id == rule.id.lower()
        assert all(text[0].isupper() for text in (rule.title, rule.why, rule.remedy))
        assert rule.why.endswith(".")
        assert rule.remedy.endswith(".")
        assert not rule.title.endswith(".")


@pytest.mark.parametrize("rule", IDS)
def test_it_passes_what_is_right(rule: str) -> None:
    found = judged(PASSING[rule], rule)
    assert {answer for answer, _ in found.values()} <= {Answer.PASS}, found
    # Absence is right for some rules, and then there is nothing to tell.
    assert found or rule in {"iam-no-users", "destroy-protection"}


@pytest.mark.parametrize(
    ("rule", "case"), CASES, ids=[f"{rule}: {case.name}" for rule, case in CASES]
)
def test_it_refuses_what_is_wrong(rule: str, case: Case) -> None:
    found = judged(case.plan, rule)
    told = [(answer, message) for answer, message in found.values() if answer is not Answer.PASS]
    assert told, found
    assert case.answer in {answer for answer, _ in told}, told
    assert any(case.says in message for _, message in told), told


@pytest.mark.parametrize(
    ("rule", "case"), CASES, ids=[f"{rule}: {case.name}" for rule, case in CASES]
)
def test_every_message_is_one_sentence(rule: str, case: Case) -> None:
    for verdict in judge(case.plan, CONTEXT):
        if verdict.rule == rule:
            assert verdict.message[0].isupper() or verdict.message[0].isdigit(), verdict
            assert verdict.message.endswith("."), verdict
            assert "\n" not in verdict.message
