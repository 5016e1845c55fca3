"""What a bot's Lambdas read from Parameter Store."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from connect_voice.doctors.deployed import Bot
from connect_voice.doctors.look import Look
from connect_voice.doctors.shapes import (
    is_https,
    is_language,
    is_placeholder,
    is_wss,
    sip_fault,
)
from connect_voice.doctors.topic import Topic
from connect_voice.findings import Finding

if TYPE_CHECKING:
    from mypy_boto3_ssm.type_defs import ParameterMetadataTypeDef

SETTINGS = Topic("kore.settings", "kore settings")
SECRETS = Topic("kore.secrets", "kore secrets")
SECRET_VALUES = Topic("kore.secret-values", "kore secret values", optional=True)

_AT_ONCE = 10  # names in one GetParameters
_SHORTEST_SECRET = 16  # characters; shorter ones can be guessed, and Kore's are far longer

_TEXTS: Mapping[str, Callable[[str], bool]] = {
    "botId": lambda text: re.fullmatch(r"st-[\w-]+", text) is not None,
    "clientId": lambda text: re.fullmatch(r"cs-[\w-]+", text) is not None,
    "accountId": lambda text: re.fullmatch(r"\S+", text) is not None,
    "agentassistUrl": is_https,
    "wssUrl": is_wss,
    "sipUri": lambda text: sip_fault(text) is None,
    "languageCode": is_language,
}
_SWITCHES = ("streamAudioFromCustomer", "streamAudioToCustomer")


def settings(look: Look) -> Iterator[Finding]:
    """Complete, well formed, and what the configuration declares."""
    values = _read(look, [bot.settings_parameter for bot in look.kore.bots], decrypt=False)
    for bot in look.kore.bots:
        topic = SETTINGS.of(bot.key)
        text = values.get(bot.settings_parameter)
        if text is None:
            yield topic.bad(
                "exists", f"The parameter {bot.settings_parameter} does not exist; deploy again."
            )
            continue
        problems = list(_problems(topic, bot, text))
        yield from problems or [topic.good("complete", "complete, and as declared")]


def secrets(look: Look) -> Iterator[Finding]:
    """There, a SecureString, under our key."""
    names = {bot.secret_parameter: SECRETS.of(bot.key) for bot in look.kore.bots}
    webhook = _webhook_parameter(look)
    if webhook is not None:
        names[webhook] = SECRETS.of("webhook")
    about = _describe(look, list(names))
    for name, topic in names.items():
        row = about.get(name)
        if row is None:
            yield topic.bad(
                "exists",
                f"The parameter {name} does not exist; deploy again with the secret in the "
                "environment (KORE_CLIENT_SECRET, KORE_WEBHOOK_SECRET).",
            )
        elif row.get("Type") != "SecureString":
            yield topic.bad(
                "encrypted",
                f"The parameter {name} is a {row.get('Type')} that anybody reads in clear; delete "
                "it, deploy again, and rotate the secret in Kore's console.",
            )
        elif not _may_use(look, row.get("KeyId", ""), name):
            yield topic.bad(
                "key",
                f"The parameter {name} is encrypted with {row.get('KeyId')}, which the Lambdas may "
                "not use; deploy again with a higher kore_secrets_version, or name that key in "
                "kore_secrets_key_arn.",
            )
        else:
            yield topic.good("encrypted", "a SecureString, under a key that the Lambdas may use")


def secret_values(look: Look) -> Iterator[Finding]:
    """Not a placeholder, as far as the caller may decrypt; the value is shown to nobody."""
    names = {bot.secret_parameter: bot.key for bot in look.kore.bots}
    webhook = _webhook_parameter(look)
    if webhook is not None:
        names[webhook] = "webhook"
    look.secrets = _read(look, list(names), decrypt=True)
    for name, value in look.secrets.items():
        topic = SECRET_VALUES.of(names[name])
        if is_placeholder(value) or len(value) < _SHORTEST_SECRET:
            yield topic.bad(
                "placeholder",
                f"What stands in {name} is a placeholder or too short to be a secret; deploy again "
                "with the real one in the environment and a higher kore_secrets_version.",
            )
        elif value != value.strip():
            yield topic.bad(
                "placeholder",
                f"What stands in {name} begins or ends with white space, as a bad paste does; "
                "deploy again with the secret alone and a higher kore_secrets_version.",
            )
        else:
            yield topic.good("placeholder", "not a placeholder")


def _problems(topic: Topic, bot: Bot, text: str) -> Iterator[Finding]:
    try:
        told = json.loads(text)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        yield topic.bad(
            "complete",
            f"The parameter {bot.settings_parameter} does not hold a JSON object; deploy again.",
        )
        return
    lacking = [key for key in _TEXTS if not isinstance(told.get(key), str) or not told[key]]
    lacking += [key for key in _SWITCHES if not isinstance(told.get(key), bool)]
    if lacking:
        yield topic.bad(
            "complete",
            f"The parameter {bot.settings_parameter} lacks {', '.join(lacking)}; deploy again.",
        )
    for key, is_well_formed in _TEXTS.items():
        if key not in lacking and not is_well_formed(told[key]):
            yield topic.bad(
                "shape",
                f"{key} in {bot.settings_parameter} is not of the expected form"
                f"{_because(key, told[key])}; correct it in kore_bots or kore_endpoints and deploy "
                "again.",
            )
    declared = {
        "languageCode": bot.language_code,
        "sipUri": bot.sip_uri,
        "wssUrl": bot.wss_url,
    }
    other = [key for key, value in declared.items() if key not in lacking and told[key] != value]
    if other:
        yield topic.bad(
            "declared",
            f"{', '.join(other)} in {bot.settings_parameter} is not what the configuration "
            "declares: somebody changed it by hand; deploy again.",
        )


def _because(key: str, value: str) -> str:
    fault = sip_fault(value) if key == "sipUri" else None
    return f" ({fault})" if fault else ""


def _webhook_parameter(look: Look) -> str | None:
    if look.kore.webhook_url is None or look.kore.disposition is None:
        return None
    environment = look.environment(look.kore.disposition)
    return None if environment is None else environment.variables.get("WEBHOOK_SECRET_PARAMETER")


def _read(look: Look, names: list[str], *, decrypt: bool) -> dict[str, str]:
    values: dict[str, str] = {}
    for start in range(0, len(names), _AT_ONCE):
        answer = look.aws.ssm.get_parameters(
            Names=names[start : start + _AT_ONCE], WithDecryption=decrypt
        )
        values |= {row["Name"]: row["Value"] for row in answer["Parameters"]}
    return values


def _describe(look: Look, names: list[str]) -> dict[str, ParameterMetadataTypeDef]:
    pages = look.aws.ssm.get_paginator("describe_parameters").paginate(
        ParameterFilters=[{"Key": "Name", "Option": "Equals", "Values": names}]
    )
    return {row["Name"]: row for page in pages for row in page["Parameters"]}


def _may_use(look: Look, key: str, name: str) -> bool:
    """Whether the key is this environment's, or another one that the role may decrypt with."""
    at = look.deployed
    place = f"arn:{at.partition}:kms:{at.region}:{at.account_id}:"
    arn = key if key.startswith("arn:") else f"{place}key/{key}"
    if arn == at.kms_key_arn:
        return True
    reader = look.kore.widget_token if name in _client_secrets(look) else look.kore.disposition
    configuration = None if reader is None else look.function(reader)
    if configuration is None or ":key/" not in arn or "alias/" in arn:
        return False
    answer = look.aws.iam.simulate_principal_policy(
        PolicySourceArn=configuration["Role"],
        ActionNames=["kms:Decrypt"],
        ResourceArns=[arn],
        ContextEntries=[
            {
                "ContextKeyName": "kms:ViaService",
                "ContextKeyValues": [f"ssm.{at.region}.amazonaws.com"],
                "ContextKeyType": "string",
            },
            {
                "ContextKeyName": "kms:EncryptionContext:PARAMETER_ARN",
                "ContextKeyValues": [
                    f"arn:{at.partition}:ssm:{at.region}:{at.account_id}:parameter{name}"
                ],
                "ContextKeyType": "string",
            },
        ],
    )
    return answer["EvaluationResults"][0]["EvalDecision"] == "allowed"


def _client_secrets(look: Look) -> set[str]:
    return {bot.secret_parameter for bot in look.kore.bots}
