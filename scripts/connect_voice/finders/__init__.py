"""Finding what an interrupted run made: one function a resource type, in order of dependence."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from connect_voice.finders import cloud_control, contact_center, functions, services
from connect_voice.finders.lookup import Found, Lookup, Unsure
from connect_voice.in_doubt import Doubt

__all__ = ["FINDERS", "Found", "Lookup", "Unsure"]

Finder = Callable[[Doubt, Lookup], Found | None]

# What others are found by comes first: an alias by its key, a queue by its instance.
FINDERS: Mapping[str, Finder] = {
    "aws_kms_key": services.kms_key,
    "aws_kms_alias": services.kms_alias,
    "aws_iam_role": services.iam_role,
    "aws_cloudwatch_log_group": services.log_group,
    "aws_ssm_parameter": services.ssm_parameter,
    "aws_kinesis_stream": services.kinesis_stream,
    "aws_dynamodb_table": services.dynamodb_table,
    "aws_lambda_function": functions.function,
    "aws_lambda_alias": functions.alias,
    "aws_lambda_permission": functions.permission,
    "aws_connect_instance": contact_center.instance,
    "aws_connect_hours_of_operation": contact_center.hours_of_operation,
    "aws_connect_queue": contact_center.queue,
    "aws_connect_phone_number": contact_center.phone_number,
    "aws_connect_instance_storage_config": contact_center.storage_config,
    "aws_connect_lambda_function_association": contact_center.lambda_association,
    "aws_connect_contact_flow": contact_center.contact_flow,
    "aws_cloudcontrolapi_resource": cloud_control.resource,
    "aws_connect_user": contact_center.user,
}
