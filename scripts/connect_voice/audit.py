"""``connect-voice audit``: known vulnerabilities of everything that is locked."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import click

from connect_voice.errors import CheckFailed
from connect_voice.project import Project

if TYPE_CHECKING:
    from lambda_build.audit import Vulnerable

# The build is imported by the verb that needs it: `--help` should not pay for it.
# ruff: noqa: PLC0415


class HasProject(Protocol):
    """What the program gives its verbs, as far as this needs it."""

    @property
    def project(self) -> Project:
        """The checkout."""


@click.command()
@click.option(
    "--database",
    type=click.Path(path_type=Path, exists=True),
    help="Advisories in the OSV format: a .json file, a folder or a .zip of them. No network.",
)
@click.option("--service", metavar="URL", help="Whom to ask; https://api.osv.dev unless named.")
@click.option("--ignore", metavar="ID", multiple=True, help="A vulnerability that does not matter.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_obj
def audit(
    session: HasProject,
    database: Path | None,
    service: str | None,
    ignore: tuple[str, ...],
    as_json: bool,  # noqa: FBT001
) -> None:
    """Say which locked packages have known vulnerabilities."""
    from connect_voice.build import build_errors
    from lambda_build.audit import SERVICE, Database, Service
    from lambda_build.audit import audit as audit_locks

    root = session.project.root
    asked = Service((service or SERVICE).rstrip("/"))
    advisories = Database(database) if database else asked
    with build_errors():
        found = audit_locks(root, advisories, ignored=ignore)
    if as_json:
        click.echo(json.dumps([_json(one, root) for one in found], indent=2, ensure_ascii=False))
    else:
        for one in found:
            click.echo(_line(one, root))
        if not found:
            click.echo("No known vulnerabilities in what is locked.")
    if found:
        sys.exit(CheckFailed.exit_code)


def _line(one: Vulnerable, root: Path) -> str:
    fixed = " or ".join(one.advisory.fixed_in(one.package))
    names = ", ".join((one.advisory.id, *one.advisory.aliases))
    locks = ", ".join(str(path.relative_to(root)) for path in one.locks)
    repaired = f"fixed in {fixed}" if fixed else "no fixed version is known"
    return f"{one.package} {one.version}: {names}: {one.advisory.summary} ({repaired}; {locks})"


def _json(one: Vulnerable, root: Path) -> dict[str, object]:
    return {
        "package": one.package,
        "version": one.version,
        "id": one.advisory.id,
        "aliases": list(one.advisory.aliases),
        "summary": one.advisory.summary,
        "fixed_in": list(one.advisory.fixed_in(one.package)),
        "locks": [str(path.relative_to(root)) for path in one.locks],
    }
