"""The operations of Cloud Control."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast
from uuid import uuid4

from jsonpatch import JsonPatch, JsonPatchException
from jsonpointer import JsonPointerException

from local_aws.cloudcontrol import schemas
from local_aws.cloudcontrol.application import ApplicationHandler
from local_aws.cloudcontrol.backend import CloudControlBackend as Backend
from local_aws.cloudcontrol.backend import Request
from local_aws.cloudcontrol.handlers import Handler, Place
from local_aws.cloudcontrol.integration_association import IntegrationAssociationHandler
from local_aws.cloudcontrol.schemas import Model, TypeSchema
from local_aws.cloudcontrol.security_profile import SecurityProfileHandler
from local_aws.connect.model import now
from local_aws.errors import ApiError
from local_aws.service import Answer, Operations

if TYPE_CHECKING:
    from mypy_boto3_cloudcontrol.type_defs import (
        CreateResourceInputTypeDef,
        DeleteResourceInputTypeDef,
        GetResourceInputTypeDef,
        GetResourceRequestStatusInputTypeDef,
        ListResourcesInputTypeDef,
        UpdateResourceInputTypeDef,
    )

operation: Operations[Backend] = Operations()

_HANDLERS: Mapping[str, Handler] = {
    "AWS::AppIntegrations::Application": ApplicationHandler(),
    "AWS::Connect::IntegrationAssociation": IntegrationAssociationHandler(),
    "AWS::Connect::SecurityProfile": SecurityProfileHandler(),
}

# Errors of the services as handlers report them; what is not named here is a general one.
_HANDLER_ERRORS = {
    "DuplicateResourceException": "AlreadyExists",
    "InvalidParameterException": "InvalidRequest",
    "InvalidRequestException": "InvalidRequest",
    "LimitExceededException": "ServiceLimitExceeded",
    "ResourceConflictException": "AlreadyExists",
    "ResourceInUseException": "ResourceConflict",
    "ResourceNotFoundException": "NotFound",
    "ServiceQuotaExceededException": "ServiceLimitExceeded",
}


@operation
def create_resource(backend: Backend, request: CreateResourceInputTypeDef) -> Answer:
    """Create a resource; a failure shows in the request's status."""
    schema, handler = _type(request["TypeName"])
    desired = _object(request["DesiredState"], "DesiredState")
    _check(schema, desired)
    place = _place(backend)
    change = _Change("CREATE", None, lambda: handler.create(place, desired), handler)
    return _run(backend, request, change)


@operation
def update_resource(backend: Backend, request: UpdateResourceInputTypeDef) -> Answer:
    """Apply a patch to a resource's properties."""
    schema, handler = _type(request["TypeName"])
    identifier, place = request["Identifier"], _place(backend)
    before = _read(handler, place, identifier)
    desired = _patched(schema, before, request["PatchDocument"])

    def update() -> str:
        handler.update(place, identifier, before, desired)
        return identifier

    return _run(backend, request, _Change("UPDATE", identifier, update, handler))


@operation
def delete_resource(backend: Backend, request: DeleteResourceInputTypeDef) -> Answer:
    """Delete a resource; a failure shows in the request's status."""
    _, handler = _type(request["TypeName"])
    identifier, place = request["Identifier"], _place(backend)

    def delete() -> str:
        handler.read(place, identifier)
        handler.delete(place, identifier)
        return identifier

    return _run(backend, request, _Change("DELETE", identifier, delete, None))


@operation
def get_resource(backend: Backend, request: GetResourceInputTypeDef) -> Answer:
    """Describe a resource."""
    _, handler = _type(request["TypeName"])
    identifier = request["Identifier"]
    model = _read(handler, _place(backend), identifier)
    return {
        "TypeName": request["TypeName"],
        "ResourceDescription": {"Identifier": identifier, "Properties": json.dumps(model)},
    }


@operation
def list_resources(backend: Backend, request: ListResourcesInputTypeDef) -> Answer:
    """List the resources of a type; some types want their parent in ResourceModel."""
    _, handler = _type(request["TypeName"])
    place = _place(backend)
    given = _object(request.get("ResourceModel", "{}"), "ResourceModel")
    try:
        identifiers = handler.identifiers(place, given)
    except ApiError as error:
        raise ApiError(error.message, "InvalidRequestException") from error
    return {
        "TypeName": request["TypeName"],
        "ResourceDescriptions": [
            {
                "Identifier": identifier,
                "Properties": json.dumps(_read(handler, place, identifier)),
            }
            for identifier in identifiers
        ],
    }


