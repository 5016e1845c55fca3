"""Nothing is open to the world."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from typing import Any

from plan_policy.documents import Statement, read_document
from plan_policy.rule import Finding, Rule, fails, passes, sentence, unproven
from plan_policy.rules.trust import ACCOUNT
from plan_policy.values import known
from plan_policy.world import Resource, World

_SWITCHES = ("publicly_accessible", "associate_public_ip_address", "map_public_ip_on_launch")
_ADDRESS_RANGES = {
    "aws_security_group": ("ingress",),
    "aws_security_group_rule": ("cidr_blocks", "ipv6_cidr_blocks"),
    "aws_vpc_security_group_ingress_rule": ("cidr_ipv4", "cidr_ipv6"),
}
_V4, _WIDEST_V4, _WIDEST_V6 = 4, 8, 32  # bits; two halves of everything are everything
_PUBLIC_ACLS = {"public-read", "public-read-write", "authenticated-read", "website"}
_BLOCKS = (
    "block_public_acls",
    "block_public_policy",
    "ignore_public_acls",
    "restrict_public_buckets",
)
# Attributes that hold the policy of a resource, by its type.
_POLICIES = {
    "aws_s3_bucket_policy": "policy",
    "aws_sns_topic": "policy",
    "aws_sns_topic_policy": "policy",
    "aws_sqs_queue": "policy",
    "aws_sqs_queue_policy": "policy",
    "aws_secretsmanager_secret": "policy",
    "aws_secretsmanager_secret_policy": "policy",
    "aws_kinesis_resource_policy": "policy",
    "aws_dynamodb_resource_policy": "policy",
    "aws_cloudwatch_log_resource_policy": "policy_document",
    "aws_cloudwatch_event_bus_policy": "policy",
    "aws_ecr_repository_policy": "policy",
    "aws_api_gateway_rest_api_policy": "policy",
    "aws_vpc_endpoint": "policy",
}
_OWN_RULES = {"aws_iam_role", "aws_kms_key", "aws_kms_key_policy", "aws_kms_replica_key"}
_BOUND = (
    *("aws:SourceArn", "aws:SourceAccount", "aws:SourceVpce", "aws:PrincipalOrgID"),
    *("aws:PrincipalAccount", "aws:PrincipalArn", "aws:SourceOrgID"),
)


def _open(world: World) -> Iterator[Finding]:
    found = False
    for resource in world.managed():
        wrong = list(_problems(resource))
        if wrong:
            found = True
            yield fails(resource.address, sentence(wrong))
        for name in _open_attributes(resource):
            found = True
            yield unproven(
                resource.address,
                f"What {name} says is known only after apply; write what the plan can know, or "
                "plan again with a rehearsal.",
            )
    yield from _buckets(world)
    if not found:
        yield passes("", "Nothing in the plan is open to the world.")


def _problems(resource: Resource) -> Iterator[str]:
    yield from _policy_problems(resource)
    yield from _network_problems(resource)
    if resource.type in {"aws_s3_bucket", "aws_s3_bucket_acl"}:
        acl = resource.value("acl")
        if acl.text in _PUBLIC_ACLS:
            yield f"its ACL is {acl.data}: set it to private"
    if resource.type == "aws_lambda_function_url":
        kind = resource.value("authorization_type")
        if kind.data != "AWS_IAM":
            yield "anybody may call the function's URL: set authorization_type to AWS_IAM"
    for name in _SWITCHES:
        if resource.value(name).data is True:
            yield f"it is to be had from the internet: set {name} to false"


def _open_attributes(resource: Resource) -> Iterator[str]:
    """What would let somebody in and is known only after apply."""
    names = [*_ADDRESS_RANGES.get(resource.type, ()), *_SWITCHES]
    names += [_POLICIES[resource.type]] if resource.type in _POLICIES else []
    names += ["acl"] if resource.type in {"aws_s3_bucket", "aws_s3_bucket_acl"} else []
    for name in names:
        value = resource.value(name)
        if value.unknown or not value.whole:
            yield name


def _policy_problems(resource: Resource) -> Iterator[str]:
    if resource.type in _OWN_RULES:
        return
    for name in resource.names():
        value = resource.value(name)
        if not isinstance(value.data, str) or not value.data.lstrip().startswith("{"):
            continue
        for statement in read_document(known(value.data)).allowing:
            for problem in _statement_problems(statement, resource.world.context.account_id):
                yield f"{name} {problem} by {statement.name}: name a principal"


def _statement_problems(statement: Statement, account: str) -> Iterator[str]:
    # Of those that bind, only the narrowing ones count; see `Statement.bound_by`.
    bound = statement.bound_by(*_BOUND)
    if statement.public and not bound:
        yield "lets anybody in"
    elif "NotPrincipal" in statement.negated:
        yield "lets anybody else in"
    for kind, names in statement.principals.items():
        for name in names:
            match = ACCOUNT.fullmatch(name)
            if kind == "AWS" and match and match[1] != account:
                yield f"lets the account {match[1]} in"
            elif kind == "Service" and not bound:
                yield f"lets {name} in for anybody"


def _network_problems(resource: Resource) -> Iterator[str]:
    rules: list[Mapping[str, Any]] = []
    if resource.type == "aws_security_group":
        rules = [each for each in resource.value("ingress").items if isinstance(each, dict)]
    elif resource.type in _ADDRESS_RANGES and resource.value("type").data != "egress":
        rules = [{name: resource.value(name).data for name in _ADDRESS_RANGES[resource.type]}]
    for rule in rules:
        ranges: list[Any] = []
        for name in ("cidr_ipv4", "cidr_ipv6", "cidr_blocks", "ipv6_cidr_blocks"):
            found = rule.get(name)
            ranges += found if isinstance(found, list) else [found]
        if any(_is_wide(each) for each in ranges):
            yield "it lets in the whole internet: name address ranges"


def _is_wide(text: Any) -> bool:
    """Whether an address range is so much of the internet that it keeps nobody out."""
    try:
        network = ip_network(str(text), strict=False)
    except ValueError:
        return False
    widest = _WIDEST_V4 if network.version == _V4 else _WIDEST_V6
    return network.prefixlen <= widest and (not network.is_private or network.prefixlen == 0)


def _buckets(world: World) -> Iterator[Finding]:
    kind = "aws_s3_bucket_public_access_block"
    blocks = [
        (each, world.pointed_at(each, ("bucket",), "aws_s3_bucket")) for each in world.managed(kind)
    ]
    for bucket in world.managed("aws_s3_bucket"):
        own = [each for each, pointer in blocks if pointer.found == (bucket,)]
        if not any(all(each.value(name).data is True for name in _BLOCKS) for each in own):
            yield fails(
                bucket.address,
                f"Nothing keeps it from being made public; add {kind} with all four set to true.",
            )
        else:
            yield passes(bucket.address, "It cannot be made public.")


RULES = (
    Rule(
        "nothing-public",
        "Nothing is open to the world",
        "Recordings and records of calls are nobody's business, and functions cost money.",
        "Name principals and address ranges, and block public access to buckets.",
        _open,
    ),
)
