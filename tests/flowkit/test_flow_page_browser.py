"""The page of a flow in a real browser: it moves, zooms, finds and follows, by its own policy."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from flowkit.drawing import Format, render
from flowkit.model import parse

INBOUND = Path(__file__).parents[2] / "flows" / "servicenow_voice" / "inbound.json"
DRIVER = Path(__file__).with_name("page_driver.js").read_text()
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), None)
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1200,800",
    "--virtual-time-budget=3000",
)

pytestmark = pytest.mark.skipif(BROWSER is None, reason=f"none of {', '.join(BROWSERS)} is here")


def _dom(page: str, folder: Path) -> str:
    file = folder / "page.html"
    file.write_text(page)
    assert BROWSER is not None
    done = subprocess.run(
        [BROWSER, *QUIET, f"--user-data-dir={folder / 'profile'}", "--dump-dom", file.as_uri()],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stdout


def _page() -> str:
    return render(parse(INBOUND.read_text()), Format.HTML, title="inbound")


@pytest.fixture(scope="module")
def driven(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    digest = base64.b64encode(hashlib.sha256(DRIVER.encode()).digest()).decode()
    page = _page().replace("script-src ", f"script-src 'sha256-{digest}' ", 1)
    dom = _dom(
        page.replace("</body>", f"<script>{DRIVER}</script></body>"),
        tmp_path_factory.mktemp("driven"),
    )
    told = re.search(r"<title>RESULT (.*?)</title>", dom)
    assert told, dom[:500]
    result: dict[str, Any] = json.loads(unescape(told[1]))
    return result


def test_its_own_policy_lets_its_script_run(tmp_path: Path) -> None:
    assert 'data-ready="yes"' in _dom(_page(), tmp_path)


def test_it_begins_at_the_start_and_shows_all_on_request(driven: dict[str, Any]) -> None:
    assert driven["begin"] == driven["start"]
    assert driven["all"][2] > driven["start"][2]
    assert driven["allByButton"] == driven["all"]


def test_it_zooms_and_moves_by_keys_wheel_and_pointer(driven: dict[str, Any]) -> None:
    assert driven["zoomed"] < 1
    assert driven["wheelZoomed"] < 1
    assert driven["right"] > 0
    assert driven["down"] > 0
    assert driven["wheelMoved"] > 0
    # What is dragged follows the pointer, so the window moves the other way.
    assert max(driven["dragged"]) < 0


def test_it_finds_and_steps_through_what_it_found(driven: dict[str, Any]) -> None:
    assert driven["searching"] == "search"
    count = driven["matches"]
    assert count > 1
    assert driven["found"] == [f"1 of {count}", f"2 of {count}", f"1 of {count}"]
    assert driven["cleared"] == ["", 0]


def test_it_follows_branches_there_and_back(driven: dict[str, Any]) -> None:
    first, second, back = driven["followed"]
    assert len({"box-0", first, second}) == 3
    assert back == first
    assert driven["routesShown"] > 0


def test_every_box_takes_the_focus_and_words_lead_to_boxes(driven: dict[str, Any]) -> None:
    assert driven["focusable"] == driven["boxes"]
    assert driven["linked"] == "box-0"
