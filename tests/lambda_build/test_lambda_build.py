"""Zips, the manifest and what happens to them from one build to the next."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import zipfile
from pathlib import Path

import pytest
from build_fixtures import Clone, Index, Wheel

from lambda_build import BuildError, Step, build, load_manifest


def test_a_zip_holds_the_lambda_the_shared_package_and_its_dependencies(
    clone: Clone, colour: Wheel
) -> None:
    clone.add("greeter", colour, handler="import colour\ndef handler(event, context): ...\n")
    clone.write("greeter/README.md", "hello")
    clone.write("greeter/.hidden", "no")
    clone.write("greeter/__pycache__/handler.cpython-311.pyc", "no")
    clone.write("greeter/tests/test_handler.py", "no")
    clone.write("greeter/handler.pyi", "no")

    artifact = clone.build(bytecode="none").lambdas["greeter"]

    with zipfile.ZipFile(artifact.zip) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [
            "colour-1.2.dist-info/METADATA",
            "colour-1.2.dist-info/entry_points.txt",
            "colour-1.2.dist-info/licenses/LICENSE",
            "colour/__init__.py",
            "colour/extra.py",
            "connect_core/__init__.py",
            "connect_core/reply.py",
            "greeter/README.md",
            "greeter/handler.py",
        ]
        assert archive.read("colour/extra.py") == b"BLUE = 1\n"


def test_the_manifest_says_what_terraform_needs(clone: Clone, colour: Wheel) -> None:
    clone.add("greeter", colour)
    clone.build(bytecode="none")

    document = json.loads((clone.dist / "manifest.json").read_text())

    content = (clone.dist / "greeter.zip").read_bytes()
    with zipfile.ZipFile(clone.dist / "greeter.zip") as archive:
        unpacked = sum(info.file_size for info in archive.infolist())
    entry = document["lambdas"]["greeter"]
    bill = (clone.dist / "greeter.cdx.json").read_bytes()
    for digest in ("inputs", "lock", "rules"):
        assert len(entry.pop(digest)) == 64
    assert document["version"] == 1
    assert entry == {
        "zip": "greeter.zip",
        "handler": "greeter.handler.handler",
        "sha256": hashlib.sha256(content).hexdigest(),
        "sha256_base64": base64.b64encode(hashlib.sha256(content).digest()).decode(),
        "size": len(content),
        "unpacked_size": unpacked,
        "python": "3.13",
        "architectures": ["arm64", "x86_64"],
        "bytecode": "none",
        "bytecode_python": "none",
        "packages": [
            {"name": "colour", "version": "1.2", "licence": "MIT-0", "sha256": colour.sha256}
        ],
        "sbom": "greeter.cdx.json",
        "sbom_sha256": hashlib.sha256(bill).hexdigest(),
    }


def test_a_loaded_manifest_equals_the_one_that_was_built(clone: Clone, colour: Wheel) -> None:
    clone.add("greeter", colour)
    built = clone.build().lambdas["greeter"]
    loaded = load_manifest(clone.dist).lambdas["greeter"]
    assert (built.outcome, loaded.outcome) == ("built", "reused")
    assert (loaded.sha256, loaded.packages, loaded.inputs, loaded.zip) == (
        built.sha256,
        built.packages,
        built.inputs,
        built.zip,
    )


@pytest.mark.parametrize(
    ("licence", "expected"),
    [
        (("License: BSD",), "BSD"),
        (
            (
                "License: a text\n        of many lines",
                "Classifier: License :: OSI Approved :: ISC",
            ),
            "ISC",
        ),
        ((), "unknown"),
    ],
)
def test_licences_come_from_whatever_field_a_package_uses(
    clone: Clone, index: Index, licence: tuple[str, ...], expected: str
) -> None:
    clone.add("greeter", index.add("tool", "1", metadata=licence))
    assert clone.build().lambdas["greeter"].packages[0].licence == expected


def test_nothing_is_rebuilt_when_nothing_changed(clone: Clone, colour: Wheel) -> None:
    clone.add("greeter", colour)
    first = clone.build().lambdas["greeter"]
    before = {path: path.stat().st_mtime_ns for path in clone.dist.iterdir()}
    os.utime(clone.root / "lambda_src/greeter/handler.py", (1, 1))

    second = clone.build().lambdas["greeter"]

    assert second.outcome == "reused"
    assert second.sha256 == first.sha256
    assert {path: path.stat().st_mtime_ns for path in clone.dist.iterdir()} == before


def test_an_edit_rebuilds_its_own_lambda_alone(clone: Clone) -> None:
    clone.add("greeter")
    clone.add("parter")
    first = clone.build()
    clone.write("greeter/handler.py", "def handler(event, context): return 1\n")
    second = clone.build()
    assert {item.name: item.outcome for item in second} == {
        "greeter": "built",
        "parter": "reused",
    }
    assert second.lambdas["greeter"].sha256 != first.lambdas["greeter"].sha256
    assert load_manifest(clone.dist).lambdas["parter"].sha256 == first.lambdas["parter"].sha256


def test_an_edit_of_the_shared_package_rebuilds_every_lambda(clone: Clone) -> None:
    clone.add("greeter")
    clone.add("parter")
    clone.build()
    clone.write("connect_core/reply.py", 'OK = "fine"\n')
    assert {item.outcome for item in clone.build()} == {"built"}


def test_a_zip_that_is_not_what_the_manifest_says_is_built_again(clone: Clone) -> None:
    clone.add("greeter")
    first = clone.build().lambdas["greeter"]
    with first.zip.open("ab") as file:
        file.write(b"x")
    second = clone.build().lambdas["greeter"]
    assert second.outcome == "built"
    assert hashlib.sha256(first.zip.read_bytes()).hexdigest() == first.sha256 == second.sha256


def test_the_zip_of_a_removed_lambda_goes_and_other_files_stay(clone: Clone) -> None:
    clone.add("greeter")
    clone.add("parter")
    clone.build()
    other = clone.dist / "notes.zip"
    other.write_bytes(b"not ours")
    for path in (clone.root / "lambda_src/parter").iterdir():
        path.unlink()
    assert list(clone.build().lambdas) == ["greeter"]
    assert sorted(path.name for path in clone.dist.iterdir()) == [
        "greeter.cdx.json",
        "greeter.zip",
        "manifest.json",
        "notes.zip",
    ]


@pytest.mark.parametrize("text", ["", "[]", '{"version": 1}', '{"version": 2, "lambdas": {}}'])
def test_a_broken_manifest_is_refused_by_readers_and_mended_by_a_build(
    clone: Clone, text: str
) -> None:
    clone.add("greeter")
    clone.build()
    (clone.dist / "manifest.json").write_text(text)
    with pytest.raises(BuildError, match="run make build"):
        load_manifest(clone.dist)
    clone.build()
    assert list(load_manifest(clone.dist).lambdas) == ["greeter"]


def test_a_missing_manifest_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"manifest\.json cannot be read .*: run make build"):
        load_manifest(tmp_path)


def test_progress_is_told(clone: Clone, colour: Wheel) -> None:
    clone.add("greeter", colour)
    steps: list[Step] = []
    build(clone.root, dist=clone.dist, progress=steps.append)
    assert [step.doing for step in steps] == [
        "reading its own files",
        "reading 1 dependencies",
        "checking",
        "compressing",
        "packing",
    ]
    assert {step.name for step in steps} == {"greeter"}


def test_a_repository_without_lambdas_is_refused(clone: Clone) -> None:
    with pytest.raises(BuildError, match=r"lambda_src holds no Lambda"):
        clone.build()


def test_half_a_lambda_is_refused(clone: Clone) -> None:
    clone.write("greeter/handler.py", "")
    with pytest.raises(BuildError, match=r"has a handler\.py but no requirements\.in"):
        clone.build()


@pytest.mark.parametrize("name", ["greeter-two", "2nd", "été", "class", "connect_core"])
def test_a_name_that_no_module_can_have_is_refused(clone: Clone, name: str) -> None:
    clone.add(name)
    with pytest.raises(BuildError, match=f"lambda_src/{name} cannot name a Lambda"):
        clone.build()


def test_a_link_out_of_the_folder_is_refused(clone: Clone, tmp_path: Path) -> None:
    clone.add("greeter")
    (tmp_path / "elsewhere.py").write_text("")
    (clone.root / "lambda_src/greeter/more.py").symlink_to(tmp_path / "elsewhere.py")
    with pytest.raises(BuildError, match=r"more\.py is a symbolic link"):
        clone.build()


def test_a_package_that_is_a_link_is_refused(clone: Clone, tmp_path: Path) -> None:
    clone.add("greeter")
    shared = clone.root / "lambda_src/connect_core"
    shared.rename(tmp_path / "elsewhere")
    shared.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BuildError, match="connect_core is a symbolic link"):
        clone.build()


def test_a_clone_may_be_named_relative_to_where_one_stands(
    clone: Clone, colour: Wheel, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone.add("greeter", colour, cached=False)
    monkeypatch.chdir(clone.root)
    assert build(Path(), dist=Path("dist")).lambdas["greeter"].outcome == "built"


def test_a_stale_lock_is_refused(clone: Clone) -> None:
    clone.add("greeter")
    clone.write("greeter/requirements.in", "requests\n")
    with pytest.raises(BuildError, match=r"greeter/requirements\.txt is missing or older"):
        clone.build()
    assert not clone.dist.exists()


def test_two_lambdas_may_lock_two_versions_of_a_package(clone: Clone, index: Index) -> None:
    old, new = index.add("tool", "1"), index.add("tool", "2")
    clone.add("greeter", old, cached=False)
    clone.add("parter", new, cached=False)
    manifest = clone.build()
    assert [item.packages[0].version for item in manifest] == ["1", "2"]
