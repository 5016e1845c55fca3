"""Resource type schemas: those of the CloudFormation registry, as cfn-lint ships them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from jsonschema import Draft7Validator

Model = dict[str, object]

# Schemas differ little between regions; this one has every type there is.
_REGION = "us-east-1"
_POINTER = "/properties/"


@dataclass(frozen=True)
class TypeSchema:
    """What the registry says about a resource type.

    Args:
        type_name: like ``AWS::Connect::SecurityProfile``.
        document: the whole schema.
        text: the same as it is in the registry.
    """

    type_name: str
    document: Mapping[str, object]
    text: str

    @property
    def identifier(self) -> tuple[str, ...]:
        """Names of the properties that identify a resource, in order."""
        return self._names("primaryIdentifier")

    @property
    def create_only(self) -> tuple[str, ...]:
        """Names of the properties that cannot change."""
        return self._names("createOnlyProperties")

    @property
    def read_only(self) -> tuple[str, ...]:
        """Names of the properties nobody can set."""
        return self._names("readOnlyProperties")

    def _names(self, key: str) -> tuple[str, ...]:
        pointers = self.document.get(key, [])
        names = [str(p) for p in pointers] if isinstance(pointers, list) else []
        return tuple(name.removeprefix(_POINTER) for name in names)

    def violations(self, model: Model) -> tuple[str, ...]:
        """Say how a desired state breaks the schema; empty when it does not."""
        broken = [f"#: {name} is read-only" for name in self.read_only if name in model]
        validator = Draft7Validator({key: _usable(part) for key, part in self.document.items()})
        for error in sorted(validator.iter_errors(model), key=lambda error: list(error.path)):
            place = "/".join(str(part) for part in error.path)
            broken.append(f"#/{place}: {error.message}" if place else f"#: {error.message}")
        return tuple(broken)


@cache
def find(type_name: str) -> TypeSchema | None:
    """Look a type up in the registry."""
    folder = files("cfnlint.data.schemas")
    index = json.loads((folder / "providers" / f"{_REGION}.json").read_text(encoding="utf-8"))
    digest = index.get(type_name)
    if digest is None:
        return None
    text = (folder / "resources" / f"{digest}.json").read_text(encoding="utf-8")
    return TypeSchema(type_name=type_name, document=json.loads(text), text=text)


def _usable(node: object) -> object:
    """Leave out patterns that are valid in Java and not in Python."""
    if isinstance(node, dict):
        return {key: _usable(value) for key, value in node.items() if not _foreign(key, value)}
    if isinstance(node, list):
        return [_usable(item) for item in node]
    return node


def _foreign(key: str, value: object) -> bool:
    if key != "pattern" or not isinstance(value, str):
        return False
    try:
        re.compile(value)
    except re.error:
        return True
    return False
