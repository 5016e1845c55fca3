"""Who plans, and from which commit."""

from __future__ import annotations

import getpass
import subprocess
from collections.abc import Mapping
from pathlib import Path

from connect_voice.bundle.manifest import Author, Commit

# What pipelines call the person who set them off:
# https://docs.github.com/en/actions/reference/workflows-and-actions/variables
# https://docs.gitlab.com/ci/variables/predefined_variables/
_ACTORS = ("GITHUB_TRIGGERING_ACTOR", "GITHUB_ACTOR", "GITLAB_USER_LOGIN")


def find_author(root: Path, identity: str, env: Mapping[str, str]) -> Author:
    """Who is at work.

    Args:
        root: the checkout.
        identity: the ARN that AWS knows them by.
    """
    actor = next((env[name] for name in _ACTORS if env.get(name)), None)
    return Author(
        name=actor or _git(root, "config", "user.email") or _machine_user(),
        identity=identity,
        commit_author=_git(root, "log", "-1", "--format=%ae") or "",
    )


def find_commit(root: Path) -> Commit | None:
    """The commit that is checked out, or None where git does not know one."""
    sha = _git(root, "rev-parse", "HEAD")
    if not sha:
        return None
    changed = _git(root, "status", "--porcelain", "--untracked-files=all")
    return Commit(sha, clean=changed == "")


def _git(root: Path, *arguments: str) -> str | None:
    """What git answers; None where there is no git, or no checkout of the project itself."""
    if not (root / ".git").exists():
        return None  # a copy without history may lie inside somebody else's checkout
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments],  # noqa: S607 (found on PATH, as users' is)
            capture_output=True,
            text=True,
            check=True,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def _machine_user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user may have no name
        return "unknown"
