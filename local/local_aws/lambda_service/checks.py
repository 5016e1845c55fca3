"""What Lambda refuses when a function is created or changed, and moto lets pass."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from local_aws.errors import ApiError
from local_aws.iam.kms_keys import find_key
from local_aws.lambda_runtime import BadPackage, check_package
from local_aws.lambda_service.functions import Function

# "Lambda quotas": all environment variables of a function together.
ENVIRONMENT_LIMIT = 4096
# The keys of "Reserved environment variables" in the Lambda developer guide.
RESERVED = frozenset(
    {
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
    }
)


class InvalidParameterValue(ApiError):  # noqa: N818 - the service's name for it
    """The request is well-formed, but Lambda will not have it."""

    code = "InvalidParameterValueException"


class UnusableKey(ApiError):  # noqa: N818 - reads as what it says
    """The key of the environment variables does not serve."""


def check_environment(variables: Mapping[str, str]) -> None:
    """Refuse reserved names and what is over 4 KB.

    Raises:
        InvalidParameterValue: in Lambda's words.
    """
    unable = (
        "Lambda was unable to configure your environment variables because the environment "
        "variables you have provided"
    )
    if taken := sorted(RESERVED & variables.keys()):
        raise InvalidParameterValue(
            f"{unable} contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(taken)}"
        )
    measured = json.dumps(dict(variables), separators=(",", ":"), ensure_ascii=False)
    if len(measured.encode()) > ENVIRONMENT_LIMIT:
        raise InvalidParameterValue(
            f"{unable} exceeded the 4KB limit. String measured: {measured[:200]}"
        )


def check_code(code: Mapping[str, Any]) -> None:
    """Refuse an inline package that cannot be unpacked.

    Raises:
        InvalidParameterValue: it is no zip, too large unzipped, or leaves its folder.
    """
    if not isinstance(encoded := code.get("ZipFile"), str):
        return
    try:
        check_package(base64.b64decode(encoded, validate=True))
    except (binascii.Error, BadPackage) as fault:
        raise InvalidParameterValue(
            "Could not unzip uploaded file. Please check your file, then try to upload again."
            if isinstance(fault, binascii.Error)
            else str(fault)
        ) from fault


def check_environment_key(function: Function) -> None:
    """Refuse to run a function whose environment variables cannot be decrypted.

    Only the key's state is asked: Lambda decrypts by a grant it got when the key was set, so the
    execution role needs no permission of its own.

    Raises:
        UnusableKey: with the code and the words of Lambda.
    """
    if not (named := function.environment_key):
        return
    key = find_key(named, function.account_id, function.region)
    state = key.state if key else "gone"
    if state == "Enabled":
        return
    code, why = {
        "Disabled": ("KMSDisabledException", "the KMS key used is disabled"),
        "gone": ("KMSNotFoundException", "the KMS key was not found"),
    }.get(state, ("KMSInvalidStateException", "the state of the KMS key used is not valid"))
    raise UnusableKey(
        f"Lambda was unable to decrypt the environment variables because {why}. "
        "Please check the function's KMS key settings.",
        code,
    )
