"""Stand-ins as a list: they start, are announced and end as one."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from local_aws.control import Reply
from local_aws.standins.registry import SECRETS_FILE, StandIns


class Vendor:
    """The least a stand-in can be."""

    def __init__(self, name: str, folder: Path, *, fails: bool = False) -> None:
        self.name = name
        self.ca_bundle = folder / f"{name}-ca.pem"
        self.secrets = {f"{name.upper()}_SECRET": f"hush-{name}"}
        self.host = "localhost:1"
        self.running = False
        self._fails = fails

    def start(self) -> None:
        if self._fails:
            raise OSError("no port is free")
        self.running = True

    def stop(self) -> None:
        self.running = False

    def control(self, method: str, path: str, body: bytes) -> Reply:
        return 200, {"told": f"{method} {path} {body.decode()}"}


def test_they_are_announced_by_name_and_reached_by_name(tmp_path: Path) -> None:
    stand_ins = StandIns([Vendor("one", tmp_path), Vendor("two", tmp_path)], tmp_path)
    stand_ins.start()
    assert stand_ins.announcement["two"] == {
        "host": "localhost:1",
        "ca_bundle": str(tmp_path / "two-ca.pem"),
    }
    told = stand_ins.controls["one"]("PUT", "/_local/one/script", b"{}")
    assert told == (200, {"told": "PUT /_local/one/script {}"})


def test_secrets_of_all_are_in_one_private_file_that_goes_with_them(tmp_path: Path) -> None:
    stand_ins = StandIns([Vendor("one", tmp_path), Vendor("two", tmp_path)], tmp_path)
    stand_ins.start()
    file = tmp_path / SECRETS_FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    told = json.loads(file.read_text())
    assert told == {"ONE_SECRET": "hush-one", "TWO_SECRET": "hush-two"}
    stand_ins.stop()
    assert list(tmp_path.iterdir()) == []


def test_one_that_cannot_start_stops_the_others(tmp_path: Path) -> None:
    first = Vendor("one", tmp_path)
    with pytest.raises(OSError, match="no port"):
        StandIns([first, Vendor("two", tmp_path, fails=True)], tmp_path).start()
    assert not first.running
    assert list(tmp_path.iterdir()) == []


def test_a_successors_secrets_are_left_alone(tmp_path: Path) -> None:
    first, second = (
        StandIns([Vendor("one", tmp_path)], tmp_path),
        StandIns([Vendor("two", tmp_path)], tmp_path),
    )
    first.start()
    second.start()
    first.stop()
    assert "TWO_SECRET" in (tmp_path / SECRETS_FILE).read_text()
