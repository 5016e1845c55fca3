"""``flow import``, ``compile`` and ``schema``: flows between an environment and this repository."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from connect_voice.errors import CheckFailed, UsageError
from connect_voice.flow_text import STANDARD, read_flow_text, shown

if TYPE_CHECKING:
    from flowkit.importing import ImportedFlow

# flowkit is imported by the verbs that need it: `--help` should not pay for it.
# ruff: noqa: PLC0415

__all__ = ["COMMANDS", "compile_", "import_", "schema_"]

_OWN = 0o600
_json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
_force_option = click.option("--force", is_flag=True, help="Write over files that are there.")
_path = click.Path(path_type=Path, allow_dash=True)


@click.command("import")
@click.argument("file", type=_path)
@click.option(
    "-o", "--output", type=_path, help="The template; by default FILE.template.json here, - prints."
)
@click.option(
    "--map", "map_file", type=click.Path(path_type=Path), help="The map; by default beside it."
)
@click.option("--tidy", is_flag=True, help="Also give readable identifiers and a fixed layout.")
@click.option(
    "--withhold-secrets", is_flag=True, help="Leave the values of secrets out of the map."
)
@_force_option
@_json_option
def import_(
    file: Path,
    output: Path | None,
    map_file: Path | None,
    *,
    tidy: bool,
    withhold_secrets: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Make a template and a map of FILE: a console export, or DescribeContactFlow's answer.

    With - for FILE, it is read from standard input.
    """
    from flowkit.importing import ImportRefusedError, import_flow

    template, values = _targets(file, output, map_file)
    text = read_flow_text(file)
    try:
        imported = import_flow(text, tidy=tidy, withhold_secrets=withhold_secrets)
    except ImportRefusedError as error:
        raise CheckFailed(f"{shown(file)}: {error}") from None
    if as_json and str(template) == STANDARD:
        raise UsageError("Standard output takes the template or the JSON; name a file with -o.")
    _refuse_to_overwrite([values, template], force=force)
    # The map holds what belongs to one environment, perhaps secrets: for its owner alone.
    _write(values, imported.map.text(), mode=_OWN)
    _write(template, imported.template)
    for warning in imported.warnings:
        click.echo(f"warning: {warning}", err=True)
    if as_json:
        click.echo(json.dumps(_summary(imported, template, values), indent=2))
    else:
        count = len(imported.map.entries)
        noun = "placeholder" if count == 1 else "placeholders"
        click.echo(f"{template}: {count} {noun}; their values are in {values}", err=True)


@click.command("compile")
@click.argument("template", type=_path)
@click.option(
    "--map",
    "map_file",
    type=click.Path(path_type=Path),
    required=True,
    help="What flow import wrote, or the like for another environment.",
)
@click.option(
    "-o", "--output", type=_path, default=Path(STANDARD), help="By default standard output."
)
@_force_option
@_json_option
def compile_(template: Path, map_file: Path, output: Path, *, force: bool, as_json: bool) -> None:
    """Fill TEMPLATE with the values of a map; the result is what Amazon Connect takes."""
    from flowkit.compiling import compile_flow
    from flowkit.placeholder_map import MapError, parse_map
    from flowkit.template import TemplateError

    try:
        values = parse_map(read_flow_text(map_file))
        content = compile_flow(read_flow_text(template), values)
    except MapError as error:
        raise CheckFailed(f"{shown(map_file)}: {error}") from None
    except TemplateError as error:
        raise CheckFailed(f"{shown(template)}: {error}") from None
    to_standard = str(output) == STANDARD
    _refuse_to_overwrite([output], force=force)
    if as_json:
        result = {"name": values.flow_name, "type": values.flow_type, "content": content}
        content = json.dumps(result, indent=2) + "\n"
    _write(output, content)
    if not to_standard:
        click.echo(f"{output}: {len(values.entries)} values filled in", err=True)


@click.command("schema")
@click.option(
    "-o", "--output", type=_path, default=Path(STANDARD), help="By default standard output."
)
@_force_option
def schema_(output: Path, *, force: bool) -> None:
    """Print the flow language as JSON Schema, for completion and marks in an editor."""
    from flowkit.schema import schema

    _refuse_to_overwrite([output], force=force)
    _write(output, json.dumps(schema(), indent=1) + "\n")


COMMANDS: tuple[click.Command, ...] = (import_, compile_, schema_)
"""What the group ``flow`` gains."""


def _targets(file: Path, output: Path | None, map_file: Path | None) -> tuple[Path, Path]:
    is_named = output is not None and str(output) != STANDARD
    if str(file) == STANDARD and not is_named and (output is None or map_file is None):
        raise UsageError("A flow from standard input has no name; name the files: -o and --map.")
    if output is not None and not is_named and map_file is None:
        raise UsageError("Where the template is printed, name a file for the map: --map.")
    stem = (output if output is not None and is_named else file).name
    for ending in (".json", ".template"):
        stem = stem.removesuffix(ending)
    template = output or Path(f"{stem}.template.json")
    return template, map_file or template.with_name(f"{stem}.map.json")


def _refuse_to_overwrite(files: list[Path], *, force: bool) -> None:
    there = [str(file) for file in files if str(file) != STANDARD and file.exists()]
    if there and not force:
        raise UsageError(
            f"{' and '.join(there)} {'is' if len(there) == 1 else 'are'} there already; name "
            "another file, or write over it with --force."
        )


def _write(file: Path, text: str, mode: int = 0o666) -> None:
    # Line ends and bytes as they are: a flow goes in and out unchanged.
    data = text.encode()
    if str(file) == STANDARD:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(descriptor, "wb") as opened:
            if mode == _OWN:
                os.fchmod(descriptor, mode)  # a file that is written over keeps its old mode
            opened.write(data)
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}.") from None


def _summary(imported: ImportedFlow, template: Path, values: Path) -> dict[str, object]:
    """What was written; values stay in the map."""
    return {
        "template": str(template),
        "map": str(values),
        "flow": {"name": imported.map.flow_name, "type": imported.map.flow_type},
        "placeholders": [
            {"name": entry.name, "kind": entry.kind, "display_name": entry.display_name}
            for entry in imported.map.entries
        ],
        "warnings": list(imported.warnings),
    }
