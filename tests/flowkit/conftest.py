"""A flow of our own that Amazon Connect would take; every test gets its own copy to spoil."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

GOOD_FLOW = Path(__file__).with_name("good_flow.json")


@pytest.fixture
def good() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(GOOD_FLOW.read_text())
    return document
