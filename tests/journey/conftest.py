"""One deployed laptop for the journey's tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from checkouts import Checkout
from journey_laptop import CommandLines, Laptop


@pytest.fixture(scope="session")
def laptop(make_checkout: Callable[[], Checkout]) -> Laptop:
    checkout = make_checkout()
    with CommandLines() as lines:
        report = checkout.ok("deploy", "local", "--json").json
    return Laptop(checkout, report, frozenset(lines.seen))
