"""Lambdas answer in time, are there when needed, and run the bytes that were reviewed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from plan_policy.rule import Finding, Rule, fails, passes, unproven
from plan_policy.world import Resource, World

_FUNCTION = "aws_lambda_function"
# Connect cuts a synchronous Lambda at 8 s. Source: Amazon Connect administrator guide, "Flow block:
# AWS Lambda function".
_FLOW_LIMIT_S = 8
_LAMBDA_LIMIT_S = 900
_DEFAULT_TIMEOUT_S = 3
# Runtimes that AWS still mends and that this project's zips run on; raise it with the zips'.
_RUNTIMES = {"python3.12", "python3.13", "python3.14", "nodejs22.x", "nodejs24.x"}
_FUNCTION_ARN = re.compile(r"arn:[\w-]+:lambda:[\w-]*:\d{12}:function:([\w-]+)(?::[\w$-]+)?")
# Settings of the runtime, the SDK and the loader that lead a function elsewhere.
_STEERING = re.compile(
    r"AWS_LAMBDA_EXEC_WRAPPER|AWS_ENDPOINT_URL(?:_.+)?|AWS_CA_BUNDLE|(?:AWS_)?(?:ACCESS_KEY_ID|"
    r"SECRET_ACCESS_KEY|SESSION_TOKEN)|AWS_(?:CONFIG_FILE|SHARED_CREDENTIALS_FILE)|LD_.+|NODE_OPTIONS|"
    r"PYTHON(?:PATH|HOME|STARTUP|USERBASE|INSPECT)|(?:HTTPS?|ALL)_PROXY|JAVA_TOOL_OPTIONS|BASH_ENV"
)
_IMAGE_DIGEST = re.compile(r".+@sha256:[0-9a-f]{64}")
_LAYER = re.compile(r"arn:[\w-]+:lambda:[\w-]+:(\d{12}):layer:.+")


def called_by_flows(world: World) -> tuple[dict[str, Resource], list[str]]:
    """The functions that flows may call, by address; and what may call one nobody knows."""
    functions = {
        text: function
        for function in world.managed(_FUNCTION)
        for name in ("function_name", "arn", "id")
        if (text := function.made(name).text)
    }
    for alias in world.managed("aws_lambda_alias"):
        arn, name = alias.made("arn").text, alias.value("function_name").text
        if arn and name in functions:
            functions[arn] = functions[name]
    called: dict[str, Resource] = {}
    lost: list[str] = []
    for caller, attribute in _callers(world):
        found = _function_of(world, caller, attribute, functions)
        if found is None:
            lost.append(caller.address)
        for each in found or ():
            called[each.address] = each
    return called, lost


def _callers(world: World) -> Iterator[tuple[Resource, str]]:
    for permission in world.managed("aws_lambda_permission"):
        if permission.value("principal").data == "connect.amazonaws.com":
            yield permission, "function_name"
    for association in world.managed("aws_connect_lambda_function_association"):
        yield association, "function_arn"


def _function_of(
    world: World, caller: Resource, attribute: str, functions: dict[str, Resource]
) -> tuple[Resource, ...] | None:
    """The functions that an attribute names: none if another's, None if nobody knows."""
    text = caller.value(attribute).text
    if text is None:
        pointer = world.pointed_at(caller, (attribute,), _FUNCTION, "aws_lambda_alias")
        names = {each.value("function_name").text for each in pointer.found}
        found = tuple(functions[name] for name in names if name in functions)
        return found or None
    match = _FUNCTION_ARN.fullmatch(text)
    one = functions.get(text) or (functions.get(match[1]) if match else None)
    return (one,) if one else ()


