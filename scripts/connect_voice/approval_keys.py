"""Keys that sign approvals: which kinds count, and how a private one is read and made."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
    load_ssh_private_key,
)

from connect_voice.errors import UsageError

PrivateKey = Ed25519PrivateKey | EllipticCurvePrivateKey | RSAPrivateKey
PublicKey = Ed25519PublicKey | EllipticCurvePublicKey | RSAPublicKey

# Where a pipeline puts a key and its pass phrase: a command line can be read by everybody on a
# machine, and so can a file that somebody forgets to remove.
KEY_VARIABLE = "CONNECT_VOICE_APPROVAL_KEY"
PASSPHRASE_VARIABLE = "CONNECT_VOICE_APPROVAL_PASSPHRASE"  # noqa: S105 (a name)

_KINDS = "Ed25519, P-256, or RSA of 2048 bits and more"
_RSA_BITS = 2048
_RSA_EXPONENT = 65537  # NIST SP 800-56B; with 1 anybody could sign
_LONGEST = 64 * 1024  # bytes of a key file


class WeakKey(ValueError):  # noqa: N818 (reads as what it is)
    """A key of a kind that does not count; the message goes on from "its key"."""


def algorithm_of(key: object) -> str:
    """The one JWS algorithm that a public key is used with (RFC 7518, RFC 8037).

    Raises:
        WeakKey: it is of another kind, or too weak.
    """
    if isinstance(key, Ed25519PublicKey):
        return "EdDSA"
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        return "ES256"
    if isinstance(key, RSAPublicKey):
        if key.key_size < _RSA_BITS:
            raise WeakKey(f"is RSA of {key.key_size} bits; make one that is {_KINDS}")
        if key.public_numbers().e < _RSA_EXPONENT:
            raise WeakKey(f"is RSA with the exponent {key.public_numbers().e}; make one anew")
        return "RS256"
    raise WeakKey(f"is not {_KINDS}")


def read_public(pem: str) -> PublicKey:
    """A public key from its PEM.

    Raises:
        WeakKey: it is none, of another kind, or too weak.
    """
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise WeakKey("cannot be read") from None
    algorithm_of(key)
    return key  # type: ignore[return-value] # algorithm_of lets nothing else pass


def same_key(one: PublicKey, other: PublicKey) -> bool:
    """Whether two public keys are the same."""
    return _der(one) == _der(other)


def public_pem(key: PublicKey) -> str:
    """A public key as env.toml has it."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def read_private(path: Path, ask: Callable[[], str | None]) -> PrivateKey:
    """A private key from a file that nobody else can read.

    Args:
        path: PEM, or a key of ``ssh-keygen``; a pipe (``/dev/stdin``, ``<(…)``) will do.
        ask: asked for the pass phrase where the key has one; None where nobody can be asked.

    Raises:
        UsageError: others can read it, it cannot be read, or it is of a kind that does not count.
    """
    try:
        with path.open("rb") as stream:
            told = os.fstat(stream.fileno())
            if stat.S_ISREG(told.st_mode) and told.st_mode & 0o077:
                raise UsageError(
                    f"Others can read the key {path}; run `chmod 600 {path}`, and make a new key "
                    "if somebody may have."
                )
            data = stream.read(_LONGEST + 1)
    except OSError as error:
        raise UsageError(f"The key {path} cannot be read: {error.strerror}.") from None
    return parse_private(data, ask, f"The key {path}")


def parse_private(data: bytes, ask: Callable[[], str | None], shown: str) -> PrivateKey:
    """A private key from its text.

    Args:
        shown: what errors call it.

    Raises:
        UsageError: as of :func:`read_private`.
    """
    if len(data) > _LONGEST:
        raise UsageError(f"{shown} is no private key: it is too long.")
    is_ssh = b"BEGIN OPENSSH" in data
    load = load_ssh_private_key if is_ssh else load_pem_private_key
    try:
        try:
            key = load(data, None)
        except TypeError:  # it is encrypted
            phrase = ask()
            if phrase is None:
                raise UsageError(
                    f"{shown} has a pass phrase; answer at a terminal, or put it into "
                    f"{PASSPHRASE_VARIABLE}."
                ) from None
            key = load(data, phrase.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        if is_ssh and isinstance(error, UnsupportedAlgorithm):  # it would take bcrypt
            raise UsageError(
                f"{shown} is of ssh-keygen with a pass phrase, which is not read here; make one "
                "with `connect-voice approve --new-key FILE`."
            ) from None
        raise UsageError(
            f"{shown} cannot be read: it is no private key in PEM, or the pass phrase is wrong."
        ) from None
    if not isinstance(key, PrivateKey):
        raise UsageError(f"{shown} is not {_KINDS}.")
    try:
        algorithm_of(key.public_key())
    except WeakKey as weak:
        raise UsageError(f"{shown} {weak}.") from None
    return key


def make_private(path: Path, passphrase: str | None = None) -> PublicKey:
    """Write a new Ed25519 key that only its owner can read; an existing file is never replaced.

    Returns:
        its public half.

    Raises:
        UsageError: the file exists, or its folder does not.
    """
    key = Ed25519PrivateKey.generate()
    encryption = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    data = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UsageError(f"{path} exists; name a file that does not.") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from None
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
    return key.public_key()


def _der(key: PublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
