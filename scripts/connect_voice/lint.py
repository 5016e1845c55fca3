"""``flow lint``: what Amazon Connect would refuse in flows, and what a person should look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from connect_voice.errors import UsageError
from connect_voice.flow_text import read_flow_text
from connect_voice.project import Project
from flowkit import report, sarif
from flowkit.catalogue import closest
from flowkit.describing import content_of
from flowkit.lint import Source, lint
from flowkit.validation import FlowType, Problem, Severity


@dataclass(frozen=True)
class FileReport:
    """The findings of one file."""

    file: str
    findings: tuple[Problem, ...]

    @property
    def refused(self) -> bool:
        """Whether Amazon Connect would refuse the flow."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)

    def from_severity(self, threshold: Severity) -> FileReport:
        """The report without findings below a severity."""
        kept = tuple(f for f in self.findings if f.severity.reaches(threshold))
        return FileReport(self.file, kept)

    def text(self) -> str:
        """Lines for a terminal."""
        return "\n".join(report.lines(self.file, self.findings)) or f"{self.file}: fine"

    def to_json(self) -> list[report.Finding]:
        """The same for programs."""
        return report.values(self.file, self.findings)


def lint_files(
    project: Project, files: Sequence[Path], flow_type: str | None = None
) -> list[FileReport]:
    """Check flows or templates together, by default all templates of the project.

    Args:
        project: the checkout.
        files: what to check instead; answers of DescribeContactFlow are taken too.
        flow_type: ``Type`` of all of them; None takes for each the likeliest.

    Raises:
        UsageError: a file cannot be read, or there is no such flow type.
    """
    wanted = None if flow_type is None else _flow_type(flow_type)
    sources = [_source(project, file, wanted) for file in files or _templates(project)]
    return [
        FileReport(source.file, found) for source, found in zip(sources, lint(sources), strict=True)
    ]


def to_sarif(reports: Sequence[FileReport]) -> dict[str, object]:
    """The reports as a SARIF log."""
    return sarif.log([(each.file, each.findings) for each in reports], version("connect-voice"))


def _templates(project: Project) -> list[Path]:
    # Imported here because the checks of scenarios, which come with it, need YAML.
    from connect_voice.checks import flow_templates  # noqa: PLC0415

    return flow_templates(project)


def _flow_type(name: str) -> FlowType:
    if name in list(FlowType):
        return FlowType(name)
    meant = closest(name, list(FlowType))
    remedy = f"did you mean {meant[0]}?" if meant else f"there are {', '.join(FlowType)}."
    raise UsageError(f"There is no flow type {name!r}; {remedy}")


def _source(project: Project, file: Path, flow_type: FlowType | None) -> Source:
    shown = str(file.relative_to(project.root) if file.is_relative_to(project.root) else file)
    return Source(shown, content_of(read_flow_text(file)), flow_type)
