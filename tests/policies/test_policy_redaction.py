"""Secrets in a plan: taken out wherever they stand, and found where they should not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plan_support import Resource, plan_data
from rule_fixtures import SECRET, function, secure

from plan_policy import read_plan
from plan_policy.redaction import HIDDEN, canonical_digest, redact, secrets_in_plan

WORD = "hunter2-and-more"


def planted() -> dict[str, Any]:
    """A plan with a word in every place that Terraform marks as sensitive."""
    resource = Resource(
        "aws_x",
        {"a": WORD, "list": [{"b": WORD}, {"b": "fine"}], "set": [WORD], "plain": "fine"},
        before={"a": WORD},
        actions=("update",),
        unset=("a", "list", "set", "plain"),
    )
    data = plan_data(resource)
    change = data["resource_changes"][0]["change"]
    # A set has no order, so that its mask need not stand beside its values.
    change["after_sensitive"] = {"a": True, "list": [{"b": True}, {}], "set": [True]}
    change["before_sensitive"] = {"a": True}
    values = {"values": dict(change["after"]), "sensitive_values": change["after_sensitive"]}
    data["planned_values"] = {
        "root_module": {"child_modules": [{"resources": [{"address": "aws_x.this", **values}]}]},
        "outputs": {"o": {"sensitive": True, "value": WORD}},
    }
    data["prior_state"] = {"values": {"root_module": {"resources": [values]}}}
    data["output_changes"] = {
        "o": {"before": WORD, "after": {"deep": WORD}, "before_sensitive": True}
        | {"after_sensitive": {"deep": True}}
    }
    data["resource_drift"] = [data["resource_changes"][0]]
    data["variables"] = {"s": {"value": {"deep": WORD}}, "e": {"value": WORD}}
    root = data["configuration"]["root_module"]
    root["variables"] = {"s": {"sensitive": True, "default": WORD}, "e": {"ephemeral": True}}
    root["module_calls"] = {
        "m": {
            "source": "./m",
            "expressions": {"s": {"constant_value": WORD}},
            "module": {"variables": {"s": {"sensitive": True}}},
        }
    }
    data["configuration"]["provider_config"]["aws"]["expressions"]["secret_key"] = {
        "constant_value": WORD
    }
    return data


def test_what_terraform_marks_is_taken_out_everywhere() -> None:
    shown = json.dumps(redact(planted()))
    assert WORD not in shown
    assert shown.count("fine") == json.dumps(planted()).count("fine")


def test_the_shape_stays_that_of_a_plan() -> None:
    data = planted()
    redacted = redact(data)
    assert redacted.keys() == data.keys()
    plan = read_plan(redacted)
    assert plan.changes[0].after == {
        "a": HIDDEN,
        "list": [{"b": HIDDEN}, {"b": "fine"}],
        "set": [HIDDEN],
        "plain": "fine",
    }


def test_a_mask_of_another_shape_takes_out_all_of_it() -> None:
    resource = Resource("aws_x", {"a": {"b": WORD}})
    data = plan_data(resource)
    data["configuration"] = {}
    data["resource_changes"][0]["change"]["after_sensitive"] = {"a": [True]}
    assert WORD not in json.dumps(redact(data))


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        f"before {SECRET} after",
        json.dumps({"deep": json.dumps({"token": SECRET})}),
        "x" * 30_000 + f" {SECRET} " + "y" * 30_000,
        f"https://user:{SECRET}@a.example.com/",
        "Bearer abc123def456ghi789",
    ],
    ids=["alone", "within", "in JSON in JSON", "in a long text", "in a URL", "in a header"],
)
def test_what_looks_like_a_secret_is_taken_out(text: str) -> None:
    shown = json.dumps(redact(plan_data(Resource("aws_x", {"description": text}))))
    assert SECRET not in shown
    assert "abc123def456ghi789" not in shown


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("source_code_hash", "q7IkNqmXXFQs5GtHieONJjeRpzYuS83d5Gf7yYbSgHA="),
        ("customer_master_key_spec", "SYMMETRIC_DEFAULT"),
        ("WEBHOOK_SECRET_PARAMETER", "/ours/kore/webhook_secret"),
        ("SOCKET_TOKEN_SECONDS", "3600"),
        ("hash_key", "contactId"),
        ("token_copy", "Standard"),
        ("id", "ours-phone-number-flow_$LATEST_16758788eaabbbf4baf94d3ec05c30a9"),
        ("arn", "arn:aws:kms:us-east-1:123456789012:key/86c185ee-e44b-4528-93a3-5c9e473655e1"),
    ],
)
def test_what_a_reviewer_must_see_stays(name: str, value: str) -> None:
    data = plan_data(Resource("aws_x", {name: value}))
    assert redact(data)["resource_changes"] == data["resource_changes"]
    assert secrets_in_plan(data) == ()


@settings(max_examples=60, deadline=None)
@given(
    secret=st.text(min_size=6, max_size=40).filter(lambda text: text.strip() == text),
    where=st.sampled_from(["attribute", "name", "nested", "text", "address", "check"]),
)
def test_a_known_secret_is_nowhere(secret: str, where: str) -> None:
    resource = Resource("aws_x", {"a": "1"})
    places: dict[str, Any] = {
        "attribute": Resource("aws_x", {"a": secret}),
        "name": Resource("aws_x", {secret: "1"}),
        "nested": Resource("aws_x", {"a": json.dumps({"b": json.dumps([secret])})}),
        "text": Resource("aws_x", {"a": f"x{secret}y"}),
    }
    data = plan_data(places.get(where, resource))
    if where == "address":
        data["resource_changes"][0]["address"] = f'aws_x.this["{secret}"]'
    if where == "check":
        data["checks"] = [{"instances": [{"problems": [{"message": secret}]}]}]
    untouched = json.dumps(plan_data(resource), ensure_ascii=False)
    if secret in untouched or secret in HIDDEN or secret in json.dumps(untouched):
        return  # a secret that every plan holds anyway
    for text in _texts(redact(data, [secret])):
        assert secret not in text


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for pair in value.items() for part in pair for text in _texts(part)]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    return [value] if isinstance(value, str) else []


def test_a_known_secret_must_not_even_be_there_as_a_sensitive_value() -> None:
    data = planted()
    assert secrets_in_plan(data) == ()
    found = secrets_in_plan(data, [WORD])
    assert any("variables.e.value" in sentence for sentence in found)
    assert any(sentence.startswith("aws_x.this.change.after.a ") for sentence in found)
    assert all(WORD not in sentence for sentence in found)


def test_secrets_in_clear_are_found_where_they_stand() -> None:
    data = plan_data(function(environment=[{"variables": {"API_KEY": WORD}}]))
    (sentence, *_) = secrets_in_plan(data)
    assert sentence.startswith(
        "aws_lambda_function.this.change.after.environment[0].variables.API_KEY holds what looks"
    )


def test_a_module_that_is_given_a_secret_as_a_literal_is_found() -> None:
    data = plan_data(modules={"m": {"expressions": {"client_secret": {"constant_value": WORD}}}})
    assert "client_secret" in secrets_in_plan(data)[0]


def test_a_write_only_secret_is_none() -> None:
    assert secrets_in_plan(plan_data(secure())) == ()


def test_the_canonical_digest_knows_no_time_and_no_order() -> None:
    data = plan_data(Resource("aws_x", {"a": 1}), relevant_attributes=[{"r": 1}, {"r": 2}])
    again = {**data, "timestamp": "2027-01-01T00:00:00Z"}
    again["relevant_attributes"] = list(reversed(data["relevant_attributes"]))
    assert canonical_digest(dict(reversed(again.items()))) == canonical_digest(data)


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data["resource_changes"][0]["change"]["after"].update(a=2),
        lambda data: data["configuration"]["root_module"]["resources"][0].update(
            provisioners=[{"type": "local-exec"}]
        ),
        lambda data: data["variables"].update(x={"value": 1}),
        lambda data: data.update(terraform_version="1.12.0"),
    ],
)
def test_the_canonical_digest_knows_everything_else(change: Any) -> None:
    before = plan_data(Resource("aws_x", {"a": 1}))
    after = plan_data(Resource("aws_x", {"a": 1}))
    change(after)
    assert canonical_digest(before) != canonical_digest(after)
