"""Condition keys of a request: the global ones and those of the services used here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from local_aws.iam.calls import Call
from local_aws.iam.directory import role_boundary
from local_aws.iam.tags import request_tags

Context = dict[str, tuple[str, ...]]


def context_of(call: Call, identity: Mapping[str, tuple[str, ...]], user_agent: str) -> Context:
    """Return the condition keys of a call, names in lower case.

    `aws:SecureTransport` is true: on AWS the same client would have come over TLS.
    """
    now = datetime.now(UTC)
    return {
        "aws:currenttime": (now.strftime("%Y-%m-%dT%H:%M:%SZ"),),
        "aws:epochtime": (str(int(now.timestamp())),),
        "aws:requestedregion": (call.region,),
        "aws:resourceaccount": (call.account_id,),
        "aws:securetransport": ("true",),
        "aws:sourceip": ("127.0.0.1",),
        "aws:useragent": (user_agent,),
        "aws:viaawsservice": ("false",),
        **identity,
        **request_tags(call),
        **_of_service(call),
    }


def encryption_context(account_id: str, pairs: Mapping[str, object]) -> Context:
    """The keys KMS adds for an encryption context."""
    keys: Context = {"kms:calleraccount": (account_id,)}
    for name, value in pairs.items():
        keys[f"kms:encryptioncontext:{name.lower()}"] = (str(value),)
    if pairs:
        keys["kms:encryptioncontextkeys"] = tuple(pairs)
    return keys


def _of_service(call: Call) -> Context:
    if call.service == "kms":
        pairs = call.params.get("EncryptionContext")
        keys = encryption_context(call.account_id, pairs if isinstance(pairs, dict) else {})
        named = call.text("KeyId") or ""
        if "alias/" in named:
            keys["kms:requestalias"] = (f"alias/{named.partition('alias/')[2]}",)
        return keys
    if call.service == "sts":
        return _told(
            call, {"ExternalId": "sts:externalid", "RoleSessionName": "sts:rolesessionname"}
        )
    if call.service == "connect":
        return _told(call, {"InstanceId": "connect:instanceid"})
    if call.service == "s3":
        # On AWS the same client would have come over TLS.
        return {"s3:tlsversion": ("1.3",), **_told(call, {name: name for name in call.params})}
    if call.service == "iam":
        return _of_iam(call)
    return {}


def _of_iam(call: Call) -> Context:
    keys = _told(
        call, {"PolicyArn": "iam:policyarn", "PermissionsBoundary": "iam:permissionsboundary"}
    )
    if "iam:permissionsboundary" not in keys and (role := call.text("RoleName")):
        # Of what is about a role that is there, the boundary it has.
        boundary = role_boundary(call.account_id, call.partition, role)
        keys |= {"iam:permissionsboundary": (boundary,)} if boundary else {}
    return keys


def _told(call: Call, names: Mapping[str, str]) -> Context:
    return {key: (value,) for name, key in names.items() if (value := call.text(name))}
