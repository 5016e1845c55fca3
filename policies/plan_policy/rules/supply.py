"""What runs while a plan is made and applied: listed providers, local modules, and no commands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from posixpath import join, normpath
from typing import Any

from plan_policy.rule import Finding, Rule, fails, passes, unproven
from plan_policy.world import World

PROVIDERS: Mapping[str, str] = {
    "registry.terraform.io/hashicorp/aws": "what everything here is made with",
    "registry.opentofu.org/hashicorp/aws": "the same, where OpenTofu runs",
    "terraform.io/builtin/terraform": "Terraform itself",
}
"""Providers by address, and why they may run."""

_ARGUMENTS: Mapping[str, str] = {
    "alias": "a second region",
    "allowed_account_ids": "keeps to the account",
    "default_tags": "tags",
    "ignore_tags": "tags",
    "region": "where",
}
# Data sources that run commands or take what anybody may have put there.
_DATA: Mapping[str, str] = {
    "external": "runs a program while the plan is made",
    "http": "takes what a web server says",
    "terraform_remote_state": "reads another state, with all that is secret in it",
    "aws_lambda_invocation": "runs a function while the plan is made",
    "aws_s3_object": "takes what anybody with access to the bucket put there",
    "aws_ssm_parameter": "puts a parameter's value into the state",
    "aws_secretsmanager_secret_version": "puts a secret into the state",
    "aws_secretsmanager_random_password": "puts a password into the state",
}
_EPHEMERAL: Mapping[str, str] = {
    "aws_lambda_invocation": "runs a function whenever Terraform runs",
    "external": "runs a program whenever Terraform runs",
}
# Resources that do things, or that make others which no rule here would see.
_RESOURCES: Mapping[str, str] = {
    "null_resource": "is there only to run things",
    "aws_cloudformation_stack": "makes resources that the plan does not show",
    "aws_cloudformation_stack_set": "makes resources that the plan does not show",
    "aws_cloudformation_stack_set_instance": "makes resources that the plan does not show",
    "aws_serverlessapplicationrepository_cloudformation_stack": (
        "makes resources that the plan does not show"
    ),
    "aws_codebuild_project": "runs commands",
    "aws_ssm_association": "runs commands",
    "aws_ssm_document": "holds commands",
    "aws_ssm_activation": "lets in machines from outside",
    "aws_instance": "is a machine that runs whatever its user data says",
    "aws_launch_template": "starts machines that run whatever its user data says",
}
# Kinds that Cloud Control makes here, because the provider has no resource of theirs. No other: no
# rule looks into them.
CLOUD_CONTROL: Mapping[str, str] = {
    "AWS::AppIntegrations::Application": "the widget in the agent workspace",
    "AWS::Connect::IntegrationAssociation": "associates the widget with the instance",
    "AWS::Connect::SecurityProfile": "grants agents the widget",
}
# At the start of a line, or after a comment that ends on it.
_PROVISIONER = re.compile(
    r"(?:^|\*/)[ \t\ufeff]*(?:dynamic\s+\"?)?provisioner\b(?!\s*=)", re.MULTILINE
)
# Parts of a plan that newer Terraforms have for what they run, or put off.
_UNKNOWN_PARTS = ("action_invocations", "deferred_action_invocations", "deferred_changes")
# Functions that an apply may run, by the last part of their name.
INVOKED: Mapping[str, str] = {
    "phone-number-flow": "leads numbers to flows, which hashicorp/aws 5.100 cannot",
}


# What the rules look into, and what can do no harm by itself.
_JUDGED = """
    aws_cloudcontrolapi_resource aws_cloudwatch_log_group aws_connect_contact_flow
    aws_connect_contact_flow_module aws_connect_instance_storage_config
    aws_connect_lambda_function_association aws_dynamodb_table aws_dynamodb_resource_policy
    aws_iam_policy aws_iam_role aws_iam_role_policy aws_iam_role_policy_attachment
    aws_kinesis_firehose_delivery_stream aws_kinesis_resource_policy aws_kinesis_stream
    aws_kinesis_video_stream aws_kms_external_key aws_kms_grant aws_kms_key aws_kms_key_policy
    aws_kms_replica_key aws_lambda_function aws_lambda_function_url aws_lambda_invocation
    aws_lambda_permission aws_s3_bucket aws_s3_bucket_acl aws_s3_bucket_policy
    aws_s3_bucket_public_access_block aws_s3_bucket_server_side_encryption_configuration
    aws_secretsmanager_secret aws_secretsmanager_secret_policy aws_secretsmanager_secret_version
    aws_security_group aws_security_group_rule aws_sns_topic aws_sns_topic_policy aws_sqs_queue
    aws_sqs_queue_policy aws_ssm_parameter aws_vpc_security_group_ingress_rule
