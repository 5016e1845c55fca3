"""Every path to a wheel ends in a comparison with the lock."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from pathlib import Path

import pytest
from build_fixtures import Clone, Index, Wheel

from lambda_build import BuildError, lock, pip

EVIL = "import os; os.environ['STOLEN'] = '1'\n"


def _alter(wheel: Wheel) -> None:
    """Put other code into a wheel, under the same name."""
    with zipfile.ZipFile(wheel.path, "a") as archive:
        archive.writestr("colour/evil.py", EVIL)


def _files(folder: Path) -> list[str]:
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and path.name != "interpreters.json"  # which says nothing of packages
    )


@pytest.mark.parametrize("architecture", ["", "arm64"])
@pytest.mark.parametrize("index_knows", [False, True])
def test_a_wheel_altered_in_the_index_is_refused_and_nothing_is_written(
    clone: Clone, index: Index, colour: Wheel, *, index_knows: bool, architecture: str
) -> None:
    clone.add("greeter", colour, cached=False, architecture=architecture)
    _alter(colour)
    if index_knows:  # an index that was taken over states the digest of what it serves
        index.publish()
    with pytest.raises(BuildError, match=r"colour 1\.2 does not match its hash in the lock"):
        clone.build()
    assert not clone.dist.exists()
    assert _files(clone.cache) == []


def test_a_refusal_leaves_an_earlier_build_as_it_was(
    clone: Clone, index: Index, colour: Wheel
) -> None:
    clone.add("greeter")
    clone.build()
    before = {path: path.read_bytes() for path in clone.dist.iterdir()}
    clone.add("greeter", colour, cached=False)
    _alter(colour)
    index.publish()
    with pytest.raises(BuildError):
        clone.build()
    assert {path: path.read_bytes() for path in clone.dist.iterdir()} == before


def test_one_altered_wheel_keeps_the_good_ones_of_its_download_out_too(
    clone: Clone, index: Index, colour: Wheel
) -> None:
    clone.add("greeter", index.add("good", "1"), colour, cached=False)
    _alter(colour)
    index.publish()
    with pytest.raises(BuildError):
        clone.build()
    assert _files(clone.cache) == []


def test_a_wheel_altered_in_the_cache_is_fetched_again(clone: Clone, colour: Wheel) -> None:
    clone.add("greeter", colour)
    first = clone.build().lambdas["greeter"]
    cached = clone.cache / "wheels" / f"{colour.sha256}.whl"
    with zipfile.ZipFile(cached, "a") as archive:
        archive.writestr("colour/evil.py", EVIL)
    clone.write("greeter/more.py", "")
    second = clone.build().lambdas["greeter"]
    assert second.sha256 != first.sha256
    assert hashlib.sha256(cached.read_bytes()).hexdigest() == colour.sha256
    with zipfile.ZipFile(second.zip) as archive:
        assert "colour/evil.py" not in archive.namelist()


@pytest.mark.parametrize("how", ["other content", "another file", "no zip"])
def test_what_was_altered_among_the_compressed_files_is_not_used(
    clone: Clone, colour: Wheel, how: str
) -> None:
    clone.add("greeter", colour)
    first = clone.build().lambdas["greeter"]
    (kept,) = (clone.cache / "compressed").iterdir()
    with zipfile.ZipFile(kept) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    if how == "other content":
        contents["colour/__init__.py"] = EVIL.encode()
    else:
        contents["colour/evil.py"] = EVIL.encode()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    if how == "no zip":
        kept.write_bytes(b"not a zip")
    first.zip.unlink()
    assert clone.build().lambdas["greeter"].sha256 == first.sha256


def test_a_hash_that_was_altered_in_the_lock_is_refused(clone: Clone, colour: Wheel) -> None:
    clone.add("greeter", colour, cached=False)
    path = clone.root / "lambda_src/greeter/requirements.txt"
    path.write_text(path.read_text().replace(colour.sha256, "0" * 64))
    with pytest.raises(BuildError, match=r"colour 1\.2 does not match its hash in the lock"):
        clone.build()
    assert not clone.dist.exists()


def test_what_pip_brings_is_hashed_again(
    clone: Clone, colour: Wheel, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone.add("greeter", colour, cached=False)

    def forgetful(arguments: list[str], **_: object) -> None:
        _alter(colour)
        shutil.copy(colour.path, arguments[arguments.index("--dest") + 1])

    monkeypatch.setattr(pip, "run", forgetful)
    with pytest.raises(BuildError, match="which pip downloaded, does not match its hash"):
        clone.build()
    assert _files(clone.cache) == []


def test_a_hash_in_a_comment_is_no_hash(clone: Clone, colour: Wheel) -> None:
    clone.add("greeter", colour, cached=False)
    path = clone.root / "lambda_src/greeter/requirements.txt"
    good = path.read_text()
    _alter(colour)
    path.write_text(good.rstrip() + f"  # was --hash=sha256:{colour.sha256}\n")
    with pytest.raises(BuildError, match=r"colour 1\.2 does not match its hash in the lock"):
        clone.build()


def test_a_hash_of_another_package_is_refused(clone: Clone, index: Index, colour: Wheel) -> None:
    other = index.add("other", "1")
    clone.add("greeter", colour)
    clone.keep(other)
    path = clone.root / "lambda_src/greeter/requirements.txt"
    path.write_text(path.read_text().replace(colour.sha256, other.sha256))
    with pytest.raises(BuildError, match=r"gives colour 1\.2 a hash that belongs to other 1"):
        clone.build()


def test_a_lock_refuses_a_wheel_that_changes_under_it(
    clone: Clone, index: Index, colour: Wheel
) -> None:
    clone.add("greeter", colour, cached=False)
    # A new requirement makes the lock stale; its old pin and hash are kept, and still hold.
    index.add("more", "1")
    _alter(colour)
    index.publish()
    path = clone.write("greeter/requirements.in", "colour\nmore\n").with_suffix(".txt")
    before = path.read_bytes()
    with pytest.raises(BuildError, match=r"colour 1\.2 does not match its hash"):
        lock(clone.root)
    assert path.read_bytes() == before


def test_what_is_cached_builds_without_an_index(
    clone: Clone, colour: Wheel, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone.add("greeter", colour, cached=False)
    first = clone.build().lambdas["greeter"]
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")  # nothing listens there
    first.zip.unlink()
    assert clone.build().lambdas["greeter"].sha256 == first.sha256


def test_an_index_that_cannot_be_reached_is_said_so(
    clone: Clone, colour: Wheel, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone.add("greeter", colour, cached=False)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    with pytest.raises(BuildError, match="could not reach the package index"):
        clone.build()


def test_a_wheel_that_left_the_index_is_named(clone: Clone, index: Index, colour: Wheel) -> None:
    clone.add("greeter", colour, cached=False)
    index.wheels.clear()
    index.add("colour", "1.3")
    with pytest.raises(BuildError, match=r"There is no wheel of colour 1\.2 for Python 3\.13"):
        clone.build()


@pytest.mark.parametrize(
    "path", ["../outside.py", "/etc/outside.py", ".", "colour/../../outside.py", "..\\outside.py"]
)
def test_a_wheel_that_writes_outside_is_refused(clone: Clone, index: Index, path: str) -> None:
    clone.add("greeter", index.add("sly", "1", {path: ""}))
    with pytest.raises(BuildError, match="sly 1 is not usable: it would write outside the zip"):
        clone.build()


@pytest.mark.parametrize("path", ["sly/fast.so", "sly/fast.cpython-313-x86_64-linux-gnu.so"])
def test_compiled_code_in_a_wheel_that_calls_itself_pure_is_refused(
    clone: Clone, index: Index, path: str
) -> None:
    clone.add("greeter", index.add("sly", "1", {path: "ELF"}))
    with pytest.raises(BuildError, match=r"sly 1 holds compiled code \(sly/fast"):
        clone.build()
