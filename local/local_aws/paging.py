"""Pages of a list answer, by botocore's paginator model."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass

from moto.core.model import OperationModel
from moto.core.utils import get_pagination_model

# What a list answers at most when the model names no bound.
_DEFAULT_PAGE = 100


class BadTokenError(ValueError):
    """The page token was not issued for this request."""


@dataclass(frozen=True)
class Pages:
    """How one operation pages: the names of its token, limit and result members."""

    token: str
    next_token: str
    limit: str
    result: str
    size: int

    @classmethod
    def of(cls, operation: OperationModel) -> Pages | None:
        """Read the paginator of an operation, ``None`` when it answers in one piece."""
        model = get_pagination_model(str(operation.service_model.service_name))
        config = model.get(str(operation.name))
        if not config or "limit_key" not in config or not isinstance(config["result_key"], str):
            return None
        shape = operation.input_shape
        member = shape.members.get(config["limit_key"]) if shape is not None else None
        size = member.metadata.get("max", _DEFAULT_PAGE) if member is not None else _DEFAULT_PAGE
        return cls(
            token=config["input_token"],
            next_token=config["output_token"],
            limit=config["limit_key"],
            result=config["result_key"],
            size=size,
        )

    def cut(self, request: Mapping[str, object], answer: MutableMapping[str, object]) -> None:
        """Leave one page in an answer that holds the whole list.

        Raises:
            BadTokenError: the token belongs to another request, or to none.
        """
        items = answer.get(self.result)
        if not isinstance(items, list):
            return
        digest = self._digest(request)
        start = _offset(request.get(self.token), digest)
        limit = request.get(self.limit) or self.size
        end = start + (limit if isinstance(limit, int) else self.size)
        answer[self.result] = items[start:end]
        if end < len(items):
            token = json.dumps([digest, end]).encode()
            answer[self.next_token] = base64.urlsafe_b64encode(token).decode()

    def _digest(self, request: Mapping[str, object]) -> str:
        asked = {k: v for k, v in request.items() if k not in (self.token, self.limit)}
        text = json.dumps(asked, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def _offset(token: object, digest: str) -> int:
    if token is None:
        return 0
    try:
        issued_for, offset = json.loads(base64.urlsafe_b64decode(str(token)))
    except ValueError as error:
        raise BadTokenError from error
    if issued_for != digest or not isinstance(offset, int):
        raise BadTokenError
    return offset