"""
_HARMLESS = """
    aws_cloudwatch_dashboard aws_cloudwatch_log_metric_filter aws_cloudwatch_metric_alarm
    aws_connect_hours_of_operation aws_connect_instance aws_connect_phone_number aws_connect_queue
    aws_connect_quick_connect aws_connect_routing_profile aws_connect_security_profile
    aws_connect_user aws_connect_user_hierarchy_group aws_connect_user_hierarchy_structure
    aws_connect_vocabulary aws_kms_alias aws_lambda_alias aws_lambda_provisioned_concurrency_config
    aws_s3_bucket_lifecycle_configuration aws_s3_bucket_ownership_controls aws_s3_bucket_versioning
    aws_vpc_security_group_egress_rule
"""
KNOWN = frozenset((*_JUDGED.split(), *_HARMLESS.split()))
"""Types of resources that a plan may hold."""


def _provisioners(world: World) -> Iterator[Finding]:
    found = False
    for address, resource in world.configuration.resources():
        kinds = [
            str(each.get("type")) if isinstance(each, Mapping) else "unknown"
            for each in _list(resource.get("provisioners"))
        ]
        if kinds or resource.get("connection") is not None:
            found = True
            yield fails(
                address,
                f"It runs commands when it is applied ({', '.join(kinds) or 'connection'}); take "
                "the provisioner out.",
            )
    if world.configuration.too_deep:
        found = True
        yield fails("", "Modules are nested too deeply to be looked through; flatten them.")
    for finding in _in_sources(world):
        found = True
        yield finding
    if not found:
        yield passes("", "Nothing in the configuration runs commands.")


def _in_sources(world: World) -> Iterator[Finding]:
    """Provisioners of ``removed`` blocks run when a resource goes, and no plan shows them."""
    for path, text in world.context.sources.items():
        if path.endswith(".json"):
            runs = '"provisioner"' in text
        else:
            runs = _PROVISIONER.search(text) is not None
        if runs:
            yield fails("", f"{path} has a provisioner, which runs commands; take it out.")
    if not world.context.sources:
        for change in world.plan.changes:
            if change.reason in {"delete_because_no_resource_config", "delete_because_no_module"}:
                yield unproven(
                    change.address,
                    "Whether a removed block runs commands when it goes is not in the plan; judge "
                    "the plan with the files it was made from.",
                )


def _forbidden(world: World) -> Iterator[Finding]:
    wrong = dict(_forbidden_kinds(world))
    wrong.update(_forbidden_uses(world))
    for address, why in wrong.items():
        yield fails(address, f"{why}; take it out.")
    if not wrong:
        yield passes("", "The plan holds only kinds that the rules know.")


def _forbidden_kinds(world: World) -> Iterator[tuple[str, str]]:
    for part in _UNKNOWN_PARTS:
        if world.plan.data.get(part):
            yield "", f"The plan has {part}, which no rule looks into"
    for address, module in world.configuration.modules():
        if module.get("actions"):
            yield address, "It has action blocks, which run things"
    for address, resource in world.configuration.resources():
        kind, mode = str(resource.get("type")), str(resource.get("mode"))
        if mode not in {"data", "managed", "ephemeral"}:
            yield address, f"It is of the unknown mode {mode!r}"
        elif why := {"managed": _RESOURCES, "data": _DATA, "ephemeral": _EPHEMERAL}[mode].get(kind):
            yield address, f"A {mode} {kind} {why}"
    for change in world.plan.changes:
        why = (_RESOURCES if change.managed else _DATA).get(change.type)
        if why and change.stays:
            yield change.address, f"A {change.mode} {change.type} {why}"


def _forbidden_uses(world: World) -> Iterator[tuple[str, str]]:
    for each in world.managed("aws_cloudcontrolapi_resource"):
        kind = str(each.value("type_name").data)
        if kind not in CLOUD_CONTROL:
            yield each.address, f"Cloud Control would make a {kind}, which no rule looks into"
        if not each.value("role_arn").absent:
            yield each.address, "Cloud Control would act as another role, by role_arn"
    for invocation in world.managed("aws_lambda_invocation"):
        name = invocation.value("function_name").text or ""
        if not name.endswith(tuple(INVOKED)):
            shown = name or "a function that the plan does not name"
            yield invocation.address, f"The apply would run {shown}"


def _types(world: World) -> Iterator[Finding]:
    unknown = False
    for resource in world.managed():
        if resource.type not in KNOWN and resource.type not in _RESOURCES:
            unknown = True
            yield unproven(
                resource.address,
                f"No rule has looked at what {resource.type} can do; have platform add it to the "
                "listed types, with its rules.",
            )
    if not unknown:
        yield passes("", "Every type of resource is one that the rules know.")


def _providers(world: World) -> Iterator[Finding]:
    configured = world.plan.configuration.get("provider_config")
    names = {
        str(each.get("full_name")) for each in _values(configured) if isinstance(each, Mapping)
    }
    names |= {change.provider for change in world.plan.changes}
    unlisted = sorted(names - set(PROVIDERS))
    for name in unlisted:
        yield fails("", f"The provider {name} is not listed; use {next(iter(PROVIDERS))} alone.")
    for key, each in _pairs(configured):
        for argument in _pairs(_mapping(each).get("expressions")):
            if argument[0] not in _ARGUMENTS:
                unlisted.append(argument[0])
                yield fails(
                    "",
                    f"The provider {key} is given {argument[0]}; leave that to the environment's "
                    "credentials.",
                )
    if not unlisted:
        yield passes("", "Only listed providers run, as they are meant to.")


def _modules(world: World) -> Iterator[Finding]:
    folders = {"": "."}
    wrong = False
    for address, call in world.configuration.calls():
        source = call.get("source")
        parent = address.rpartition(".module.")[0] if ".module." in address else ""
        local = isinstance(source, str) and source.startswith(("./", "../"))
        folders[address] = normpath(join(folders.get(parent, "."), str(source)))
        if not local or folders[address].startswith(".."):
            wrong = True
            yield fails(
                address,
                f"It comes from {source!r}, which nobody reviews with this change; use a folder of "
                "terraform/modules.",
            )
    if not wrong:
        yield passes("", "Every module is a folder of this repository.")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else ([] if value is None else [value])


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _pairs(value: Any) -> list[tuple[str, Any]]:
    return [(str(key), item) for key, item in _mapping(value).items()]


def _values(value: Any) -> list[Any]:
    return list(_mapping(value).values())


RULES = (
    Rule(
        "no-provisioner",
        "Nothing runs commands when the plan is applied",
        "A provisioner runs with the rights of the apply, and no plan says what it will do.",
        "Take the provisioner out, also from blocks that only destroy.",
        _provisioners,
    ),
    Rule(
        "no-back-door",
        "There is nothing in the plan that the rules cannot look into",
        "Programs, machines, stacks and foreign states do things that a plan does not show.",
        "Use a resource of the provider's, or a variable.",
        _forbidden,
    ),
    Rule(
        "types-known",
        "The plan holds only types of resources that the rules know",
        "What no rule looks into, such as a log subscription, can carry calls out of the account.",
        "Have platform add the type, with the rules that it needs.",
        _types,
    ),
    Rule(
        "providers-listed",
        "Only listed providers run, and with nothing but where to work",
        "A provider is a program that runs with the credentials of the apply.",
        "Use hashicorp/aws, with credentials from the environment.",
        _providers,
    ),
    Rule(
        "modules-local",
        "Every module is a folder of this repository",
        "A module from elsewhere can change without anybody here reviewing it.",
        "Copy it under terraform/modules.",
        _modules,
    ),
)
