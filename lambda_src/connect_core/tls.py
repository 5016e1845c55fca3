"""Whom we trust to be who they say they are."""

import importlib.util
import os
import ssl


class CaBundleError(ValueError):
    """The CA bundle is not PEM text of certificates; the message is one sentence."""


def client_context(ca_bundle_pem: str = "") -> ssl.SSLContext:
    """A TLS context that verifies certificate and host name, always.

    The public roots are certifi's, from the zip, and never the machine's: variables like
    SSL_CERT_FILE or REQUESTS_CA_BUNDLE change nothing. A CA bundle is trusted *in addition*: behind
    an inspecting proxy some hosts show the company's certificate and some their own, and the two
    vendor hosts need not be on the same side. It stays in memory, so there is no file to protect.

    Args:
        ca_bundle_pem: Certificates of further CAs as PEM text, or "".

    Raises:
        CaBundleError: The text holds no certificate.
    """
    context = ssl.create_default_context(cafile=_public_roots())
    if ca_bundle_pem.strip():
        try:
            context.load_verify_locations(cadata=ca_bundle_pem)
        except (ssl.SSLError, ValueError):
            raise CaBundleError(
                "CA_BUNDLE_PEM must hold certificates as PEM text, with their BEGIN and END lines."
            ) from None
    return context


def _public_roots() -> str:
    """Where certifi's certificates are; importing it loads ten modules to say the same.

    The import stays for a finder that knows no places, and for the build, which sees by it that a
    function's requirements must name certifi.
    """
    found = importlib.util.find_spec("certifi")
    if found is None or found.origin is None:
        import certifi  # noqa: PLC0415 - see above

        return certifi.where()
    return os.path.join(os.path.dirname(found.origin), "cacert.pem")  # noqa: PTH118, PTH120 - nor is pathlib needed