def _timeout(world: World) -> Iterator[Finding]:
    called, lost = called_by_flows(world)
    for address in lost:
        yield unproven(
            address,
            "The plan does not say which function flows call by it; name a function of this stack.",
        )
    for function in world.managed(_FUNCTION):
        value = function.value("timeout")
        seconds = _DEFAULT_TIMEOUT_S if value.absent else value.number
        limit = _FLOW_LIMIT_S if function.address in called else _LAMBDA_LIMIT_S + 1
        if seconds is None:
            yield unproven(
                function.address, "Its timeout is known only after apply; set it to a number."
            )
        elif 0 < seconds < limit:
            yield passes(function.address, f"It ends after {seconds} s at most.")
        else:
            why = " because Connect cuts a flow's call at 8 s" if function.address in called else ""
            yield fails(
                function.address,
                f"It may run for {seconds} s; set timeout to 1 to {limit - 1}{why}.",
            )


def _concurrency(world: World) -> Iterator[Finding]:
    called, _ = called_by_flows(world)
    for function in called.values():
        value = function.value("reserved_concurrent_executions")
        if value.unknown:
            yield unproven(
                function.address,
                "Its reserved concurrency is known only after apply; set it to a number.",
            )
        elif value.number is None or value.number < 0:
            yield fails(
                function.address,
                "Nothing is reserved for it, so any other function of the account can keep callers "
                "waiting; set reserved_concurrent_executions.",
            )
        elif value.number == 0:
            yield fails(
                function.address,
                "0 reserved executions stop it; set reserved_concurrent_executions to 1 or more.",
            )
        else:
            yield passes(function.address, f"{value.number} executions are reserved for it.")


def _runtime(world: World) -> Iterator[Finding]:
    for function in world.managed(_FUNCTION):
        runtime = function.value("runtime")
        if function.value("package_type").text == "Image":
            continue
        if runtime.unknown:
            yield unproven(
                function.address, "Its runtime is known only after apply; set it to a text."
            )
        elif runtime.text in _RUNTIMES:
            yield passes(function.address, f"AWS maintains {runtime.data}.")
        else:
            yield fails(
                function.address,
                f"Its runtime is {runtime.data!r}; set it to {' or '.join(sorted(_RUNTIMES))}.",
            )


def _bytes(world: World) -> Iterator[Finding]:
    for function in world.managed(_FUNCTION):
        digest, image = function.value("source_code_hash"), function.value("image_uri")
        if function.value("package_type").text == "Image":
            if image.text and _IMAGE_DIGEST.fullmatch(image.text):
                yield passes(function.address, "Its image is bound by its digest.")
            else:
                yield fails(
                    function.address,
                    "Its image is not bound by a digest; write image_uri as …@sha256:….",
                )
        elif any(not function.value(name).absent for name in ("s3_bucket", "s3_key")) and (
            not function.value("s3_object_version").text
        ):
            yield fails(
                function.address,
                "Its zip is whatever lies in the bucket then; take it from a file, or set "
                "s3_object_version.",
            )
        elif digest.unknown or digest.rehearsed:
            yield unproven(
                function.address,
                "Its source_code_hash is known only after apply; take it from dist/manifest.json.",
            )
        elif not digest.text or function.expression("source_code_hash") is None:
            yield fails(
                function.address,
                "Nothing binds it to the zip that was reviewed; set source_code_hash.",
            )
        else:
            yield passes(function.address, "It is bound to the bytes of its zip.")


def _layers(world: World) -> Iterator[Finding]:
    for function in world.managed(_FUNCTION):
        layers = function.value("layers")
        if layers.unknown or not layers.whole:
            yield unproven(
                function.address, "Its layers are known only after apply; put all into the zip."
            )
            continue
        for layer in layers.items:
            match = _LAYER.fullmatch(str(layer))
            if match is None or match[1] != world.context.account_id:
                yield fails(
                    function.address,
                    f"It runs code of somebody else's, {layer}; put what it needs into the zip.",
                )
            else:
                yield passes(function.address, "Its layers are of this account.")


