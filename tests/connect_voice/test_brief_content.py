"""What a brief says of a plan, the risk first."""

from __future__ import annotations

import dataclasses
import json
import time
from typing import Any

import pytest
from brief_plans import MANIFEST, PASSED, Page, brief, change, inputs, plan, sections

from connect_voice.brief import (
    DriftInputs,
    Tone,
    Unseen,
    make_brief,
    make_drift_brief,
    split_markdown,
)
from connect_voice.brief.flows import fill
from connect_voice.bundle import Commit
from plan_policy.verdict import Answer, Source, Verdict

ROLE = "connect-voice-prod-trigger"


def number(value: str = "+12065550100") -> dict[str, Any]:
    return {"phone_number": value, "id": "number-1", "arn": "arn:aws:connect:::phone-number/1"}


def policy(action: str = "s3:GetObject", resource: str = "arn:aws:s3:::a/*", **more: Any) -> str:
    statement = {"Effect": "Allow", "Action": [action], "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def flow(text: str, queue: str = "arn:aws:connect:::queue/1") -> str:
    return json.dumps(
        {
            "Version": "2019-10-30",
            "StartAction": "say",
            "Actions": [
                {
                    "Identifier": "say",
                    "Type": "MessageParticipant",
                    "Parameters": {"Text": text},
                    "Transitions": {"NextAction": "to", "Errors": [], "Conditions": []},
                },
                {
                    "Identifier": "to",
                    "Type": "UpdateContactTargetQueue",
                    "Parameters": {"QueueId": queue},
                    "Transitions": {"NextAction": "end", "Errors": [], "Conditions": []},
                },
                {
                    "Identifier": "end",
                    "Type": "DisconnectParticipant",
                    "Parameters": {},
                    "Transitions": {},
                },
            ],
        }
    )


def test_a_lost_number_is_the_first_thing_said() -> None:
    made = brief(
        change("aws_sqs_queue.a", None, {"name": "a"}),
        change(
            "module.contact_center.aws_connect_phone_number.this",
            number(),
            None,
            action_reason="delete_because_no_resource_config",
        ),
    )
    first = "Stop: Removes a phone number: callers of +12065550100 reach nobody."
    assert made.tone is Tone.STOP
    assert made.summary[0] == first
    assert made.markdown.split("\n")[2] == (
        "**Removes a phone number: callers of `+12065550100` reach nobody.**"
    )
    told = sections(made.markdown)
    assert next(iter(told)) == "Deleted and replaced"
    assert "its block is no longer in the configuration" in told["Deleted and replaced"]
    assert "Removes a phone number" in Page.of(made.html).text


def test_a_replacement_says_which_attribute_forces_it() -> None:
    made = brief(
        change(
            "aws_connect_instance.this",
            {"instance_alias": "old", "id": "1", "arn": "a"},
            {"instance_alias": "new"},
            unknown={"id": True, "arn": True},
            actions=["delete", "create"],
            forces=[["instance_alias"]],
            action_reason="replace_because_cannot_update",
        )
    )
    told = sections(made.markdown)["Deleted and replaced"]
    assert "`instance_alias`: `old` → `new` **forces the replacement**" in told
    assert "instance_alias cannot be changed in place" in told
    assert "phone numbers, users, queues, flows" in made.summary[0]


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"deposed": "abc123"}, "deposed abc123"),
        ({"action_reason": "delete_because_each_key"}, "for_each no longer has its key"),
        ({"action_reason": "delete_because_no_module"}, "the module it was in is no longer"),
        ({"action_reason": "something_new"}, "Terraform says something_new"),
    ],
)
def test_reasons_are_in_plain_words(entry: dict[str, str], words: str) -> None:
    made = brief(change("aws_sqs_queue.a", {"name": "a"}, None, **entry))
    assert words in sections(made.markdown)["Deleted and replaced"]


