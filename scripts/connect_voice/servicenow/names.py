"""Names of tables and columns, as people write them down.

The vendor's reference gives the labels of forms where a query needs technical names, and labels
differ between releases. What stands in angle brackets here, ``<Provider Channel>``, is a label.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_NAME = re.compile(
    r"(<(?P<label>[^<>]*[^<>\s][^<>]*)>|(?P<name>[^<>.\s]+))(?P<path>(\.[^<>.\s]+)*)"
)


@dataclass(frozen=True)
class Name:
    """A technical name, or a label that stands for one.

    Args:
        text: without brackets.
        path: of a column, what follows through the reference: ``.name`` or nothing.
    """

    text: str
    is_label: bool = False
    path: str = ""

    def __str__(self) -> str:
        return (f"<{self.text}>" if self.is_label else self.text) + self.path


def parse_name(text: str) -> Name:
    """``column``, ``<Label>``, or either with ``.column`` of what it refers to.

    Raises:
        ValueError: it is none of these.
    """
    match = _NAME.fullmatch(text.strip())
    if match is None:
        raise ValueError("write column, <Label> or <Label>.column")
    if match["label"] is not None:
        return Name(" ".join(match["label"].split()), is_label=True, path=match["path"])
    return Name(match["name"], path=match["path"])
