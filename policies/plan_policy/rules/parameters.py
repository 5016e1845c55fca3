"""Secrets are SecureStrings under our key, written and never read; nothing else holds one."""

from __future__ import annotations

from collections.abc import Iterator

from plan_policy.redaction import looks_like_secret, secrets_in_plan
from plan_policy.rule import Finding, Rule, fails, passes, unproven
from plan_policy.rules.keys import encrypted_by_our_key
from plan_policy.world import Resource, World

_PARAMETER = "aws_ssm_parameter"
_TIERS = {"Standard", "Advanced", "Intelligent-Tiering"}


def _secure(world: World) -> Iterator[Resource]:
    for parameter in world.managed(_PARAMETER):
        if parameter.value("type").text not in {"String", "StringList"}:
            yield parameter


def _write_only(world: World) -> Iterator[Finding]:
    for parameter in _secure(world):
        if parameter.value("type").data != "SecureString":
            yield unproven(parameter.address, "The plan does not say its type; set it to a text.")
            continue
        shown = [name for name in ("value", "insecure_value") if _is_set(parameter, name)]
        if shown:
            yield fails(
                parameter.address,
                f"Its secret stands in the plan and in the state; write it with value_wo instead "
                f"of {shown[0]}.",
            )
        elif parameter.expression("value_wo") is None or (
            parameter.expression("value_wo_version") is None
        ):
            yield fails(
                parameter.address, "Nothing writes its secret; set value_wo and value_wo_version."
            )
        elif parameter.is_literal("value_wo"):
            yield fails(
                parameter.address,
                "Its secret stands in the configuration; take it from an ephemeral variable.",
            )
        else:
            yield passes(parameter.address, "Its secret is written and stands nowhere.")


def _is_set(parameter: Resource, name: str) -> bool:
    value = parameter.value(name)
    # Of a parameter that is write-only, AWS's provider says an empty text.
    return parameter.expression(name) is not None or (value.known and value.data != "")


def _under_our_key(world: World) -> Iterator[Finding]:
    for parameter in _secure(world):
        yield encrypted_by_our_key(parameter, "The parameter", "key_id")
    for secret in world.managed("aws_secretsmanager_secret"):
        yield encrypted_by_our_key(secret, "The secret", "kms_key_id")


def _tier(world: World) -> Iterator[Finding]:
    for parameter in _secure(world):
        tier = parameter.value("tier")
        if parameter.expression("tier") is None or tier.text not in _TIERS:
            yield fails(
                parameter.address,
                "Its tier is whatever the account's default is; set tier, because it decides how "
                "the secret is encrypted.",
            )
        else:
            yield passes(parameter.address, f"Its tier is {tier.data}.")


def _plain(world: World) -> Iterator[Finding]:
    for parameter in world.managed(_PARAMETER):
        if parameter.value("type").text not in {"String", "StringList"}:
            continue
        name = (parameter.value("name").text or "").rstrip("/").rpartition("/")[2]
        values = [parameter.value(attribute) for attribute in ("value", "insecure_value")]
        if any(value.unknown for value in values):
            yield unproven(
                parameter.address,
                "What it holds is known only after apply; give it a value that the plan knows.",
            )
        elif any(looks_like_secret(name, value.text or "") for value in values):
            yield fails(
                parameter.address,
                "It holds what looks like a secret in clear; make it a SecureString with value_wo.",
            )
        else:
            yield passes(parameter.address, "It holds no secret.")


def _nowhere(world: World) -> Iterator[Finding]:
    found = secrets_in_plan(world.plan.data)
    for sentence in found:
        yield fails(_address(world, sentence), f"In the plan {sentence}")
    if not found:
        yield passes("", "Nothing in the plan looks like a secret.")
    for kind in ("aws_secretsmanager_secret_version",):
        for version in world.managed(kind):
            if any(
                version.expression(name) is not None for name in ("secret_string", "secret_binary")
            ):
                yield fails(
                    version.address,
                    "Its secret stands in the plan and in the state; use secret_string_wo.",
                )


def _address(world: World, sentence: str) -> str:
    place = sentence.partition(".change.after")[0]
    return place if any(change.address == place for change in world.plan.changes) else ""


RULES = (
    Rule(
        "parameter-write-only",
        "Secrets are written to parameters and stand nowhere else",
        "With value or insecure_value the secret stands in the plan file and in the state.",
        "Use value_wo and value_wo_version, fed from an ephemeral variable.",
        _write_only,
    ),
    Rule(
        "parameter-encrypted",
        "Secrets are encrypted by our key",
        "Under AWS's own key whoever may read parameters of the account may read the secret.",
        "Set key_id to the stack's key.",
        _under_our_key,
    ),
    Rule(
        "parameter-tier",
        "Secrets say their parameter's tier",
        "The account's default decides otherwise, and with it how the secret is encrypted and what "
        "a role needs to read it.",
        "Set tier.",
        _tier,
    ),
    Rule(
        "parameter-plain",
        "Plain parameters hold no secret",
        "Whoever may list parameters reads them.",
        "Make it a SecureString.",
        _plain,
    ),
    Rule(
        "no-secret-in-plan",
        "No variable, attribute or configuration holds a secret in clear",
        "The plan file, the state and whoever sees either would hold it.",
        "Hand it over as an ephemeral variable to a write-only argument.",
        _nowhere,
    ),
)
