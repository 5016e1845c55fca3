"""The bill of materials beside each zip: which zip it is of, and when an earlier one still holds.

What it says depends on the zip and its lock alone: it has no time, and its serial number comes
from the zip's digest. The bill itself is :mod:`lambda_build.cyclonedx_bom`'s, which is slow to
import; a build with an unchanged lock does without.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Final
from uuid import NAMESPACE_URL, uuid5

SUFFIX: Final = ".cdx.json"
"""How the files end (https://cyclonedx.org/specification/overview/#recognized-file-patterns)."""


def bind(bill: str, zip_sha256: str) -> bytes:
    """Return a bill as it is written: for the zip with this digest (hex)."""
    document = json.loads(bill)
    document["metadata"].pop("timestamp", None)
    document["metadata"]["component"]["hashes"] = [{"alg": "SHA-256", "content": zip_sha256}]
    document["serialNumber"] = f"urn:uuid:{uuid5(NAMESPACE_URL, f'sha256:{zip_sha256}')}"
    return json.dumps(document, indent=2, sort_keys=True).encode() + b"\n"


def read(path: Path, sha256: str) -> str | None:
    """Return the bill at ``path`` if it is there and has this digest (hex)."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    return content.decode() if hashlib.sha256(content).hexdigest() == sha256 else None