@operation
def get_resource_request_status(
    backend: Backend, request: GetResourceRequestStatusInputTypeDef
) -> Answer:
    """Say what came of a request."""
    found = backend.requests.get(request["RequestToken"])
    if found is None:
        raise ApiError(
            f"There is no request {request['RequestToken']}.", "RequestTokenNotFoundException"
        )
    return {"ProgressEvent": found.event()}


def _type(type_name: str) -> tuple[TypeSchema, Handler]:
    schema, handler = schemas.find(type_name), _HANDLERS.get(type_name)
    if schema is None:
        raise ApiError(f"The type {type_name} cannot be found.", "TypeNotFoundException")
    if handler is None:
        raise ApiError(
            f"The embedded AWS has no handler for {type_name}.", "UnsupportedActionException"
        )
    return schema, handler


def _place(backend: Backend) -> Place:
    return Place(account_id=backend.account_id, region=backend.region_name)


def _object(text: str, name: str) -> Model:
    try:
        document = json.loads(text)
    except ValueError as error:
        raise ApiError(f"{name} is not valid JSON: {error}", "InvalidRequestException") from error
    if not isinstance(document, dict):
        raise ApiError(f"{name} is not a JSON object.", "InvalidRequestException")
    return document


def _check(schema: TypeSchema, model: Model) -> None:
    broken = schema.violations(model)
    if broken:
        # Not in the API's model, but what it answers with when a state breaks the schema.
        raise ApiError(f"Model validation failed ({'; '.join(broken)})", "ValidationException")


def _patched(schema: TypeSchema, before: Model, patch: str) -> Model:
    try:
        after = cast(Model, JsonPatch.from_string(patch).apply(before))
    except (ValueError, TypeError, JsonPatchException, JsonPointerException) as error:
        raise ApiError(
            f"The patch document cannot be applied: {error}", "InvalidRequestException"
        ) from error
    fixed = [name for name in schema.create_only if before.get(name) != after.get(name)]
    if fixed:
        raise ApiError(f"{', '.join(fixed)} cannot be updated.", "NotUpdatableException")
    desired = {name: value for name, value in after.items() if name not in schema.read_only}
    _check(schema, desired)
    return desired


def _read(handler: Handler, place: Place, identifier: str) -> Model:
    try:
        return handler.read(place, identifier)
    except ApiError as error:
        code = _HANDLER_ERRORS.get(error.code)
        if code == "NotFound":
            raise ApiError(error.message, "ResourceNotFoundException") from error
        raise ApiError(error.message, "GeneralServiceException") from error


def _repeated(backend: Backend, client_token: str | None, digest: str) -> Request | None:
    """Find the request that a client repeats, by the token it sends for that purpose."""
    if client_token is None or client_token not in backend.client_tokens:
        return None
    known, token = backend.client_tokens[client_token]
    if known != digest:
        raise ApiError(
            f"The client token {client_token} was used for another request.",
            "ClientTokenConflictException",
        )
    return backend.requests[token]


def _digest(verb: str, request: object) -> str:
    text = verb + json.dumps(request, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class _Change:
    """A change about to be made.

    Args:
        verb: CREATE, UPDATE or DELETE.
        identifier: the resource's, ``None`` before it exists.
        make: makes the change and returns the identifier.
        reader: describes the resource afterwards, ``None`` when it will be gone.
    """

    verb: str
    identifier: str | None
    make: Callable[[], str]
    reader: Handler | None


def _run(
    backend: Backend,
    request: CreateResourceInputTypeDef | UpdateResourceInputTypeDef | DeleteResourceInputTypeDef,
    change: _Change,
) -> Answer:
    """Make a change once, remember what came of it and answer as if it were under way."""
    digest = _digest(change.verb, request)
    client_token = request.get("ClientToken")
    done = _repeated(backend, client_token, digest) or _make(backend, request["TypeName"], change)
    backend.requests[done.token] = done
    if client_token:
        backend.client_tokens[client_token] = (digest, done.token)
    return {"ProgressEvent": done.event("IN_PROGRESS")}


def _make(backend: Backend, type_name: str, change: _Change) -> Request:
    identifier = change.identifier
    code = message = model = None
    try:
        identifier = change.make()
        if change.reader:
            model = json.dumps(change.reader.read(_place(backend), identifier))
    except ApiError as error:
        code = _HANDLER_ERRORS.get(error.code, "GeneralServiceException")
        message = error.message
    return Request(
        token=str(uuid4()),
        type_name=type_name,
        operation=change.verb,
        identifier=identifier,
        time=now(),
        model=model,
        error_code=code,
        message=message,
    )
