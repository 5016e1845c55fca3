"""A pipeline's token for AWS where it comes as text and not as a file, as GitLab gives it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

TOKEN = "AWS_WEB_IDENTITY_TOKEN"  # noqa: S105 (the variable's name)
FILE = "AWS_WEB_IDENTITY_TOKEN_FILE"


def with_token_file(settings: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The settings with the token in a file, where boto3 and Terraform look for it.

    Args:
        settings: environment variables; the token's own leaves them.
        folder: where the file goes, readable by its owner alone.
    """
    told = {name: value for name, value in settings.items() if name != TOKEN}
    token = settings.get(TOKEN)
    if not token or FILE in told:
        return told
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "web-identity-token"
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(token)
    return {**told, FILE: str(file)}
