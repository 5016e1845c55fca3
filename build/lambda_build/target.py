"""What the Lambdas run on: the Python version, the wheels it takes, what its runtime brings.

Nothing here is taken from the Python that runs the tooling, so that a build on 3.11 and one on
3.14 give the same locks, the same verdicts and the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PYTHON: Final = "3.13"
"""Minor version of the Lambda runtime (python3.13)."""

ARCHITECTURES: Final = ("arm64", "x86_64")
"""Pure Python zips run on both of Lambda's instruction sets."""

BYTECODE: Final = "none"
"""The zips hold sources alone."""

DESCRIPTION: Final = f"Python {PYTHON}, pure Python wheels (py3-none-any)"
"""The target in words, for messages and lock files."""

PIP_ARGUMENTS: Final = (
    "--only-binary=:all:",
    "--platform=any",
    "--implementation=py",
    "--abi=none",
    f"--python-version={PYTHON}",
)
"""What makes pip see only wheels that run on the target, whatever machine it runs on."""

# Runtime names the machine type after uname, not after Lambda's own architecture names.
MACHINES: Final = ("aarch64", "x86_64")


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
