"""A flow out of whatever holds it: an export of the console or an answer of the API."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, cast

from flowkit.jsontext import JsonText, JsonTextError
from flowkit.model import BEFORE_2022, of_before_2022

__all__ = ["DescribedFlow", "ImportRefusedError", "content_of", "described"]


class ImportRefusedError(ValueError):
    """There is no flow to import; one sentence says why and what to do."""


@dataclass(frozen=True)
class DescribedFlow:
    """A flow's content, with the name and the type that its holder gives it, if it does."""

    content: JsonText
    document: dict[str, Any]
    name: str = ""
    flow_type: str = ""


def described(text: str) -> DescribedFlow:
    """Take the flow out of an export, of its bare content, or of DescribeContactFlow's answer.

    ``DescribeContactFlowModule``'s answer and parts of either (``--query ContactFlow``,
    ``--query ContactFlow.Content``) are taken as well.

    Raises:
        ImportRefusedError: the text holds no flow.
    """
    content, holder = _unwrapped(_read(text.removeprefix("\ufeff")))
    document = content.document
    if not isinstance(document, dict):
        raise ImportRefusedError("The text is no flow: its outermost value must be a JSON object.")
    if of_before_2022(document):
        raise ImportRefusedError(BEFORE_2022)
    if not isinstance(document.get("Actions"), list):
        raise ImportRefusedError(
            'The text is no flow: it has no list "Actions"; give a console export, or the answer '
            "of DescribeContactFlow."
        )
    metadata = document.get("Metadata")
    own: dict[str, Any] = metadata if isinstance(metadata, dict) else {}
    return DescribedFlow(
        content,
        cast("dict[str, Any]", document),
        name=_string(holder.get("Name")) or _string(own.get("name")),
        flow_type=_string(holder.get("Type")) or _api_type(_string(own.get("type"))),
    )


def content_of(text: str) -> str:
    """The flow's content in an answer of the API, else the text itself, whatever it is."""
    text = text.removeprefix("\ufeff")
    if '"Content"' not in text:
        return text
    try:
        content, _ = _unwrapped(JsonText.read(text))
    except (JsonTextError, ImportRefusedError):
        return text
    return content.source


def _unwrapped(outer: JsonText) -> tuple[JsonText, dict[str, Any]]:
    value = outer.document
    holder: dict[str, Any] = {}
    if isinstance(value, dict):
        for key in ("ContactFlow", "ContactFlowModule"):
            if isinstance(value.get(key), dict):
                value = value[key]
                if key == "ContactFlowModule":
                    holder = {"Type": "CONTACT_FLOW_MODULE"}
                break
        if isinstance(value.get("Content"), str):
            return _read(value["Content"]), {**value, **holder}
    if isinstance(value, str):
        return _read(value), {}
    return outer, {}


def _read(text: str) -> JsonText:
    try:
        return JsonText.read(text)
    except JsonTextError as error:
        raise ImportRefusedError(str(error)) from None


def _api_type(name: str) -> str:
    """``CONTACT_FLOW`` of ``contactFlow``: how exports of the console spell types."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""
