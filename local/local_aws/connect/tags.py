"""Tags, by the ARN of what carries them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from local_aws.connect.errors import InvalidRequestError, ResourceNotFoundError
from local_aws.connect.model import Table
from local_aws.connect.operations import Answer, Backend, operation

if TYPE_CHECKING:
    from mypy_boto3_connect.type_defs import (
        ListTagsForResourceRequestTypeDef,
        TagResourceRequestTypeDef,
        UntagResourceRequestTypeDef,
    )

_MOST = 50  # tags on one resource

Tags = dict[str, str]


@operation
def tag_resource(backend: Backend, request: TagResourceRequestTypeDef) -> Answer:
    """Set tags; others stay."""
    added = request["tags"]

    def change(tags: Tags) -> Tags:
        merged = {**tags, **added}
        if len(merged) > _MOST:
            raise InvalidRequestError(f"A resource can have {_MOST} tags.")
        return merged

    _change(backend, request["resourceArn"], change)
    return None


@operation
def untag_resource(backend: Backend, request: UntagResourceRequestTypeDef) -> Answer:
    """Remove tags."""
    gone = set(request["tagKeys"])
    _change(
        backend,
        request["resourceArn"],
        lambda tags: {key: value for key, value in tags.items() if key not in gone},
    )
    return None


@operation
def list_tags_for_resource(backend: Backend, request: ListTagsForResourceRequestTypeDef) -> Answer:
    """List the tags of a resource."""
    return {"tags": _change(backend, request["resourceArn"], lambda tags: tags)}


def _change(backend: Backend, arn: str, change: Callable[[Tags], Tags]) -> Mapping[str, str]:
    """Replace the tags of a resource by what a function makes of them, and return those."""
    for identifier in tuple(backend.instances):
        instance = backend.instance(identifier)
        if arn == instance.arn:
            instance.tags = change(instance.tags)
            return instance.tags
        if arn.startswith(f"{instance.arn}/"):
            for table in instance.tables():
                if arn in table:
                    return _change_row(table, arn, change)
    if arn in backend.phone_numbers:
        return _change_row(backend.phone_numbers, arn, change)
    raise ResourceNotFoundError(f"There is no resource {arn}.")


def _change_row(table: Table[Any], arn: str, change: Callable[[Tags], Tags]) -> Mapping[str, str]:
    before = dict(table.get(arn).tags)
    after = change(before)
    if after != before:
        table.change(arn, tags=after)
    return after
