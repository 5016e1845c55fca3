"""Which action of the new version is which of the old one, whatever they are called.

Identifiers come first: who edits a template keeps them. The designer gives every block of an
imported flow a new one, so actions that are left over are matched by what they say and by where
they stand.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence

from flowkit.difference.values import flat
from flowkit.model import Action, Flow

# What two actions of one type score when neither content nor neighbours speak for them is 0; the
# content and the neighbourhood count up to 1 each.
_ENOUGH = 0.5
_ROUNDS = 12
_MOST_PAIRS = 1_000_000
# Stands for the entry point where neighbours are numbers of actions.
_START = -2

Key = tuple[str, ...]


def branch_keys(action: Action) -> list[tuple[Key, str]]:
    """Every branch by what decides it, with its target; equal ones are numbered."""
    ways = action.transitions
    found: list[tuple[Key, str]] = []
    if ways.next_action is not None:
        found.append((("next",), ways.next_action))
    seen: Counter[Key] = Counter()
    for condition in ways.conditions:
        key: Key = ("condition", condition.operator, *condition.operands)
        found.append(((*key, *([str(seen[key])] if seen[key] else [])), condition.next_action))
        seen[key] += 1
    for error in ways.errors:
        key = ("error", error.error_type)
        found.append(((*key, *([str(seen[key])] if seen[key] else [])), error.next_action))
        seen[key] += 1
    return found


def match(old: Flow, new: Flow) -> dict[int, int]:
    """Index of each new action that has an old one, with the index of that."""
    matcher = _Matcher(old, new)
    matcher.by_identifier()
    matcher.by_content()
    matcher.by_score()
    matcher.by_equal_content()
    return matcher.pairs


class _Matcher:
    def __init__(self, old: Flow, new: Flow) -> None:
        self._old, self._new = _Side(old), _Side(new)
        self.pairs: dict[int, int] = {}
        self._taken: set[int] = set()

    def by_identifier(self) -> None:
        """The same name and type."""
        for number, action in enumerate(self._new.actions):
            before = self._old.index.get(action.identifier)
            if before is not None and before not in self._taken:
                self._try(number, before)

    def by_content(self) -> None:
        """Content that each version has exactly once among what is left."""
        olds = _unique(self._old.content[n] for n in self._left_old())
        news = _unique(self._new.content[n] for n in self._left_new())
        places = {self._old.content[n]: n for n in self._left_old()}
        for number in self._left_new():
            content = self._new.content[number]
            # An action without parameters looks like any other of its type.
            if content in olds and content in news and self._new.leaves[number]:
                self._try(number, places[content])

    def by_score(self) -> None:
        """The best of what is left, by content and neighbours, best first, until nothing fits."""
        if len(self._left_old()) * len(self._left_new()) > _MOST_PAIRS:
            return  # no flow that Connect takes; it would take minutes
        for _ in range(_ROUNDS):
            scored = sorted(self._scores(), reverse=True)
            if not scored:
                return
            # Neighbours of what is matched now score higher afterwards, so only the best go.
            best = scored[0][0]
            for score, before, number in scored:
                if score < max(_ENOUGH, best - 0.35):
                    break
                self._try(-number, -before)

    def by_equal_content(self) -> None:
        """What is equal and still left over, in document order."""
        waiting: dict[Hashable, list[int]] = defaultdict(list)
        for before in reversed(self._left_old()):
            waiting[self._old.content[before]].append(before)
        for number in self._left_new():
            if places := waiting.get(self._new.content[number]):
                self._try(number, places.pop())

    def _scores(self) -> Iterable[tuple[float, int, int]]:
        by_type: dict[str, list[int]] = defaultdict(list)
        for before in self._left_old():
            by_type[self._old.actions[before].type].append(before)
        back = {before: number for number, before in self.pairs.items()}
        back[_START] = _START
        for number in self._left_new():
            for before in by_type[self._new.actions[number].type]:
                score = self._alike(before, number) + self._neighbours(back, before, number)
                if score >= _ENOUGH:
                    # Negated, so that among equals document order decides.
                    yield score, -before, -number

    def _alike(self, before: int, number: int) -> float:
        ours, theirs = self._old.leaves[before], self._new.leaves[number]
        if not ours and not theirs:
            return 0.4
        return len(ours & theirs) / len(ours | theirs)

    def _neighbours(self, back: Mapping[int, int], before: int, number: int) -> float:
        """The share of neighbours that are the same on both sides."""
        ours = {(key, back.get(t, -1)) for key, t in self._old.around[before]}
        theirs = {(key, t) for key, t in self._new.around[number]}
        shared = len(ours & theirs)
        return shared / max(len(ours), len(theirs), 1)

    def _try(self, number: int, before: int) -> None:
        same = self._old.actions[before].type == self._new.actions[number].type
        if same and before not in self._taken and number not in self.pairs:
            self.pairs[number] = before
            self._taken.add(before)

    def _left_old(self) -> list[int]:
        return [n for n in range(len(self._old.actions)) if n not in self._taken]

    def _left_new(self) -> list[int]:
        return [n for n in range(len(self._new.actions)) if n not in self.pairs]


class _Side:
    """One version, with what the matching asks of it again and again."""

    def __init__(self, flow: Flow) -> None:
        self.actions: Sequence[Action] = flow.actions
        self.index: dict[str, int] = {}
        for number, action in enumerate(flow.actions):
            self.index.setdefault(action.identifier, number)
        flattened = [flat(action.parameters) for action in flow.actions]
        self.content: list[Hashable] = [
            (action.type, tuple(sorted(leaves.items())))
            for action, leaves in zip(flow.actions, flattened, strict=True)
        ]
        self.leaves = [frozenset(_tokens(leaves)) for leaves in flattened]
        self.around: list[list[tuple[Key, int]]] = [[] for _ in flow.actions]
        for number, action in enumerate(flow.actions):
            for key, target in branch_keys(action):
                to = self.index.get(target)
                if to is not None:
                    self.around[number].append((("to", *key), to))
                    self.around[to].append((("from", *key), number))
        start = self.index.get(flow.start_action)
        if start is not None:
            self.around[start].append((("start",), _START))


def _tokens(leaves: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """Paths with their values, long texts word by word: an edited sentence stays recognisable."""
    for path, value in leaves.items():
        yield path, ""
        for word in value.split()[:200]:
            yield path, word


def _unique(contents: Iterable[Hashable]) -> set[Hashable]:
    return {content for content, count in Counter(contents).items() if count == 1}
