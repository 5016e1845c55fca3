"""Zip archives with bytes that depend on their contents alone.

Members are sorted, dated 1980-01-01 (the first date a zip can hold), carry one fixed mode and no
extra fields. They are compressed by libdeflate, because deflate streams differ between libraries
and zlib's differ between the builds of one Python version.
"""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import deflate

from lambda_build.errors import BuildError

LEVEL: Final = 9
COMPRESSOR: Final = f"libdeflate {LEVEL} (deflate {deflate.__version__})"
"""Names what turned contents into bytes."""

_STORED: Final = 0
_DEFLATED: Final = 8
_VERSION: Final = 20  # 2.0, the version that knows deflate
_UNIX: Final = 3
_REGULAR_FILE_0644: Final = 0o100644 << 16
_FIRST_OF_JANUARY_1980: Final = 0x0021
_UTF8_NAME: Final = 0x0800
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
_END: Final = struct.Struct("<4s4H2LH")
_MOST_MEMBERS: Final = 0xFFFF  # more would need zip64


@dataclass(frozen=True)
class Member:
    """A file as it lies in an archive: ``data`` is compressed by ``method`` (a zip method id)."""

    name: str
    data: bytes
    size: int
    crc: int
    method: int

    def content(self) -> bytes:
        """Return the file itself, checked against its length and checksum.

        Raises:
            BuildError: the data does not give what the archive says it holds.
        """
        try:
            content = (
                self.data
                if self.method == _STORED
                else bytes(deflate.deflate_decompress(self.data, self.size))
            )
        except deflate.DeflateError as error:
            raise BuildError(f"{self.name} cannot be decompressed: {error}.") from error
        if len(content) != self.size or deflate.crc32(content) != self.crc:
            raise BuildError(f"{self.name} is damaged: its checksum does not match.")
        return content


def compress(name: str, content: bytes) -> Member:
    """Return ``content`` as a member called ``name``, stored as it is where that is smaller."""
    crc = deflate.crc32(content)
    compressed = bytes(deflate.deflate_compress(content, LEVEL))
    if len(compressed) < len(content):
        return Member(name, compressed, len(content), crc, _DEFLATED)
    return Member(name, content, len(content), crc, _STORED)


def pack(members: Iterable[Member]) -> bytes:
    """Return the archive of ``members``, in the order of their names.

    Raises:
        BuildError: there are more members than a plain zip can hold.
    """
    ordered = sorted(members, key=lambda member: member.name.encode())
    if len(ordered) > _MOST_MEMBERS:
        raise BuildError(
            f"The archive would hold {len(ordered)} files and a zip holds {_MOST_MEMBERS} at most: "
            "leave out a dependency."
        )
    body: list[bytes] = []
    directory: list[bytes] = []
    offset = 0
    for member in ordered:
        name = member.name.encode()
        flags = 0 if member.name.isascii() else _UTF8_NAME
        common = (
            _VERSION,
            flags,
            member.method,
            0,  # midnight
            _FIRST_OF_JANUARY_1980,
            member.crc,
            len(member.data),
            member.size,
            len(name),
            0,  # no extra field
        )
        made_by = _UNIX << 8 | _VERSION
        # then: no comment, first disk, no internal attributes
        rest = (0, 0, 0, _REGULAR_FILE_0644, offset)
        directory += (_CENTRAL.pack(b"PK\x01\x02", made_by, *common, *rest), name)
        body += (_LOCAL.pack(b"PK\x03\x04", *common), name, member.data)
        offset += _LOCAL.size + len(name) + len(member.data)
    count = len(ordered)
    size = sum(map(len, directory))
    end = _END.pack(b"PK\x05\x06", 0, 0, count, count, size, offset, 0)
    return b"".join((*body, *directory, end))


def members(archive: bytes) -> Iterator[Member]:
    """Yield the files of any zip (a wheel, or what :func:`pack` made), still compressed.

    Raises:
        BuildError: it is not a zip, or one that needs more than deflate.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            infos = opened.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise BuildError(f"This is not a readable zip archive: {error}.") from error
    for info in infos:
        if info.is_dir():
            continue
        if info.compress_type not in {_STORED, _DEFLATED} or info.flag_bits & 0x1:
            raise BuildError(f"{info.filename} is compressed or encrypted in a way wheels are not.")
        # The local header repeats the name and has an extra field of its own length.
        try:
            name_length, extra_length = struct.unpack_from("<HH", archive, info.header_offset + 26)
        except struct.error as error:
            raise BuildError(f"{info.filename} lies outside its archive.") from error
        start = info.header_offset + _LOCAL.size + name_length + extra_length
        yield Member(
            name=info.filename,
            data=archive[start : start + info.compress_size],
            size=info.file_size,
            crc=info.CRC,
            method=info.compress_type,
        )
