"""What roles may do: named actions on named things."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from plan_policy.documents import Document, Statement, read_document
from plan_policy.rule import Finding, Rule, fails, passes, sentence, unproven
from plan_policy.world import Resource, World

# Actions that AWS gives no resource to name. Source: Service Authorization Reference, where the
# column "Resource types" is empty.
NO_RESOURCE: Mapping[str, str] = {
    "cloudwatch:getmetricdata": "metrics are of no resource",
    "cloudwatch:putmetricdata": "metrics are of no resource; bind it by cloudwatch:namespace",
    "ec2:createnetworkinterface": "Lambda makes it before anybody knows its id",
    "ec2:deletenetworkinterface": "Lambda makes it before anybody knows its id",
    "ec2:describenetworkinterfaces": "lists",
    "kms:listaliases": "lists",
    "logs:describeloggroups": "lists",
    "sts:getcalleridentity": "everybody may",
    "xray:putTelemetryRecords".lower(): "traces are of no resource",
    "xray:puttracesegments": "traces are of no resource",
}

# Families of actions that belong together by AWS's own documentation.
FAMILIES: Mapping[str, str] = {
    "kms:generatedatakey*": "with and without its plaintext",
    "kms:reencrypt*": "AWS wants ReEncryptFrom and ReEncryptTo together",
}

# With one of these a role can make itself, or something that it controls, more powerful.
_POWERS = re.compile(
    r"iam:(?:.*policy.*|create.*|update(?:assumerole|login|access|role|user).*|add.*|put.*|attach.*)"
    r"|lambda:(?:updatefunctioncode|updatefunctionconfiguration|addpermission|createfunction)"
    r"|kms:(?:putkeypolicy|schedulekeydeletion|creategrant|disablekey)"
    r"|organizations:.*|account:.*|sts:(?:getfederationtoken|getsessiontoken)"
    r"|ssm:(?:sendcommand|startsession)|cloudformation:(?:create|update).*"
)
_READING_IAM = re.compile(r"iam:(?:get|list|simulate).*")
# Words of ARNs that name a kind of thing and none in particular.
_KINDS = {"aws", "lambda", "connect", "function", "parameter", "role", "stream", "table", "user"}
_KINDS |= {
    "log-group",
    "key",
    "instance",
    "*",
    "",
    "policy",
    "bucket",
    "secret",
    "topic",
    "service",
}
_ARN_PARTS = 6
_SHORTEST_NAME = 3  # a* is as good as *

_MANAGED_POLICIES = {
    "aws_iam_role_policy_attachment": "policy_arn",
    "aws_iam_policy_attachment": "policy_arn",
    "aws_iam_group_policy_attachment": "policy_arn",
    "aws_iam_user_policy_attachment": "policy_arn",
    "aws_iam_role_policy_attachments_exclusive": "policy_arns",
    "aws_iam_role": "managed_policy_arns",
    "aws_ssoadmin_managed_policy_attachment": "managed_policy_arn",
}
# Managed policies of AWS's that say no more than they must.
FINE_POLICIES: Mapping[str, str] = {
    "service-role/AWSLambdaBasicExecutionRole": "writes logs, though to any log group",
    "AWSXRayDaemonWriteAccess": "writes traces, which are of no resource",
}

_USERS = ("aws_iam_user", "aws_iam_access_key", "aws_iam_user_login_profile", "aws_iam_user_policy")


def identity_documents(world: World) -> Iterator[tuple[Resource, str, Document]]:
    """Every policy that says what somebody may do: its resource, what it is called, and itself."""
    kinds = ("aws_iam_role_policy", "aws_iam_policy", "aws_iam_user_policy", "aws_iam_group_policy")
    for resource in world.managed(*kinds):
        yield resource, "policy", read_document(resource.value("policy"))
    for role in world.managed("aws_iam_role"):
        blocks = role.value("inline_policy")
        if blocks.unknown:
            yield role, "inline_policy", Document(open=True)
        for at in role.positions("inline_policy"):
            yield (
                role,
                f"inline_policy {at}",
                read_document(role.value("inline_policy", at, "policy")),
            )
    for kind in ("aws_ssoadmin_permission_set_inline_policy",):
        for resource in world.managed(kind):
            yield resource, "inline_policy", read_document(resource.value("inline_policy"))


def _each(world: World, problems: _Check, right: str) -> Iterator[Finding]:
    for resource, name, document in identity_documents(world):
        if document.open:
            yield unproven(
                resource.address,
                f"What {name} allows is known only after apply; write ARNs that the plan can know, "
                "or plan again with a rehearsal.",
            )
            continue
        if document.problem:
            yield fails(resource.address, f"{document.problem}; give {name} a policy document.")
            continue
        wrong = [
            f"{statement.name} {problem}"
            for statement in document.allowing
            for problem in problems(statement)
        ]
        if wrong:
            yield fails(resource.address, sentence(wrong))
        else:
            yield passes(resource.address, right)


class _Check:
    """What is wrong with a statement that allows something."""

    def __call__(self, statement: Statement) -> Iterator[str]:
        raise NotImplementedError


class _Wildcards(_Check):
    def __call__(self, statement: Statement) -> Iterator[str]:
        for key in statement.negated:
            yield f"allows all but something with {key}: name what it may"
        if not statement.actions and not statement.negated:
            yield "names no action: name what it may"
        for action in statement.actions:
            if is_wild(action) and action.lower() not in FAMILIES:
                yield f"allows {action}: name each action"
        free = [each for each in statement.actions if each.lower() not in NO_RESOURCE]
        for resource in statement.resources:
            if free and not names_something(resource):
                yield f"allows {', '.join(free[:3])} on {resource}: name the resource"


class _Powers(_Check):
    def __call__(self, statement: Statement) -> Iterator[str]:
        for action in statement.actions:
            name = action.lower()
            if name == "iam:passrole":
                if any(is_wild(resource) for resource in statement.resources):
                    yield "allows iam:PassRole on a pattern: name the one role"
                elif not statement.bound_by("iam:PassedToService"):
                    yield "allows iam:PassRole to any service: add a condition on the service"
            elif name in {"sts:assumerole", "sts:tagsession"}:
                if any(is_wild(resource) for resource in statement.resources):
                    yield f"allows {action} on a pattern: name the one role"
            elif _POWERS.fullmatch(name) and not _READING_IAM.fullmatch(name):
                yield f"allows {action}, by which a role can make itself more powerful: take it out"


def _wildcards(world: World) -> Iterator[Finding]:
    yield from _each(world, _Wildcards(), "Every statement names its actions and resources.")


def _powers(world: World) -> Iterator[Finding]:
    yield from _each(world, _Powers(), "Nothing in it makes a role more powerful.")


def is_wild(text: str) -> bool:
    """Whether a text has IAM's wildcards, or its variables, which callers may choose."""
    return "*" in text or "?" in text or "${" in text


