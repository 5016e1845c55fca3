"""CloudWatch's rules for a line in the embedded metric format.

From "Specification: Embedded metric format" of the CloudWatch user guide, its JSON schema included,
and "Dimension" of the CloudWatch API reference. A line that breaks one makes no metric, and nobody
is told.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

# Of the units that the schema names, those that are used here.
UNITS = frozenset({"Count", "Milliseconds"})
_LARGEST_EVENT = 256 * 1024
_LONGEST_NAME = 255
# Nine was the limit before it was raised to 30; fewer metrics are cheaper anyway.
_MOST_DIMENSIONS = 9
_MOST = 100


def metric_lines(text: str) -> list[dict[str, Any]]:
    """The lines of a log that CloudWatch makes metrics of, each of them by the rules."""
    found = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    documents = [line for line in found if "_aws" in line]
    for document in documents:
        assert list(broken_rules(document)) == []
    return documents


def broken_rules(document: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with a line; nothing when CloudWatch takes all of it."""
    if len(json.dumps(document)) > _LARGEST_EVENT:
        yield "the event is too large"
    meta = document["_aws"]
    if set(meta) != {"Timestamp", "CloudWatchMetrics"}:
        yield "_aws has other members"
    if type(meta["Timestamp"]) is not int or not 1e12 < meta["Timestamp"] < 1e13:
        yield "Timestamp is not in milliseconds since 1970"
    for directive in meta["CloudWatchMetrics"]:
        yield from _directive(document, directive)


def values(document: Mapping[str, Any], name: str, *dimensions: str) -> Sequence[float]:
    """The values of a metric under exactly those dimensions; none where the line has none."""
    for directive in document["_aws"]["CloudWatchMetrics"]:
        names = [metric["Name"] for metric in directive["Metrics"]]
        if name in names and list(dimensions) in directive["Dimensions"]:
            value = document[name]
            return value if isinstance(value, list) else [value]
    return []


def _directive(document: Mapping[str, Any], directive: Mapping[str, Any]) -> Iterator[str]:
    if set(directive) != {"Namespace", "Dimensions", "Metrics"}:
        yield "a directive has other members"
    namespace = directive["Namespace"]
    # "Namespaces that begin with AWS/" are AWS's own.
    if not 1 <= len(namespace) <= _LONGEST_NAME or namespace.startswith("AWS/"):
        yield "Namespace cannot be used"
    if not directive["Dimensions"]:
        yield "there is no dimension set"
    for keys in directive["Dimensions"]:
        yield from _dimensions(document, keys)
    names = [metric["Name"] for metric in directive["Metrics"]]
    if not 1 <= len(names) <= _MOST or len(set(names)) != len(names):
        yield "there are no metrics, too many, or one twice"
    for metric in directive["Metrics"]:
        yield from _metric(document, metric)


def _dimensions(document: Mapping[str, Any], keys: Sequence[str]) -> Iterator[str]:
    if len(keys) > _MOST_DIMENSIONS or len(set(keys)) != len(keys):
        yield "a dimension set is too large, or names one twice"
    for key in keys:
        text = document.get(key)
        if not isinstance(text, str) or not text.strip():
            yield f"dimension {key} has no text"
        elif not text.isascii() or len(text) > _LONGEST_NAME:
            yield f"the text of dimension {key} cannot be used"


def _metric(document: Mapping[str, Any], metric: Mapping[str, Any]) -> Iterator[str]:
    name = metric["Name"]
    if set(metric) != {"Name", "Unit"} or metric["Unit"] not in UNITS:
        yield f"metric {name} has an unknown unit or other members"
    if not 1 <= len(name) <= _LONGEST_NAME:
        yield "the name of a metric cannot be used"
    found = document.get(name)
    numbers = found if isinstance(found, list) else [found]
    if not 1 <= len(numbers) <= _MOST:
        yield f"metric {name} has no value, or too many"
    if not all(type(number) in (int, float) for number in numbers):
        yield f"metric {name} is not numeric"
