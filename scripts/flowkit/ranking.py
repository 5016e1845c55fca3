"""Ranks of a directed graph with circles: how far from where it begins each part stands.

What pictures and the designer's layout have in common.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

__all__ = ["finished_order", "raise_ranks"]

_Node = TypeVar("_Node")


def finished_order(
    roots: Iterable[_Node],
    following: Callable[[_Node], Iterable[_Node]],
    done: Iterable[_Node] = (),
) -> list[_Node]:
    """What is reached from the roots, in the order in which a depth-first search is done with it.

    Without recursion, because a flow may be one long chain.

    Args:
        roots: where to begin, in turn.
        following: where a node leads, in order.
        done: nodes to pass over.
    """
    finished: list[_Node] = []
    seen = set(done)
    for root in roots:
        if root in seen:
            continue
        seen.add(root)
        stack: list[tuple[_Node, Iterator[_Node]]] = [(root, iter(following(root)))]
        while stack:
            node, targets = stack[-1]
            fresh = next((target for target in targets if target not in seen), None)
            if fresh is None:
                finished.append(node)
                stack.pop()
            else:
                seen.add(fresh)
                stack.append((fresh, iter(following(fresh))))
    return finished


def raise_ranks(
    finished: Sequence[_Node],
    following: Callable[[_Node], Iterable[_Node]],
    ranks: dict[_Node, int],
) -> None:
    """Put every node below all that lead to it, ways back in circles aside (longest path).

    Args:
        finished: the nodes as `finished_order` gives them.
        following: where a node leads; other nodes are passed over.
        ranks: where each stands at least; raised in place.
    """
    place = {node: number for number, node in enumerate(finished)}
    for node in reversed(finished):
        for target in following(node):
            # A way to what finishes later is a way back in the depth-first search.
            if target in place and place[target] < place[node]:
                ranks[target] = max(ranks[target], ranks[node] + 1)
