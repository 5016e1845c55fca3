"""Finds in moto's IAM and STS who holds an access key and what they may do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache

from moto.iam.exceptions import NotFoundException
from moto.iam.models import AccessKey, Group, IAMBackend, ManagedPolicy, Role, User, iam_backends
from moto.sts.models import AssumedRole, sts_backends

from local_aws.iam.evaluation import Caller, Decision, Grants, Request, decide
from local_aws.iam.policy import Policy, PolicyError
from local_aws.iam.policy import parse as parse_policy

# What moto issues; anything else cannot be known and needs no search.
_ISSUED = re.compile(r"(AKIA|ASIA)[A-Z0-9]{16}")


class BrokenPolicyError(Exception):
    """A policy in force cannot be understood, so nothing can be decided by it."""


@dataclass(frozen=True)
class Identity:
    """A user or a role session: who it is, what it may do, how it proves itself."""

    caller: Caller
    grants: Grants
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None
    active: bool = True
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def identity_of(access_key_id: str) -> Identity | None:
    """Return who holds an access key, None for a key that IAM and STS have not issued.

    Raises:
        BrokenPolicyError: one of the holder's policies cannot be understood.
    """
    if not _ISSUED.fullmatch(access_key_id):
        return None
    for accounts in list(iam_backends.values()):
        for backend in list(accounts.values()):
            key = backend.access_keys.get(access_key_id)
            if key is not None:
                return _user_identity(backend, key) if key.user_name else _session(backend, key)
    return None


def role_caller(role_arn: str, session: str) -> Caller:
    """The caller that a session of a role is."""
    _, partition, _, _, account_id, name = role_arn.split(":", 5)
    role_name = name.rsplit("/", 1)[-1]
    arn = f"arn:{partition}:sts::{account_id}:assumed-role/{role_name}/{session}"
    return Caller(arn=arn, issuer=role_arn, account_id=account_id)


def role_may(role_arn: str, request: Request) -> Decision:
    """Decide a request by the policies of a role, without a session's limits."""
    partition, account_id = role_arn.split(":")[1], role_arn.split(":")[4]
    return decide(_role_grants(iam_backends[account_id][partition], role_arn), request)


def grants_of(arn: str) -> Grants | None:
    """Return what a user, group or role holds, None when there is no such principal.

    Raises:
        BrokenPolicyError: one of its policies cannot be understood.
    """
    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[2] != "iam":  # noqa: PLR2004 - an ARN has six parts
        return None
    backend = iam_backends[parts[4]][parts[1]]
    if find_role(arn) is not None:
        return _role_grants(backend, arn)
    for user in backend.users.values():
        if user.arn == arn:
            return _user_grants(backend, user)
    for group in backend.groups.values():
        if group.arn == arn:
            return Grants(_held(group))
    return None


def find_role(role_arn: str) -> Role | None:
    """Return a role by its ARN, None when there is none."""
    parts = role_arn.split(":")
    if len(parts) < 6 or parts[2] != "iam":  # noqa: PLR2004 - an ARN has six parts
        return None
    try:
        return iam_backends[parts[4]][parts[1]].get_role_by_arn(role_arn)
    except NotFoundException:
        return None


def role_boundary(account_id: str, partition: str, name: str) -> str | None:
    """The ARN of a role's permissions boundary, None when it has none or is not there."""
    for role in iam_backends[account_id][partition].roles.values():
        if role.name == name:
            return role.permissions_boundary_arn
    return None


def _session(backend: IAMBackend, key: AccessKey) -> Identity | None:
    session = sts_backends[backend.account_id][backend.partition].get_assumed_role_from_access_key(
        key.access_key_id
    )
    if session is None:
        return None  # a session token of somebody who is the administrator anyway
    caller = role_caller(session.role_arn, session.session_name)
    grants = _role_grants(backend, session.role_arn)
    limits = _policies([session.policy]) if session.policy else None
    return Identity(
        caller=caller,
        grants=Grants(grants.identity, grants.boundary, limits),
        secret_access_key=session.secret_access_key,
        session_token=session.session_token,
        expires_at=session.expiration.replace(tzinfo=UTC),
        context=_session_context(session, backend),
    )


def _session_context(session: AssumedRole, backend: IAMBackend) -> dict[str, tuple[str, ...]]:
    role = find_role(session.role_arn)
    return {
        "aws:principalarn": (session.role_arn,),
        "aws:principalaccount": (backend.account_id,),
        "aws:principaltype": ("AssumedRole",),
        "aws:userid": (session.user_id,),
        **_tags(role.tags if role else []),
    }


def _user_identity(backend: IAMBackend, key: AccessKey) -> Identity | None:
    user = backend.users.get(key.user_name or "")
    if user is None:
        return None
    return Identity(
        caller=Caller(arn=user.arn, issuer=user.arn, account_id=backend.account_id),
        grants=_user_grants(backend, user),
        secret_access_key=key.secret_access_key,
        active=key.status == "Active",
        context={
            "aws:principalarn": (user.arn,),
            "aws:principalaccount": (backend.account_id,),
            "aws:principaltype": ("User",),
            "aws:userid": (user.id,),
            "aws:username": (user.name,),
        },
    )


def _role_grants(backend: IAMBackend, role_arn: str) -> Grants:
    role = find_role(role_arn)
    if role is None:
        return Grants()  # a session outlives its role, its permissions do not
    boundary = None
    if role.permissions_boundary_arn:
        attached = backend.managed_policies.get(role.permissions_boundary_arn)
        # A boundary that is gone allows nothing.
        boundary = _policies([_document(attached)])[0] if attached else Policy(())
    return Grants(_held(role), boundary)


def _user_grants(backend: IAMBackend, user: User) -> Grants:
    held = _held(user)
    for group in backend.get_groups_for_user(user.name):
        held += _held(group)
    return Grants(held)


def _held(holder: Role | User | Group) -> tuple[Policy, ...]:
    inline = list(holder.policies.values())
    return _policies(inline + [_document(one) for one in holder.managed_policies.values()])


def _document(policy: ManagedPolicy) -> str:
    """The text of a managed policy's version in force."""
    return next(
        str(version.document)
        for version in policy.versions
        if version.version_id == policy.default_version_id
    )


def _policies(documents: Iterable[str]) -> tuple[Policy, ...]:
    try:
        return tuple(_parsed(document) for document in documents)
    except PolicyError as fault:
        raise BrokenPolicyError(str(fault)) from fault


def _tags(tags: object) -> dict[str, tuple[str, ...]]:
    if not isinstance(tags, list):
        return {}
    return {f"aws:principaltag/{tag['Key'].lower()}": (tag["Value"],) for tag in tags}


@lru_cache(maxsize=512)
def _parsed(document: str) -> Policy:
    return parse_policy(document)