def _settings(world: World) -> Iterator[Finding]:
    for function in world.managed(_FUNCTION):
        names = function.value("environment", 0, "variables").mapping
        wrong = [name for name in names if _STEERING.fullmatch(str(name).upper())]
        if wrong:
            yield fails(
                function.address,
                f"Its environment has {', '.join(wrong)}, which would change what runs in it or "
                "whom it speaks to; leave it out.",
            )
        else:
            yield passes(function.address, "Its environment holds settings and nothing else.")


def _roles(world: World) -> Iterator[Finding]:
    for function in world.managed(_FUNCTION):
        pointer = world.pointed_at(function, ("role",), "aws_iam_role")
        if pointer.found:
            yield passes(function.address, f"It runs as {pointer.found[0].address}.")
        elif pointer.open:
            yield unproven(
                function.address,
                "Which role it runs as is known only after apply; name one of this stack.",
            )
        else:
            yield fails(
                function.address,
                f"It runs as {pointer.known or 'nobody'}, and nobody here knows what that may do; "
                "name a role of this stack.",
            )


def _logs(world: World) -> Iterator[Finding]:
    groups = {
        text
        for group in world.managed("aws_cloudwatch_log_group")
        if (text := group.value("name").text)
    }
    for function in world.managed(_FUNCTION):
        name = function.value("logging_config", 0, "log_group")
        if name.unknown:
            pointer = world.pointed_at(
                function, ("logging_config", 0, "log_group"), "aws_cloudwatch_log_group"
            )
            if pointer.found:
                yield passes(function.address, f"It writes to {pointer.found[0].address}.")
            else:
                yield unproven(
                    function.address,
                    "Its log group is known only after apply; name one of this stack.",
                )
            continue
        wanted = name.text or f"/aws/lambda/{function.value('function_name').text}"
        if wanted in groups:
            yield passes(function.address, f"It writes to the log group {wanted}.")
        else:
            yield fails(
                function.address,
                f"Lambda would make its log group {wanted} itself, without a key and for ever; "
                "make it here.",
            )


RULES = (
    Rule(
        "lambda-timeout",
        "Lambdas that flows call end before Connect's limit of 8 s",
        "Connect gives up after 8 s, and the caller gets the error branch while the Lambda works.",
        "Set timeout below 8.",
        _timeout,
    ),
    Rule(
        "lambda-concurrency",
        "Lambdas that flows call have executions reserved",
        "Else any other function of the account can use them all up, and callers wait.",
        "Set reserved_concurrency of the vendor's Lambda in terraform.tfvars.",
        _concurrency,
    ),
    Rule(
        "lambda-runtime",
        "Lambdas run on a runtime that AWS maintains",
        "AWS stops mending runtimes, and then stops updating functions that use them.",
        "Build for the runtime that this project builds for.",
        _runtime,
    ),
    Rule(
        "lambda-code-bound",
        "Lambdas are bound to the bytes that were reviewed",
        "A zip is read when the plan is applied, and could be swapped until then.",
        "Set source_code_hash from dist/manifest.json.",
        _bytes,
    ),
    Rule(
        "lambda-layers-own",
        "Lambdas run no layer of another account's",
        "Its owner could change what runs in calls.",
        "Put the code into the zip.",
        _layers,
    ),
    Rule(
        "lambda-settings-only",
        "The environment of Lambdas holds settings and nothing that changes what runs",
        "A wrapper, a path or an endpoint in it goes round the zip that was reviewed.",
        "Leave it out.",
        _settings,
    ),
    Rule(
        "lambda-role-own",
        "Lambdas run as roles of this stack",
        "What another role may do is in no plan of this stack.",
        "Name a role that this configuration makes.",
        _roles,
    ),
    Rule(
        "lambda-log-group",
        "Lambdas write to a log group of this stack",
        "Lambda makes a missing one itself, and keeps everything in it for ever.",
        "Make the log group, and name it in logging_config.",
        _logs,
    ),
)