def names_something(resource: str) -> bool:
    """Whether an ARN, or a pattern of one, names something in particular before its first ``*``."""
    if not is_wild(resource):
        return resource.startswith("arn:")
    parts = resource.split(":", _ARN_PARTS - 1)
    if len(parts) < _ARN_PARTS or parts[0] != "arn" or any(is_wild(part) for part in parts[1:5]):
        return False
    named = re.split(r"[*?$]", parts[5], maxsplit=1)[0]
    words = re.split(r"[/:]", named)
    return any(len(word) >= _SHORTEST_NAME and word not in _KINDS for word in words)


def _managed(world: World) -> Iterator[Finding]:
    for resource in world.managed(*_MANAGED_POLICIES):
        attribute = _MANAGED_POLICIES[resource.type]
        value = resource.value(attribute)
        if value.absent:
            continue
        arns = value.items if isinstance(value.data, list) else (value.data,)
        if value.unknown or not value.whole:
            pointer = world.pointed_at(resource, (attribute,), "aws_iam_policy")
            if pointer.found:
                yield passes(resource.address, f"It attaches {pointer.found[0].address}.")
            elif resource.expression(attribute) is not None:
                yield unproven(
                    resource.address,
                    f"Which policies it attaches is known only after apply; set {attribute} to a "
                    "policy of this configuration.",
                )
        for arn in arns if value.known and value.whole else ():
            yield _attached(world, resource, str(arn))


def _attached(world: World, resource: Resource, arn: str) -> Finding:
    if arn in world.by_identity("aws_iam_policy"):
        return passes(resource.address, "It attaches a policy of this configuration.")
    name = arn.partition(":policy/")[2]
    if arn.startswith("arn:aws") and "::aws:policy/" in arn and name in FINE_POLICIES:
        return passes(resource.address, f"{name}: {FINE_POLICIES[name]}.")
    return fails(
        resource.address,
        f"It attaches {arn}, which allows what nobody here has read; write a policy with the few "
        "actions that are needed.",
    )


def _users(world: World) -> Iterator[Finding]:
    for resource in world.managed(*_USERS):
        yield fails(
            resource.address,
            "Users and their keys last until somebody remembers them; use a role that is assumed.",
        )


RULES = (
    Rule(
        "iam-no-wildcard",
        "Policies name their actions and their resources",
        "A wildcard allows what nobody thought of, and what AWS adds next year.",
        "Name each action, and end an ARN in * only after a name of ours.",
        _wildcards,
    ),
    Rule(
        "iam-no-escalation",
        "No policy lets a role make itself more powerful",
        "Whoever may write policies, pass roles or change code may do everything.",
        "Take the action out; bind iam:PassRole to one role and one service.",
        _powers,
    ),
    Rule(
        "iam-managed-policies",
        "No managed policy of AWS's is attached unread",
        "FullAccess and the like allow far more than any function needs.",
        "Write a policy of this configuration instead.",
        _managed,
    ),
    Rule(
        "iam-no-users",
        "There are no IAM users and no access keys",
        "A key that lasts is a key that leaks, and Terraform's state would hold it.",
        "Use roles.",
        _users,
    ),
)
