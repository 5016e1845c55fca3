"""A flow out of one environment into a template for all, and a map of what was taken out.

`flowkit.compiling` puts the two together again: the same JSON, to the spelling of its numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from flowkit.describing import ImportRefusedError, described
from flowkit.display_names import DisplayNames
from flowkit.jsontext import (
    Edit,
    JsonText,
    Path,
    Text,
    characters,
    edited,
    indented,
    is_one_line,
)
from flowkit.literals import ARN, UUID
from flowkit.model import FlowSyntaxError, parse
from flowkit.placeholder_map import PlaceholderMap
from flowkit.placeholder_names import PlaceholderNames
from flowkit.references import Kind, Reference, references
from flowkit.tidy import tidied

__all__ = ["ImportRefusedError", "ImportedFlow", "import_flow"]

_NAMED = 5
_SURROGATE = re.compile("[\ud800-\udfff]")
_SPELT_OUT = {r"\u0024": "$", r"\u0025": "%", r"\u007b": "{"}


@dataclass(frozen=True)
class ImportedFlow:
    """What an import gives.

    Attributes:
        template: the flow with ``${…}`` placeholders inside its strings.
        map: what stood in their places.
        warnings: one sentence each: secrets, placeholders of another tool, what is no flow.
    """

    template: str
    map: PlaceholderMap
    warnings: tuple[str, ...]


def import_flow(text: str, *, tidy: bool = False, withhold_secrets: bool = False) -> ImportedFlow:
    """Make a template and a map of a flow.

    Args:
        text: a console export, a flow's content, or DescribeContactFlow's answer.
        tidy: also give actions readable identifiers and a fixed layout.
        withhold_secrets: leave the values of secrets out of the map.

    Raises:
        ImportRefusedError: the text holds no flow.
    """
    flow = described(text)
    content = flow.content
    if tidy:
        content = JsonText.read(tidied(content))
    found = _Found.of(content)
    template = _carried(edited(content.source, found.edits()))
    entries = found.names.entries
    secrets = [entry.name for entry in entries if entry.kind == Kind.SECRET]
    if withhold_secrets:
        entries = tuple(
            replace(entry, value=None) if entry.kind == Kind.SECRET else entry for entry in entries
        )
    return ImportedFlow(
        indented(template) if is_one_line(template) else template,
        PlaceholderMap(entries, flow.name, flow.flow_type),
        (
            *_secret_warnings(secrets, withheld=withhold_secrets),
            *_literal_warnings(content.texts),
            *_empty_warnings(content.texts, found.displays),
            *_syntax_warnings(content.source),
        ),
    )


@dataclass(frozen=True)
class _Found:
    """The references in every string of a flow, and a name for each of their values."""

    texts: tuple[tuple[Text, tuple[Reference, ...]], ...]
    names: PlaceholderNames
    displays: DisplayNames
    source: str

    @classmethod
    def of(cls, content: JsonText) -> _Found:
        texts = _ids_in_metadata(_looked_through(content.texts))
        displays = DisplayNames.of(content)
        names = PlaceholderNames.of(
            ((text.path, reference) for text, found in texts for reference in found), displays
        )
        return cls(texts, names, displays, content.source)

    def edits(self) -> Iterator[Edit]:
        """What makes the flow a template."""
        for text, found in self.texts:
            raw = self.source[text.start : text.end]
            new = self._templated(raw, found) if found else f'"{_literal(characters(raw))}"'
            if new != raw:
                yield Edit(text.start, text.end, new)

    def _templated(self, raw: str, found: tuple[Reference, ...]) -> str:
        spelt = characters(raw)
        pieces: list[str] = []
        at = 0
        for reference in found:
            pieces.append(_literal(spelt[at : reference.start]))
            pieces.append(f"${{{self.names.of_value(reference.value)}}}")
            at = reference.end
        return f'"{"".join((*pieces, _literal(spelt[at:])))}"'


def _looked_through(texts: Iterable[Text]) -> list[tuple[Text, tuple[Reference, ...]]]:
    texts = list(texts)
    accounts = frozenset(
        found["account"]
        for text in texts
        for found in ARN.finditer(text.value)
        if found["account"] and found["account"].isdigit()
    )
    return [(text, _references(text, accounts)) for text in texts]


def _references(text: Text, accounts: frozenset[str]) -> tuple[Reference, ...]:
    if text.is_key or not _is_free(text.path):
        # Identifiers and the language's own words; ARNs have no business there but may be there.
        found = tuple(
            Reference(*match.span(), Kind.RESOURCE, match[0]) for match in ARN.finditer(text.value)
        )
    else:
        found = references(text.path, text.value, accounts)
    return tuple(_apart_from_dollars(text.value, reference) for reference in found)


def _apart_from_dollars(value: str, reference: Reference) -> Reference:
    """The reference with the dollar signs before it, which would escape a placeholder."""
    before = value[: reference.start]
    start = len(before.rstrip("$"))
    return replace(reference, start=start, value=value[start : reference.end])


def _ids_in_metadata(
    texts: list[tuple[Text, tuple[Reference, ...]]],
) -> tuple[tuple[Text, tuple[Reference, ...]], ...]:
    """Also take bare ids in the metadata that the flow itself uses; others are the designer's."""
    used = {
        reference.value: reference.kind
        for _, found in texts
        for reference in found
        if UUID.fullmatch(reference.value)
    }
    return tuple(
        (text, (Reference(0, len(text.value), used[text.value], text.value),))
        if not found and not text.is_key and text.value in used and _is_free(text.path)
        else (text, found)
        for text, found in texts
    )


