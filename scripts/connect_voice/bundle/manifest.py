"""What a sealed plan says of itself: ``manifest.json`` of a bundle."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, TypeVar

from connect_voice.leftovers import Leftover

FORMAT = 1

_T = TypeVar("_T")


class ManifestError(ValueError):
    """The file is not a bundle's manifest; the message is one sentence."""


@dataclass(frozen=True)
class Author:
    """Who made a plan, by every name that is known of them.

    Args:
        name: the pipeline's actor, else git's user, else the machine's.
        identity: the ARN that AWS knows them by.
        commit_author: the e-mail address of the commit's author; empty outside a git checkout.
    """

    name: str
    identity: str
    commit_author: str = ""

    @property
    def names(self) -> frozenset[str]:
        """All of them, in lower case."""
        return frozenset(
            name.casefold() for name in (self.name, self.identity, self.commit_author) if name
        )


@dataclass(frozen=True)
class PlannedState:
    """The state that a plan was made against."""

    lineage: str
    serial: int


@dataclass(frozen=True)
class Commit:
    """The commit of the checkout that a plan was made from.

    Args:
        clean: whether the checkout was exactly that commit.
    """

    sha: str
    clean: bool


@dataclass(frozen=True)
class BundleManifest:
    """All that binds a bundle to what was reviewed.

    Args:
        purpose: ``deploy`` or ``destroy``.
        backend: where the state is, ``s3://<bucket>/<key> <region> <kms key>``.
        state: None where nothing was deployed yet.
        commit: None outside a git checkout.
        made_at: UTC.
        expires_at: UTC; from then on it is not applied.
        tools: versions by name: ``terraform``, ``hashicorp/aws``, ``python``, ``connect-voice``.
        canonical: SHA-256 of the plan's JSON without the time it was made at; the same for every
            plan that would do the same.
        lambdas: SHA-256 of every Lambda's zip, by name.
        lock_file: SHA-256 of ``.terraform.lock.hcl``.
        files: SHA-256 of every other file of the bundle, by its path in it.
        leftovers: what an interrupted run made and is removed before this is applied.
        secrets: the environment variables of the secrets it was made with; Terraform wants the same
            again.
        refreshed: whether what is deployed was looked at; else it is for reviewers only.
        ledger_head: the hash of the ledger's last entry when the plan was made; empty at its start.
        summary: one line, such as ``3 to create, 1 to update``.
    """

    purpose: str
    environment: str
    account_id: str
    region: str
    backend: str
    state: PlannedState | None
    commit: Commit | None
    author: Author
    made_at: datetime
    expires_at: datetime
    tools: Mapping[str, str]
    canonical: str
    lambdas: Mapping[str, str]
    lock_file: str
    files: Mapping[str, str] = field(repr=False)
    leftovers: tuple[Leftover, ...] = ()
    secrets: tuple[str, ...] = ()
    refreshed: bool = True
    ledger_head: str = ""
    summary: str = ""

    @property
    def change(self) -> str:
        """SHA-256 of what would be done, wherever and whenever it was planned.

        An approval and an override are bound to it, and a fresh plan that would do the same has
        the same. The configuration counts beside the plan's JSON, which does not hold what locals
        make of values that are known only after apply. Zips stand for the build's manifest.
        """
        sources = {
            path: digest
            for path, digest in self.files.items()
            if path.startswith(("tree/flows/", "tree/terraform/"))
        }
        bound = {
            "purpose": self.purpose,
            "environment": self.environment,
            "account_id": self.account_id,
            "region": self.region,
            "backend": self.backend,
            "lineage": self.state.lineage if self.state else None,
            "canonical": self.canonical,
            "lambdas": dict(self.lambdas),
            "sources": sources,
            "leftovers": _plain(self.leftovers),
        }
        return digest_of_json(bound)

    def text(self) -> str:
        """``manifest.json``."""
        data: dict[str, Any] = {"format": FORMAT}
        for each in fields(self):
            value = getattr(self, each.name)
            data[each.name] = _plain(value)
        return json.dumps(data, indent=2, sort_keys=True) + "\n"

    @property
    def digest(self) -> str:
        """SHA-256 of ``manifest.json``, and by it of the whole bundle: the bundle's digest."""
        return hashlib.sha256(self.text().encode()).hexdigest()


def parse_manifest(text: str) -> BundleManifest:
    """A manifest from its file.

    Raises:
        ManifestError: it is cut off, of another format, or not one at all.
    """
    try:
        data = json.loads(text)
        _check_format(data["format"])
        return BundleManifest(
            purpose=_text(data, "purpose"),
            environment=_text(data, "environment"),
            account_id=_text(data, "account_id"),
            region=_text(data, "region"),
            backend=_text(data, "backend"),
            state=None if data["state"] is None else _object(PlannedState, data["state"]),
            commit=None if data["commit"] is None else _object(Commit, data["commit"]),
            author=_object(Author, data["author"]),
            made_at=datetime.fromisoformat(data["made_at"]),
            expires_at=datetime.fromisoformat(data["expires_at"]),
            tools=_texts(data, "tools"),
            canonical=_text(data, "canonical"),
            lambdas=_texts(data, "lambdas"),
            lock_file=_text(data, "lock_file"),
            files=_texts(data, "files"),
            leftovers=tuple(_object(Leftover, one) for one in data["leftovers"]),
            secrets=tuple(_same(str, name) for name in data["secrets"]),
            refreshed=_same(bool, data["refreshed"]),
            ledger_head=_text(data, "ledger_head"),
            summary=_text(data, "summary"),
        )
    except ManifestError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ManifestError(
            "The bundle's manifest.json is cut off or not a manifest; plan again."
        ) from None


def _check_format(found: object) -> None:
    if type(found) is not int or found != FORMAT:
        raise ManifestError(f"The bundle has format {found!r}, not {FORMAT}; plan again.")


def digest_of_json(data: object) -> str:
    """SHA-256 of JSON that says the same whatever its spacing and the order of its keys."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def utc_now() -> datetime:
    """The time, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, PlannedState | Commit | Author | Leftover):
        return {each.name: getattr(value, each.name) for each in fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value


def _text(data: Mapping[str, Any], key: str) -> str:
    return _same(str, data[key])


def _texts(data: Mapping[str, Any], key: str) -> dict[str, str]:
    return {_same(str, name): _same(str, value) for name, value in data[key].items()}


def _object(kind: type[_T], data: Mapping[str, Any]) -> _T:
    """One of the plain records above, whose fields are texts, whole numbers and truths."""
    made = kind(**data)
    wanted = {"int": int, "bool": bool, "str": str}
    for each in fields(made):  # type: ignore[arg-type]
        _same(wanted[str(each.type)], getattr(made, each.name))
    return made


def _same(kind: type[_T], value: object) -> _T:
    if type(value) is not kind:
        raise TypeError(f"{value!r} is not {kind.__name__}")
    return value
