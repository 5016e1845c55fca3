"""Archives whose bytes depend on their contents alone."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lambda_build import BuildError, archive

FILES = st.dictionaries(
    st.text(st.characters(codec="utf-8", exclude_characters="\0/\\"), min_size=1, max_size=12),
    st.binary(max_size=200) | st.integers(1, 5000).map(lambda n: b"a b " * n),
    max_size=8,
)


def _pack(files: dict[str, bytes]) -> bytes:
    return archive.pack(archive.compress(name, content) for name, content in files.items())


@given(FILES)
def test_any_zip_tool_reads_what_was_packed(files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(io.BytesIO(_pack(files))) as opened:
        assert opened.testzip() is None
        assert {name: opened.read(name) for name in opened.namelist()} == files


@given(FILES)
def test_members_give_back_what_was_packed(files: dict[str, bytes]) -> None:
    assert {item.name: item.content() for item in archive.members(_pack(files))} == files


@given(FILES)
def test_the_order_of_files_does_not_show(files: dict[str, bytes]) -> None:
    assert _pack(dict(reversed(files.items()))) == _pack(files)


def test_members_carry_no_trace_of_the_machine() -> None:
    with zipfile.ZipFile(io.BytesIO(_pack({"b/x.py": b"x" * 99, "a.py": b""}))) as opened:
        infos = opened.infolist()
    assert [info.filename for info in infos] == ["a.py", "b/x.py"]
    assert {info.date_time for info in infos} == {(1980, 1, 1, 0, 0, 0)}
    assert {info.external_attr >> 16 for info in infos} == {0o100644}
    assert {info.extra for info in infos} == {b""}


def test_a_file_that_does_not_compress_is_stored() -> None:
    assert archive.compress("a", b"x").method == zipfile.ZIP_STORED
    assert archive.compress("a", b"x" * 100).method == zipfile.ZIP_DEFLATED


@example(230334)  # the zip version that is needed to read a member
@given(st.integers(min_value=0))
def test_damage_is_found_or_harmless(position: int) -> None:
    content = bytes(range(256)) * 3
    packed = bytearray(_pack({"a.py": content}))
    packed[position % len(packed)] ^= 0xFF
    try:
        read = [(item.name, item.content()) for item in archive.members(bytes(packed))]
    except BuildError:
        return
    # What is left is a date, a mode or a name: never another content.
    assert [content for _, content in read] in ([content], [])


def test_what_is_no_zip_is_refused() -> None:
    with pytest.raises(BuildError, match="not a readable zip"):
        list(archive.members(b"hello"))
