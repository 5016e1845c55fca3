"""``flow render`` and ``flow diff``, and the pictures of the shipped flows in ``docs/pictures``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from connect_voice.errors import CheckFailed, UsageError
from connect_voice.flow_text import read_flow_text
from connect_voice.project import Project

if TYPE_CHECKING:
    from flowkit.model import Flow

# flowkit is imported by the verbs that need it: `--help` should not pay for it.
# ruff: noqa: PLC0415

_PICTURES = ("svg", "html")
_FORMATS = (*_PICTURES, "mermaid")
_FORMS = ("text", "markdown", "json")


_output = click.option(
    "--output", "-o", type=click.Path(path_type=Path), help="Write to a file instead of the screen."
)


@click.command("render")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    default="svg",
    show_default=True,
)
@click.option("--as-drawn", is_flag=True, help="Keep the positions that the flow itself has.")
@click.option("--title", help="What the picture is called; the file's name unless given.")
@_output
def render_command(
    *,
    file: Path,
    form: str,
    as_drawn: bool,
    title: str | None,
    output: Path | None,
) -> None:
    """Draw a flow or a template as SVG, as a page with search and zoom, or as Mermaid."""
    from flowkit.drawing import Format, TooLargeError, render

    try:
        text = render(_read(file), Format(form), title=title or file.stem, own_positions=as_drawn)
    except TooLargeError as error:
        raise CheckFailed(f"{file}: {error}") from None
    _write(text, output)


@click.command("diff")
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice([*_FORMS, *_PICTURES]),
    default="text",
    show_default=True,
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option("--moved", is_flag=True, help="Also say what only moved in the designer.")
@click.option("--exit-code", is_flag=True, help="Exit with 1 when there are differences.")
@_output
def diff_command(
    *,
    old: Path,
    new: Path,
    form: str,
    as_json: bool,
    moved: bool,
    exit_code: bool,
    output: Path | None,
) -> None:
    """Say how two versions of a flow differ: actions and branches, whatever their identifiers."""
    from flowkit.difference import Form, compare, picture, summary
    from flowkit.drawing import Format, TooLargeError

    difference = compare(_read(old), _read(new), moved=moved)
    title = new.stem if old.stem == new.stem else f"{old.stem} → {new.stem}"
    if as_json:
        form = "json"
    if form in _PICTURES:
        try:
            text = picture(difference, Format(form), title=title)
        except TooLargeError as error:
            raise CheckFailed(f"{new}: {error}") from None
    else:
        text = summary(difference, Form(form), title=title)
    _write(text, output)
    if exit_code and difference:
        sys.exit(1)


FLOW_PICTURE_COMMANDS: tuple[click.Command, ...] = (render_command, diff_command)
"""What the group ``flow`` takes over."""


def pictures(project: Project) -> dict[Path, str]:
    """Every picture of the project's flows in ``docs/pictures``, with what should stand in it."""
    from connect_voice.checks import flow_templates
    from flowkit.drawing import render

    return {
        _picture(project, file): render(_read(file), title=_title(file))
        for file in flow_templates(project)
    }


def _picture(project: Project, file: Path) -> Path:
    name = f"{file.parent.name}-{file.stem}.svg".replace("_", "-")
    return project.root / "docs" / "pictures" / name


def _title(file: Path) -> str:
    return f"{file.parent.name} {file.stem}".replace("_", " ").replace("-", " ").capitalize()


def _read(file: Path) -> Flow:
    from flowkit.describing import content_of
    from flowkit.model import FlowSyntaxError, read

    text = content_of(read_flow_text(file))
    try:
        flow, _ = read(text)
    except FlowSyntaxError as error:
        raise UsageError(f"{file} is no flow: {error}") from None
    return flow


def _write(text: str, output: Path | None) -> None:
    if output is None:
        click.echo(text, nl=not text.endswith("\n"))
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{output} cannot be written: {error.strerror}.") from None
