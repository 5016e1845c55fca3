"""What the Lambdas run on: the Python version, the wheels it takes, what its runtime brings.

Nothing here is taken from the Python that runs the tooling, so that a build on 3.11 and one on
3.14 give the same locks, the same verdicts and the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

PYTHON: Final = "3.13"
"""Minor version of the Lambda runtime (python3.13)."""

VERSION: Final = (3, 13)
"""The same as numbers."""

_ELF_AARCH64: Final = (
    183  # EM_AARCH64, https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
)

# python3.13 runs on Amazon Linux 2023, which has glibc 2.34
# (https://docs.aws.amazon.com/linux/al2023/ug/compare-with-al2.html); 2.17 is manylinux2014's.
_GLIBC_MINORS: Final = range(34, 16, -1)


@dataclass(frozen=True)
class Target:
    """A kind of zip.

    Attributes:
        name: what a ``requirements.in`` calls it.
        description: the same in words, for messages and lock files.
        architectures: Lambda instruction sets that a zip for it runs on, compiled code included.
        machines: the same as ``uname`` names them.
        elf_machine: what an ELF header must say in it; None where compiled code has no place.
        platforms: wheel platform tags beside ``any``, best first.
    """

    name: str
    description: str
    architectures: tuple[str, ...]
    machines: tuple[str, ...]
    elf_machine: int | None
    platforms: tuple[str, ...]

    @property
    def pip_arguments(self) -> tuple[str, ...]:
        """What makes pip see only wheels that run here, whatever machine it runs on."""
        compiled = bool(self.platforms)
        abis = (f"cp{PYTHON.replace('.', '')}", "abi3", "none") if compiled else ("none",)
        return (
            "--only-binary=:all:",
            *(f"--platform={platform}" for platform in (*self.platforms, "any")),
            f"--implementation={'cp' if compiled else 'py'}",
            *(f"--abi={abi}" for abi in abis),
            f"--python-version={PYTHON}",
        )

    def accepts(self, tag: str) -> bool:
        """Say whether a wheel with this tag (``cp313-abi3-any``, as in WHEEL files) runs here.

        Source: https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/
        """
        python, _, rest = tag.partition("-")
        abi, _, platform = rest.partition("-")
        major, minor = VERSION
        if platform != "any" and platform not in self.platforms:
            return False
        if abi == "none":
            return python in {f"py{major}", f"cp{major}", f"cp{major}{minor}"} | {
                f"py{major}{older}" for older in range(minor + 1)
            }
        if platform == "any":
            return False
        if abi == "abi3":
            return python in {f"cp{major}{older}" for older in range(2, minor + 1)}
        return (python, abi) == (f"cp{major}{minor}",) * 2


PURE: Final = Target(
    name="any",
    description=f"Python {PYTHON}, pure Python wheels (py3-none-any)",
    architectures=("arm64", "x86_64"),
    machines=("aarch64", "x86_64"),
    elf_machine=None,
    platforms=(),
)
"""Pure Python runs on both of Lambda's instruction sets and on the laptop."""

ARM64: Final = Target(
    name="arm64",
    description=f"Python {PYTHON} on arm64, pure Python wheels where there are any",
    architectures=("arm64",),
    machines=("aarch64",),
    elf_machine=_ELF_AARCH64,
    platforms=(
        *(f"manylinux_2_{minor}_aarch64" for minor in _GLIBC_MINORS),
        "manylinux2014_aarch64",
    ),
)
"""For a Lambda that cannot do without compiled code; arm64 is what Terraform deploys to."""

TARGETS: Final[Mapping[str, Target]] = {target.name: target for target in (PURE, ARM64)}


def marker_environment(machine: str) -> Mapping[str, str]:
    """Return the environment markers of the target (PEP 508) on ``machine`` (as uname says it).

    The patch version is the first one of the minor version: a requirement that asks for a later
    one cannot be promised by a runtime that AWS updates by itself.
    """
    return {
        "implementation_name": "cpython",
        "implementation_version": f"{PYTHON}.0",
        "os_name": "posix",
        "platform_machine": machine,
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": f"{PYTHON}.0",
        "python_version": PYTHON,
        "sys_platform": "linux",
    }


RUNTIME_MODULES: Final = frozenset(
    {
        # The SDK and what it is made of.
        "boto3",
        "botocore",
        "dateutil",
        "jmespath",
        "s3transfer",
        "six",
        "urllib3",
        # The runtime interface client and its SnapStart hooks.
        "awslambdaric",
        "snapshot_restore_py",
    }
)
"""Top-level modules of AWS's managed Python runtime beyond the standard library
(https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html)."""
