"""Which code host, repository and pull request a pipeline runs for, from what it sets.

https://docs.github.com/actions/reference/workflows-and-actions/variables and
https://docs.gitlab.com/ci/variables/predefined_variables/
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from connect_voice.code_host import github, gitlab
from connect_voice.code_host.client import Client, Wait
from connect_voice.code_host.conversation import Conversation
from connect_voice.code_host.github import GitHub
from connect_voice.code_host.gitlab import GitLab
from connect_voice.errors import UsageError

CodeHost = GitHub | GitLab

_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+")
_NUMBER = re.compile(r"[1-9][0-9]{0,18}")
_PULL = re.compile(r"refs/pull/([1-9][0-9]{0,18})/(?:merge|head)")
_LONGEST_EVENT = 10_000_000


def find_code_host(env: Mapping[str, str], *, wait: Wait = time.sleep) -> CodeHost:
    """The repository that this pipeline runs for.

    Args:
        env: the process's environment.
        wait: what passes the seconds that the host asks for.

    Raises:
        UsageError: this is no pipeline of GitHub or GitLab, or it has no token.
    """
    if env.get("GITHUB_REPOSITORY"):
        return _github(env, wait)
    if env.get("CI_API_V4_URL"):
        return _gitlab(env, wait)
    raise UsageError(
        "This is no pipeline of GitHub (GITHUB_REPOSITORY) or GitLab (CI_API_V4_URL), so there is "
        "nowhere to write to."
    )


def find_conversation(host: CodeHost, env: Mapping[str, str]) -> Conversation:
    """The pull request or merge request that this pipeline runs for.

    Raises:
        UsageError: it runs for none.
    """
    if isinstance(host, GitHub):
        number = _pull_request(env)
        if number is None:
            raise UsageError(
                "This run is for no pull request (see GITHUB_REF and GITHUB_EVENT_PATH); comment "
                "from a workflow on pull_request."
            )
        return host.pull_request(number)
    found = env.get("CI_MERGE_REQUEST_IID", "")
    if not _NUMBER.fullmatch(found):
        raise UsageError(
            "This run is for no merge request (CI_MERGE_REQUEST_IID is empty); comment from a "
            "merge request pipeline."
        )
    return host.merge_request(int(found))


def _github(env: Mapping[str, str], wait: Wait) -> GitHub:
    repository = env["GITHUB_REPOSITORY"]
    if not _REPOSITORY.fullmatch(repository) or ".." in repository:
        raise UsageError(f"GITHUB_REPOSITORY is {repository!r} and not owner/name.")
    client = Client(
        base=(env.get("GITHUB_API_URL") or "https://api.github.com").rstrip("/"),
        host="GitHub",
        token=_token(env, "GITHUB_TOKEN", "GitHub"),
        token_name="GITHUB_TOKEN",  # noqa: S106 (its name)
        header=("Authorization", "Bearer "),
        needs=github.NEEDS,
        headers=github.HEADERS,
        wait=wait,
    )
    return GitHub(client, repository)


def _gitlab(env: Mapping[str, str], wait: Wait) -> GitLab:
    # A merge request from a fork runs in the fork and is discussed where it would be merged.
    project = env.get("CI_MERGE_REQUEST_PROJECT_ID") or env.get("CI_PROJECT_ID", "")
    if not _NUMBER.fullmatch(project):
        raise UsageError(f"CI_PROJECT_ID is {project!r} and not a project's number.")
    client = Client(
        base=env["CI_API_V4_URL"].rstrip("/"),
        host="GitLab",
        token=_token(env, "GITLAB_TOKEN", "GitLab"),
        token_name="GITLAB_TOKEN",  # noqa: S106 (its name)
        header=("PRIVATE-TOKEN", ""),
        needs=gitlab.NEEDS,
        wait=wait,
    )
    return GitLab(client, project)


def _token(env: Mapping[str, str], name: str, host: str) -> str:
    token = env.get(name, "").strip()
    if not token:
        raise UsageError(f"Give {name} to this step; without it {host} lets nobody write.")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise UsageError(f"{name} is no token: it has spaces or characters that tokens never have.")
    return token


def _pull_request(env: Mapping[str, str]) -> int | None:
    found = _PULL.fullmatch(env.get("GITHUB_REF", ""))
    if found:
        return int(found[1])
    event = _event(env.get("GITHUB_EVENT_PATH"))
    issue = event.get("issue")
    for number in (
        (event.get("pull_request") or {}).get("number"),
        issue.get("number") if isinstance(issue, dict) and issue.get("pull_request") else None,
    ):
        if isinstance(number, int) and number > 0:
            return number
    return None


def _event(path: str | None) -> dict[str, Any]:
    if not path:
        return {}
    try:
        with Path(path).open("rb") as file:
            data = json.loads(file.read(_LONGEST_EVENT))
    except (OSError, ValueError, RecursionError):
        raise UsageError("GITHUB_EVENT_PATH names no readable event of GitHub.") from None
    return data if isinstance(data, dict) else {}
