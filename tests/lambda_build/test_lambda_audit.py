"""Known vulnerabilities of what is locked: from a database at hand, or from a service."""

from __future__ import annotations

import json
import threading
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import click
import pytest
from build_fixtures import Clone, Index
from click.testing import CliRunner

from connect_voice.audit import audit as verb
from connect_voice.errors import CheckFailed, OutsideError
from connect_voice.project import Project
from lambda_build import BuildError, Unavailable
from lambda_build.audit import Database, Service, audit
from lambda_build.audit.advisory import parse

Events = list[dict[str, str]]


def advisory(
    id_: str,
    events: Events,
    *,
    name: str = "colour",
    aliases: tuple[str, ...] = (),
    versions: tuple[str, ...] = (),
    ecosystem: str = "PyPI",
    **more: str,
) -> dict[str, Any]:
    return {
        "id": id_,
        "aliases": list(aliases),
        "summary": "Paints over everything",
        "affected": [
            {
                "package": {"name": name, "ecosystem": ecosystem},
                "versions": list(versions),
                "ranges": [{"type": "ECOSYSTEM", "events": events}],
            }
        ],
        **more,
    }


SINCE_EVER: Events = [{"introduced": "0"}]


@pytest.fixture
def locked(clone: Clone, index: Index) -> Clone:
    """A repository that locks colour 1.2 for a Lambda and tool 3 for the tooling."""
    clone.add("greeter", index.add("colour", "1.2"))
    (clone.root / "requirements.in").write_text("tool\n")
    (clone.root / "requirements.txt").write_text(f"tool==3 \\\n    --hash=sha256:{'0' * 64}\n")
    return clone


def _database(folder: Path, *advisories: Mapping[str, Any]) -> Path:
    path = folder / "advisories.json"
    path.write_text(json.dumps(list(advisories)))
    return path


def _found(
    clone: Clone, *advisories: Mapping[str, Any], ignored: tuple[str, ...] = ()
) -> list[str]:
    database = Database(_database(clone.root, *advisories))
    return [one.advisory.id for one in audit(clone.root, database, ignored=ignored)]


# which versions are affected


@pytest.mark.parametrize(
    ("events", "affected"),
    [
        (SINCE_EVER, True),
        ([{"introduced": "0"}, {"fixed": "1.2"}], False),
        ([{"introduced": "0"}, {"fixed": "1.2.1"}], True),
        ([{"introduced": "0"}, {"fixed": "1.10"}], True),  # by number, not by letter
        ([{"introduced": "1.2"}, {"last_affected": "1.2"}], True),
        ([{"introduced": "1.2.post1"}], False),
        ([{"introduced": "0"}, {"last_affected": "1.1"}], False),
        ([{"introduced": "0"}, {"fixed": "1.0"}, {"introduced": "1.1"}, {"fixed": "1.3"}], True),
        ([{"introduced": "0"}, {"fixed": "1.0"}, {"introduced": "1.3"}], False),
    ],
)
def test_a_range_says_which_versions_are_affected(
    locked: Clone, events: Events, *, affected: bool
) -> None:
    assert _found(locked, advisory("A-1", events)) == ["A-1"] * affected


@pytest.mark.parametrize(("version", "affected"), [("1.2", True), ("1.2.0", True), ("1.3", False)])
def test_a_list_says_which_versions_are_affected(
    locked: Clone, version: str, *, affected: bool
) -> None:
    assert _found(locked, advisory("A-1", [], versions=(version,))) == ["A-1"] * affected


def test_what_is_about_something_else_is_not_told(locked: Clone) -> None:
    assert not _found(
        locked,
        advisory("A-1", SINCE_EVER, name="colours"),
        advisory("A-2", SINCE_EVER, ecosystem="npm"),
        advisory("A-3", SINCE_EVER, withdrawn="2026-01-01T00:00:00Z"),
    )


def test_commits_are_no_versions() -> None:
    document = advisory("A-1", SINCE_EVER)
    document["affected"][0]["ranges"][0]["type"] = "GIT"
    read = parse(document)
    assert read is not None
    assert not read.affects("colour", "1.2")


def test_every_lock_is_looked_at_and_names_are_compared_as_pypi_does(locked: Clone) -> None:
    database = Database(_database(locked.root, advisory("A-1", SINCE_EVER, name="Tool")))
    (found,) = audit(locked.root, database)
    assert (found.package, found.version) == ("tool", "3")
    assert found.locks == (locked.root / "requirements.txt",)


def test_one_vulnerability_under_two_names_is_told_once(locked: Clone) -> None:
    two = (
        advisory("GHSA-1", SINCE_EVER, aliases=("CVE-1",)),
        advisory("PYSEC-1", SINCE_EVER, aliases=("CVE-1", "GHSA-1")),
    )
    assert _found(locked, *two) == ["GHSA-1"]
    assert _found(locked, *two, ignored=("CVE-1",)) == []


