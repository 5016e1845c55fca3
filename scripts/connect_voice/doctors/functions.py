"""Kore's Lambdas: ready, configured as declared, without keys, and Connect's alone to invoke."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import partial

from connect_voice.doctors.aws import found
from connect_voice.doctors.deployed import Function
from connect_voice.doctors.look import Environment, Look
from connect_voice.doctors.topic import Topic
from connect_voice.findings import Finding
from connect_voice.lambda_permission import allows_connect

READY = Topic("kore.lambda", "kore Lambda")
ENVIRONMENT = Topic("kore.lambda-environment", "kore Lambda environment")
ASSOCIATION = Topic("kore.lambda-association", "kore Lambda association")
INVOCATION = Topic("kore.lambda-invocation", "kore Lambda invocation")
LOGS = Topic("kore.lambda-logs", "kore Lambda logs")

# What the Lambdas are built for; AWS ends older ones and has not begun newer ones here.
_RUNTIMES = frozenset({"python3.11", "python3.12", "python3.13"})

# A name that says "secret" or "key" but ends like this holds a name, an ARN or a number.
_HARMLESS_END = re.compile(r"_(ARN|NAME|PARAMETER|PATH|SECONDS|TABLE|URL|VERSION)$")
_SECRET_NAME = re.compile(r"secret|passw|token|access.?key|api.?key|private.?key|credential", re.I)
_SECRET_VALUE = re.compile(r"\b(AKIA|ASIA)[0-9A-Z]{16}\b|BEGIN [A-Z ]*PRIVATE KEY")


def ready(look: Look) -> Iterator[Finding]:
    """Active, last update successful, on a runtime that is supported, behind its alias."""
    for function in look.kore.functions:
        topic = READY.of(function.short)
        alias = found(
            partial(look.aws.functions.get_alias, FunctionName=function.name, Name=function.alias)
        )
        if alias is None:
            yield topic.bad(
                "alias",
                f"The Lambda {function.name} or its alias {function.alias} does not exist, so that "
                "the flow cannot invoke it; deploy again.",
            )
            continue
        configuration = look.function(function)
        if configuration is None:
            yield topic.bad(
                "alias",
                f"The alias {function.alias} of {function.name} leads to no version; deploy again.",
            )
            continue
        problems = list(
            _problems(
                topic,
                function,
                state=configuration.get("State", "Active"),
                update=configuration.get("LastUpdateStatus", "Successful"),
                runtime=configuration.get("Runtime", ""),
            )
        )
        version = alias.get("FunctionVersion", "")
        yield from problems or [
            topic.good("active", f"active, {function.alias} is version {version}")
        ]


def environments(look: Look) -> Iterator[Finding]:
    """Without anything that looks like a key, and as declared."""
    for function in look.kore.functions:
        environment = look.environment(function)
        if environment is None:
            continue  # that there is no Lambda is a finding of its own
        topic = ENVIRONMENT.of(function.short)
        if environment.denied is not None:
            yield topic.warn(
                "unknown",
                f"Cannot tell what the environment of {function.name} holds: AWS does not decrypt "
                "it for you; grant kms:Decrypt on this environment's key to whoever runs the "
                "doctor.",
            )
            continue
        problems = [
            *_keys(topic, function, environment),
            *_other(look, topic, function, environment),
        ]
        yield from problems or [topic.good("declared", "as declared, and no key or secret in it")]


def associations(look: Look) -> Iterator[Finding]:
    """Whether the instance lists every Lambda that the flows invoke."""
    pages = look.aws.connect.get_paginator("list_lambda_functions").paginate(
        InstanceId=look.deployed.instance_id
    )
    listed = {arn for page in pages for arn in page["LambdaFunctions"]}
    for function in look.kore.functions:
        topic = ASSOCIATION.of(function.short)
        if function.alias_arn in listed:
            yield topic.good("exists", f"the instance lists its alias {function.alias}")
        elif function.arn in listed:
            yield topic.good("exists", "the instance lists the function itself")
        else:
            yield topic.bad(
                "exists",
                f"{function.name} is not associated with the instance, so that no flow can invoke "
                "it; deploy again.",
            )


def invocations(look: Look) -> Iterator[Finding]:
    """Whether Connect may invoke each Lambda, for this instance and no other."""
    for function in look.kore.functions:
        if look.function(function) is None:
            continue  # a finding of its own
        topic = INVOCATION.of(function.short)
        answer = found(
            partial(
                look.aws.functions.get_policy, FunctionName=function.name, Qualifier=function.alias
            )
        )
        policy = None if answer is None else answer["Policy"]
        instance = look.deployed.instance_arn
        if not allows_connect(policy, function.alias_arn, instance):
            yield topic.bad(
                "allowed",
                f"The resource policy of {function.name}:{function.alias} does not let the "
                "instance invoke it; deploy again.",
            )
        elif not _is_bound(policy, function, instance):
            yield topic.bad(
                "bound",
                f"The resource policy of {function.name}:{function.alias} lets others than this "
                "instance invoke it; remove the statement for connect.amazonaws.com without "
                "SourceArn and SourceAccount, and deploy again.",
            )
        else:
            yield topic.good("bound", "may be invoked by this instance and no other")


def logs(look: Look) -> Iterator[Finding]:
    """Whether the logs exist and end some day."""
    for function in look.kore.functions:
        topic = LOGS.of(function.short)
        pages = look.aws.logs.get_paginator("describe_log_groups").paginate(
            logGroupNamePrefix=function.log_group
        )
        groups = {row["logGroupName"]: row for page in pages for row in page["logGroups"]}
        group = groups.get(function.log_group)
        if group is None:
            yield topic.bad("exists", f"There is no log group {function.log_group}; deploy again.")
        elif not group.get("retentionInDays"):
            yield topic.bad(
                "retention",
                f"The log group {function.log_group} keeps everything for ever; deploy again.",
            )
        else:
            yield topic.good("retention", f"kept for {group['retentionInDays']} days")


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
        for name, value in _declared(look, function).items()
        if environment.variables.get(name) != value
    )
    if wrong:
        yield topic.bad(
            "declared",
            f"{', '.join(wrong)} in the environment of {function.name} is not what the "
            "configuration declares; deploy again.",
        )


def _declared(look: Look, function: Function) -> Mapping[str, str]:
    kore = look.kore
    if function == kore.stream_trigger:
        return {
            "TRANSCRIBER_URL": kore.transcriber_url,
            "STREAM_READER_ROLE_ARN": kore.reader_role_arn,
            "STREAM_NAME_PREFIX": look.stream_names,
            "CLAIMS_TABLE": kore.claims_table,
        }
    if function == kore.disposition and kore.dispositions_table is not None:
        webhook = {} if kore.webhook_url is None else {"WEBHOOK_URL": kore.webhook_url}
        return {"DISPOSITIONS_TABLE": kore.dispositions_table, **webhook}
    return {}


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
