"""Merge requests and issues on GitLab: https://docs.gitlab.com/api/notes/."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from connect_voice.code_host.client import Client, MissingError
from connect_voice.code_host.conversation import Comment, Conversation, Issue
from connect_voice.errors import OutsideError

NEEDS = "the scope api and the role Developer"


class GitLab:
    """A project on GitLab."""

    def __init__(self, client: Client, project: str) -> None:
        self._client = client
        self.project = project

    @property
    def client(self) -> Client:
        """What asks the API."""
        return self._client

    @property
    def path(self) -> str:
        """Where the API has the project."""
        return f"/projects/{self.project}"

    @cached_property
    def me(self) -> int:
        """Whose token it is; only what they wrote is ours, whatever it looks like."""
        data = self._client.get("/user").data
        if not isinstance(data, dict) or not isinstance(data.get("id"), int):
            raise OutsideError("GitLab does not say whose token this is.")
        return int(data["id"])

    def merge_request(self, number: int) -> Conversation:
        """The comments of a merge request."""
        return _Conversation(self, number, "merge request", "merge_requests")

    def open_issues(self) -> Iterator[Issue]:
        """Our open issues, the oldest first."""
        query = {"state": "opened", "order_by": "created_at", "sort": "asc"}
        for entry in self._client.pages(f"{self.path}/issues", author_id=self.me, **query):
            if (entry.get("author") or {}).get("id") == self.me:
                yield _issue(entry)

    def open(self, title: str, body: str) -> Issue:
        """Open an issue."""
        sent = {"title": title, "description": body}
        return _issue(self._client.send("POST", f"{self.path}/issues", sent).data)

    def change(self, issue: Issue, title: str, body: str) -> None:
        """Give an issue of ours another title and text."""
        self._client.send("PUT", self._path(issue), {"title": title, "description": body})

    def close(self, issue: Issue) -> None:
        """Close an issue of ours."""
        self._client.send("PUT", self._path(issue), {"state_event": "close"})

    def conversation(self, issue: Issue) -> Conversation:
        """The comments of an issue."""
        return _Conversation(self, issue.number, "issue", "issues")

    def _path(self, issue: Issue) -> str:
        return f"{self.path}/issues/{issue.number}"


@dataclass(frozen=True)
class _Conversation:
    host: GitLab
    number: int
    kind: str
    folder: str

    @property
    def name(self) -> str:
        return f"{self.kind} {self.number} of project {self.host.project}"

    def comments(self) -> Iterator[Comment]:
        for entry in self.host.client.pages(self._notes, sort="asc", order_by="created_at"):
            ours = (entry.get("author") or {}).get("id") == self.host.me
            if ours and not entry.get("system"):
                yield Comment(int(entry["id"]), str(entry.get("body") or ""))

    def add(self, body: str) -> None:
        self.host.client.send("POST", self._notes, {"body": body})

    def change(self, comment: Comment, body: str) -> None:
        self.host.client.send("PUT", f"{self._notes}/{comment.id}", {"body": body})

    def remove(self, comment: Comment) -> None:
        try:
            self.host.client.send("DELETE", f"{self._notes}/{comment.id}")
        except MissingError:
            return

    @property
    def _notes(self) -> str:
        return f"{self.host.path}/{self.folder}/{self.number}/notes"


def _issue(entry: Any) -> Issue:
    if not isinstance(entry, dict) or "iid" not in entry:
        raise OutsideError("GitLab answers with something else than an issue.")
    return Issue(
        int(entry["iid"]),
        str(entry.get("title") or ""),
        str(entry.get("description") or ""),
        str(entry.get("web_url") or ""),
    )
