"""What the guide for Kore says, held against what the code does."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from connect_core.secret import Secret
from connect_voice.doctors.permissions import KORE_ACTIONS, KORE_OPTIONAL_ACTIONS
from kore_disposition.webhook import signature

GUIDES = Path(__file__).resolve().parents[2] / "docs" / "vendors"
SECRET = "shared with the receiver"
BODY = b'{"contactId": "1", "disposition": "resolved"}'


@pytest.fixture(scope="module")
def guide() -> str:
    return (GUIDES / "kore.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def is_genuine(guide: str) -> Callable[[str, str, str, bytes], bool]:
    """The receiver's function, as it stands in the guide."""
    example = re.search(r"```python\n(.*?)```", guide, re.DOTALL)
    assert example is not None
    names: dict[str, object] = {}
    exec(example[1], names)  # noqa: S102  # our own document
    return cast("Callable[[str, str, str, bytes], bool]", names["is_genuine"])


def sign(timestamp: str, body: bytes = BODY, secret: str = SECRET) -> str:
    """What the Lambda sends."""
    return f"v1={signature(Secret(secret), timestamp, body)}"


def test_the_guide_lists_the_doctors_actions(guide: str) -> None:
    _, _, after = guide.partition("<!-- the doctor's actions")
    listed = re.findall(r"^    ([a-z-]+:[A-Za-z]+)$", after, re.MULTILINE)
    assert tuple(listed) == KORE_ACTIONS
    assert all(f"`{action}`" in after for action in KORE_OPTIONAL_ACTIONS)


def test_the_guides_example_takes_what_we_sign(
    is_genuine: Callable[[str, str, str, bytes], bool],
) -> None:
    now = str(int(time.time()))
    assert is_genuine(SECRET, now, sign(now), BODY)


def test_the_guides_example_refuses_everything_else(
    is_genuine: Callable[[str, str, str, bytes], bool],
) -> None:
    now, old = str(int(time.time())), str(int(time.time()) - 3600)
    assert not is_genuine(SECRET, now, sign(now), BODY + b" ")
    assert not is_genuine(SECRET, now, sign(now, secret="another"), BODY)
    assert not is_genuine(SECRET, old, sign(old), BODY)
    assert not is_genuine(SECRET, now, sign(old), BODY)
    assert not is_genuine(SECRET, "soon", sign("soon"), BODY)
    assert not is_genuine(SECRET, now, "é", BODY)


@pytest.mark.parametrize("name", ["kore.md", "kore-migration.md"])
def test_links_of_the_guides_lead_somewhere(name: str) -> None:
    text = (GUIDES / name).read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)]+)\)", text)
    local = [link for link in links if "://" not in link and link not in {"mailto:…"}]
    assert all((GUIDES / link.partition("#")[0]).exists() for link in local), local
