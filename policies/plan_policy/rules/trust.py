"""Who may become whom, and who may use what: principals are named and bound."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from plan_policy.documents import Document, Statement, read_document
from plan_policy.rule import Finding, Rule, fails, passes, sentence, unproven
from plan_policy.rules.permissions import is_wild, names_something
from plan_policy.world import Resource, World

# Services that cannot be tricked into using a role of another account's.
UNBOUND_SERVICES: Mapping[str, str] = {
    "lambda.amazonaws.com": (
        "takes only roles of the function's own account, from somebody who may pass them"
    ),
}
_SOURCE_KEYS = ("aws:SourceArn", "aws:SourceAccount", "aws:SourceOrgID", "aws:SourceOrgPaths")
# What binds a use of a key to one thing, besides the source.
_KEY_CONTEXT = re.compile(
    r"kms:(?:encryptioncontext:.+|viaservice|calleraccount|grantisforawsresource)"
)
ACCOUNT = re.compile(r"(?:arn:[\w-]+:(?:iam|sts)::)?(\d{12})(?::.*)?")
_SOURCE = re.compile(r"arn:[\w-]+:[\w-]+:[\w-]*:([\w-]*):(.+)")
_WHOLE_ACCOUNT = re.compile(r"(?:arn:[\w-]+:iam::)?(\d{12})(?::root)?")


def _trust(world: World) -> Iterator[Finding]:
    for role in world.managed("aws_iam_role"):
        document = read_document(role.value("assume_role_policy"))
        if finding := _unreadable(role, document, "assume_role_policy"):
            yield finding
            continue
        wrong = [
            f"{statement.name} {problem}"
            for statement in document.allowing
            for problem in _trust_problems(world, statement)
        ]
        if not document.allowing:
            wrong = ["nobody may assume it: say who"]
        yield _finding(role, wrong, "It can be assumed only by whom its policy names.")


def _trust_problems(world: World, statement: Statement) -> Iterator[str]:
    if statement.negated:
        yield f"says who may not with {statement.negated[0]}: say who may"
    for action in statement.actions:
        if is_wild(action):
            yield f"allows {action}: allow sts:AssumeRole"
    if statement.public or not statement.principals:
        yield "lets anybody assume it: name a principal"
        return
    for kind, names in statement.principals.items():
        for name in names:
            yield from _principal_problems(world, statement, kind, name)


def _principal_problems(world: World, statement: Statement, kind: str, name: str) -> Iterator[str]:
    if is_wild(name):
        yield f"lets {name} assume it: name a principal"
    elif kind == "Service":
        if name not in UNBOUND_SERVICES and not statement.bound_by(*_SOURCE_KEYS):
            yield f"lets {name} assume it for anybody: add a condition on aws:SourceAccount"
    elif kind == "Federated":
        keys = [key for key in statement.conditions if key.endswith((":sub", ":aud"))]
        if not {key.rpartition(":")[2] for key in keys if statement.bound_by(key)} >= {
            "sub",
            "aud",
        }:
            yield f"lets anybody from {name} assume it: add conditions on its aud and sub"
    elif kind == "AWS":
        account = ACCOUNT.fullmatch(name)
        if account and account[1] != world.context.account_id:
            if not statement.bound_by("sts:ExternalId", "aws:PrincipalOrgID"):
                yield f"lets the account {account[1]} assume it: add a condition on sts:ExternalId"
        elif _WHOLE_ACCOUNT.fullmatch(name) and not statement.bound_by("aws:PrincipalArn"):
            yield f"lets everybody of the account {name} assume it: name a role"
    else:
        yield f"lets {kind} {name} assume it: name a role or a service"


def _key_policies(world: World) -> Iterator[Finding]:
    for key in world.managed("aws_kms_key", "aws_kms_key_policy", "aws_kms_replica_key"):
        document = read_document(key.value("policy"))
        if key.value("bypass_policy_lockout_safety_check").data is True:
            yield fails(
                key.address,
                "It may lock everybody out; take bypass_policy_lockout_safety_check out.",
            )
        elif finding := _unreadable(key, document, "policy"):
            yield finding
        else:
            wrong = [
                f"{statement.name} {problem}"
                for statement in document.allowing
                for problem in _key_problems(world, statement)
            ]
            yield _finding(key, wrong, "The key can be used only by whom its policy names.")


def _key_problems(world: World, statement: Statement) -> Iterator[str]:
    if statement.negated:
        yield f"allows all but something with {statement.negated[0]}: say what is meant"
    if statement.public or not statement.principals:
        if not statement.bound_by("kms:CallerAccount", "aws:PrincipalOrgID"):
            yield "lets anybody use the key: name a principal"
        return
    wild = [action for action in statement.actions if is_wild(action)]
    for kind, names in statement.principals.items():
        for name in names:
            account = ACCOUNT.fullmatch(name)
            root = bool(_WHOLE_ACCOUNT.fullmatch(name))
            if is_wild(name):
                yield f"lets {name} use the key: name a principal"
            elif account and account[1] != world.context.account_id:
                yield f"lets the account {account[1]} use the key: keep it within the account"
            elif kind == "AWS" and not root and "kms:*" in wild:
                yield f"lets {name} do everything with the key: name each action"
            elif kind != "AWS" and not _bound_key(statement):
                yield f"lets {name} use the key for anybody: add a condition on aws:SourceAccount"


def _bound_key(statement: Statement) -> bool:
    return statement.bound_by(*_SOURCE_KEYS) or any(
        _KEY_CONTEXT.fullmatch(key) and statement.bound_by(key) for key in statement.conditions
    )


def _key_usable(world: World) -> Iterator[Finding]:
    for key in world.managed("aws_kms_key"):
        window = key.value("deletion_window_in_days").number
        spec = key.value("customer_master_key_spec").text or "SYMMETRIC_DEFAULT"
        if key.value("is_enabled").data is False:
            yield fails(
                key.address, "It is disabled, and what it encrypts cannot be read; enable it."
            )
        elif spec == "SYMMETRIC_DEFAULT" and key.value("enable_key_rotation").data is not True:
            yield fails(key.address, "It is never rotated; set enable_key_rotation to true.")
        elif window is not None and window < _SHORTEST_WINDOW:
            yield fails(key.address, "It could be gone within days; set deletion_window_in_days.")
        else:
            yield passes(key.address, "It is enabled and rotated.")


_SHORTEST_WINDOW = 7  # KMS allows no shorter one
_GRANTED = {
    *("Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext"),
    *("ReEncryptFrom", "ReEncryptTo", "DescribeKey", "RetireGrant"),
}


def _grants(world: World) -> Iterator[Finding]:
    for grant in world.managed("aws_kms_grant"):
        operations = {str(each) for each in grant.value("operations").items}
        grantee = grant.value("grantee_principal")
        constraints = grant.value("constraints")
        account = ACCOUNT.fullmatch(grantee.text or "")
        if grant.value("operations").unknown or not grant.value("operations").whole:
            yield unproven(
                grant.address, "What it grants is known only after apply; list the operations."
            )
        elif not operations or not operations <= _GRANTED:
            yield fails(
                grant.address,
                f"It grants {', '.join(sorted(operations - _GRANTED)) or 'nothing that is known'}; "
                "grant only the use of the key.",
            )
        elif grantee.known and (account is None or account[1] != world.context.account_id):
            yield fails(grant.address, f"It is for {grantee.data}; name a role of the account.")
        elif grantee.unknown and not (
            grant.origin("grantee_principal").certain
            and grant.origin("grantee_principal").resources
        ):
            yield unproven(
                grant.address,
                "Whom it is for is known only after apply; name a role of this stack.",
            )
        elif constraints.absent or constraints.data == []:
            yield fails(
                grant.address,
                "It is for anything encrypted by the key; add constraints with an encryption "
                "context.",
            )
        else:
            yield passes(grant.address, f"It grants {', '.join(sorted(operations))} and no more.")


def _lambda_permissions(world: World) -> Iterator[Finding]:
    for permission in world.managed("aws_lambda_permission"):
        yield _finding(
            permission, list(_permission_problems(permission)), "It is bound to its source."
        )
        for attribute in ("principal", "source_account"):
            if permission.value(attribute).unknown:
                yield unproven(
                    permission.address,
                    f"Its {attribute} is known only after apply; set it to a text.",
                )
        if permission.value("source_arn").unknown:
            origin = permission.origin("source_arn")
            if not (origin.certain and origin.resources):
                yield unproven(
                    permission.address,
                    "Its source_arn is known only after apply, and the plan does not say from "
                    "where; set it to the ARN of a resource.",
                )


def _permission_problems(permission: Resource) -> Iterator[str]:
    yield from _invoker_problems(permission)
    action = permission.value("action")
    if action.known and action.text not in {"lambda:InvokeFunction", "lambda:InvokeFunctionUrl"}:
        yield f"it allows {action.data}: allow lambda:InvokeFunction"
    if permission.value("function_url_auth_type").text == "NONE":
        yield "anybody may call the function's URL: set function_url_auth_type to AWS_IAM"
    yield from _source_problems(permission)


def _invoker_problems(permission: Resource) -> Iterator[str]:
    principal = permission.value("principal")
    if principal.absent:
        yield "it has no principal: name a service"
    if not principal.known:
        return
    name, account = str(principal.data), ACCOUNT.fullmatch(str(principal.data))
    if is_wild(name):
        yield "anybody may invoke the function: name a service as its principal"
    elif account and account[1] != permission.world.context.account_id:
        yield f"the account {account[1]} may invoke the function: name a service of this one"
    elif not account and not name.endswith((".amazonaws.com", ".amazonaws.com.cn")):
        yield f"{name} may invoke the function: name a service as its principal"


def _source_problems(permission: Resource) -> Iterator[str]:
    account = permission.world.context.account_id
    source, whose = permission.value("source_arn"), permission.value("source_account")
    if source.absent or source.data == "":
        yield "it has no source_arn: anything of that service may invoke the function"
    elif source.known:
        match = _SOURCE.fullmatch(str(source.data))
        if match is None or (is_wild(match[2]) and not names_something(str(source.data))):
            yield f"its source_arn is {source.data}: name one thing"
        elif match[1] not in {"", account}:
            yield f"its source_arn is of the account {match[1]}: name a thing of this one"
    if whose.absent or whose.data == "":
        yield "it has no source_account: set it to the account"
    elif whose.known and whose.data != account:
        yield f"its source_account is {whose.data}: set it to {account}"


def _unreadable(resource: Resource, document: Document, name: str) -> Finding | None:
    if document.open:
        return unproven(
            resource.address,
            f"What {name} says is known only after apply; write ARNs that the plan can know, or "
            "plan again with a rehearsal.",
        )
    if document.problem:
        return fails(resource.address, f"{document.problem}; give {name} a policy document.")
    return None


def _finding(resource: Resource, wrong: list[str], right: str) -> Finding:
    if wrong:
        return fails(resource.address, sentence(wrong))
    return passes(resource.address, right)


RULES = (
    Rule(
        "iam-trust-bound",
        "Roles can be assumed only by somebody named",
        "A role that anybody may assume, or a service on anybody's behalf, is anybody's.",
        "Name a role or a service, and bind services by aws:SourceAccount.",
        _trust,
    ),
    Rule(
        "kms-key-policy",
        "Keys can be used only by somebody named, in this account",
        "The key's policy decides who reads everything that it encrypts.",
        "Name the principals, and bind services by the source or the encryption context.",
        _key_policies,
    ),
    Rule(
        "kms-key-usable",
        "Keys are enabled and rotated",
        "A disabled key takes recordings, logs and secrets with it.",
        "Set enable_key_rotation, and leave is_enabled alone.",
        _key_usable,
    ),
    Rule(
        "kms-grant-narrow",
        "Grants of a key are for one use by one role",
        "A grant goes round the key's policy.",
        "Grant single operations, with constraints on the encryption context.",
        _grants,
    ),
    Rule(
        "lambda-permission-bound",
        "Whoever may invoke a Lambda is bound to a source and its account",
        "Without it, another account's Connect instance could invoke the function.",
        "Set principal, source_arn and source_account.",
        _lambda_permissions,
    ),
)
