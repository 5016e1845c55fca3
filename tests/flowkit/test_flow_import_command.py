from __future__ import annotations

import json
import stat
from pathlib import Path

import click
import flow_import_support as s
import pytest
from click.testing import CliRunner, Result

from connect_voice.errors import CheckFailed, UsageError
from connect_voice.flow_files import COMMANDS
from connect_voice.flow_text import read_flow_text

FLOW = s.one("UpdateContactTargetQueue", {"QueueId": s.QUEUE})
SECRET = s.one("UpdateContactAttributes", {"Attributes": {"client_secret": "s3cr3t-value"}})


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Main.json").write_text(FLOW)
    return tmp_path


def _run(*arguments: str, given: str | None = None) -> Result:
    group = click.Group(commands={str(command.name): command for command in COMMANDS})
    result = CliRunner().invoke(group, arguments, input=given)
    if isinstance(result.exception, (CheckFailed, UsageError)):
        raise result.exception
    return result


def test_a_flow_goes_out_and_comes_back(here: Path) -> None:
    done = _run("import", "Main.json")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "Main.template.json: 1 placeholder; their values are in Main.map.json" in done.stderr
    assert stat.S_IMODE((here / "Main.map.json").stat().st_mode) == 0o600
    back = _run("compile", "Main.template.json", "--map", "Main.map.json")
    assert s.same(back.stdout) == s.same(FLOW)
    _run("compile", "Main.template.json", "--map", "Main.map.json", "-o", "out.json")
    assert (here / "out.json").read_text() == back.stdout


def test_reads_standard_input_and_prints(here: Path) -> None:
    done = _run("import", "-", "-o", "-", "--map", "m.json", given=FLOW)
    assert json.loads(done.stdout)["Actions"][0]["Parameters"] == {"QueueId": "${queue_arn}"}
    assert json.loads((here / "m.json").read_text())["placeholders"].keys() == {"queue_arn"}


@pytest.mark.usefixtures("here")
def test_says_as_json_what_it_wrote_without_values() -> None:
    done = _run("import", "Main.json", "--json")
    result = json.loads(done.stdout)
    assert result["placeholders"] == [{"name": "queue_arn", "kind": "queue", "display_name": ""}]
    assert s.QUEUE not in done.output
    compiled = _run("compile", "Main.template.json", "--map", "Main.map.json", "--json")
    assert s.same(json.loads(compiled.stdout)["content"]) == s.same(FLOW)


def test_warns_of_secrets_and_never_prints_them(here: Path) -> None:
    done = _run("import", "-", "-o", "a.json", "--map", "m.json", "--json", given=SECRET)
    assert "warning: The flow holds what looks like secrets" in done.stderr
    assert "client_secret" in done.stderr
    assert "s3cr3t-value" not in done.output + (here / "a.json").read_text()
    _run("import", "-", "-o", "b.json", "--map", "n.json", "--withhold-secrets", given=SECRET)
    assert "s3cr3t-value" not in (here / "n.json").read_text()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["import", "gone.json"], "gone.json cannot be read: No such file"),
        (["import", "-"], "no name; name the files: -o and --map"),
        (["import", "Main.json", "-o", "-"], "name a file for the map"),
        (["import", "Main.json", "-o", "-", "--map", "m", "--json"], "the template or the JSON"),
        (["import", "Main.json", "-o", "Main.json"], "Main.json is there already"),
        (["import", "Main.json", "-o", "no/way.json"], "cannot be written: No such file"),
        (["import", "odd.json"], "odd.json is not UTF-8 text"),
        (["compile", "Main.json", "--map", "gone.json"], "gone.json cannot be read"),
    ],
)
def test_says_what_is_wrong_with_the_command(
    here: Path, arguments: list[str], sentence: str
) -> None:
    (here / "odd.json").write_bytes(b"\xff\xfe{")
    with pytest.raises(UsageError, match=sentence):
        _run(*arguments)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["import", "none.json"], 'none.json: The text is no flow: it has no list "Actions"'),
        (["compile", "Main.json", "--map", "Main.json"], 'Main.json: .* object "placeholders"'),
        (["compile", "bad.json", "--map", "none.json"], "bad.json: .* plain placeholder"),
    ],
)
def test_says_which_file_is_not_what_it_should_be(
    here: Path, arguments: list[str], sentence: str
) -> None:
    (here / "none.json").write_text('{"placeholders": {}}')
    (here / "bad.json").write_text('"${upper(a)}"')
    with pytest.raises(CheckFailed, match=sentence):
        _run(*arguments)


def test_writes_over_files_only_when_told(here: Path) -> None:
    _run("import", "Main.json")
    (here / "Main.map.json").chmod(0o644)
    with pytest.raises(UsageError, match=r"Main.map.json and Main.template.json are there already"):
        _run("import", "Main.json")
    assert _run("import", "Main.json", "--force").exit_code == 0
    assert stat.S_IMODE((here / "Main.map.json").stat().st_mode) == 0o600


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_flow_is_taken_in_what_editors_and_shells_write(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "flow.json"
    file.write_text('{"note": "Grüße"}', encoding=encoding)
    assert read_flow_text(file) == '{"note": "Grüße"}'


def test_what_is_no_text_is_said_in_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "flow.json"
    file.write_bytes(b"\xa8\x00\xff")
    with pytest.raises(UsageError, match="is not UTF-8 text; save it as such"):
        read_flow_text(file)
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        read_flow_text(tmp_path / "absent.json")
