"""``approve``: looking at a bundle as it was sealed, and signing its change."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from connect_voice.approval import Approval, check_approval, sign_with
from connect_voice.approval_keys import (
    KEY_VARIABLE,
    PASSPHRASE_VARIABLE,
    PrivateKey,
    parse_private,
    read_private,
)
from connect_voice.bundle.manifest import BundleManifest
from connect_voice.bundle.sealed import APPROVAL, BRIEF_HTML, VERDICTS, Bundle, private_copy
from connect_voice.environment import Environment
from connect_voice.errors import CheckFailed, UsageError
from connect_voice.policy import Judgement

_LONGEST = 64 * 1024  # bytes of a key from standard input


@dataclass(frozen=True)
class Reviewed:
    """A bundle as its approver sees it, once it is known to be what was sealed.

    Args:
        brief: the page to read before signing.
    """

    bundle: Bundle
    judgement: Judgement
    brief: Path

    @property
    def manifest(self) -> BundleManifest:
        """What the bundle says of itself."""
        return self.bundle.manifest

    def lines(self) -> list[str]:
        """What is asked of whoever approves, a fact a line."""
        manifest, commit = self.manifest, self.manifest.commit
        made_from = "no commit"
        if commit is not None:
            made_from = commit.sha[:12] + ("" if commit.clean else " with uncommitted changes")
        place = f"{manifest.environment} (account {manifest.account_id}, {manifest.region})"
        made, ends = manifest.made_at, manifest.expires_at
        return [
            f"{manifest.purpose.capitalize()} {place}: {manifest.summary}",
            f"Planned by {manifest.author.name} at {made:%Y-%m-%d %H:%M} UTC from {made_from}",
            f"To be applied before {ends:%Y-%m-%d %H:%M} UTC",
            f"Change {manifest.change[:12]}, policy: {self.judgement.summary}",
            f"Brief: {self.brief}",
        ]


def review(bundle: Bundle) -> Reviewed:
    """A bundle that is what was sealed, with what policy said of it.

    Raises:
        CheckFailed: a file of it is not as it was sealed.
    """
    with tempfile.TemporaryDirectory(prefix="connect-voice-review-") as folder:
        sealed = private_copy(bundle, Path(folder))
        try:
            data = json.loads((sealed.folder / VERDICTS).read_bytes())
        except ValueError:
            raise CheckFailed("The bundle's verdicts.json is not one; plan again.") from None
        judgement = Judgement.from_json(data)
    return Reviewed(bundle, judgement, bundle.folder / BRIEF_HTML)


def approve(
    reviewed: Reviewed,
    environment: Environment,
    key: PrivateKey,
    *,
    now: datetime,
    hours: float | None = None,
) -> tuple[str, Approval]:
    """Sign a change, and put the approval into its bundle.

    What policy refuses is not approved either: a waiver that came later would set it free without
    the approver having seen that.

    Returns:
        the token, and what it says.

    Raises:
        CheckFailed, UsageError: policy refuses it, or as of :func:`sign_with`.
        OSError: the bundle's folder cannot be written.
    """
    if not reviewed.judgement.passed:
        raise CheckFailed(
            f"Policy refuses this plan ({reviewed.judgement.summary}), so there is nothing to "
            "approve; see its brief."
        )
    token = sign_with(reviewed.manifest, environment, key, now=now, hours=hours)
    approval = check_approval(token, reviewed.manifest, environment, now=now)
    _write(reviewed.bundle.folder, token)
    return token, approval


def find_key(
    file: Path | None, env: Mapping[str, str], ask: Callable[[], str | None], standard: bytes | None
) -> PrivateKey:
    """The key to sign with: from a file, from standard input, or from the environment.

    Args:
        file: None for the environment variable.
        ask: asked for a pass phrase.
        standard: what standard input had, where the file is ``-``.

    Raises:
        UsageError: there is none, or it is not one to sign with.
    """

    def phrase() -> str | None:
        return env.get(PASSPHRASE_VARIABLE) or ask()

    if standard is not None:
        return parse_private(standard[: _LONGEST + 1], phrase, "The key on standard input")
    if file is not None:
        return read_private(file, phrase)
    if KEY_VARIABLE in env:
        return parse_private(env[KEY_VARIABLE].encode(), phrase, f"The key in {KEY_VARIABLE}")
    raise UsageError(
        "Name the file of your key with --key FILE (KEY=… with make), - for standard input, or "
        f"put the key into {KEY_VARIABLE}."
    )


def approver_block(name: str, public_pem: str) -> str:
    """What a new key's owner adds to env.toml, where somebody else reviews it."""
    return (
        f"[approval.approvers.{name}]\n"
        f'public_key = """\n{public_pem}"""\n'
        "# Every name they plan under: user names, e-mail addresses, ARNs.\n"
        "identities = []\n"
    )


def _write(folder: Path, token: str) -> None:
    # Beside the bundle first: an odd file inside would make it one that was not sealed.
    descriptor, name = tempfile.mkstemp(prefix=".approval-", dir=folder.resolve().parent)  # 0600
    new = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(token + "\n")
        new.replace(folder / APPROVAL)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
