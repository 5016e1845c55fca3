"""Pure Python for every processor; compiled code for the one that was asked for, or not at all."""

from __future__ import annotations

import struct

import pytest
from build_fixtures import Clone, Index

from lambda_build import BuildError, lock, lockfile, target

ARM64 = "cp313-cp313-manylinux_2_28_aarch64"
X86_64 = "cp313-cp313-manylinux_2_28_x86_64"


def _elf(machine: int, *, bits: int = 2, order: int = 1) -> bytes:
    """The first bytes of a shared library for a machine (its number in ELF)."""
    ident = b"\x7fELF" + bytes([bits, order, 1]) + bytes(9)
    return ident + struct.pack("<HHI", 3, machine, 1) + bytes(40)


AARCH64_CODE, X86_64_CODE = _elf(183), _elf(62)


def _refused(clone: Clone) -> str:
    with pytest.raises(BuildError) as caught:
        clone.build()
    assert not clone.dist.exists()
    return str(caught.value)


# what a zip may hold


@pytest.mark.parametrize("path", ["fast/c.cpython-313-aarch64-linux-gnu.so", "fast/data.bin"])
@pytest.mark.parametrize("code", [AARCH64_CODE, X86_64_CODE, b"\xcf\xfa\xed\xfe" + bytes(40)])
def test_a_pure_zip_holds_no_compiled_code_whatever_it_is_called(
    clone: Clone, index: Index, path: str, code: bytes
) -> None:
    clone.add("greeter", index.add("fast", "1", {"fast/__init__.py": "", path: code}))
    assert f"fast 1 holds compiled code ({path})" in _refused(clone)


def test_compiled_code_among_ones_own_files_is_refused(clone: Clone) -> None:
    clone.add("greeter")
    (clone.root / "lambda_src/greeter/fast.so").write_bytes(X86_64_CODE)
    assert "greeter holds compiled code (greeter/fast.so)" in _refused(clone)


def test_an_arm64_zip_holds_arm64_code_and_the_manifest_says_so(clone: Clone, index: Index) -> None:
    files = {"fast/__init__.py": "", "fast/c.so": AARCH64_CODE}
    wheel = index.add("fast", "1", files, tag=ARM64)
    clone.add("greeter", wheel, architecture="arm64", cached=False)
    artifact = clone.build().lambdas["greeter"]
    assert artifact.architectures == ("arm64",)


def test_an_arm64_zip_that_turns_out_pure_runs_everywhere(clone: Clone, index: Index) -> None:
    clone.add("greeter", index.add("slow", "1"), architecture="arm64", cached=False)
    assert clone.build().lambdas["greeter"].architectures == ("arm64", "x86_64")


@pytest.mark.parametrize(
    ("code", "what"),
    [
        (X86_64_CODE, "x86_64 code"),
        (_elf(40, bits=1), "no code"),
        (_elf(183, order=2), "no code"),
        (b"\xcf\xfa\xed\xfe" + bytes(40), "no code"),
        (b"not compiled at all", "no code"),
    ],
)
def test_code_for_another_machine_is_refused_in_a_wheel_that_calls_itself_arm64(
    clone: Clone, index: Index, code: bytes, what: str
) -> None:
    wheel = index.add("fast", "1", {"fast/__init__.py": "", "fast/c.so": code}, tag=ARM64)
    clone.add("greeter", wheel, architecture="arm64", cached=False)
    assert f"fast 1 holds fast/c.so, which is {what} for Linux, and arm64 is" in _refused(clone)


# which wheels are taken


@pytest.mark.parametrize(
    ("says", "architecture"),
    [
        (ARM64, ""),
        (X86_64, ""),
        (X86_64, "arm64"),
        ("py2-none-any", ""),
        ("py314-none-any", ""),
        ("cp312-cp312-manylinux_2_28_aarch64", "arm64"),
        ("cp313-cp313-musllinux_1_2_aarch64", "arm64"),
        ("cp313-cp313-manylinux_2_35_aarch64", "arm64"),
        ("cp313-cp313-macosx_11_0_arm64", "arm64"),
    ],
)
def test_a_cached_wheel_of_another_target_is_refused(
    clone: Clone, index: Index, says: str, architecture: str
) -> None:
    # pip looks at names; a wheel that is in the cache already, pip never sees.
    clone.add("greeter", index.add("fast", "1", says=says), architecture=architecture)
    assert f"The wheel of fast 1 is for {says}, and Python 3.13" in _refused(clone)