def test_forgotten_imported_and_moved_resources_are_told() -> None:
    imported = change("aws_sqs_queue.c", {"name": "c"}, {"name": "c"}, actions=["no-op"])
    imported["change"]["importing"] = {"id": "queue-7"}
    moved = change("aws_sqs_queue.d", {"name": "d"}, {"name": "d"}, actions=["no-op"])
    moved["previous_address"] = "aws_sqs_queue.old"
    made = brief(
        change("aws_connect_phone_number.b", number(), None, actions=["forget"]), imported, moved
    )
    told = sections(made.markdown)
    assert "goes on to exist in AWS" in told["Deleted and replaced"]
    assert "Lost" not in told["Deleted and replaced"]
    assert "Imports `aws_sqs_queue.c` as `queue-7`" in told["Imported and moved"]
    assert "Moves `aws_sqs_queue.old` to `aws_sqs_queue.d`" in told["Imported and moved"]


@pytest.mark.parametrize(
    ("address", "before", "words"),
    [
        ("aws_dynamodb_table.a", {"name": "t"}, "the items in it"),
        ("aws_kinesis_stream.a", {"name": "s"}, "the records in it"),
        ("aws_kms_key.a", {"deletion_window_in_days": 7}, "after 7 days, whatever is encrypted"),
        ("aws_ssm_parameter.a", {"name": "/s", "type": "SecureString"}, "the secret"),
        ("aws_s3_bucket.a", {"bucket": "b"}, "the objects in it"),
    ],
)
def test_what_is_lost_with_what_holds_something(
    address: str, before: dict[str, Any], words: str
) -> None:
    made = brief(change(address, before, None))
    assert made.tone is Tone.STOP
    assert words in made.summary[0]


def test_what_can_be_made_again_stops_nobody() -> None:
    made = brief(change("aws_ssm_parameter.a", {"name": "/s", "type": "String"}, None))
    assert made.tone is Tone.LOOK


def test_a_number_that_no_flow_answers_any_more() -> None:
    told = json.dumps({"phone_number_id": "number-1", "contact_flow_id": "f"})
    made = brief(
        change("aws_connect_phone_number.this", number(), number(), actions=["no-op"]),
        change("aws_lambda_invocation.this", {"input": told, "function_name": "f"}, None),
    )
    assert made.summary[0] == "Stop: No flow answers calls to +12065550100 any more."


def test_only_creating_is_calm_and_nothing_is_nothing() -> None:
    created = brief(change("aws_sqs_queue.a", None, {"name": "a"}))
    assert created.tone is Tone.CALM
    assert "nothing that exists is touched" in created.summary[0]
    assert brief().summary == ("Calm: Changes nothing: what is deployed is what this describes.",)


def test_permissions_are_told_by_role_and_action() -> None:
    made = brief(
        change(
            "aws_iam_role_policy.a",
            {"role": ROLE, "name": "p", "policy": policy("s3:GetObject")},
            {
                "role": ROLE,
                "name": "p",
                "policy": policy(
                    "s3:PutObject", Condition={"Bool": {"aws:SecureTransport": "true"}}
                ),
            },
        )
    )
    told = sections(made.markdown)["Access"]
    assert f"`role {ROLE}`" in told
    assert "**may now** `s3:PutObject` on `arn:aws:s3:::a/*`, only if `Bool aws:Secure" in told
    assert "**may no longer** `s3:GetObject` on `arn:aws:s3:::a/*`" in told


def test_a_policy_in_another_order_changes_nothing() -> None:
    one = {"Effect": "Allow", "Action": ["a:B", "c:D"], "Resource": ["x", "y"]}
    other = {"Resource": ["y", "x"], "Action": ["c:D", "a:B"], "Effect": "Allow"}
    made = brief(
        change(
            "aws_iam_role_policy.a",
            {"role": ROLE, "policy": json.dumps({"Statement": one})},
            {"role": ROLE, "policy": json.dumps({"Statement": [other]})},
        )
    )
    assert "Access" not in sections(made.markdown)


