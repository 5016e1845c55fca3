"""Killed, crowded or out of room: the manifest never says what is not so."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from build_fixtures import Clone, Wheel

from lambda_build import BuildError, build

BUILD = """
import os, signal, sys
from pathlib import Path
from lambda_build import build

root, last = Path(sys.argv[1]), int(sys.argv[2])
touched = 0

def watch(event, arguments):
    # Everything that can change a file, in the interpreter's own words (PEP 578).
    global touched
    if event in {"os.mkdir", "os.rename", "os.remove", "os.rmdir"} or (
        event == "open" and str(root) in str(arguments[0]) and arguments[1] not in {"r", "rb", None}
    ):
        touched += 1
        if touched == last:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(watch)
build(root, dist=root / "dist")
print(touched)
"""

REFUSED = """
import sys
from pathlib import Path
from lambda_build import BuildError, build

dist = Path(sys.argv[1]) / "dist"

def refuse(event, arguments):
    if event in {"os.mkdir", "os.rename"} and str(arguments[0]).startswith(str(dist)):
        raise PermissionError(13, "Permission denied", str(arguments[0]))

sys.addaudithook(refuse)
try:
    build(dist.parent, dist=dist)
except BuildError as error:
    print(error)
"""


def _build(root: Path, last: int = 0) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", BUILD, str(root), str(last)],
        capture_output=True,
        text=True,
        check=False,
    )


def _assert_honest(dist: Path) -> None:
    """Whatever manifest there is speaks the truth about the zips beside it."""
    manifest = dist / "manifest.json"
    if not manifest.exists():
        return
    for entry in json.loads(manifest.read_text())["lambdas"].values():
        content = (dist / entry["zip"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"]


def test_a_build_may_be_killed_at_any_moment(clone: Clone, colour: Wheel) -> None:
    clone.add("greeter", colour)
    clone.add("parter")
    clone.add("stayer")
    clone.build()
    for path in (clone.root / "lambda_src/stayer").iterdir():
        path.unlink()
    for moment in range(1, 200):
        clone.write("greeter/handler.py", f"def handler(event, context): return {moment}\n")
        clone.write("parter/handler.py", f"def handler(event, context): return -{moment}\n")
        done = _build(clone.root, moment)
        _assert_honest(clone.dist)
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
        if moment % 3 == 0:  # not always, so that what is left behind also piles up
            again = _build(clone.root)
            assert again.returncode == 0, again.stderr
            _assert_honest(clone.dist)
            assert (clone.dist / "manifest.json").exists()
    assert moment > 8  # the build was killed on its way, more than a few times
    assert sorted(path.name for path in clone.dist.iterdir()) == [
        "greeter.cdx.json",
        "greeter.zip",
        "manifest.json",
        "parter.cdx.json",
        "parter.zip",
    ]
    fresh = build(clone.root, dist=clone.root / "fresh")
    assert json.loads((clone.dist / "manifest.json").read_text()) == json.loads(
        fresh.path.read_text()
    )


def test_builds_at_once_do_not_harm_each_other(clone: Clone, colour: Wheel) -> None:
    clone.add("greeter", colour, cached=False)
    clone.add("parter", colour, cached=False)
    builds = [
        subprocess.Popen(
            [sys.executable, "-c", BUILD, str(clone.root), "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for process in builds:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
    _assert_honest(clone.dist)
    assert {item.outcome for item in clone.build()} == {"reused"}


def test_a_disk_without_room_gives_one_sentence_and_changes_nothing(
    clone: Clone, colour: Wheel
) -> None:
    clone.add("greeter", colour)
    clone.build()
    before = {path.name: path.read_bytes() for path in clone.dist.iterdir()}
    # Larger than the limit below, compressed too.
    clone.write("greeter/noise.txt", os.urandom(60_000).hex())
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16_384, hard))
    try:
        with pytest.raises(BuildError) as caught:
            clone.build()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "cannot be written (File too large): make room" in str(caught.value)
    assert {path.name: path.read_bytes() for path in clone.dist.iterdir()} == before


def test_a_dist_that_is_a_file_gives_one_sentence(clone: Clone) -> None:
    clone.add("greeter")
    clone.dist.write_text("")
    with pytest.raises(BuildError, match=r"dist cannot be written .*: make room or give the right"):
        clone.build()


def test_a_dist_that_the_system_refuses_gives_one_sentence_and_changes_nothing(
    clone: Clone, colour: Wheel
) -> None:
    # What a read-only folder does to a user, also where the tests run as root.
    clone.add("greeter", colour)
    clone.build()
    before = {path.name: path.read_bytes() for path in clone.dist.iterdir()}
    clone.write("greeter/handler.py", "def handler(event, context): return 1\n")
    done = subprocess.run(
        [sys.executable, "-c", REFUSED, str(clone.root)], capture_output=True, text=True, check=True
    )
    assert "dist/" in done.stdout
    assert "cannot be written (Permission denied): make room or give the right" in done.stdout
    assert {path.name: path.read_bytes() for path in clone.dist.iterdir()} == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_dist_gives_one_sentence(clone: Clone) -> None:
    clone.add("greeter")
    clone.dist.mkdir(mode=0o555)
    with pytest.raises(BuildError, match=r"cannot be written \(Permission denied\)"):
        clone.build()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_source_that_cannot_be_read_gives_one_sentence(clone: Clone) -> None:
    clone.add("greeter")
    clone.write("greeter/more.py", "").chmod(0)
    with pytest.raises(BuildError, match=r"more\.py cannot be read"):
        clone.build()
