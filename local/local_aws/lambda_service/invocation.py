"""Reads an Invoke request: which version, under which name, with what."""

from __future__ import annotations

import base64
import binascii
import json
import random
import re
from dataclasses import dataclass

from moto.awslambda.exceptions import UnknownAliasException

from local_aws.errors import ApiError
from local_aws.lambda_service.functions import Function, FunctionBackend

# "The maximum payload size is 6 MB for synchronous invocations and 1 MB for asynchronous"
# (Lambda's model); the exact figure for the first is the service's own sentence.
SYNCHRONOUS_LIMIT = 6_291_456
ASYNCHRONOUS_LIMIT = 1_048_576

_NAME = re.compile(
    r"(?:arn:(?P<partition>aws[a-z-]*):lambda:(?P<region>[a-z0-9-]+):)?"
    r"(?:(?P<account>\d{12}):function:)?"
    r"(?:function:)?"
    r"(?P<name>[A-Za-z0-9_-]+)"
    r"(?::(?P<qualifier>\$LATEST|[A-Za-z0-9_-]+))?"
)


class ResourceNotFound(ApiError):  # noqa: N818 - the service's name for it
    """There is no such function, version or alias."""

    code = "ResourceNotFoundException"


class InvalidRequest(ApiError):  # noqa: N818 - the service's name for it
    """The request's name or qualifier makes no sense."""

    code = "InvalidParameterValueException"


class InvalidContent(ApiError):  # noqa: N818 - the service's name for it
    """The payload or the client context is not JSON."""

    code = "InvalidRequestContentException"


class TooLarge(ApiError):  # noqa: N818 - the service's name for it
    """The payload is over the limit."""

    code = "RequestTooLargeException"


@dataclass(frozen=True)
class Target:
    """The version that will run and the ARN it was called by."""

    function: Function
    latest: Function
    invoked_arn: str


def find_target(backend: FunctionBackend, named: str, qualifier: str | None) -> Target:
    """Find what a name (plain, partial or full ARN) and a qualifier mean.

    Raises:
        ResourceNotFound: no such function, version or alias here.
        InvalidRequest: not a function name, or two different qualifiers.
    """
    match = _NAME.fullmatch(named)
    if match is None:
        raise InvalidRequest(f"{named} is not the name or the ARN of a function.")
    inner = match["qualifier"]
    if inner and qualifier and inner != qualifier:
        raise InvalidRequest(
            "The derived qualifier from the function name does not match the specified qualifier."
        )
    qualifier = inner or qualifier
    partition = match["partition"] or backend.partition
    region = match["region"] or backend.region_name
    account = match["account"] or backend.account_id
    arn = f"arn:{partition}:lambda:{region}:{account}:function:{match['name']}"
    invoked_arn = f"{arn}:{qualifier}" if qualifier else arn
    here = (region, account) == (backend.region_name, backend.account_id)
    latest = _latest(backend, match["name"]) if here else None
    if latest is None:
        raise ResourceNotFound(f"Function not found: {invoked_arn}")
    function = _version(backend, latest, qualifier or "$LATEST")
    if function is None:
        raise ResourceNotFound(f"Function not found: {invoked_arn}")
    return Target(function, latest, invoked_arn)


def check_payload(payload: bytes, limit: int) -> bytes:
    """Return the payload, `{}` when there is none, once it is sure to be JSON within the limit.

    Raises:
        TooLarge, InvalidContent: it is not.
    """
    if len(payload) > limit:
        raise TooLarge(
            f"Request must be smaller than {limit} bytes for the InvokeFunction operation"
        )
    try:
        json.loads(payload or b"{}")
    except ValueError as fault:
        raise InvalidContent(f"Could not parse request body into json: {fault}") from fault
    return payload or b"{}"


def client_context(header: str | None) -> str | None:
    """Take the client context out of its base64.

    Raises:
        InvalidContent: it is not base64 of a JSON object.
    """
    if not header:
        return None
    try:
        told = json.loads(base64.b64decode(header, validate=True))
    except (binascii.Error, ValueError):
        told = None
    if not isinstance(told, dict):
        raise InvalidContent("Client context must be a valid Base64-encoded JSON object.")
    # Written anew, because a header of the Runtime API has one line.
    return json.dumps(told)


def _latest(backend: FunctionBackend, name: str) -> Function | None:
    for function in backend.list_functions("latest"):
        if function.function_name == name and isinstance(function, Function):
            return function
    return None


def _version(backend: FunctionBackend, latest: Function, qualifier: str) -> Function | None:
    if qualifier == "$LATEST":
        return latest
    if not qualifier.isdigit():
        try:
            alias = backend.get_alias(qualifier, latest.function_name)
        except UnknownAliasException:
            return None
        return _version(backend, latest, _weighted(alias.function_version, alias.routing_config))
    for version in backend.list_versions_by_function(latest.function_name):
        if str(version.version) == qualifier and isinstance(version, Function):
            return version
    return None


def _weighted(version: str, routing: object) -> str:
    """The version an alias sends this request to."""
    weights = routing.get("AdditionalVersionWeights") if isinstance(routing, dict) else None
    for other, weight in (weights or {}).items():
        if random.random() < float(weight):  # noqa: S311 - traffic, not a secret
            return str(other)
    return version
