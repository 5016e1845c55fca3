"""Runs Lambda functions as built: the very zip, by awslambdaric, against the Runtime API."""

from local_aws.lambda_runtime.interpreter import lambda_python
from local_aws.lambda_runtime.runtime import LambdaRuntime
from local_aws.lambda_runtime.spec import (
    BadPackage,
    Credentials,
    FunctionSpec,
    InvocationRefused,
    InvokeResult,
    LogBatch,
    LogEvent,
    Throttled,
)
from local_aws.lambda_runtime.task import check_package

__all__ = [
    "BadPackage",
    "Credentials",
    "FunctionSpec",
    "InvocationRefused",
    "InvokeResult",
    "LambdaRuntime",
    "LogBatch",
    "LogEvent",
    "Throttled",
    "check_package",
    "lambda_python",
]
