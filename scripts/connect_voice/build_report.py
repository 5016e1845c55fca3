"""What a build did, as a table and for programs.

Apart from the other reports, and without rich: with nothing to build, importing them would be most
of the time that `connect-voice build` takes.
"""

from __future__ import annotations

from collections import Counter

import click

from lambda_build import LambdaArtifact, Manifest

_COLUMNS = ("Lambda", "", "zip", "sha256", "bytecode", "runs on", "seconds")
_NUMBERS = frozenset({"zip", "seconds"})
_GAP = "  "


def print_manifest(manifest: Manifest) -> None:
    """A table of the Lambdas, and how many of them were built."""
    rows = [_COLUMNS, *map(_row, manifest)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for number, row in enumerate(rows):
        cells = [
            f"{cell:>{width}}" if column in _NUMBERS else f"{cell:<{width}}"
            for cell, width, column in zip(row, widths, _COLUMNS, strict=True)
        ]
        click.secho(_GAP.join(cells).rstrip(), bold=number == 0)
    outcomes = Counter(artifact.outcome for artifact in manifest)
    counted = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
    click.echo(f"{counted}; {manifest.path} says what is in them.")


def _row(artifact: LambdaArtifact) -> tuple[str, ...]:
    return (
        artifact.name,
        artifact.outcome,
        f"{artifact.size / 1000:,.0f} kB",
        artifact.sha256[:16],
        artifact.bytecode_python,
        " ".join(artifact.architectures),
        f"{artifact.seconds:.2f}",
    )


def manifest_json(manifest: Manifest) -> dict[str, object]:
    """What was built and what was reused; sizes in bytes."""
    return {
        "manifest": str(manifest.path),
        "lambdas": {
            name: {
                "outcome": artifact.outcome,
                "seconds": round(artifact.seconds, 3),
                "zip": str(artifact.zip),
                "sha256": artifact.sha256,
                "sha256_base64": artifact.sha256_base64,
                "size": artifact.size,
                "unpacked_size": artifact.unpacked_size,
                "python": artifact.python,
                "architectures": list(artifact.architectures),
                "bytecode": artifact.bytecode,
                "bytecode_python": artifact.bytecode_python,
                "sbom": str(artifact.sbom),
            }
            for name, artifact in manifest.lambdas.items()
        },
    }
