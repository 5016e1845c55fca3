from __future__ import annotations

import json
from pathlib import Path

import click
from click.testing import CliRunner

from connect_voice.errors import UsageError
from connect_voice.flow_pictures import FLOW_PICTURE_COMMANDS
from flowkit.difference import Form
from flowkit.drawing import Format

ROOT = Path(__file__).parents[2]
INBOUND = ROOT / "flows" / "servicenow_voice" / "inbound.json"
COMMANDS: dict[str | None, click.Command] = {c.name: c for c in FLOW_PICTURE_COMMANDS}


def test_no_picture_outlives_its_flow() -> None:
    flows = {
        f"{file.parent.name}-{file.stem}.svg".replace("_", "-")
        for file in (ROOT / "flows").glob("*/*.json")
    }
    assert {file.name for file in (ROOT / "docs" / "pictures").glob("*.svg")} == flows


def test_a_flow_is_drawn_into_a_file(tmp_path: Path) -> None:
    target = tmp_path / "inbound.html"
    answer = CliRunner().invoke(
        COMMANDS["render"], [str(INBOUND), "--format", "html", "-o", str(target)]
    )
    assert answer.exit_code == 0
    assert answer.output == ""
    assert "<title>inbound</title>" in target.read_text()


def test_own_positions_make_another_picture() -> None:
    run = CliRunner().invoke
    drawn = run(COMMANDS["render"], [str(INBOUND), "--as-drawn"]).output
    assert drawn != run(COMMANDS["render"], [str(INBOUND)]).output


def test_a_difference_is_an_exit_code_only_where_asked_for(tmp_path: Path) -> None:
    other = tmp_path / "inbound.json"
    other.write_text(INBOUND.read_text().replace("getCallContext", "getContext"))
    run = CliRunner().invoke
    plain = run(COMMANDS["diff"], [str(INBOUND), str(other)])
    assert (plain.exit_code, plain.output.splitlines()[0]) == (0, "inbound: 1 changed")
    asked = run(COMMANDS["diff"], [str(INBOUND), str(other), "--exit-code", "--json"])
    assert asked.exit_code == 1
    assert json.loads(asked.output)["different"] is True
    same = run(COMMANDS["diff"], [str(INBOUND), str(INBOUND), "--exit-code"])
    assert same.exit_code == 0


def test_the_commands_offer_every_form() -> None:
    def offered(command: str) -> set[str]:
        (option,) = (o for o in COMMANDS[command].params if o.name == "form")
        assert isinstance(option.type, click.Choice)
        return set(option.type.choices)

    assert offered("render") == set(Format)
    assert offered("diff") == {*Form, Format.SVG, Format.HTML}


def test_what_is_no_flow_is_said_in_one_sentence(tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    for file in (broken, tmp_path / "absent.json"):
        answer = CliRunner().invoke(COMMANDS["render"], [str(file)])
        assert isinstance(answer.exception, UsageError)
        assert "\n" not in str(answer.exception)