@pytest.mark.parametrize("tag", ["py3-none-any", "py2.py3-none-any", "py313-none-any"])
def test_pure_wheels_are_taken_however_they_say_it(clone: Clone, index: Index, tag: str) -> None:
    says = tag.replace("py2.py3-none-any", "py2-none-any\nTag: py3-none-any")
    clone.add("greeter", index.add("slow", "1", tag=tag, says=says), cached=False)
    clone.build()


@pytest.mark.parametrize(
    ("tag", "arm64"),
    [
        ("py3-none-any", True),
        ("cp313-cp313-manylinux_2_34_aarch64", True),
        ("cp313-cp313-manylinux2014_aarch64", True),
        ("cp38-abi3-manylinux_2_17_aarch64", True),
        ("py3-none-manylinux2014_aarch64", True),
        ("cp314-abi3-manylinux_2_17_aarch64", False),
        ("cp313-cp313t-manylinux_2_17_aarch64", False),
        ("cp313-cp313-linux_aarch64", False),
        ("cp313-cp313-any", False),
    ],
)
def test_tags_are_read_as_packaging_reads_them(tag: str, *, arm64: bool) -> None:
    assert target.ARM64.accepts(tag) is arm64


def test_a_package_for_another_python_is_refused(clone: Clone, index: Index) -> None:
    wheel = index.add("tool", "1", metadata=("Requires-Python: >=3.14",))
    clone.add("greeter", wheel)
    assert "tool 1 is for Python >=3.14 and the Lambdas run on 3.13" in _refused(clone)


# what is locked


def test_a_lock_for_arm64_takes_compiled_wheels_where_there_is_no_pure_one(
    clone: Clone, index: Index
) -> None:
    pure = index.add("both", "1")
    index.add("both", "1", tag=ARM64)
    index.add("both", "2", tag=ARM64)  # newer, and compiled only
    index.add("fast", "1", tag=X86_64)
    index.add("fast", "1", tag="cp312-cp312-manylinux_2_28_aarch64")
    code = {"fast/__init__.py": "", "fast/c.abi3.so": AARCH64_CODE}
    fast = index.add("fast", "1", code, tag="cp38-abi3-manylinux_2_17_aarch64")
    clone.add("greeter", pure, fast, architecture="arm64", cached=False)
    path = clone.root / "lambda_src/greeter/requirements.txt"
    path.unlink()
    lock(clone.root)
    assert lockfile.pins(path) == (
        lockfile.Pin("both", "1", (pure.sha256,)),
        lockfile.Pin("fast", "1", (fast.sha256,)),
    )
    assert clone.build().lambdas["greeter"].architectures == ("arm64",)


def test_a_lock_for_every_processor_is_not_misled_by_a_cached_compiled_wheel(
    clone: Clone, index: Index
) -> None:
    compiled = index.add("both", "1", tag=ARM64)
    pure = index.add("both", "1")
    clone.add("greeter", pure, cached=False)
    clone.keep(compiled)
    path = clone.root / "lambda_src/greeter/requirements.txt"
    path.unlink()
    lock(clone.root)
    assert lockfile.pins(path) == (lockfile.Pin("both", "1", (pure.sha256,)),)


def test_no_wheel_for_arm64_is_one_sentence(clone: Clone, index: Index) -> None:
    wheel = index.add("fast", "1", tag=X86_64)
    clone.add("greeter", wheel, architecture="arm64", cached=False)
    (clone.root / "lambda_src/greeter/requirements.txt").unlink()
    with pytest.raises(BuildError, match=r"There is no wheel of fast for Python 3\.13 on arm64"):
        lock(clone.root)


def test_asking_for_another_target_makes_the_lock_stale(clone: Clone, index: Index) -> None:
    clone.add("greeter", index.add("slow", "1"))
    clone.write("greeter/requirements.in", "# architecture: arm64\nslow\n")
    assert "greeter/requirements.txt is missing or older" in _refused(clone)


@pytest.mark.parametrize("name", ["x86_64", "riscv", ""])
def test_an_architecture_that_nothing_deploys_to_is_refused(clone: Clone, name: str) -> None:
    clone.add("greeter")
    clone.write("greeter/requirements.in", f"# architecture: {name}\n")
    assert f"names the architecture '{name}', and the functions run on any or arm64" in _refused(
        clone
    )
