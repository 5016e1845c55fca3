"""Reads which operation a request asks for, and with what, by botocore's models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qs, unquote

from botocore.exceptions import UnknownServiceError
from botocore.model import OperationNotFoundError
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from werkzeug.exceptions import NotFound

from local_aws.iam import s3_actions
from local_aws.iam.signature import Signature

# Where the name a request is signed for is not the model's name in botocore.
_MODELS = {
    "app-integrations": "appintegrations",
    "cloudcontrolapi": "cloudcontrol",
    "monitoring": "cloudwatch",
}
# Where several models share a name to sign for: those beside the one of that name.
_SIBLINGS = {"kinesisvideo": ("kinesis-video-media", "kinesis-video-archived-media")}
# Actions whose names differ from their operations' (Service Authorization Reference).
_RENAMED = {
    ("lambda", "Invoke"): "InvokeFunction",
    ("lambda", "InvokeAsync"): "InvokeFunction",
    ("lambda", "InvokeWithResponseStream"): "InvokeFunction",
}
# Where the prefix of actions is not the name requests are signed for.
_PREFIXES = {"cloudcontrolapi": "cloudformation", "monitoring": "cloudwatch"}


@dataclass(frozen=True)
class Call:
    """One API call: `service` is the name it was signed for, `params` as in botocore's model."""

    service: str
    operation: str
    action: str
    region: str
    account_id: str
    partition: str
    params: Mapping[str, object]
    # Amazon S3 alone: its models do not match path-style requests.
    resources: tuple[str, ...] | None = None

    def text(self, name: str) -> str | None:
        """A parameter that is a text, None when it is absent."""
        value = self.params.get(name)
        return value if isinstance(value, str) else None

    def texts(self, name: str) -> list[str]:
        """A parameter that is a list of texts, empty when it is absent."""
        value = self.params.get(name)
        return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def read_call(request: Request, signature: Signature, account_id: str, partition: str) -> Call:
    """Read a request. What cannot be read becomes an operation of no known name on `*`."""
    service = signature.service
    prefix = _PREFIXES.get(service, service)
    if service == "s3":
        path = unquote(request.raw_path)
        query = parse_qs(request.query_string.decode(), keep_blank_values=True)
        action, resource = s3_actions.read(request.method, path, query, partition)
        resources: tuple[str, ...] = (resource,)
        if action == "DeleteObject" and request.method == "POST":
            resources = s3_actions.deleted(resource, request.get_data())
        return Call(
            service,
            action,
            f"s3:{action}",
            signature.region,
            account_id,
            partition,
            s3_actions.condition_keys(request.method, query, dict(request.headers)),
            resources,
        )
    operation, params = _operation(request, service)
    action = _RENAMED.get((service, operation), operation)
    return Call(
        service, operation, f"{prefix}:{action}", signature.region, account_id, partition, params
    )


def protocol_of(service: str) -> str:
    """The wire protocol of a service's errors, by the name its requests are signed for."""
    if service == "s3":
        return "rest-xml"
    model = _model(service)
    return str(get_service_model(model).protocol) if model else "json"


def _operation(request: Request, service: str) -> tuple[str, Mapping[str, object]]:
    names, model = _names(request), _model(service)
    if model is None:
        return names[0] if names else "UnknownOperation", {}
    routed = str(get_service_model(model).protocol).startswith("rest-")
    if len(names) == 1 and not routed:
        return names[0], _params(request, model, names[0], {})
    if names:
        # Named in a way that is not the service's, or twice: nobody can say which one counts.
        return "UnknownOperation", {}
    for one in (model, *_SIBLINGS.get(service, ())):
        try:
            matched, uri_params = get_service_router(one).match(request)
        except (NotFound, NotImplementedError):
            continue
        return str(matched.name), _params(request, one, str(matched.name), uri_params)
    return "UnknownOperation", {}


def _params(
    request: Request, model: str, name: str, uri_params: Mapping[str, object]
) -> Mapping[str, object]:
    service = get_service_model(model)
    try:
        operation = service.operation_model(name)
        parser = PROTOCOL_PARSERS[determine_request_protocol(service, request.content_type)]
        params = parser(operation).parse(
            {
                "method": request.method,
                "values": request.values,
                "headers": request.headers,
                "body": request.data,
                "url_path": request.path,
                "url_params": dict(uri_params),
            }
        )
    except (OperationNotFoundError, NotImplementedError, AttributeError, TypeError, ValueError):
        # moto will refuse it; until then it needs a permission for everything.
        return {}
    return params if isinstance(params, Mapping) else {}


def _names(request: Request) -> list[str]:
    """The operation where protocols name it: in a header (JSON) or a form (query)."""
    target, action = request.headers.get("X-Amz-Target"), request.values.get("Action")
    return [str(name).rpartition(".")[2] for name in (target, action) if name]


@lru_cache(maxsize=64)
def _model(service: str) -> str | None:
    name = _MODELS.get(service, service)
    try:
        get_service_model(name)
    except UnknownServiceError:
        return None
    return name
