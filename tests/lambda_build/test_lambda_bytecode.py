"""Bytecode in the zip: used by the runtime, named in the manifest, the same wherever it is made."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from build_fixtures import Clone, Index, Wheel

from lambda_build import BuildError, LambdaArtifact, assembly, bytecode, interpreter, plan
from lambda_build.interpreter import Interpreter

TAG = "cpython-313"
TWICE = """
import sys
sys.path.insert(0, sys.argv[1])
import compile_sources
source = b"def outer():\\n    class Inner: ...\\n"
first = compile_sources.compiled("a.py", source)
held = sys.intern("outer.<locals>.Inner")
assert compile_sources.compiled("a.py", source) == first
"""


@pytest.fixture(autouse=True)
def _needs_the_runtimes_python(lambda_python: str) -> None:
    assert lambda_python


def _names(zip_: Path) -> set[str]:
    with zipfile.ZipFile(zip_) as archive:
        return set(archive.namelist())


def test_every_module_has_bytecode_that_the_runtime_uses(
    clone: Clone, colour: Wheel, lambda_python: str, tmp_path: Path
) -> None:
    clone.add("greeter", colour, handler="import colour\ndef handler(e, c): return colour.RED\n")
    artifact = clone.build().lambdas["greeter"]
    assert {name for name in _names(artifact.zip) if name.endswith(".pyc")} == {
        f"colour/__pycache__/__init__.{TAG}.pyc",
        f"colour/__pycache__/extra.{TAG}.pyc",
        f"connect_core/__pycache__/__init__.{TAG}.pyc",
        f"connect_core/__pycache__/reply.{TAG}.pyc",
        f"greeter/__pycache__/handler.{TAG}.pyc",
    }
    with zipfile.ZipFile(artifact.zip) as archive:
        archive.extractall(tmp_path / "task")
    # A source that would fail shows that it is not read.
    (tmp_path / "task/colour/__init__.py").write_text("raise SystemExit('compiled anew')\n")
    run = "import sys; sys.path.insert(0, sys.argv[1]); from greeter import handler; print(handler)"
    done = subprocess.run(
        [lambda_python, "-I", "-B", "-c", run, str(tmp_path / "task")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_a_traceback_names_the_file_where_lambda_has_it(
    clone: Clone, lambda_python: str, tmp_path: Path
) -> None:
    clone.add("greeter")
    with zipfile.ZipFile(clone.build().lambdas["greeter"].zip) as archive:
        compiled = archive.read(f"greeter/__pycache__/handler.{TAG}.pyc")
    assert compiled[:4] == interpreter.MAGIC
    assert compiled[4:8] == b"\1\0\0\0"  # a hash that is not checked (PEP 552)
    (tmp_path / "code").write_bytes(compiled[16:])
    show = "import marshal, sys; print(marshal.load(open(sys.argv[1], 'rb')).co_filename)"
    shown = subprocess.run(
        [lambda_python, "-I", "-c", show, str(tmp_path / "code")],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert shown.strip() == "/var/task/greeter/handler.py"


def test_the_manifest_says_what_is_in_the_zip(clone: Clone, lambda_python: str) -> None:
    clone.add("greeter")
    said = subprocess.run([lambda_python, "-V"], capture_output=True, text=True, check=True)
    artifact = clone.build().lambdas["greeter"]
    assert artifact.bytecode == "3.13"
    assert said.stdout.strip() == f"Python {artifact.bytecode_python}"


def test_sources_alone_are_another_artefact_that_says_so(clone: Clone) -> None:
    clone.add("greeter")
    with_bytecode = clone.build().lambdas["greeter"]
    without = clone.build("none").lambdas["greeter"]
    assert (without.outcome, without.bytecode, without.bytecode_python) == ("built", "none", "none")
    assert without.sha256 != with_bytecode.sha256
    assert not any(name.endswith(".pyc") for name in _names(without.zip))
    again = clone.build().lambdas["greeter"]
    assert (again.outcome, again.sha256) == ("built", with_bytecode.sha256)


def test_without_the_python_a_zip_holds_sources_unless_bytecode_is_required(
    clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interpreter, "_places", lambda _: iter(()))
    clone.add("greeter")
    assert clone.build().lambdas["greeter"].bytecode == "none"
    clone.write("greeter/more.py", "")
    before = (clone.dist / "manifest.json").read_bytes()
    with pytest.raises(BuildError, match=r"Bytecode of Python 3\.13 is required and no such"):
        clone.build("3.13")
    assert (clone.dist / "manifest.json").read_bytes() == before


def test_one_very_python_can_be_required(clone: Clone, root: Path) -> None:
    found = interpreter.find(root, "3.13")
    assert found is not None
    clone.add("greeter")
    assert clone.build(found.version).lambdas["greeter"].bytecode_python == found.version
    with pytest.raises(BuildError, match=r"Bytecode of Python 3\.13\.999 is required"):
        clone.build("3.13.999")


@pytest.mark.parametrize("policy", ["", "3.12", "3.13.", "yes", "3.13.x"])
def test_what_cannot_be_asked_for_is_refused(clone: Clone, policy: str) -> None:
    clone.add("greeter")
    with pytest.raises(BuildError, match="is not something this builds"):
        clone.build(policy)


def test_another_micro_version_builds_anew(
    clone: Clone,
    colour: Wheel,
    monkeypatch: pytest.MonkeyPatch,
    root: Path,
    compiled: list[str],
) -> None:
    clone.add("greeter", colour)
    clone.build()
    found = interpreter.find(root, "3.13")
    assert found is not None
    other = Interpreter(found.path, "3.13.99")
    monkeypatch.setattr(interpreter, "find", lambda *_: other)
    compiled.clear()
    artifact = clone.build().lambdas["greeter"]
    assert (artifact.outcome, artifact.bytecode_python) == ("built", "3.13.99")
    assert len(compiled) == 5  # nothing of the other Python's was taken over


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that were compiled, of all builds of a test."""
    paths: list[str] = []
    start = bytecode.Compilation.start

    def watch(self: bytecode.Compilation) -> None:
        paths.extend(path for path, _ in self._wanted)
        start(self)

    monkeypatch.setattr(bytecode.Compilation, "start", watch)
    return paths