def _is_free(path: Path) -> bool:
    """Whether a string there is the author's, not an identifier or a word of the language."""
    if path[:1] == ("Actions",):
        return path[2:3] == ("Parameters",) or "Operands" in path
    if path[:1] == ("Metadata",):
        return not {"children", "fragments", "actionId"}.intersection(path[2:])
    return path[:1] == ("Settings",)


def _literal(spelt: Sequence[str]) -> str:
    """Text of a JSON string that says the same once the template is filled.

    Signs spelt as escapes are spelt out: who reads a template's document, unlike who fills it,
    would take them for a placeholder's.
    """
    pieces = list(spelt)
    plain = [_SPELT_OUT.get(piece.lower(), piece) for piece in spelt]
    for at, (sign, brace) in enumerate(pairwise(plain)):
        if sign in ("$", "%") and brace == "{":
            pieces[at : at + 2] = [sign * 2, brace]
    return "".join(pieces)


def _carried(template: str) -> str:
    """The template with halves of surrogate pairs as escapes: no encoding carries them."""
    return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", template)


def _secret_warnings(names: list[str], *, withheld: bool) -> Iterator[str]:
    if not names:
        return
    listed = ", ".join(names)
    if withheld:
        yield f"The flow holds what looks like secrets: {listed}; their values were left out."
    else:
        yield (
            f"The flow holds what looks like secrets, and the map now has them in clear: {listed}; "
            "change them, keep them in Parameter Store, and do not commit the map."
        )


def _literal_warnings(texts: Iterable[Text]) -> Iterator[str]:
    found = sum(1 for text in texts if "${" in text.value)
    if found:
        yield (
            f"{found} string{'' if found == 1 else 's'} of the flow already held '${{', perhaps "
            "placeholders of another tool; they are kept as text."
        )


def _empty_warnings(texts: Iterable[Text], displays: DisplayNames) -> Iterator[str]:
    """Whoever shares a flow often blanks what is theirs; Amazon Connect refuses the rest so."""
    empty = [
        text.path
        for text in texts
        if not text.value and not text.is_key and text.path[2:3] == ("Parameters",)
    ]
    if not empty:
        return
    listed = ", ".join(f"{path[-1]} of '{displays.identifier(path)}'" for path in empty[:_NAMED])
    more = f" and {len(empty) - _NAMED} more" if len(empty) > _NAMED else ""
    count = f"{len(empty)} value{' is' if len(empty) == 1 else 's are'}"
    yield f"{count} empty, which Amazon Connect refuses; fill in {listed}{more}."


def _syntax_warnings(source: str) -> Iterator[str]:
    try:
        parse(source)
    except FlowSyntaxError as error:
        yield f"Amazon Connect would not take this flow: {error}"
