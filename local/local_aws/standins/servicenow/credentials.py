"""The OAuth client's credentials, made for one run and left where only the owner can read them."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from local_aws.standins.servicenow.oauth import Client

FILE_NAME = "secrets.json"
"""The file's name in the state directory."""


def generate(client_id: str | None = None, client_secret: str | None = None) -> Client:
    """A client; what is not given is random. ServiceNow's client ids are 32 hex digits."""
    return Client(client_id or secrets.token_hex(16), client_secret or secrets.token_urlsafe(32))


def write(client: Client, directory: Path) -> Path:
    """Write the credentials (mode 0600), replacing what an earlier run has left.

    Args:
        client: the credentials.
        directory: an existing directory.
    """
    path = directory / FILE_NAME
    draft = directory / f".{FILE_NAME}.{secrets.token_hex(4)}"
    content = {
        "servicenow_client_id": client.client_id,
        "servicenow_client_secret": client.client_secret,
    }
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file)
    draft.replace(path)
    return path