def _fresh(clone: Clone, folder: Path) -> LambdaArtifact:
    """Build the same in a new clone that has the wheels and nothing else."""
    fresh = Clone(folder)
    for path in clone.root.rglob("*"):
        if path.is_file() and clone.dist not in path.parents:
            copy = fresh.root / path.relative_to(clone.root)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    return fresh.build().lambdas["greeter"]


def test_what_is_taken_over_from_the_last_zip_equals_what_is_made_anew(
    clone: Clone, colour: Wheel, tmp_path: Path, compiled: list[str]
) -> None:
    clone.add("greeter", colour, handler="def handler(event, context): return 1\n")
    clone.build()
    compiled.clear()
    clone.write("greeter/handler.py", "def handler(event, context): return 2\n")  # as long
    edited = clone.build().lambdas["greeter"]
    assert compiled == ["greeter/handler.py"]
    assert _fresh(clone, tmp_path / "fresh").sha256 == edited.sha256


def test_nothing_is_taken_over_from_a_zip_that_is_not_as_it_was_made(
    clone: Clone, colour: Wheel, tmp_path: Path
) -> None:
    clone.add("greeter", colour)
    zip_ = clone.build().lambdas["greeter"].zip
    with zipfile.ZipFile(zip_) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    contents[f"colour/__pycache__/__init__.{TAG}.pyc"] += b"altered"
    with zipfile.ZipFile(zip_, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    clone.write("greeter/more.py", "")
    edited = clone.build().lambdas["greeter"]
    assert _fresh(clone, tmp_path / "fresh").sha256 == edited.sha256


def test_other_rules_take_nothing_over(
    clone: Clone, colour: Wheel, monkeypatch: pytest.MonkeyPatch, compiled: list[str]
) -> None:
    clone.add("greeter", colour)
    clone.build()
    compiled.clear()
    for module in (assembly, plan):
        monkeypatch.setattr(module, "RULES", "0" * 64)
    assert clone.build().lambdas["greeter"].outcome == "built"
    assert len(compiled) == 5


def test_what_else_a_process_holds_does_not_show(lambda_python: str) -> None:
    # Later marshal versions write a name in another way if something else has interned it.
    done = subprocess.run(
        [lambda_python, "-I", "-c", TWICE, str(Path(bytecode.__file__).parent)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("workers", [1, 2, 7])
def test_how_many_processes_compile_does_not_show(
    clone: Clone, index: Index, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    files = {f"part/m{n}.py": f"x = {{{n}, 'a', 'b'}}\ny = 'm{n}'\n" for n in range(40)}
    clone.add("greeter", index.add("part", "1", files))
    first = clone.build().lambdas["greeter"].sha256
    for path in clone.dist.iterdir():
        path.unlink()
    monkeypatch.setattr(os, "cpu_count", lambda: workers)
    monkeypatch.setattr(bytecode, "_WORTH_A_PROCESS", 1)
    assert clone.build().lambdas["greeter"].sha256 == first


def test_a_dependencys_template_is_shipped_and_not_compiled(clone: Clone, index: Index) -> None:
    wheel = index.add(
        "tool", "1", {"tool/__init__.py": "", "tool/new.py": "class {{ name }}:\n", "a-b.py": ""}
    )
    clone.add("greeter", wheel)
    names = _names(clone.build().lambdas["greeter"].zip)
    assert {"tool/new.py", "a-b.py", f"tool/__pycache__/__init__.{TAG}.pyc"} <= names
    assert f"tool/__pycache__/new.{TAG}.pyc" not in names
    assert f"__pycache__/a-b.{TAG}.pyc" not in names


def test_a_source_of_ours_that_the_runtime_cannot_compile_is_refused(clone: Clone) -> None:
    clone.add("greeter", handler="def handler(event, context): ...\nreturn 1\n")
    with pytest.raises(BuildError, match=r"greeter/handler\.py is not valid Python 3\.13 \(line 2"):
        clone.build()
    assert not clone.dist.exists()


def test_a_python_that_fails_is_named(clone: Clone, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Interpreter(Path("/bin/false"), "3.13.0")
    monkeypatch.setattr(interpreter, "find", lambda *_: broken)
    clone.add("greeter")
    with pytest.raises(BuildError, match="/bin/false could not compile"):
        clone.build()
    assert not clone.dist.exists()
    absent = Interpreter(Path("/nowhere/python3.13"), "3.13.0")
    monkeypatch.setattr(interpreter, "find", lambda *_: absent)
    with pytest.raises(BuildError, match=r"/nowhere/python3\.13 cannot be started"):
        clone.build()


def test_a_start_that_a_busy_machine_refuses_is_tried_again(
    clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone.add("greeter")
    run, refused = subprocess.run, [errno.EAGAIN]

    def busy(*arguments: Any, **settings: Any) -> Any:
        if refused:
            raise OSError(refused.pop(), "Resource temporarily unavailable")
        return run(*arguments, **settings)

    monkeypatch.setattr(bytecode, "subprocess", SimpleNamespace(run=busy))
    assert clone.build().lambdas["greeter"].bytecode == "3.13"
    assert not refused


# finding the Python


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder that is all of PATH, and a user without version managers."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(interpreter, "_home", lambda: tmp_path / "home")
    return folder


def test_a_python_on_path_is_found(alone: Path, lambda_python: str, tmp_path: Path) -> None:
    (alone / "python3.13").symlink_to(lambda_python)
    found = interpreter.find(tmp_path, "3.13")
    assert found is not None
    assert found.path == Path(lambda_python).resolve()


@pytest.mark.skipif(sys.version_info[:2] == (3, 13), reason="needs another Python")
def test_a_python_that_is_another_version_is_not_taken(alone: Path, tmp_path: Path) -> None:
    (alone / "python3.13").symlink_to(sys.executable)
    assert interpreter.find(tmp_path, "any") is None
    assert interpreter.find(tmp_path, "any") is None  # from what is remembered


def test_a_version_managers_stand_in_is_not_run(alone: Path, tmp_path: Path) -> None:
    stand_in = alone / "python3.13"
    stand_in.write_text(f"#!/bin/sh\n: > {tmp_path}/ran\n")
    stand_in.chmod(0o755)
    assert interpreter.find(tmp_path, "any") is None
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "place",
    [
        ".pyenv/versions/3.13.0/bin",
        ".local/share/uv/python/cpython-3.13.0-linux-x86_64-gnu/bin",
        ".local/share/mise/installs/python/3.13.0/bin",
    ],
)
@pytest.mark.usefixtures("alone")
def test_version_managers_are_looked_into(lambda_python: str, tmp_path: Path, place: str) -> None:
    folder = tmp_path / "home" / place
    folder.mkdir(parents=True)
    (folder / "python3.13").symlink_to(lambda_python)
    assert interpreter.find(tmp_path, "3.13") is not None


def test_a_home_that_the_environment_makes_up_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first = interpreter.find(tmp_path, "any")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert interpreter.find(tmp_path, "any") == first