def test_the_same_elsewhere_is_told_as_one_change() -> None:
    made = brief(
        change(
            "aws_iam_role_policy.a",
            {"role": ROLE, "policy": policy(resource="arn:aws:s3:::old/*")},
            {"role": ROLE, "policy": policy(resource="arn:aws:s3:::new/*")},
        )
    )
    told = sections(made.markdown)["Access"]
    assert "**may do otherwise** `s3:GetObject`" in told
    assert "**now** on `arn:aws:s3:::new/*`" in told
    assert "**no longer** on `arn:aws:s3:::old/*`" in told


def test_a_policy_that_is_not_known_yet_is_said_to_be() -> None:
    made = brief(
        change("aws_iam_role_policy.a", None, {"role": ROLE, "name": "p"}, unknown={"policy": True})
    )
    told = sections(made.markdown)["Access"]
    assert "`policy p`: known only after apply" in told


def test_what_is_known_after_apply_is_told_as_it_was_rehearsed() -> None:
    made = brief(
        change(
            "aws_iam_role_policy.a", None, {"role": ROLE, "name": "p"}, unknown={"policy": True}
        ),
        change(
            "aws_connect_contact_flow.b",
            {"name": "inbound", "content": flow("Hello")},
            {"name": "inbound"},
            unknown={"content": True},
        ),
        rehearsed={
            "aws_iam_role_policy.a": {"policy": policy("s3:GetObject"), "other": "left alone"},
            "aws_connect_contact_flow.b": {"content": flow("Good day")},
        },
    )
    told = sections(made.markdown)
    assert "**may now** `s3:GetObject`" in told["Access"]
    assert "ids are made up" in told["Access"]
    assert '"Hello" → "Good day"' in told["Flows"]
    assert "ids are made up" in told["Flows"]
    assert "left alone" not in made.markdown


@pytest.mark.parametrize(
    "principal", ["*", {"AWS": "*"}, {"AWS": "arn:aws:iam::999999999999:root"}]
)
def test_strangers_in_a_policy_stop_a_reviewer(principal: object) -> None:
    statement = {
        "Effect": "Allow",
        "Action": "kms:Decrypt",
        "Resource": "*",
        "Principal": principal,
    }
    made = brief(
        change("aws_sqs_queue.a", {"name": "a"}, {"name": "a"}, actions=["no-op"]),
        change("aws_kms_key_policy.a", None, {"policy": json.dumps({"Statement": [statement]})}),
    )
    assert made.tone is Tone.STOP
    assert made.summary[0].startswith("Stop: Lets ")
    assert "kms:Decrypt" in made.summary[0]


def test_a_wildcard_is_marked() -> None:
    made = brief(
        change(
            "aws_iam_role_policy.a",
            {"role": ROLE, "policy": policy()},
            {"role": ROLE, "policy": policy("s3:*", "*")},
        )
    )
    assert f"Lets “role {ROLE}” do s3:* on *." in made.summary[0]
    assert "🟡 **may now** `s3:*` on `*`" in made.markdown


def test_trust_lambda_permissions_grants_and_attachments_are_told() -> None:
    trust = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": "x.amazonaws.com"},
    }
    made = brief(
        change(
            "aws_iam_role.a",
            None,
            {"name": ROLE, "assume_role_policy": json.dumps({"Statement": trust})},
        ),
        change(
            "aws_lambda_permission.a",
            None,
            {
                "function_name": "f",
                "action": "lambda:InvokeFunction",
                "principal": "connect.amazonaws.com",
                "source_account": "123456789012",
            },
            unknown={"source_arn": True},
        ),
        change(
            "aws_iam_role_policy_attachment.a",
            None,
            {"role": ROLE, "policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess"},
        ),
        change(
            "aws_kms_grant.a",
            None,
            {
                "grantee_principal": f"arn:aws:iam::123456789012:role/{ROLE}",
                "operations": ["Decrypt"],
            },
        ),
    )
    told = sections(made.markdown)["Access"]
    assert f"`service x.amazonaws.com`\n  - **may now** `sts:AssumeRole` on `role {ROLE}`" in told
    assert "only if `source_arn (known after apply), source_account 123456789012`" in told
    assert "**may now** `*` on `policy arn:aws:iam::aws:policy/AdministratorAccess`" in told
    assert "**may now** `kms:Decrypt`" in told


