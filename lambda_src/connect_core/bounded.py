"""Waiting no longer than agreed for work that cannot be told to hurry."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class TimeIsUpError(Exception):
    """The work was not done in time; it may still be going on, and nobody will hear of it."""


class _Outcome(Generic[T]):
    def __init__(self) -> None:
        self.values: list[T] = []
        self.error: BaseException | None = None


def run_within(seconds: float, work: Callable[[], T]) -> T:
    """Do the work, but come back after that many seconds at the latest.

    Name resolution cannot be interrupted, a connect time-out counts for each address of a host and
    a read time-out for each read; only waiting from outside bounds the whole. The thread is a
    daemon: it never keeps a process alive.

    Args:
        seconds: How long to wait.
        work: Something without arguments.

    Raises:
        TimeIsUpError: The work took longer.
    """
    outcome = _Outcome[T]()

    def run() -> None:
        try:
            outcome.values.append(work())
        except BaseException as error:  # noqa: BLE001 - handed to the waiting thread as it is
            outcome.error = error

    thread = threading.Thread(target=run, daemon=True, name="bounded-work")
    thread.start()
    thread.join(seconds)
    if outcome.error is not None:
        raise outcome.error
    if not outcome.values:
        raise TimeIsUpError
    return outcome.values[0]
