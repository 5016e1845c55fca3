"""What KMS keys say themselves: their state and their policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from moto.kms.models import Key, KmsBackend, kms_backends

from local_aws.iam.evaluation import (
    ALLOWED,
    Decision,
    Grants,
    Request,
    Standing,
    decide,
    standing,
)
from local_aws.iam.policy import PolicyError, parse
from local_aws.iam.tags import tag_context

# Keys that AWS manages let everybody of the account use them through their service.
_AWS_MANAGED = "alias/aws/"


@dataclass(frozen=True)
class KeyFacts:
    """A key: its ARN, its state (`Enabled`, `Disabled`, `PendingDeletion`, …), its policy."""

    arn: str
    state: str
    policy: str
    aws_managed: bool
    tags: Mapping[str, str] = field(default_factory=dict)


def find_key(named: str, account_id: str, region: str) -> KeyFacts | None:
    """Return the key meant by an id, an alias or the ARN of either; None when there is none."""
    if named.startswith("arn:"):
        parts = named.split(":", 5)
        account_id, region = parts[4], parts[3]
    backend = kms_backends[account_id][region]
    key = _key(backend, named)
    if key is None:
        return None
    managed = any(alias.startswith(_AWS_MANAGED) for alias in key.aliases)
    return KeyFacts(
        arn=key.arn,
        state=key.key_state,
        policy=key.policy,
        tags=backend.tagger.get_tag_dict_for_resource(key.id),
        aws_managed=managed or named.rpartition(":")[2].startswith(_AWS_MANAGED),
    )


def decide_use(key: KeyFacts, grants: Grants, request: Request) -> Decision:
    """Decide a use of a key: its policy must trust the account or name the caller."""
    if key.aws_managed:
        return ALLOWED
    tags = tag_context("aws:resourcetag", key.tags)
    request = replace(request, context={**request.context, **tags})
    try:
        said = standing(parse(key.policy), request)
    except PolicyError:
        said = Standing.NONE
    if said is Standing.DENIED:
        return Decision(
            allowed=False, why="with an explicit deny in a resource-based policy", explicit=True
        )
    if said is Standing.NONE:
        why = f"because no resource-based policy allows the {request.action} action"
        return Decision(allowed=False, why=why)
    return decide(grants, request, said)


def _key(backend: KmsBackend, named: str) -> Key | None:
    if backend.get_alias_name(named).startswith("alias/"):
        identifier = backend.get_key_id_from_alias(backend.get_alias_name(named))
    else:
        identifier = backend.get_key_id(named)
    return backend.keys.get(identifier) if identifier else None