def test_a_flow_is_compared_action_by_action_with_pictures_on_the_page() -> None:
    made = brief(
        change(
            "aws_connect_contact_flow.a",
            {"name": "inbound", "content": flow("Hello")},
            {"name": "inbound", "content": flow("Good day")},
        )
    )
    told = sections(made.markdown)["Flows"]
    assert '"Hello" → "Good day"' in told
    assert made.summary[0] == "Look: Changes what callers meet in the flow inbound."
    assert len(Page.of(made.html).pictures) == 3
    assert "see Flows" in sections(made.markdown)["Changed in place"]


def test_a_flow_that_is_not_known_yet_is_shown_from_its_template() -> None:
    given = {
        "unknown": {"content": True},
        "before": {"name": "inbound", "content": flow("Hello")},
        "after": {"name": "inbound"},
    }
    told = change("module.servicenow_voice.aws_connect_contact_flow.inbound", **given)
    template = flow("Good day", "${queue_arn}")
    made = brief(told, templates={"flows/servicenow_voice/inbound.json": template})
    shown = sections(made.markdown)["Flows"]
    assert '"Hello" → "Good day"' in shown
    assert "queue/1" not in shown  # what stands for a placeholder is no difference
    assert "known only after apply" in shown
    without = sections(brief(told).markdown)["Flows"]
    assert "known only after apply" in without
    assert "Good day" not in without


def test_a_template_is_filled_only_where_the_text_could_be_its_own() -> None:
    deployed = flow("Hello", "arn:aws:connect:::queue/1")
    assert json.loads(fill(flow("Hello", "${queue}"), deployed)) == json.loads(deployed)
    kept = json.loads(fill(flow("Hello", "prefix-${queue}"), deployed))
    assert kept["Actions"][1]["Parameters"]["QueueId"] == "prefix-${queue}"


def lambda_entry(sha256: str, size: int = 1_000, **packages: str) -> dict[str, Any]:
    return {
        "sha256": sha256,
        "size": size,
        "packages": [{"name": name, "version": version} for name, version in packages.items()],
    }


def test_lambdas_are_compared_with_what_was_applied() -> None:
    made = brief(
        lambdas={
            "same": lambda_entry("a" * 64),
            "other": lambda_entry("c" * 64, 3_500, certifi="2026.2", urllib3="3.0"),
            "fresh": lambda_entry("d" * 64),
        },
        last={
            "lambdas": {
                "same": lambda_entry("a" * 64),
                "other": lambda_entry("b" * 64, 1_500, certifi="2026.1", idna="3.1"),
                "gone": lambda_entry("e" * 64),
            }
        },
    )
    told = sections(made.markdown)["Lambdas"]
    assert "Unchanged, byte for byte: `same`." in told
    assert "package added: `urllib3 3.0`" in told
    assert "package removed: `idna 3.1`" in told
    assert "package `certifi`: `2026.1` → `2026.2`" in told
    assert "size: 1.5 kB → 3.5 kB (+2,000 bytes)" in told
    assert "**New** `fresh`" in told
    assert "**Gone** `gone`" in told


def test_inputs_are_compared_with_those_applied_and_sensitive_ones_are_not_shown() -> None:
    made = brief(
        data={"variables": {"hours": {"value": {"end": "20:00"}}, "pin": {"value": "(sensitive)"}}},
        last={"variables": {"hours": {"value": {"end": "18:00"}}, "pin": {"value": "123"}}},
    )
    told = sections(made.markdown)["Inputs of the environment"]
    assert "`hours.end`: `18:00` → `20:00`" in told
    assert "→ (sensitive)" in told


