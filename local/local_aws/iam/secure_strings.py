"""What SSM asks of KMS for its caller when a SecureString is read or written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.backends import get_backend

from local_aws.iam.calls import Call
from local_aws.iam.key_use import KeyUse
from local_aws.iam.resources import parameter_arn

if TYPE_CHECKING:  # importing it brings in all of moto's EC2: half a second of the start
    from moto.ssm.models import Parameter, SimpleSystemManagerBackend

_DEFAULT_KEY = "alias/aws/ssm"


def key_uses(call: Call) -> tuple[KeyUse, ...]:
    """Return the uses of KMS keys that an SSM call entails."""
    if call.operation == "PutParameter":
        return _written(call)
    if call.params.get("WithDecryption") is not True:
        return ()
    backend = get_backend("ssm")[call.account_id][call.region]
    return tuple(
        _use(call, "kms:Decrypt", parameter.keyid, parameter.name)
        for parameter in _read(call, backend)
        if parameter.parameter_type == "SecureString"
    )


def _written(call: Call) -> tuple[KeyUse, ...]:
    if call.text("Type") != "SecureString":
        return ()
    # Advanced parameters are encrypted under a data key (Systems Manager user guide).
    advanced = call.text("Tier") == "Advanced"
    return (
        _use(
            call,
            "kms:GenerateDataKey" if advanced else "kms:Encrypt",
            call.text("KeyId"),
            call.text("Name") or "",
        ),
    )


def _use(call: Call, action: str, key: str | None, name: str) -> KeyUse:
    # The encryption context is documented in the KMS developer guide, "AWS Systems Manager
    # Parameter Store".
    arn = parameter_arn(call, name)
    return KeyUse(action, key or _DEFAULT_KEY, {"PARAMETER_ARN": arn}, unusable="InvalidKeyId")


def _read(call: Call, backend: SimpleSystemManagerBackend) -> list[Parameter]:
    if path := call.text("Path"):
        limit = call.params.get("MaxResults")
        page, _ = backend.get_parameters_by_path(
            path=path,
            recursive=call.params.get("Recursive") is True,
            next_token=call.text("NextToken"),
            max_results=limit if isinstance(limit, int) else 10,
        )
        return page
    names = [name] if (name := call.text("Name")) else call.texts("Names")
    return [found for name in names if (found := backend.get_parameter(name))]
