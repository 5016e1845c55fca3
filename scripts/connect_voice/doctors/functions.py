"""A vendor's Lambdas: ready, as declared, without keys, and Connect's alone to invoke."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING

from connect_voice.doctors.aws import found
from connect_voice.doctors.deployed import Function
from connect_voice.doctors.look import Look
from connect_voice.doctors.site import Environment
from connect_voice.doctors.topic import Topic
from connect_voice.findings import Finding
from connect_voice.lambda_permission import allows_connect

if TYPE_CHECKING:
    from mypy_boto3_logs.type_defs import LogGroupTypeDef

READY = Topic("lambda", "Lambda")
ENVIRONMENT = Topic("lambda-environment", "Lambda environment")
ASSOCIATION = Topic("lambda-association", "Lambda association")
INVOCATION = Topic("lambda-invocation", "Lambda invocation")
LOGS = Topic("lambda-logs", "Lambda logs")

# What the Lambdas are built for; AWS ends older ones and has not begun newer ones here.
_RUNTIMES = frozenset({"python3.11", "python3.12", "python3.13"})

_GROUPS = "/aws/lambda/"  # every Lambda's log group begins so

# A name that says "secret" or "key" but ends like this holds a name, an ARN or a number.
_HARMLESS_END = re.compile(r"_(ARN|NAME|PARAMETER|PATH|SECONDS|TABLE|URL|VERSION)$")
_SECRET_NAME = re.compile(r"secret|passw|token|access.?key|api.?key|private.?key|credential", re.I)
_SECRET_VALUE = re.compile(r"\b(AKIA|ASIA)[0-9A-Z]{16}\b|BEGIN [A-Z ]*PRIVATE KEY")


def ready(look: Look, topic: Topic) -> Iterator[Finding]:
    """Active, last update successful, on a runtime that is supported, behind its alias."""
    for function in look.functions:
        one = topic.of(function.short)
        configuration = look.function(function)
        if configuration is None:
            yield one.bad(
                "alias",
                f"The Lambda {function.name} or its alias {function.alias} does not exist, so that "
                "the flow cannot invoke it; deploy again.",
            )
            continue
        problems = list(
            _problems(
                one,
                function,
                state=configuration.get("State", "Active"),
                update=configuration.get("LastUpdateStatus", "Successful"),
                runtime=configuration.get("Runtime", ""),
            )
        )
        version = configuration.get("Version", "")
        yield from problems or [
            one.good("active", f"active, {function.alias} is version {version}")
        ]


def environments(look: Look, topic: Topic) -> Iterator[Finding]:
    """Without anything that looks like a key, and as declared."""
    for function in look.functions:
        environment = look.environment(function)
        if environment is None:
            continue  # that there is no Lambda is a finding of its own
        one = topic.of(function.short)
        if environment.denied is not None:
            yield one.warn(
                "unknown",
                f"Cannot tell what the environment of {function.name} holds: AWS does not decrypt "
                "it for you; grant kms:Decrypt on this environment's key to whoever runs the "
                "doctor.",
            )
            continue
        problems = [
            *_keys(one, function, environment),
            *_other(look, one, function, environment),
        ]
        yield from problems or [one.good("declared", "as declared, and no key or secret in it")]


def associations(look: Look, topic: Topic) -> Iterator[Finding]:
    """Whether the instance lists every Lambda that the flows invoke."""
    listed = look.site.associated_functions
    for function in look.functions:
        one = topic.of(function.short)
        if function.alias_arn in listed:
            yield one.good("exists", f"the instance lists its alias {function.alias}")
        elif function.arn in listed:
            yield one.good("exists", "the instance lists the function itself")
        else:
            yield one.bad(
                "exists",
                f"{function.name} is not associated with the instance, so that no flow can invoke "
                "it; deploy again.",
            )


def invocations(look: Look, topic: Topic) -> Iterator[Finding]:
    """Whether Connect may invoke each Lambda, for this instance and no other."""
    for function in look.functions:
        if look.function(function) is None:
            continue  # a finding of its own
        one = topic.of(function.short)
        answer = found(
            partial(
                look.aws.functions.get_policy, FunctionName=function.name, Qualifier=function.alias
            )
        )
        policy = None if answer is None else answer["Policy"]
        instance = look.deployed.instance_arn
        if not allows_connect(policy, function.alias_arn, instance):
            yield one.bad(
                "allowed",
                f"The resource policy of {function.name}:{function.alias} does not let the "
                "instance invoke it; deploy again.",
            )
        elif not _is_bound(policy, function, instance):
            yield one.bad(
                "bound",
                f"The resource policy of {function.name}:{function.alias} lets others than this "
                "instance invoke it; remove the statement for connect.amazonaws.com without "
                "SourceArn and SourceAccount, and deploy again.",
            )
        else:
            yield one.good("bound", "may be invoked by this instance and no other")


def logs(look: Look, topic: Topic) -> Iterator[Finding]:
    """Whether the logs exist, end some day, and are under our key."""
    groups = {name: row for prefix in _prefixes(look) for name, row in _groups(look, prefix)}
    for function in look.functions:
        one, name = topic.of(function.short), function.log_group
        group = groups.get(name)
        if group is None:
            yield one.bad("exists", f"There is no log group {name}; deploy again.")
            continue
        problems = []
        if not group.get("retentionInDays"):
            problems.append(
                one.bad(
                    "retention", f"The log group {name} keeps everything for ever; deploy again."
                )
            )
        key = group.get("kmsKeyId")
        if key != look.deployed.kms_key_arn:
            problems.append(
                one.bad(
                    "key",
                    f"The log group {name} is encrypted with {key or 'a key that AWS owns'} "
                    "instead of this environment's; deploy again.",
                )
            )
        yield from problems or [
            one.good(
                "retention",
                f"kept for {group['retentionInDays']} days, under this environment's key",
            )
        ]


def _prefixes(look: Look) -> set[str]:
    """What the names of the log groups begin with, in as few as it takes to ask for them."""
    names = sorted(function.log_group for function in look.functions)
    pairs = zip(names[0], names[-1], strict=False)
    common = "".join(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    return {common} if len(common) > len(_GROUPS) else set(names)


def _groups(look: Look, prefix: str) -> Iterator[tuple[str, LogGroupTypeDef]]:
    pages = look.aws.logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix)
    for page in pages:
        for row in page["logGroups"]:
            yield row["logGroupName"], row


def _problems(
    topic: Topic, function: Function, *, state: str, update: str, runtime: str
) -> Iterator[Finding]:
    if state != "Active":
        yield topic.bad(
            "active",
            f"The Lambda {function.name} is {state}, not Active; wait, or see why in the console.",
        )
    if update != "Successful":
        yield topic.bad(
            "updated",
            f"The last update of {function.name} is {update}, not Successful; deploy again.",
        )
    if runtime not in _RUNTIMES:
        yield topic.bad(
            "runtime",
            f"The Lambda {function.name} runs on {runtime or 'an unknown runtime'}, for which it "
            "is not built; deploy again.",
        )


def _keys(topic: Topic, function: Function, environment: Environment) -> Iterator[Finding]:
    suspects = sorted(
        name
        for name, value in environment.variables.items()
        if looks_secret(name) or _SECRET_VALUE.search(value)
    )
    if suspects:
        yield topic.bad(
            "secret",
            f"The environment of {function.name} holds what looks like a key: "
            f"{', '.join(suspects)}; remove it, and rotate it, because everybody who may read the "
            "function's configuration has seen it.",
        )


def looks_secret(name: str) -> bool:
    """Whether an environment variable of this name would hold a secret."""
    return _SECRET_NAME.search(name) is not None and _HARMLESS_END.search(name) is None


def _other(
    look: Look, topic: Topic, function: Function, environment: Environment
) -> Iterator[Finding]:
    wrong = sorted(
        name
        for name, value in look.declared(function).items()
        if environment.variables.get(name) != value
    )
    if wrong:
        yield topic.bad(
            "declared",
            f"{', '.join(wrong)} in the environment of {function.name} is not what the "
            "configuration declares; deploy again.",
        )


def _is_bound(policy: str | None, function: Function, instance_arn: str) -> bool:
    """Whether no other instance may invoke it, and every statement names source and account."""
    sibling = f"{instance_arn.rpartition('/')[0]}/somebody-elses"
    if allows_connect(policy, function.alias_arn, sibling):
        return False
    document = json.loads(policy) if policy else {}
    statements = document.get("Statement", [])
    for statement in [statements] if isinstance(statements, dict) else statements:
        if "connect.amazonaws.com" not in json.dumps(statement.get("Principal")):
            continue
        conditions = statement.get("Condition") or {}
        keys = {key.lower() for entries in conditions.values() for key in entries}
        if not {"aws:sourcearn", "aws:sourceaccount"} <= keys:
            return False
    return True