def test_sensitive_values_are_never_shown() -> None:
    secret = "correct horse battery"
    made = brief(
        change(
            "aws_sqs_queue.a",
            {"name": "a", "pin": secret, "deep": [{"x": secret}]},
            {"name": "a", "pin": f"{secret}2", "deep": [{"x": f"{secret}2"}]},
            sensitive={"pin": True, "deep": [{"x": True}]},
        ),
        change(
            "aws_ssm_parameter.b", None, {"name": "b", "value": secret}, sensitive={"value": True}
        ),
        change("aws_sqs_queue.c", {"api_key": "old-key-0001"}, {"api_key": "new-key-0002"}),
    )
    for text in (made.markdown, made.html, *made.summary):
        assert secret not in text
        assert "key-000" not in text


def test_attributes_are_told_leaf_by_leaf_and_what_aws_decides_is_left_out() -> None:
    resource = {"type": "aws_sqs_queue", "name": "a", "expressions": {"settings": {}, "arn_of": {}}}
    made = brief(
        change(
            "aws_sqs_queue.a",
            {"name": "q", "settings": json.dumps({"a": 1, "b": 2}), "version": "1", "arn_of": "x"},
            {"name": "q", "settings": json.dumps({"a": 1, "b": 3})},
            unknown={"version": True, "arn_of": True},
        ),
        data={"configuration": {"root_module": {"resources": [resource]}}},
    )
    told = sections(made.markdown)["Changed in place"]
    assert "`settings.b`: `2` → `3`" in told
    assert "`arn_of`: `x` → (known after apply)" in told
    assert "version" not in told


def test_refusals_come_before_what_is_excused_and_what_passes() -> None:
    made = brief(
        verdicts=(
            *PASSED,
            Verdict("log-retention", "aws_x.a", Answer.FAIL, "Kept too long; set 30."),
            Verdict("key-of-ours", "aws_x.b", Answer.CANNOT_PROVE, "Nobody knows the key."),
            Verdict(
                "CKV_AWS_117",
                "aws_x.c",
                Answer.FAIL,
                "Not in a VPC.",
                Source.CHECKOV,
                "Public APIs (owner voice, until 2027-01-31)",
            ),
        ),
        coverage={"checks": 31, "checkov": "3.3.30"},
    )
    assert made.tone is Tone.STOP
    assert made.summary[0] == "Stop: The policy gate refuses this plan, for 2 reasons."
    told = sections(made.markdown)["Policy gate"]
    order = [
        told.index(words)
        for words in (
            "key-of-ours",
            "log-retention",
            "Excused: 1 verdict",
            "CKV_AWS_117",
            "Passed: 1",
        )
    ]
    assert order == sorted(order)
    assert "`key-of-ours` cannot be proved for `aws_x.b`" in told
    assert "owner voice, until 2027-01-31" in told
    assert "31 checks, checkov 3.3.30" in told


def test_no_verdict_at_all_is_no_pass() -> None:
    made = brief(verdicts=())
    assert made.tone is Tone.STOP
    assert "gave no verdict" in made.summary[0]


def test_drift_that_is_none_is_left_out_and_drift_that_is_one_is_told() -> None:
    made = brief(
        drift=(
            change("aws_sqs_queue.a", {"name": "a", "tags": None}, {"name": "a", "tags": {}}),
            change("aws_sqs_queue.b", {"name": "b", "delay": 1}, {"name": "b", "delay": 2}),
            change("aws_sqs_queue.c", {"name": "c"}, None),
        )
    )
    told = sections(made.markdown)["Changed outside Terraform"]
    assert "aws_sqs_queue.a" not in told
    assert "`delay`: `1` → `2`" in told
    assert "**Gone:**" in told
    assert "Changed outside Terraform since the last apply: 2 resources." in made.summary[0]


def test_policies_that_the_plan_itself_attaches_are_no_drift_and_others_are() -> None:
    ours = {"name": "p", "policy": policy()}
    foreign = {"name": "backdoor", "policy": policy("*", "*")}
    managed = {"role": ROLE, **ours}
    entry = change("aws_iam_role_policy.p", managed, managed, actions=["no-op"])

    def role(*inline: dict[str, str]) -> dict[str, Any]:
        return {"name": ROLE, "inline_policy": list(inline)}

    quiet = brief(entry, drift=(change("aws_iam_role.r", role(), role(ours)),))
    assert "Changed outside Terraform" not in sections(quiet.markdown)
    loud = brief(entry, drift=(change("aws_iam_role.r", role(), role(ours, foreign)),))
    assert "backdoor" in sections(loud.markdown)["Changed outside Terraform"]


