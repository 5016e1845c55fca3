"""What differs between the Lambdas that are deployed and those of a plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connect_voice.brief.document import Bullets, Code, Item, Line, Paragraph, Section, Strong, Tone
from connect_voice.brief.words import codes, counted, size

_DIGEST = 12
_FACTS = {"python": "Python", "bytecode_python": "bytecode of Python", "handler": "handler"}
_CAUSES = {
    "inputs": "its source",
    "lock": "its locked requirements",
    "rules": "the build itself",
}

Lambdas = Mapping[str, Any]


def section(planned: Lambdas, applied: Lambdas | None) -> Section | None:
    """The section of Lambdas, None where there are none.

    Args:
        planned: ``lambdas`` of the ``dist/manifest.json`` that the plan was made with.
        applied: the same of what was applied last; None where nothing is known of it.
    """
    if not planned and not applied:
        return None
    if applied is None:
        shown = tuple(Item(_built(name, entry)) for name, entry in sorted(planned.items()))
        note = Paragraph(
            ("Nothing is known of what was applied before, so all of these may be new.",)
        )
        return Section("Lambdas", (note, Bullets(shown)), Tone.PLAIN, counted(len(shown), "zip"))
    items = [
        Item((Strong("New"), " ", *_built(name, planned[name])))
        for name in sorted(planned.keys() - applied.keys())
    ]
    items += [
        Item((Strong("Gone"), " ", Code(name)), tone=Tone.LOOK)
        for name in sorted(applied.keys() - planned.keys())
    ]
    same = []
    for name in sorted(planned.keys() & applied.keys()):
        if planned[name].get("sha256") == applied[name].get("sha256"):
            same.append(name)
        else:
            items.append(_changed(name, applied[name], planned[name]))
    count = f"{len(items)} changed" if items else "unchanged"
    unchanged: tuple[Paragraph, ...] = ()
    if same:
        unchanged = (Paragraph(("Unchanged, byte for byte: ", *codes(same), ".")),)
    blocks = ((Bullets(tuple(items)),) if items else ()) + unchanged
    return Section("Lambdas", blocks, Tone.PLAIN if items else Tone.CALM, count)


def _built(name: str, entry: Mapping[str, Any]) -> Line:
    packages = [_package(each) for each in _packages(entry).values()]
    with_: Line = (", with ", *codes(packages)) if packages else ()
    digest = str(entry.get("sha256", ""))[:_DIGEST]
    return (Code(name), f": {size(int(entry.get('size', 0)))}, SHA-256 ", Code(digest), *with_)


def _changed(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Item:
    facts = [Item(line) for line in _differences(old, new)]
    return Item((Strong("Changed"), " ", Code(name)), (Bullets(tuple(facts)),))


def _differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Line]:
    before, after = _packages(old), _packages(new)
    for name in sorted(after.keys() - before.keys()):
        yield ("package added: ", Code(_package(after[name])))
    for name in sorted(before.keys() - after.keys()):
        yield ("package removed: ", Code(_package(before[name])))
    for name in sorted(before.keys() & after.keys()):
        versions = [str(each[name].get("version")) for each in (before, after)]
        if versions[0] != versions[1]:
            yield ("package ", Code(name), ": ", Code(versions[0]), " → ", Code(versions[1]))
        elif before[name].get("sha256") != after[name].get("sha256"):
            yield (
                Strong("the same version from another wheel: "),
                Code(_package(after[name])),
            )
    grown = int(new.get("size", 0)) - int(old.get("size", 0))
    sizes = [size(int(each.get("size", 0))) for each in (old, new)]
    yield (f"size: {sizes[0]} → {sizes[1]} ({grown:+,} bytes)",)
    digests = [str(each.get("sha256", ""))[:_DIGEST] for each in (old, new)]
    yield ("SHA-256: ", Code(digests[0]), " → ", Code(digests[1]))
    for key, words in _FACTS.items():
        if old.get(key) != new.get(key):
            yield (f"{words}: ", Code(str(old.get(key))), " → ", Code(str(new.get(key))))
    causes = [words for key, words in _CAUSES.items() if old.get(key) != new.get(key)]
    if causes:
        yield (f"because of {' and '.join(causes)}",)


def _packages(entry: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {str(each.get("name")): each for each in entry.get("packages", ())}


def _package(entry: Mapping[str, Any]) -> str:
    return f"{entry.get('name')} {entry.get('version')}"
