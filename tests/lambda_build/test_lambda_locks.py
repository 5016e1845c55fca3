"""Locks: made by pip-tools for the Lambda's Python, checked without the network."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from build_fixtures import Clone, Index
from packaging.tags import sys_tags

from lambda_build import BuildError, lock, lockfile


def _want(clone: Clone, requirements: str) -> Path:
    clone.write("greeter/handler.py", "def handler(event, context): ...\n")
    clone.write("greeter/requirements.in", requirements)
    return clone.root / "lambda_src/greeter/requirements.txt"


def _pins(path: Path) -> dict[str, str]:
    return {pin.name: pin.version for pin in lockfile.pins(path)}


def test_a_lock_is_for_the_lambdas_python_whatever_runs_the_tooling(
    clone: Clone, index: Index
) -> None:
    # Each of these would come out otherwise for some Python that the tooling may run on.
    index.add("top", "1", requires=("always", "older<9; python_version < '3.13'"))
    index.add(
        "top",
        "2",
        requires=(
            "always",
            "older; python_version < '3.13'",
            "same; python_version == '3.13'",
            "newer; python_version > '3.13'",
            "windows; sys_platform == 'win32'",
        ),
        metadata=("Requires-Python: >=3.13,<3.14",),
    )
    for name in ("always", "older", "same", "newer", "windows"):
        index.add(name, "1")
    index.add("always", "2", metadata=("Requires-Python: >=3.14",))
    path = _want(clone, "top\n")

    lock(clone.root)

    assert _pins(path) == {"always": "1", "same": "1", "top": "2"}


def test_a_lock_holds_pure_wheels_alone_one_hash_each(clone: Clone, index: Index) -> None:
    pure = index.add("both", "1")
    index.add("both", "1", tag="cp313-cp313-manylinux2014_aarch64")
    index.add("fast", "2", tag="cp313-cp313-manylinux2014_x86_64")
    index.add("fast", "3", tag=str(next(sys_tags())))  # which this very Python could install
    slow = index.add("fast", "1")
    path = _want(clone, "both\nfast\n")
    lock(clone.root)
    assert lockfile.pins(path) == (
        lockfile.Pin("both", "1", (pure.sha256,)),
        lockfile.Pin("fast", "1", (slow.sha256,)),
    )


def test_a_lock_names_no_machine_and_no_index(
    clone: Clone, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.add("tool", "1")
    (tmp_path / "links").mkdir()
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "links"))
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", index.url)
    monkeypatch.setenv("PIP_TRUSTED_HOST", "packages.example")
    path = _want(clone, "tool\n")
    lock(clone.root)
    text = path.read_text()
    assert "# via -r lambda_src/greeter/requirements.in" in text
    for trace in ("://", str(tmp_path), "packages.example", "--index", "--find-links"):
        assert trace not in text


def test_a_lambda_is_built_from_its_own_lock(clone: Clone, index: Index) -> None:
    index.add("tool", "1", requires=("part",))
    index.add("part", "3")
    _want(clone, "tool\n")
    lock(clone.root)
    packages = clone.build().lambdas["greeter"].packages
    assert [(item.name, item.version) for item in packages] == [("part", "3"), ("tool", "1")]


def test_a_lambda_without_requirements_has_an_empty_lock(clone: Clone, index: Index) -> None:
    path = _want(clone, "# boto3 comes with the runtime\n")
    (index.root / "simple").mkdir(parents=True)
    lock(clone.root)
    assert lockfile.pins(path) == ()
    assert clone.build().lambdas["greeter"].packages == ()


def test_pins_are_kept_until_an_upgrade_is_asked_for(clone: Clone, index: Index) -> None:
    index.add("tool", "1")
    path = _want(clone, "tool\n")
    lock(clone.root)
    index.add("tool", "2")
    index.add("more", "1")
    clone.write("greeter/requirements.in", "tool\nmore\n")
    assert [item.outcome for item in lock(clone.root)] == ["locked"]
    assert _pins(path) == {"more": "1", "tool": "1"}
    assert [item.outcome for item in lock(clone.root)] == ["current"]
    lock(clone.root, upgrade=True)
    assert _pins(path) == {"more": "1", "tool": "2"}


def test_the_toolings_requirements_are_locked_too(clone: Clone, index: Index) -> None:
    index.add("tool", "1")
    _want(clone, "")
    (clone.root / "local").mkdir()
    runtime = "local/requirements-lambda-runtime"
    for name in ("requirements", "requirements-policy", runtime):
        (clone.root / f"{name}.in").write_text("tool\n")
    assert [str(item.path.relative_to(clone.root)) for item in lock(clone.root)] == [
        "lambda_src/greeter/requirements.txt",
        f"{runtime}.txt",
        "requirements-policy.txt",
        "requirements.txt",
    ]
    assert _pins(clone.root / "requirements.txt") == {"tool": "1"}
    assert _pins(clone.root / f"{runtime}.txt") == {"tool": "1"}
    lock(clone.root, check=True)


# checking


def test_a_check_needs_no_network(
    clone: Clone, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.add("tool", "1")
    _want(clone, "tool\n")
    lock(clone.root)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")  # nothing listens there
    assert [item.outcome for item in lock(clone.root, check=True)] == ["current"]


def test_a_check_finds_a_stale_lock_and_leaves_it(clone: Clone, index: Index) -> None:
    index.add("tool", "1")
    path = _want(clone, "tool\n")
    lock(clone.root)
    before = path.read_bytes()
    clone.write("greeter/requirements.in", "tool<2\n")
    with pytest.raises(BuildError, match=r"greeter/requirements\.txt is missing or older .*make"):
        lock(clone.root, check=True)
    assert path.read_bytes() == before


def test_a_comment_makes_no_lock_stale(clone: Clone, index: Index) -> None:
    index.add("tool", "1")
    _want(clone, "tool\n")
    lock(clone.root)
    clone.write("greeter/requirements.in", "# why\n\ntool  # because\n")
    lock(clone.root, check=True)


def test_a_missing_lock_is_a_stale_one(clone: Clone) -> None:
    _want(clone, "")
    with pytest.raises(BuildError, match="is missing or older"):
        lock(clone.root, check=True)


@pytest.mark.parametrize(
    "line", ["tool==1", "tool==1 --hash=sha256:12", "tool --hash=sha256:" + "0" * 64]
)
def test_a_line_that_pins_nothing_is_refused(clone: Clone, index: Index, line: str) -> None:
    clone.add("greeter", index.add("tool", "1"))
    path = clone.root / "lambda_src/greeter/requirements.txt"
    header = "".join(path.read_text().splitlines(keepends=True)[:2])
    path.write_text(header + line + "\n")
    with pytest.raises(BuildError, match="not a pinned package with SHA-256 hashes"):
        lock(clone.root, check=True)
    with pytest.raises(BuildError, match="not a pinned package with SHA-256 hashes"):
        clone.build()


def test_a_package_that_is_pinned_twice_is_refused(clone: Clone, index: Index) -> None:
    wheel = index.add("tool", "1")
    clone.add("greeter", wheel)
    clone.lock("greeter", wheel, wheel)
    with pytest.raises(BuildError, match="pins tool twice"):
        clone.build()


# what cannot be locked


@pytest.mark.parametrize("option", ["--index-url https://user:pw@x.example", "-r other.in", "-e ."])
def test_options_in_requirements_are_refused(clone: Clone, option: str) -> None:
    _want(clone, f"tool\n{option}\n")
    with pytest.raises(BuildError, match=f"says {option[:2]}.*, which a lock cannot"):
        lock(clone.root)


@pytest.mark.parametrize(
    "line",
    [
        "tool @ https://user:hidden@x.example/tool-1-py3-none-any.whl",
        "git+https://user:hidden@x.example/tool.git",
        "./tool",
        "tool-1-py3-none-any.whl",
    ],
)
def test_an_address_or_a_file_in_requirements_is_refused(clone: Clone, line: str) -> None:
    _want(clone, f"{line}\n")
    with pytest.raises(BuildError, match="names an address or a file") as caught:
        lock(clone.root)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("line", ["tool ==", "a tool", "tool==${VERSION}", "tool \\\n  ==1"])
@pytest.mark.usefixtures("index")
def test_what_is_no_requirement_is_refused_before_anything_is_fetched(
    clone: Clone, line: str
) -> None:
    _want(clone, f"{line}\n")
    with pytest.raises(BuildError, match=r"is not a requirement|goes on over a line"):
        lock(clone.root)
    assert not (clone.cache / "wheels").exists()


@pytest.mark.parametrize("wanted", ["absent", "compiled", "source"])
def test_a_package_without_a_wheel_for_the_target_is_named(
    clone: Clone, index: Index, wanted: str
) -> None:
    index.add("compiled", "1.5", tag="cp313-cp313-manylinux2014_x86_64")
    index.add("source", "1").path.rename(index.root / "files/source-1.tar.gz")
    index.wheels.pop()
    page = index.root / "simple/source/index.html"
    page.parent.mkdir(exist_ok=True)
    page.write_text('<a href="../../files/source-1.tar.gz">source-1.tar.gz</a>')
    path = _want(clone, f"{wanted}\n")
    with pytest.raises(BuildError) as caught:
        lock(clone.root)
    assert f"There is no wheel of {wanted} for Python 3.13, pure Python" in str(caught.value)
    assert not path.exists()


def test_requirements_that_contradict_each_other_are_named(clone: Clone, index: Index) -> None:
    index.add("one", "1", requires=("part<2",))
    index.add("two", "1", requires=("part>=2",))
    index.add("part", "1")
    index.add("part", "2")
    path = _want(clone, "one\ntwo\n")
    with pytest.raises(BuildError, match=r"contradict each other \(part<2 and part>=2\)"):
        lock(clone.root)
    assert not path.exists()


def test_a_lock_that_lacks_a_dependency_is_not_built(clone: Clone, index: Index) -> None:
    tool = index.add("tool", "1", requires=("part>=2; python_version >= '3.13'",))
    old = index.add("part", "1")
    clone.add("greeter", tool)
    with pytest.raises(BuildError, match="tool needs part, which is not locked: run make lock"):
        clone.build()
    clone.lock("greeter", tool, old)
    clone.keep(old)
    with pytest.raises(BuildError, match="tool needs part>=2 and 1 is locked"):
        clone.build()


def test_a_package_that_nothing_needs_is_not_smuggled_in(clone: Clone, index: Index) -> None:
    tool, guest = index.add("tool", "1"), index.add("guest", "1")
    clone.add("greeter", tool)
    clone.lock("greeter", tool, guest)
    clone.keep(guest)
    with pytest.raises(BuildError, match="guest is locked and nothing needs it: run make lock"):
        clone.build()


def test_a_dependency_that_one_instruction_set_alone_needs_is_missed(
    clone: Clone, index: Index
) -> None:
    tool = index.add("tool", "1", requires=("part; platform_machine == 'x86_64'",))
    clone.add("greeter", tool)
    with pytest.raises(BuildError, match="tool needs part, which is not locked"):
        clone.build()


def test_extras_count_only_where_they_are_asked_for(clone: Clone, index: Index) -> None:
    tool = index.add(
        "tool", "1", requires=("part; extra == 'fast'",), metadata=("Provides-Extra: fast",)
    )
    clone.add("greeter", tool)
    clone.build()
    clone.write("greeter/requirements.in", "tool[fast]\n")
    clone.lock("greeter", tool)
    with pytest.raises(BuildError, match="tool needs part, which is not locked"):
        clone.build()


def test_a_check_is_quick_to_start() -> None:
    # What resolves and fetches is imported only by what resolves and fetches.
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, lambda_build; print(*sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": ""},
    ).stdout.split()
    assert not {"packaging", "subprocess", "zipfile"} & set(loaded)