def test_what_the_plan_is_bound_to_stands_at_its_head() -> None:
    dirty = dataclasses.replace(MANIFEST, commit=Commit(MANIFEST.commit.sha, clean=False))  # type: ignore[union-attr]
    made = brief(manifest=dirty, promotion="These are the Lambdas of staging.")
    for words in (
        "123456789012",
        "us-east-1",
        "0123456789ab",
        "2026-11-22 03:00 UTC",
        dirty.change,
    ):
        assert words in made.markdown
    assert "**with uncommitted changes**" in made.markdown
    assert "These are the Lambdas of staging." in made.markdown
    assert "Made from a checkout with changes" in made.summary[0]


def test_removing_everything_is_said_in_the_title() -> None:
    made = brief(manifest=dataclasses.replace(MANIFEST, purpose="destroy"))
    assert made.markdown.startswith("## 🟢 Plan to remove everything in prod\n")


def test_a_check_that_fails_is_told() -> None:
    instance = {
        "status": "fail",
        "problems": [{"message": "No number."}],
        "address": {"to_display": "check.x"},
    }
    made = brief(data={"checks": [{"instances": [instance]}]})
    assert made.summary[0] == "Look: check.x fails: No number."


def test_five_hundred_resources_fit_into_parts_with_nothing_left_out() -> None:
    changes = [
        change(
            f"module.m{n}.aws_sqs_queue.q",
            {"name": f"queue-{n:03}", "description": "x" * 200, "n": n},
            {"name": f"queue-{n:03}", "description": "y" * 200, "n": n + 1},
        )
        for n in range(500)
    ]
    given = inputs(*changes)
    began = time.perf_counter()
    made = make_brief(given)
    parts = split_markdown(made.markdown)
    assert time.perf_counter() - began < 5  # a tenth of it on an idle machine
    assert len(parts) > 1
    assert all(len(part.encode()) <= 65_535 for part in parts)
    assert all(part.startswith(f"**Part {n} of {len(parts)}**") for n, part in enumerate(parts, 1))
    assert [n for n in range(500) if not any(f"`queue-{n:03}`" in part for part in parts)] == []


def test_drift_has_a_brief_of_its_own() -> None:
    seen = plan(
        drift=(change("aws_sqs_queue.a", {"name": "a", "delay": 1}, {"name": "a", "delay": 2}),)
    )
    given = DriftInputs(
        "prod",
        "123456789012",
        "us-east-1",
        seen,
        MANIFEST.made_at,
        (Unseen("aws_cloudcontrolapi_resource.app", "The application's URL is another."),),
    )
    made = make_drift_brief(given)
    assert given.drifted
    assert made.tone is Tone.LOOK
    assert "2 resources changed outside Terraform" in made.summary[0]
    assert "URL is another" in made.markdown
    lost = "Number support: +12065550100 leads to no flow; deploy again."
    loud = make_drift_brief(dataclasses.replace(given, calls=(lost, "The queue q is disabled.")))
    assert loud.tone is Tone.STOP
    assert loud.summary[0] == f"Stop: Calls do not get through (1 more): {lost}"
    assert "2 resources changed outside Terraform" in loud.summary[1]
    assert "q is disabled" in loud.markdown
    only = dataclasses.replace(given, plan=plan(), unseen=(), calls=(lost,))
    assert only.drifted
    assert len(make_drift_brief(only).summary) == 1
    quiet = dataclasses.replace(given, plan=plan(), unseen=())
    assert not quiet.drifted
    assert make_drift_brief(quiet).summary == (
        "Calm: No drift: what is there is what was applied.",
    )
