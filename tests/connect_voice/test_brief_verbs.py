"""``brief`` and ``comment``: only what was sealed is shown and sent."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from brief_plans import MANIFEST, brief, change
from code_host_stand_in import TOKEN, Host, code_host

MADE = brief(change("aws_connect_phone_number.this", {"phone_number": "+12065550100"}, None))


@pytest.fixture
def host() -> Iterator[Host]:
    with code_host() as found:
        yield found


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "prod-0123456789ab"
    folder.mkdir()
    contents = {"brief.md": MADE.markdown, "brief.html": MADE.html}
    files = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in contents.items()}
    for name, text in contents.items():
        (folder / name).write_text(text, encoding="utf-8")
    manifest = dataclasses.replace(MANIFEST, files=files)
    (folder / "manifest.json").write_text(manifest.text(), encoding="utf-8")
    return folder


def run(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GITHUB_", "CI_", "GITLAB_"))
    }
    return subprocess.run(
        [sys.executable, "-m", "connect_voice", *arguments],
        capture_output=True,
        text=True,
        env={**kept, **env},
        check=False,
    )


def pipeline(host: Host) -> dict[str, str]:
    return {
        "GITHUB_REPOSITORY": "example/voice",
        "GITHUB_API_URL": host.base,
        "GITHUB_REF": "refs/pull/7/merge",
        "GITHUB_TOKEN": TOKEN,
        "NO_PROXY": "127.0.0.1",
    }


def test_a_sealed_brief_is_printed_as_it_is(bundle: Path) -> None:
    done = run("brief", str(bundle))
    assert (done.returncode, done.stdout) == (0, MADE.markdown)


def test_the_page_is_named(bundle: Path) -> None:
    assert run("brief", str(bundle), "--html").stdout == f"{bundle / 'brief.html'}\n"
    shown = json.loads(run("brief", str(bundle), "--json").stdout)
    assert shown["page"] == str(bundle / "brief.html")
    assert shown["markdown"] == MADE.markdown


@pytest.mark.parametrize("name", ["brief.md", "brief.html"])
def test_a_brief_that_was_changed_is_not_shown(bundle: Path, name: str) -> None:
    (bundle / name).write_text("All is well.\n")
    done = run("brief", str(bundle))
    assert done.returncode == 1
    assert done.stdout == ""
    assert f"{name} is not what was sealed" in done.stderr


def test_a_brief_that_was_changed_is_not_sent(bundle: Path, host: Host) -> None:
    (bundle / "brief.md").write_text("All is well.\n")
    done = run("comment", str(bundle), **pipeline(host))
    assert done.returncode == 1
    assert host.requests == []


def test_a_brief_is_put_on_the_pull_request_with_the_bundle_it_is_of(
    bundle: Path, host: Host
) -> None:
    done = run("comment", str(bundle), **pipeline(host))
    assert done.returncode == 0, done.stderr
    assert done.stdout == ("The brief of prod on pull request 7 of example/voice: written.\n")
    (entry,) = host.comments[7]
    assert "callers of `+12065550100` reach nobody" in entry.body
    assert "Bundle `prod-0123456789ab`, digest `" in entry.body
    again = run("comment", str(bundle), "--json", **pipeline(host))
    assert json.loads(again.stdout)["outcome"] == "unchanged"


def test_the_token_is_never_printed(bundle: Path, host: Host) -> None:
    env = {**pipeline(host), "GITHUB_TOKEN": "ghs_wrong-and-secret"}
    done = run("--debug", "comment", str(bundle), **env)
    assert done.returncode == 3
    assert "ghs_wrong-and-secret" not in done.stdout + done.stderr


def test_outside_of_a_pipeline_a_comment_is_wrong_use(bundle: Path) -> None:
    done = run("comment", str(bundle))
    assert done.returncode == 2
    assert "no pipeline" in done.stderr
