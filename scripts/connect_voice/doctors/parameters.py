"""A vendor's secrets in Parameter Store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from connect_voice.doctors.aws import found
from connect_voice.doctors.deployed import Deployed, Function
from connect_voice.doctors.shapes import is_placeholder
from connect_voice.doctors.topic import Topic
from connect_voice.findings import Finding

if TYPE_CHECKING:
    from mypy_boto3_iam.type_defs import ContextEntryTypeDef
    from mypy_boto3_ssm.client import SSMClient
    from mypy_boto3_ssm.type_defs import ParameterMetadataTypeDef

    from connect_voice.doctors.look import Look

SECRETS = Topic("secrets", "secrets")
SECRET_VALUES = Topic("secret-values", "secret values", optional=True)

_AT_ONCE = 10  # names in one GetParameters
SHORTEST_SECRET = 16  # characters; shorter ones can be guessed, and what vendors issue is longer


@dataclass(frozen=True)
class SecretParameter:
    """A SecureString that Lambdas read.

    Args:
        which: what it is to a reader, such as a bot's key.
        reader: the Lambda that reads it; None when it is not deployed.
        settings: environment variables that a deploy takes the value from.
        version: the Terraform variable to raise for the value to be written again.
        key: the Terraform variable for the key of parameters that a team keeps itself.
        least: characters below which it cannot be the real one.
    """

    name: str
    which: str
    reader: Function | None
    settings: str
    version: str
    key: str
    least: int = SHORTEST_SECRET


def secrets(look: Look, topic: Topic) -> Iterator[Finding]:
    """There, a SecureString, under our key."""
    for parameter in look.secret_parameters:
        one, row = topic.of(parameter.which), look.described_parameters.get(parameter.name)
        if row is None:
            yield one.bad(
                "exists",
                f"The parameter {parameter.name} does not exist; deploy again with the secret in "
                f"the environment ({parameter.settings}).",
            )
        elif row.get("Type") != "SecureString":
            yield one.bad(
                "encrypted",
                f"The parameter {parameter.name} is a {row.get('Type')} that anybody reads in "
                "clear; delete it, deploy again, and rotate the secret in "
                f"{look.vendor.title}'s console.",
            )
        elif not _may_use(look, row.get("KeyId", ""), parameter):
            yield one.bad(
                "key",
                f"The parameter {parameter.name} is encrypted with {row.get('KeyId')}, which the "
                f"Lambdas may not use; deploy again with a higher {parameter.version}, or name "
                f"that key in {parameter.key}.",
            )
        else:
            yield one.good("encrypted", "a SecureString, under a key that the Lambdas may use")


def secret_values(look: Look, topic: Topic) -> Iterator[Finding]:
    """Not a placeholder, as far as the caller may decrypt; the value is shown to nobody."""
    for parameter in look.secret_parameters:
        value = look.secrets.get(parameter.name)
        if value is None:
            continue  # that it does not exist is a finding of its own
        one = topic.of(parameter.which)
        if is_placeholder(value) or len(value) < parameter.least:
            yield one.bad(
                "placeholder",
                f"What stands in {parameter.name} is a placeholder or too short to be a secret; "
                "deploy again with the real one in the environment and a higher "
                f"{parameter.version}.",
            )
        elif value != value.strip():
            yield one.bad(
                "placeholder",
                f"What stands in {parameter.name} begins or ends with white space, as a bad paste "
                "does; deploy again with the secret alone and a higher "
                f"{parameter.version}.",
            )
        else:
            yield one.good("placeholder", "not a placeholder")


def read(ssm: SSMClient, names: Sequence[str], *, decrypt: bool) -> dict[str, str]:
    """What parameters hold, by their names; those that do not exist are left out.

    Raises:
        ClientError: AWS refuses.
    """
    values: dict[str, str] = {}
    for start in range(0, len(names), _AT_ONCE):
        answer = ssm.get_parameters(Names=names[start : start + _AT_ONCE], WithDecryption=decrypt)
        values |= {row["Name"]: row["Value"] for row in answer["Parameters"]}
    return values


def arn_of(at: Deployed, name: str) -> str:
    """The ARN of a parameter whose name begins with a slash."""
    return f"arn:{at.partition}:ssm:{at.region}:{at.account_id}:parameter{name}"


def may(look: Look, role_arn: str, action: str, resource_arn: str, parameter: str) -> bool:
    """Whether a role may do something, asked by Parameter Store for a parameter.

    Raises:
        ClientError: AWS refuses.
    """
    at = look.deployed
    context = {
        "kms:ViaService": f"ssm.{at.region}.amazonaws.com",
        "kms:EncryptionContext:PARAMETER_ARN": arn_of(at, parameter),
    }
    entries: list[ContextEntryTypeDef] = [
        {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"}
        for key, value in context.items()
    ]
    answer = found(
        lambda: look.aws.iam.simulate_principal_policy(
            PolicySourceArn=role_arn,
            ActionNames=[action],
            ResourceArns=[resource_arn],
            ContextEntries=entries,
        )
    )
    results = [] if answer is None else answer["EvaluationResults"]
    return bool(results) and all(row["EvalDecision"] == "allowed" for row in results)


def describe(ssm: SSMClient, names: Sequence[str]) -> dict[str, ParameterMetadataTypeDef]:
    """What Parameter Store tells of parameters, by their names.

    Raises:
        ClientError: AWS refuses.
    """
    pages = ssm.get_paginator("describe_parameters").paginate(
        ParameterFilters=[{"Key": "Name", "Option": "Equals", "Values": list(names)}]
    )
    return {row["Name"]: row for page in pages for row in page["Parameters"]}


def _may_use(look: Look, key: str, parameter: SecretParameter) -> bool:
    """Whether the key is this environment's, or another one that the role may decrypt with."""
    at = look.deployed
    arn = key_arn(at, key)
    if arn == at.kms_key_arn:
        return True
    configuration = None if parameter.reader is None else look.function(parameter.reader)
    if configuration is None or ":key/" not in arn or "alias/" in arn:
        return False
    return may(look, configuration["Role"], "kms:Decrypt", arn, parameter.name)


def key_arn(at: Deployed, key: str) -> str:
    """The ARN of a key of this account that may be named by its id."""
    return (
        key
        if key.startswith("arn:")
        else f"arn:{at.partition}:kms:{at.region}:{at.account_id}:key/{key}"
    )