# databases


@pytest.mark.parametrize("kind", ["one file", "a list", "a folder", "a zip"])
def test_a_database_has_one_of_several_shapes(locked: Clone, tmp_path: Path, kind: str) -> None:
    text = json.dumps(advisory("A-1", SINCE_EVER))
    path = tmp_path / "database"
    if kind == "one file":
        path.write_text(text)
    elif kind == "a list":
        path.write_text(f"[{text}]")
    elif kind == "a folder":
        (path / "colour").mkdir(parents=True)
        (path / "colour/A-1.json").write_text(text)
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("A-1.json", text)
            archive.writestr("README", "not an advisory of PyPI")
    (found,) = audit(locked.root, Database(path))
    assert found.advisory.id == "A-1"


@pytest.mark.parametrize("text", ["", "PyPI", '["PyPI"]', '{"PyPI": 1, "affected": 2}'])
def test_what_is_no_database_is_refused(locked: Clone, tmp_path: Path, text: str) -> None:
    path = tmp_path / "database.json"
    path.write_text(text)
    with pytest.raises(BuildError, match=r"database\.json (is not an advisory|holds no advisory)"):
        audit(locked.root, Database(path))


# the service


@dataclass(frozen=True)
class Osv:
    """A stand-in for the service, with what it was asked."""

    url: str
    asked: list[dict[str, Any]]


@pytest.fixture
def osv() -> Iterator[Osv]:
    asked: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            queries = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
            asked.extend(queries)
            self._reply({"results": [self._result(query) for query in queries]})

        def do_GET(self) -> None:
            self._reply(advisory(self.path.rpartition("/")[2], SINCE_EVER))

        def _result(self, query: dict[str, Any]) -> dict[str, Any]:
            if query["package"] != {"name": "colour", "ecosystem": "PyPI"}:
                return {}
            if query.get("page_token") == "more":
                return {"vulns": [{"id": "A-2"}]}
            return {"vulns": [{"id": "A-1"}], "next_page_token": "more"}

        def _reply(self, document: object) -> None:
            body = json.dumps(document).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Osv(f"http://127.0.0.1:{server.server_port}", asked)
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_service_is_asked_about_every_package_and_page(locked: Clone, osv: Osv) -> None:
    found = audit(locked.root, Service(osv.url))
    assert [(one.package, one.advisory.id) for one in found] == [
        ("colour", "A-1"),
        ("colour", "A-2"),
    ]
    assert [(query["package"]["name"], query["version"]) for query in osv.asked[:2]] == [
        ("colour", "1.2"),
        ("tool", "3"),
    ]


# Nothing listens at the first, and at the second nobody speaks the protocol.
@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "file:///dev", "osv.dev"])
def test_a_service_that_does_not_answer_is_said_so(locked: Clone, url: str) -> None:
    with pytest.raises(Unavailable, match=r"could not be asked .*give a database with --database"):
        audit(locked.root, Service(url))


# the verb


@dataclass(frozen=True)
class Session:
    project: Project


def _verb(root: Path, *arguments: str) -> Any:
    return CliRunner().invoke(verb, arguments, obj=Session(Project(root)))


def test_the_verb_says_what_where_and_what_repairs_it(locked: Clone) -> None:
    events = [{"introduced": "0"}, {"fixed": "1.3"}]
    path = _database(locked.root, advisory("A-1", events, aliases=("CVE-1",)))
    done = _verb(locked.root, "--database", str(path))
    assert done.exit_code == 1
    assert done.output == (
        "colour 1.2: A-1, CVE-1: Paints over everything "
        "(fixed in 1.3; lambda_src/greeter/requirements.txt)\n"
    )
    done = _verb(locked.root, "--database", str(path), "--json")
    assert json.loads(done.output)[0]["fixed_in"] == ["1.3"]
    done = _verb(locked.root, "--database", str(path), "--ignore", "CVE-1")
    assert (done.exit_code, done.output) == (0, "No known vulnerabilities in what is locked.\n")


def test_the_verb_tells_a_refusal_from_a_world_that_fails(locked: Clone) -> None:
    empty = _database(locked.root)
    for arguments, kind in (
        (("--database", str(empty)), CheckFailed),
        (("--service", "http://127.0.0.1:9"), OutsideError),
    ):
        assert isinstance(_verb(locked.root, *arguments).exception, kind)


def test_a_database_that_is_not_there_is_wrong_use(locked: Clone) -> None:
    done = _verb(locked.root, "--database", "/nowhere.zip")
    assert done.exit_code == click.UsageError.exit_code
