"""Somebody's signature under a change: a JWT bound to the change, the bundle and the environment.

What decides is always the environment's own list of keys, never what a token says of itself: the
token's algorithm has to be the one of its approver's key. An approval is bound to the *change*, so
that a fresh plan which would do the same keeps it, and to one use, which the ledger sees to.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

import jwt

from connect_voice.approval_keys import (
    PrivateKey,
    PublicKey,
    WeakKey,
    algorithm_of,
    read_private,
    read_public,
    same_key,
)
from connect_voice.bundle.manifest import BundleManifest
from connect_voice.environment import Approver, Environment
from connect_voice.errors import CheckFailed, UsageError

APPROVAL_FILE = "approval.jwt"

# RFC 8725, 3.11: a token of another kind that the same key has signed is none of ours.
_TYPE = "plan-approval+jwt"
_CLAIMS = ("iss", "aud", "sub", "change", "purpose", "iat", "exp", "jti")
_CLOCKS_APART = timedelta(seconds=60)  # the signer's clock may be ahead of ours by this much
_LONGEST = 8192  # characters; ours have about 700
_HASH = re.compile(r"[0-9a-f]{64}")
_ID = re.compile(r"[0-9a-f]{32}")  # becomes part of an object's key
# GitHub's and GitLab's addresses for people who hide theirs: they hold the user name.
_NOREPLY = re.compile(r"(?:\d+[+-])?([^@+]+)@users\.noreply\.[a-z.-]+")


@dataclass(frozen=True)
class Approval:
    """A signature that has been checked.

    Args:
        id: unique; the ledger keeps it from being used twice.
        approver: their name in env.toml.
        digest: of the bundle that was looked at, which may be an older one with the same change.
        issued_at: UTC.
        expires_at: UTC.
    """

    id: str
    approver: str
    environment: str
    change: str
    digest: str
    purpose: str
    issued_at: datetime
    expires_at: datetime

    def to_json(self) -> dict[str, str]:
        """For the ledger and for ``--json``."""
        return {
            "id": self.id,
            "approver": self.approver,
            "environment": self.environment,
            "change": self.change,
            "digest": self.digest,
            "purpose": self.purpose,
            "issued_at": self.issued_at.isoformat(),
            "expires_at": self.expires_at.isoformat(),
        }


def sign(
    manifest: BundleManifest,
    environment: Environment,
    key: Path,
    *,
    now: datetime,
    hours: float | None = None,
    ask: Callable[[], str | None] = lambda: None,
) -> str:
    """Approve a bundle with a key from a file; see :func:`sign_with`.

    Args:
        ask: asked for the key's pass phrase.

    Raises:
        CheckFailed, UsageError: as of :func:`sign_with` and :func:`read_private`.
    """
    return sign_with(manifest, environment, read_private(key, ask), now=now, hours=hours)


def sign_with(
    manifest: BundleManifest,
    environment: Environment,
    key: PrivateKey,
    *,
    now: datetime,
    hours: float | None = None,
) -> str:
    """Approve a bundle: a token that :func:`check_approval` takes.

    Args:
        now: UTC.
        hours: how long it lasts; at most, and by default, what the environment says.

    Raises:
        CheckFailed: the key is nobody's in the environment, the bundle is for another one or has
            expired, or whoever signs has made it.
        UsageError: it would last longer than the environment allows.
    """
    rule = environment.approval
    lasts = rule.hours if hours is None else hours
    if not 0 < lasts <= rule.hours:
        raise UsageError(
            f"An approval for {environment.name} lasts {rule.hours:g} hours at most, not {lasts:g}."
        )
    _check_bundle(manifest, environment, now)
    public = key.public_key()
    approver = next((one for one in rule.approvers if _has_key(one, public)), None)
    if approver is None:
        raise CheckFailed(
            f"Nobody who may approve for {environment.name} has this key; its env.toml lists "
            f"{_listed(environment)}."
        )
    _refuse_author(manifest, environment, approver, public)
    claims = {
        "iss": approver.name,
        "aud": environment.name,
        "sub": manifest.digest,
        "change": manifest.change,
        "purpose": manifest.purpose,
        "iat": int(now.timestamp()),
        "exp": int((now + timedelta(hours=lasts)).timestamp()),
        "jti": secrets.token_hex(16),
    }
    return jwt.encode(claims, key, algorithm_of(public), headers={"typ": _TYPE})


def check_approval(
    token: str | None, manifest: BundleManifest, environment: Environment, *, now: datetime
) -> Approval:
    """Somebody's approval of a bundle, or of an earlier one that would have done the same.

    Args:
        token: what :func:`sign` made; None where there is none.
        now: UTC.

    Raises:
        CheckFailed: it is missing, is none, or is no approval of this; the message says why.
    """
    _check_bundle(manifest, environment, now)
    if token is None or not token.strip():
        raise CheckFailed(
            f"{environment.name} wants an approval and this bundle has none; ask "
            f"{_listed(environment)} to run `make approve BUNDLE=… KEY=…`."
        )
    approver, public, claims = _verified(token.strip(), environment)
    if claims["aud"] != environment.name:
        _refuse(f"it is for {_shown(claims['aud'])}, not for {environment.name}")
    if claims["change"] != manifest.change or claims["purpose"] != manifest.purpose:
        _refuse(
            f"it is of another change ({_shown(claims['change'])[:12]}, this is "
            f"{manifest.change[:12]}); look at the new brief and approve this bundle"
        )
    issued, expires = _times(claims, environment, now)
    if claims["sub"] == manifest.digest and issued < manifest.made_at - _CLOCKS_APART:
        _refuse("it is older than the bundle that it names; approve again")
    _refuse_author(manifest, environment, approver, public)
    return Approval(
        id=_matching(claims, "jti", _ID),
        approver=approver.name,
        environment=environment.name,
        change=manifest.change,
        digest=_matching(claims, "sub", _HASH),
        purpose=manifest.purpose,
        issued_at=issued,
        expires_at=expires,
    )


def _check_bundle(manifest: BundleManifest, environment: Environment, now: datetime) -> None:
    if manifest.environment != environment.name:
        raise CheckFailed(
            f"The bundle is for {manifest.environment}, not for {environment.name}; plan again."
        )
    if now >= manifest.expires_at:
        raise CheckFailed(
            f"The bundle expired at {manifest.expires_at:%Y-%m-%d %H:%M} UTC; plan again."
        )


def _verified(token: str, environment: Environment) -> tuple[Approver, PublicKey, dict[str, Any]]:
    """The claims of a token whose signature is that of the approver whom it names."""
    if len(token) > _LONGEST:
        _refuse("it is too long to be one")
    try:
        header = jwt.get_unverified_header(token)
        named = jwt.decode(token, options={"verify_signature": False}).get("iss")
    except jwt.PyJWTError:
        _refuse("it is cut off or no JWT at all; approve again")
    approver = next((one for one in environment.approval.approvers if one.name == named), None)
    if approver is None:
        _refuse(
            f"{_shown(named)} may not approve for {environment.name}; its env.toml lists "
            f"{_listed(environment)}"
        )
    try:
        public = read_public(approver.public_key)
        algorithm = algorithm_of(public)
    except WeakKey as weak:
        raise CheckFailed(
            f"The public key of {approver.name} in the env.toml of {environment.name} {weak}."
        ) from None
    # The kind of key says how it signs. A token that says otherwise ("none", or HMAC with the
    # public key as its secret) is forged.
    if header != {"alg": algorithm, "typ": _TYPE}:
        _refuse(
            f"its header is not that of an approval by {approver.name}, whose key signs with "
            f"{algorithm}"
        )
    try:
        claims = jwt.decode(
            token,
            public,
            algorithms=[algorithm],
            # What they say is compared below, against the time that the caller goes by.
            options={
                "require": [],
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
                "verify_aud": False,
            },
        )
    except jwt.PyJWTError:
        _refuse(
            f"its signature is not by the key that env.toml of {environment.name} has for "
            f"{approver.name}"
        )
    lacking = [name for name in _CLAIMS if name not in claims]
    if lacking:
        _refuse(f"it does not say {', '.join(lacking)}")
    return approver, public, claims


def _times(
    claims: Mapping[str, Any], environment: Environment, now: datetime
) -> tuple[datetime, datetime]:
    issued, expires = _time(claims, "iat"), _time(claims, "exp")
    begins = _time(claims, "nbf") if "nbf" in claims else issued
    if now >= expires:
        _refuse(f"it expired at {expires:%Y-%m-%d %H:%M} UTC; approve again")
    if now < max(issued, begins) - _CLOCKS_APART:
        _refuse(f"it begins at {max(issued, begins):%Y-%m-%d %H:%M} UTC; look at both clocks")
    if expires - issued > timedelta(hours=environment.approval.hours):
        _refuse(
            f"it lasts longer than the {environment.approval.hours:g} hours that "
            f"{environment.name} allows; approve again"
        )
    return issued, expires


def _time(claims: Mapping[str, Any], name: str) -> datetime:
    value = claims[name]
    if isinstance(value, bool) or not isinstance(value, int):
        _refuse(f"its {name} is no time")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        _refuse(f"its {name} is no time")


def _matching(claims: Mapping[str, Any], name: str, pattern: re.Pattern[str]) -> str:
    value = claims[name]
    if not isinstance(value, str) or not pattern.fullmatch(value):
        _refuse(f"its {name} is not one of ours")
    return value


def _refuse_author(
    manifest: BundleManifest, environment: Environment, approver: Approver, public: PublicKey
) -> None:
    """Nobody approves what they have made, whatever name they made it under.

    Whoever holds a key goes by every name that env.toml has for it.
    """
    names = {
        name
        for one in environment.approval.approvers
        if one == approver or _has_key(one, public)
        for name in (one.name, *one.identities)
    }
    made = {spelt for name in manifest.author.names for spelt in _spellings(name)}
    both = {spelt for name in names for spelt in _spellings(name)} & made
    if both:
        raise CheckFailed(
            f"{approver.name} has made this plan (as {', '.join(sorted(both))}) and cannot "
            f"approve it; ask another of {_listed(environment)}."
        )


def _spellings(name: str) -> set[str]:
    """A name, and the names that it plainly holds: the user or the session of an ARN, the user of
    a forge's no-reply address."""
    plain = unicodedata.normalize("NFKC", name).strip().casefold()
    found = {plain}
    if plain.startswith("arn:"):
        found.add(plain.rpartition("/")[2])
    noreply = [match[1] for each in found if (match := _NOREPLY.fullmatch(each))]
    return {each for each in (*found, *noreply) if each}


def _has_key(approver: Approver, public: PublicKey) -> bool:
    try:
        return same_key(read_public(approver.public_key), public)
    except WeakKey:
        return False


def _listed(environment: Environment) -> str:
    names = [one.name for one in environment.approval.approvers]
    return ", ".join(names) if names else "nobody ([approval.approvers.<name>])"


def _shown(value: object) -> str:
    """What a token says, which anybody may have written, for an error."""
    text = value if isinstance(value, str) else "somebody without a name"
    return "".join(letter if letter.isprintable() else "?" for letter in text[:64]) or "nobody"


def _refuse(reason: str) -> NoReturn:
    raise CheckFailed(f"The approval does not count: {reason}.")
