"""The one entrance for whoever shows a change of flows to people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from flowkit.drawing import Change, Format
from flowkit.review import FlowSyntaxError, review

INBOUND = Path(__file__).parents[2] / "flows" / "servicenow_voice" / "inbound.json"
SECRET = "s3cr3t-of-the-house"


def _document() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(INBOUND.read_text())
    return document


def _edited() -> dict[str, Any]:
    document = _document()
    document["Actions"][0]["Parameters"]["TextToSpeechVoice"] = "Amy"
    return document


def test_text_and_document_are_the_same_version() -> None:
    same = review(INBOUND.read_text(), _document(), title="inbound")
    assert not same.different
    assert same.change is Change.NONE
    assert same.text() == "inbound: no difference\n"
    assert same.markdown() == "### inbound: no difference\n"


def test_a_change_is_told_and_drawn() -> None:
    change = review(_document(), _edited(), title="inbound")
    assert change.different
    assert change.headline == "1 changed"
    assert "Amy" in change.text()
    assert change.markdown().startswith("### inbound: 1 changed\n\n- **Changed** set-voice")
    for picture in (change.picture(), change.picture_before(), change.picture_after()):
        assert picture is not None
        ET.fromstring(picture)  # noqa: S314 (our own)
    assert change.picture(Format.HTML).startswith("<!doctype html>")


def test_a_new_flow_and_one_that_goes() -> None:
    new = review(None, _document(), title="inbound")
    gone = review(_document(), None, title="inbound")
    count = len(_document()["Actions"])
    assert new.text().splitlines()[0] == f"inbound: new flow of {count} actions"
    assert gone.headline == f"flow of {count} actions removed"
    assert len(new.text().splitlines()) == len(gone.text().splitlines()) == count + 1
    assert new.picture_before() is None
    assert gone.picture_after() is None
    assert "<svg" in new.picture()
    assert "<svg" in gone.picture()


def test_what_is_no_flow_is_refused() -> None:
    with pytest.raises(FlowSyntaxError, match="not JSON"):
        review("{", _document(), title="x")
    with pytest.raises(FlowSyntaxError, match="Actions must be a list"):
        review(_document(), {}, title="x")
    with pytest.raises(ValueError, match="at least one"):
        review(None, None, title="x")


@pytest.mark.parametrize("wrap", [lambda v: v, lambda v: {"Value": v}], ids=["plain", "wrapped"])
def test_no_secret_is_passed_on(wrap: Any) -> None:
    old, new = _document(), _document()
    save = next(a for a in new["Actions"] if a["Type"] == "UpdateContactAttributes")
    save["Parameters"]["Attributes"] = {"clientSecret": wrap(SECRET)}
    change = review(old, new, title="x")
    back = review(new, old, title="x")
    for shown in (change.text(), change.markdown(), change.picture(), change.picture_after()):
        assert shown is not None
        assert "clientSecret" in shown
        assert SECRET not in shown
    assert SECRET not in back.picture() + back.text()
