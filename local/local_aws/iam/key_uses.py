"""Which KMS keys a call makes its service use in the caller's name."""

from __future__ import annotations

from collections.abc import Callable

from local_aws.iam import encrypted_streams, encrypted_tables, secure_strings
from local_aws.iam.calls import Call
from local_aws.iam.key_use import KeyUse

_FINDERS: dict[str, Callable[[Call], tuple[KeyUse, ...]]] = {
    "dynamodb": encrypted_tables.key_uses,
    "kinesisvideo": encrypted_streams.key_uses,
    "ssm": secure_strings.key_uses,
}


def key_uses(call: Call) -> tuple[KeyUse, ...]:
    """Return the uses of KMS keys that a call entails."""
    find = _FINDERS.get(call.service)
    return find(call) if find else ()


def may_use_keys(service: str, target: str, path: str) -> bool:
    """Tell without reading a request's body whether it can entail any use of a key.

    Args:
        service: the name it is signed for.
        target: the operation in its `X-Amz-Target` header, if it has one.
        path: of the request.
    """
    if service == "ssm":
        return target.startswith(("GetParam", "PutParam"))
    if service == "dynamodb":
        return target in encrypted_tables.OPERATIONS
    return service == "kinesisvideo" and path == "/getMedia"
