"""pip download that takes locked files by their digests; a child process (``python -m``).

A lock from this repository names one file a package. pip would look through every file of every
release for it; here the index's page is only searched for the digest, which it should give
(https://packaging.python.org/en/latest/specifications/simple-repository-api/). The session is
pip's own, with its certificates, proxies and credentials. Whatever is not found in this way is left
to pip itself, which says in its own words what is wrong.

What is brought is hashed here, and again by who asked for it.
"""

from __future__ import annotations

import hashlib
import html
import re
import sys
from http import HTTPStatus
from optparse import Values
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urljoin, urlsplit

from pip._internal.commands.download import DownloadCommand
from pip._internal.models.link import Link
from pip._internal.network.session import PipSession
from pip._vendor.requests import RequestException, Response

from lambda_build import lockfile
from lambda_build.lockfile import Pin, canonical

_ACCEPT: Final = "text/html, */*;q=0.1"  # a page, or the file itself


class DownloadByDigest(DownloadCommand):
    """pip's download command, with a shorter way to what has one hash."""

    def run(self, options: Values, args: list[str]) -> int:
        """Download what the requirements file pins."""
        listing = Path(options.requirements[0])
        left = []
        indexes = [] if options.no_index else [options.index_url, *options.extra_index_urls]
        session = self.get_default_session(options)
        for pin in lockfile.pins(listing):
            # Which of several hashes fits the target is for pip to say.
            wheel = _wheel(session, indexes, pin) if len(pin.hashes) == 1 else None
            if wheel is None:
                left.append(pin)
            else:
                name, content = wheel
                (Path(options.download_dir) / name).write_bytes(content)
        if not left:
            return 0
        listing.write_text("".join(f"{pin.line}\n" for pin in left), encoding="utf-8")
        return super().run(options, args)


def _wheel(session: PipSession, indexes: list[str], pin: Pin) -> tuple[str, bytes] | None:
    """Return the name and the bytes of the file that a pin's only hash names, if it is found."""
    (digest,) = pin.hashes
    listed = re.compile(rb"""href=["']([^"'#]+)#sha256=%b(?![0-9a-f])""" % digest.encode())
    for index in indexes:
        page = _get(session, f"{index.rstrip('/')}/{canonical(pin.name)}/")
        match = listed.search(page.content) if page else None
        if page is None or match is None:
            continue
        url = urljoin(page.url, html.unescape(match[1].decode()))
        name = unquote(urlsplit(url).path).rpartition("/")[2]
        file = _get(session, url) if name.endswith(".whl") else None
        if file is not None and hashlib.sha256(file.content).hexdigest() == digest:
            return name, file.content
    return None


def _get(session: PipSession, url: str) -> Response | None:
    """Return an answer, if there is one, from where pip would ask too."""
    if not url.startswith(("https:", "http:")) or not session.is_secure_origin(Link(url)):
        return None
    try:
        answer = session.get(url, headers={"Accept": _ACCEPT})
    except RequestException:
        return None
    return answer if answer.status_code == HTTPStatus.OK else None


if __name__ == "__main__":
    sys.exit(DownloadByDigest("download", "").main(sys.argv[1:]))
