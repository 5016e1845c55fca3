"""Lambda functions that flows of an instance may call."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from local_aws.connect import neighbours, quotas
from local_aws.connect.errors import (
    InvalidParameterError,
    ResourceConflictError,
    ResourceNotFoundError,
)
from local_aws.connect.operations import Answer, Backend, operation
from local_aws.errors import ApiError

if TYPE_CHECKING:
    from mypy_boto3_connect.type_defs import (
        AssociateLambdaFunctionRequestTypeDef,
        DisassociateLambdaFunctionRequestTypeDef,
        ListLambdaFunctionsRequestTypeDef,
    )

_ARN = re.compile(r"^arn:aws[\w-]*:lambda:[\w-]+:\d{12}:function:[\w-]+(:[\w$-]+)?$")


@operation
def associate_lambda_function(
    backend: Backend, request: AssociateLambdaFunctionRequestTypeDef
) -> Answer:
    """Associate a function, by its ARN or that of an alias or version.

    On AWS this also writes a statement into the function's resource policy. Here it does not, so
    that a configuration which forgets its invoke permission is found out.
    """
    instance = backend.instance(request["InstanceId"])
    arn = request["FunctionArn"]
    if not _ARN.match(arn):
        raise InvalidParameterError(f"{arn} is not the ARN of a Lambda function.")
    if not neighbours.lambda_function_exists(arn):
        raise ResourceNotFoundError(f"There is no Lambda function {arn}.")
    if arn in instance.lambda_functions:
        raise ResourceConflictError(f"The instance is already associated with {arn}.")
    if len(instance.lambda_functions) >= quotas.LAMBDA_FUNCTIONS:
        raise ApiError(
            f"The instance has {quotas.LAMBDA_FUNCTIONS} Lambda functions, which is its quota.",
            "ServiceQuotaExceededException",
        )
    instance.lambda_functions.append(arn)
    return None


@operation
def disassociate_lambda_function(
    backend: Backend, request: DisassociateLambdaFunctionRequestTypeDef
) -> Answer:
    """End the association with a function."""
    instance = backend.instance(request["InstanceId"])
    arn = request["FunctionArn"]
    if arn not in instance.lambda_functions:
        raise ResourceNotFoundError(f"The instance is not associated with {arn}.")
    instance.lambda_functions.remove(arn)
    return None


@operation
def list_lambda_functions(backend: Backend, request: ListLambdaFunctionsRequestTypeDef) -> Answer:
    """List the ARNs of the associated functions."""
    return {"LambdaFunctions": list(backend.instance(request["InstanceId"]).lambda_functions)}
