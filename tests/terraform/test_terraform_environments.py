"""The shipped environments: each plans as it stands once the empty values are filled in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from terraform_support import VARIABLES, MockedRoot

NAMES = ("dev", "staging", "prod")
SERVICENOW, BOT = VARIABLES["servicenow"], VARIABLES["kore_bots"]["support"]
# What a user types where a shipped file has nothing, in the order of the file.
TYPED = {
    "alias": "theirs",
    **{name: SERVICENOW[name] for name in SERVICENOW if name != "dnis_prefixes"},
    **VARIABLES["servicenow_endpoints"],
    **{name: BOT[name] for name in ("bot_id", "client_id", "account_id", "sip_uri")},
}
FACTS = {
    "environment": "test",
    "account_id": "123456789012",
    "region": "us-east-1",
    **{name: value for name, value in VARIABLES.items() if re.search("_(ids|secrets?)$", name)},
    # What the provider that only remembers answers for them is the same for all.
    "kore_endpoints": VARIABLES["kore_endpoints"],
    "kore_application": {},
}
EMPTY = re.compile(r'^(\s*(\w+)\s*=\s*)""', re.MULTILINE)


def shipped(root: Path, name: str) -> str:
    folder = root / "terraform" / "environments" / name
    return (folder / "terraform.tfvars").read_text(encoding="utf-8")


def variables(text: str) -> set[str]:
    return set(re.findall(r"^(\w+)\s*=", text, re.MULTILINE))


def filled(text: str) -> str:
    return EMPTY.sub(lambda found: f'{found[1]}"{TYPED[found[2]]}"', text)


@pytest.mark.parametrize("name", NAMES)
def test_it_deploys_once_its_empty_values_are_filled_in(
    mocked_root: MockedRoot, root: Path, name: str
) -> None:
    outcome = mocked_root.apply_file(filled(shipped(root, name)), FACTS)
    assert outcome.errors == ()
    assert len(outcome.of_type("aws_lambda_function")) == 5


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("empty", sorted(TYPED))
def test_each_value_that_is_the_users_is_empty(root: Path, name: str, empty: str) -> None:
    assert empty in {found[1] for found in EMPTY.findall(shipped(root, name))}


@pytest.mark.parametrize("name", NAMES)
def test_what_is_left_empty_is_said_in_a_sentence(
    mocked_root: MockedRoot, root: Path, name: str
) -> None:
    outcome: Any = mocked_root.apply_file(shipped(root, name), FACTS)
    assert outcome.errors
    assert all(re.match(r"(Set|Name|Give) \w+", error) for error in outcome.errors), outcome.errors


def test_all_have_the_same_shape(root: Path) -> None:
    prod = variables(shipped(root, "prod"))
    assert variables(shipped(root, "dev")) == variables(shipped(root, "staging")) == prod


def test_the_explanations_stand_in_prod_alone(root: Path) -> None:
    for name in ("dev", "staging"):
        assert shipped(root, name).count("#") <= 2
