"""ServiceNow's encoded queries, the language of ``sysparm_query``.

``^`` joins conditions, ``^OR`` adds an alternative to the condition before it and ``^NQ`` starts a
second query whose rows are added. A condition on a field the table does not have is dropped, so it
*widens* the result: that is what ServiceNow does unless ``glide.invalid_query.returns_no_rows`` is
set, and why a client must never paste unchecked text into a query.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass

Row = Mapping[str, str]
"""A record: field, or dotted path through a reference, to value."""

_Test = Callable[[str, str], bool]

# Longer operators first where one begins with another.
_WORDS: tuple[tuple[str, _Test], ...] = (
    ("ISNOTEMPTY", lambda actual, _: actual != ""),
    ("ISEMPTY", lambda actual, _: actual == ""),
    ("STARTSWITH", lambda actual, operand: actual.startswith(operand)),
    ("ENDSWITH", lambda actual, operand: actual.endswith(operand)),
    ("NOT IN", lambda actual, operand: actual not in operand.split(",")),
    ("NOT LIKE", lambda actual, operand: operand not in actual),
    ("LIKE", lambda actual, operand: operand in actual),
    ("IN", lambda actual, operand: actual in operand.split(",")),
    (">=", lambda actual, operand: _ordered(actual, operand, (0, 1))),
    ("<=", lambda actual, operand: _ordered(actual, operand, (-1, 0))),
    (">", lambda actual, operand: _ordered(actual, operand, (1,))),
    ("<", lambda actual, operand: _ordered(actual, operand, (-1,))),
    ("!=", lambda actual, operand: actual != operand),
    ("=", lambda actual, operand: actual == operand),
)
_FIELD_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_.")


@dataclass(frozen=True)
class Condition:
    """One comparison; ServiceNow compares text without regard to case."""

    field: str
    test: _Test
    operand: str

    def holds(self, row: Row) -> bool:
        """Whether the row passes."""
        return self.test(row.get(self.field, "").lower(), self.operand.lower())


Alternatives = tuple[Condition, ...]


@dataclass(frozen=True)
class Query:
    """Queries whose results are added up, each a conjunction of alternatives, and an order."""

    unions: tuple[tuple[Alternatives, ...], ...]
    order: tuple[tuple[str, bool], ...]
    """Fields, first the most significant, and whether each descends."""

    @property
    def fields(self) -> frozenset[str]:
        """What it looks at."""
        conditions = {
            condition.field for groups in self.unions for group in groups for condition in group
        }
        return frozenset({*conditions, *(field for field, _ in self.order)})

    def select(self, rows: Iterable[Row]) -> list[Row]:
        """The rows that match, in the query's order and otherwise in their own."""
        selected = [
            row
            for row in rows
            if any(
                all(any(condition.holds(row) for condition in group) for group in groups)
                for groups in self.unions
            )
        ]
        for field, descending in reversed(self.order):
            selected.sort(key=lambda row, by=field: row.get(by, ""), reverse=descending)  # type: ignore[misc]
        return selected


def parse(text: str, fields: Container[str]) -> Query:
    """Read an encoded query.

    Args:
        text: the query, decoded from the URL.
        fields: what the table has; conditions and orders on anything else are dropped.
    """
    unions: list[list[list[Condition]]] = [[]]
    order: list[tuple[str, bool]] = []
    for term in text.split("^"):
        if term.startswith("ORDERBY"):
            descending = term.startswith("ORDERBYDESC")
            field = term.removeprefix("ORDERBYDESC" if descending else "ORDERBY")
            if field in fields:
                order.append((field, descending))
            continue
        body = term
        if term.startswith("NQ"):
            unions.append([])
            body = term.removeprefix("NQ")
        alternative = body.startswith("OR")
        condition = _condition(body.removeprefix("OR"), fields)
        if condition is None:
            continue
        groups = unions[-1]
        if alternative and groups:
            groups[-1].append(condition)
        else:
            groups.append([condition])
    return Query(tuple(tuple(tuple(group) for group in groups) for groups in unions), tuple(order))


def _condition(text: str, fields: Container[str]) -> Condition | None:
    length = next(
        (index for index, char in enumerate(text) if char not in _FIELD_CHARACTERS), len(text)
    )
    field, rest = text[:length], text[length:]
    if field not in fields:
        return None
    for word, test in _WORDS:
        if rest.startswith(word):
            return Condition(field, test, rest.removeprefix(word))
    return None


def _ordered(actual: str, operand: str, wanted: tuple[int, ...]) -> bool:
    """Compare numbers as such and anything else, dates above all, as text."""
    if not actual or not operand:
        return False  # a database compares nothing with anything
    try:
        left, right = float(actual), float(operand)
    except ValueError:
        return ((actual > operand) - (actual < operand)) in wanted
    return ((left > right) - (left < right)) in wanted
