"""A certificate authority for the stand-ins of one run.

Callers verify certificates exactly as they do in production: they are handed this authority's
certificate, and nothing else is trusted. The authority's private key stays in memory and is dropped
once the stand-in has its certificate, so nothing else can ever be issued under it.
"""

from __future__ import annotations

import functools
import ssl
import tempfile
from pathlib import Path

import trustme

HOST = "localhost"
"""The name stand-ins are reached by."""

# ::1 too, because "localhost" resolves to it first on some machines.
_IDENTITIES = (HOST, "127.0.0.1", "::1")


def serve_tls(ca_bundle: Path) -> ssl.SSLContext:
    """A server context with a fresh certificate for ``localhost``.

    Args:
        ca_bundle: where the issuing authority's certificate is written (PEM). It has elliptic-curve
            keys to stay small, because it travels in a Lambda function's environment, which AWS
            limits to 4 KB for all variables together.
    """
    authority = _authority()
    context = _context(authority, ca_bundle.parent)
    ca_bundle.write_bytes(authority.cert_pem.bytes())
    return context


@functools.cache
def strange_tls() -> ssl.SSLContext:
    """A server context with a certificate for ``localhost`` that no client has reason to trust."""
    return _context(_authority(), Path(tempfile.gettempdir()))


def _authority() -> trustme.CA:
    return trustme.CA(organization_name="connect-voice, this machine only", path_length=0)


def _context(authority: trustme.CA, folder: Path) -> ssl.SSLContext:
    certificate = authority.issue_cert(*_IDENTITIES, common_name=HOST)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # OpenSSL reads keys from files only; this one (the server's, not the authority's) is readable
    # by its owner and gone again within this statement.
    with certificate.private_key_and_cert_chain_pem.tempfile(dir=str(folder)) as pem:
        context.load_cert_chain(pem)
    return context
