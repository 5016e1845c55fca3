"""Which instance, and who asks it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from connect_voice.errors import UsageError

# A host name, or the laptop's stand-in with its port.
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?", re.IGNORECASE)

INSTANCE = "SERVICENOW_INSTANCE"
"""Environment variable with the instance's host."""

CA_BUNDLE = "SERVICENOW_CA_BUNDLE"
"""Environment variable with a PEM file of further authorities to trust."""

CHECK = "SERVICENOW_CHECK"
"""What the environment variables of the reading user begin with."""

APPLY = "SERVICENOW_APPLY"
"""What the environment variables of the writing user begin with; another user on purpose."""


@dataclass(frozen=True)
class Credentials:
    """An OAuth client (client-credentials grant), or a bearer token somebody else got.

    Args:
        source: the environment variables they are from, for messages.
    """

    source: str
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    token: str = field(default="", repr=False)


@dataclass(frozen=True)
class Instance:
    """An instance to talk to.

    Args:
        host: ``name`` or ``name:port``; always over TLS.
        ca_bundle: a PEM file to trust instead of the system's authorities.
    """

    host: str
    ca_bundle: Path | None = None

    @property
    def url(self) -> str:
        """The root of its interfaces."""
        return f"https://{self.host}"


def parse_host(text: str) -> str:
    """The host in what people paste: a host, or the instance's address.

    Raises:
        UsageError: it is neither.
    """
    host = text.strip().removeprefix("https://").removesuffix("/")
    if not _HOST.fullmatch(host):
        raise UsageError(
            f"{text!r} is not the host of a ServiceNow instance; say it as "
            "dev12345.service-now.com (always over https)."
        )
    return host.lower()


def parse_ca_bundle(path: Path | None) -> Path | None:
    """The file, if it is there.

    Raises:
        UsageError: it is not.
    """
    if path is not None and not path.is_file():
        raise UsageError(f"The CA bundle {path} is missing; name a PEM file.")
    return path


def credentials(env: Mapping[str, str], prefix: str) -> Credentials:
    """The credentials in the environment, a token before a client.

    Args:
        env: environment variables.
        prefix: `CHECK` or `APPLY`.

    Raises:
        UsageError: there are none.
    """
    names = (f"{prefix}_CLIENT_ID", f"{prefix}_CLIENT_SECRET")
    token = env.get(f"{prefix}_TOKEN", "").strip()
    if token:
        return Credentials(f"{prefix}_TOKEN", token=token)
    client_id, client_secret = (env.get(name, "").strip() for name in names)
    if client_id and client_secret:
        return Credentials(" and ".join(names), client_id=client_id, client_secret=client_secret)
    raise UsageError(
        f"Set {names[0]} and {names[1]} (an OAuth client of the integration user), or "
        f"{prefix}_TOKEN (a bearer token)."
    )
