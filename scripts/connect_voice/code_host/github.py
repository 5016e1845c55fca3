"""Pull requests and issues on GitHub: https://docs.github.com/rest/issues/comments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from connect_voice.code_host.client import Client, MissingError
from connect_voice.code_host.conversation import Comment, Conversation, Issue
from connect_voice.errors import OutsideError

HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
NEEDS = "write access to pull requests and issues (permissions: pull-requests, issues)"


class GitHub:
    """A repository on GitHub."""

    def __init__(self, client: Client, repository: str) -> None:
        self._client = client
        self.repository = repository

    @property
    def client(self) -> Client:
        """What asks the API."""
        return self._client

    @cached_property
    def _login(self) -> str | None:
        """Who the token belongs to; None for that of a pipeline, which may not ask."""
        try:
            answer = self._client.get("/user")
        except OutsideError:
            return None
        login = answer.data.get("login") if isinstance(answer.data, dict) else None
        return login if isinstance(login, str) else None

    def is_ours(self, entry: Mapping[str, Any]) -> bool:
        """Whether we wrote it.

        Whoever may comment could write our hidden mark, have us fill their comment and then change
        what it says. A pipeline's token belongs to a bot, and people cannot be bots.
        """
        user = entry.get("user") or {}
        if self._login is not None:
            return bool(user.get("login") == self._login)
        return bool(user.get("type") == "Bot")

    def pull_request(self, number: int) -> Conversation:
        """The comments of a pull request."""
        return _Conversation(self, number, "pull request")

    def open_issues(self) -> Iterator[Issue]:
        """Our open issues, the oldest first."""
        path = f"/repos/{self.repository}/issues"
        for entry in self._client.pages(path, state="open", sort="created", direction="asc"):
            if "pull_request" not in entry and self.is_ours(entry):
                yield _issue(entry)

    def open(self, title: str, body: str) -> Issue:
        """Open an issue."""
        path = f"/repos/{self.repository}/issues"
        return _issue(self._client.send("POST", path, {"title": title, "body": body}).data)

    def change(self, issue: Issue, title: str, body: str) -> None:
        """Give an issue of ours another title and text."""
        self._client.send("PATCH", self._path(issue), {"title": title, "body": body})

    def close(self, issue: Issue) -> None:
        """Close an issue of ours."""
        self._client.send(
            "PATCH", self._path(issue), {"state": "closed", "state_reason": "completed"}
        )

    def conversation(self, issue: Issue) -> Conversation:
        """The comments of an issue."""
        return _Conversation(self, issue.number, "issue")

    def _path(self, issue: Issue) -> str:
        return f"/repos/{self.repository}/issues/{issue.number}"


@dataclass(frozen=True)
class _Conversation:
    host: GitHub
    number: int
    kind: str

    @property
    def name(self) -> str:
        return f"{self.kind} {self.number} of {self.host.repository}"

    def comments(self) -> Iterator[Comment]:
        path = f"/repos/{self.host.repository}/issues/{self.number}/comments"
        for entry in self.host.client.pages(path):
            if self.host.is_ours(entry):
                yield Comment(int(entry["id"]), str(entry.get("body") or ""))

    def add(self, body: str) -> None:
        path = f"/repos/{self.host.repository}/issues/{self.number}/comments"
        self.host.client.send("POST", path, {"body": body})

    def change(self, comment: Comment, body: str) -> None:
        self.host.client.send("PATCH", self._path(comment), {"body": body})

    def remove(self, comment: Comment) -> None:
        try:
            self.host.client.send("DELETE", self._path(comment))
        except MissingError:
            return

    def _path(self, comment: Comment) -> str:
        return f"/repos/{self.host.repository}/issues/comments/{comment.id}"


def _issue(entry: Any) -> Issue:
    if not isinstance(entry, dict) or "number" not in entry:
        raise OutsideError("GitHub answers with something else than an issue.")
    return Issue(
        int(entry["number"]),
        str(entry.get("title") or ""),
        str(entry.get("body") or ""),
        str(entry.get("html_url") or ""),
    )
