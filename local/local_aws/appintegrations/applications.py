"""Third-party applications."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from local_aws.appintegrations.backend import AppIntegrationsBackend as Backend
from local_aws.appintegrations.backend import Application
from local_aws.appintegrations.errors import (
    DuplicateResourceError,
    InvalidRequestError,
    ResourceNotFoundError,
)
from local_aws.connect.backend import connect_backends
from local_aws.connect.model import new_id, now
from local_aws.service import Answer, Operations

if TYPE_CHECKING:
    from mypy_boto3_appintegrations.type_defs import (
        CreateApplicationRequestTypeDef,
        DeleteApplicationRequestTypeDef,
        GetApplicationRequestTypeDef,
        ListApplicationAssociationsRequestTypeDef,
        ListApplicationsRequestTypeDef,
        ListTagsForResourceRequestTypeDef,
        TagResourceRequestTypeDef,
        UntagResourceRequestTypeDef,
        UpdateApplicationRequestTypeDef,
    )

operation: Operations[Backend] = Operations()

# Members of UpdateApplication and the fields they set.
_UPDATABLE = {
    "Name": "name",
    "Description": "description",
    "ApplicationSourceConfig": "source",
    "Permissions": "permissions",
    "IsService": "is_service",
    "InitializationTimeout": "initialization_timeout",
    "ApplicationConfig": "config",
    "IframeConfig": "iframe",
    "ApplicationType": "application_type",
}


@operation
def create_application(backend: Backend, request: CreateApplicationRequestTypeDef) -> Answer:
    """Register an application under a namespace of its own."""
    namespace = request["Namespace"]
    if any(row.namespace == namespace for row in backend.applications.values()):
        raise DuplicateResourceError(f"An application with namespace {namespace} already exists.")
    if "ExternalUrlConfig" not in request["ApplicationSourceConfig"]:
        raise InvalidRequestError("ApplicationSourceConfig needs an ExternalUrlConfig.")
    identifier, created = new_id(), now()
    place = f"{backend.region_name}:{backend.account_id}"
    arn = f"arn:{backend.partition}:app-integrations:{place}:application/{identifier}"
    application = Application(
        id=identifier,
        arn=arn,
        name=request["Name"],
        namespace=namespace,
        source=request["ApplicationSourceConfig"],
        description=request.get("Description"),
        permissions=tuple(request.get("Permissions", ())),
        is_service=request.get("IsService", False),
        application_type=request.get("ApplicationType"),
        initialization_timeout=request.get("InitializationTimeout"),
        config=request.get("ApplicationConfig"),
        iframe=request.get("IframeConfig"),
        tags=request.get("Tags", {}),
        created=created,
        modified=created,
    )
    _check_service(application)
    backend.applications[arn] = application
    return {"Arn": arn, "Id": identifier}


@operation
def get_application(backend: Backend, request: GetApplicationRequestTypeDef) -> Answer:
    """Describe an application."""
    row = _find(backend, request["Arn"])
    return {
        **_summary(backend, row),
        "Description": row.description,
        "ApplicationSourceConfig": row.source,
        "Permissions": row.permissions,
        "InitializationTimeout": row.initialization_timeout,
        "ApplicationConfig": row.config,
        "IframeConfig": row.iframe,
        "Tags": row.tags,
    }


@operation
def list_applications(backend: Backend, request: ListApplicationsRequestTypeDef) -> Answer:
    """List applications, of all types or of one."""
    wanted = request.get("ApplicationType")
    return {
        "Applications": [
            _summary(backend, row)
            for row in backend.applications.values()
            if wanted in (None, row.application_type)
        ]
    }


@operation
def update_application(backend: Backend, request: UpdateApplicationRequestTypeDef) -> Answer:
    """Change what the request names; the namespace is for life."""
    row = _find(backend, request["Arn"])
    given: Mapping[str, object] = {**request}
    changes = {field: given[name] for name, field in _UPDATABLE.items() if name in given}
    changed: Application = replace(row, modified=now(), **changes)  # type: ignore[arg-type]
    _check_service(changed)
    backend.applications[row.arn] = changed
    return None


@operation
def delete_application(backend: Backend, request: DeleteApplicationRequestTypeDef) -> Answer:
    """Remove an application that no instance is associated with."""
    row = _find(backend, request["Arn"])
    association = next(_associations(backend, row.arn), None)
    if association:
        raise InvalidRequestError(
            f"Application {row.name} is still associated: {association['ClientId']}."
        )
    del backend.applications[row.arn]
    return None


@operation
def list_application_associations(
    backend: Backend, request: ListApplicationAssociationsRequestTypeDef
) -> Answer:
    """List the instances an application is associated with."""
    row = _find(backend, request["ApplicationId"])
    return {"ApplicationAssociations": list(_associations(backend, row.arn))}


@operation
def tag_resource(backend: Backend, request: TagResourceRequestTypeDef) -> Answer:
    """Set tags; others stay."""
    row = _find(backend, request["resourceArn"])
    backend.applications[row.arn] = replace(row, tags={**row.tags, **request["tags"]})
    return None


@operation
def untag_resource(backend: Backend, request: UntagResourceRequestTypeDef) -> Answer:
    """Remove tags."""
    row = _find(backend, request["resourceArn"])
    gone = set(request["tagKeys"])
    kept = {key: value for key, value in row.tags.items() if key not in gone}
    backend.applications[row.arn] = replace(row, tags=kept)
    return None


@operation
def list_tags_for_resource(backend: Backend, request: ListTagsForResourceRequestTypeDef) -> Answer:
    """List the tags of an application."""
    return {"tags": _find(backend, request["resourceArn"]).tags}


def _find(backend: Backend, identifier: str) -> Application:
    for row in backend.applications.values():
        if identifier in (row.arn, row.id):
            return row
    raise ResourceNotFoundError(f"There is no application {identifier}.")


def _summary(backend: Backend, row: Application) -> dict[str, object]:
    return {
        "Arn": row.arn,
        "Id": row.id,
        "Name": row.name,
        "Namespace": row.namespace,
        "CreatedTime": row.created,
        "LastModifiedTime": row.modified,
        "LastModifiedRegion": backend.region_name,
        "IsService": row.is_service,
        "ApplicationType": row.application_type,
    }


def _check_service(application: Application) -> None:
    if application.is_service and application.initialization_timeout is None:
        raise InvalidRequestError("InitializationTimeout is required when IsService is true.")
    if application.is_service and application.config is not None:
        raise InvalidRequestError("ApplicationConfig cannot be used when IsService is true.")


def _associations(backend: Backend, arn: str) -> Iterator[dict[str, str]]:
    """Go through the Connect instances that are associated with an application."""
    connect = connect_backends[backend.account_id][backend.region_name]
    for identifier in connect.instances:
        instance = connect.instance(identifier)
        row = instance.integrations.named(arn)
        if row is not None:
            association = arn.replace(":application/", ":application-association/")
            yield {
                "ApplicationAssociationArn": f"{association}/{row.id}",
                "ApplicationArn": arn,
                "ClientId": instance.arn,
            }
