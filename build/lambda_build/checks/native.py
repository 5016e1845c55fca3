"""Compiled code, found by what it is and not by what it is called."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from typing import Final

from lambda_build.target import Target

# Names and first bytes of what a processor or another system runs.
_NATIVE_NAME: Final = re.compile(r"\.(so(\.[0-9.]+)?|pyd|dll|dylib)$")
_ELF: Final = b"\x7fELF"
_ELF_64_LITTLE: Final = b"\x02\x01"  # EI_CLASS, EI_DATA: both of Lambda's instruction sets
_OTHER_SYSTEMS: Final = (
    b"\xcf\xfa\xed\xfe",  # Mach-O, 64 bits
    b"\xce\xfa\xed\xfe",  # Mach-O, 32 bits
    b"\xca\xfe\xba\xbe",  # Mach-O for several machines
    b"MZ\x90\x00",  # Windows
)
_MACHINE_NAMES: Final = {3: "x86", 40: "arm", 62: "x86_64", 183: "arm64"}


def is_native(path: str, content: bytes) -> bool:
    """Say whether a file is compiled code, or is named as if it were."""
    return bool(_NATIVE_NAME.search(path)) or content.startswith((_ELF, *_OTHER_SYSTEMS))


def fault(contents: Mapping[str, bytes], target: Target) -> str | None:
    """Return what is wrong with the first compiled file that does not run on the target.

    The words continue a sentence that begins with what holds the files.
    """
    for path, content in contents.items():
        if not is_native(path, content):
            continue
        if target.elf_machine is None:
            return (
                f"holds compiled code ({path}), which does not run on both of "
                f"{' and '.join(target.architectures)}: choose a version that is pure Python, or "
                "write “# architecture: arm64” into requirements.in"
            )
        machine = _machine(content)
        if machine != target.elf_machine:
            what = "no" if machine is None else _MACHINE_NAMES.get(machine, "another machine's")
            return (
                f"holds {path}, which is {what} code for Linux, and {target.name} is wanted: "
                "choose a version that has a wheel for it"
            )
    return None


def _machine(content: bytes) -> int | None:
    """Return the e_machine of an ELF file of 64 bits (little end first), or nothing."""
    if not content.startswith(_ELF + _ELF_64_LITTLE) or len(content) < 20:  # noqa: PLR2004
        return None
    (machine,) = struct.unpack_from("<H", content, 18)
    return int(machine)
