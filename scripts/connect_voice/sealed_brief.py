"""The brief in a bundle, once it is found to be what was sealed."""

from __future__ import annotations

import hashlib
from pathlib import Path

from connect_voice.brief.document import Code
from connect_voice.brief.markdown import inline
from connect_voice.bundle.sealed import Bundle
from connect_voice.comment import Post
from connect_voice.errors import CheckFailed

_MARKDOWN = "brief.md"
_PAGE = "brief.html"


def sealed_markdown(bundle: Bundle) -> str:
    """The brief as Markdown.

    Raises:
        CheckFailed: it is missing, or not what was sealed.
    """
    return _sealed(bundle, _MARKDOWN).decode("utf-8", "replace")


def sealed_page(bundle: Bundle) -> Path:
    """Where the page is.

    Raises:
        CheckFailed: it is missing, or not what was sealed.
    """
    _sealed(bundle, _PAGE)
    return bundle.folder / _PAGE


def sealed_post(bundle: Bundle) -> Post:
    """The brief as a comment that also names the bundle.

    Raises:
        CheckFailed: the brief is missing, or not what was sealed.
    """
    manifest = bundle.manifest
    foot = inline(
        ("Bundle ", Code(bundle.folder.resolve().name[:100]), ", digest ", Code(manifest.digest))
    )
    return Post("brief", manifest.environment, manifest.made_at, sealed_markdown(bundle), foot)


def _sealed(bundle: Bundle, name: str) -> bytes:
    file = bundle.folder / name
    try:
        content = file.read_bytes()
    except OSError as error:
        raise CheckFailed(f"{file} cannot be read ({error.strerror}); plan again.") from None
    if hashlib.sha256(content).hexdigest() != bundle.manifest.files.get(name):
        raise CheckFailed(f"{file} is not what was sealed; plan again and read that.")
    return content
