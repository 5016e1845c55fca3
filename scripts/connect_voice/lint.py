"""``flow lint``: what Amazon Connect would refuse, file by file."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from connect_voice.checks import flow_templates
from connect_voice.errors import UsageError
from connect_voice.project import Project
from flowkit import report
from flowkit.model import FlowSyntaxError, parse
from flowkit.validation import FlowType, Problem, Severity, template_problems, warnings


@dataclass(frozen=True)
class FileReport:
    """The findings of one file."""

    file: str
    findings: tuple[Problem, ...]

    @property
    def refused(self) -> bool:
        """Whether Amazon Connect would refuse the flow."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)

    def text(self) -> str:
        """Lines for a terminal."""
        return "\n".join(report.lines(self.file, self.findings)) or f"{self.file}: fine"

    def to_json(self) -> list[report.Finding]:
        """The same for programs."""
        return report.values(self.file, self.findings)


def lint_files(project: Project, files: Sequence[Path], flow_type: str) -> list[FileReport]:
    """Check flows or templates, by default all templates of the project.

    Raises:
        UsageError: a file cannot be read, or there is no such flow type.
    """
    if flow_type not in list(FlowType):
        raise UsageError(f"There is no flow type {flow_type!r}; there are {', '.join(FlowType)}.")
    return [_lint(project, file, flow_type) for file in files or flow_templates(project)]


def _lint(project: Project, file: Path, flow_type: str) -> FileReport:
    shown = str(file.relative_to(project.root) if file.is_relative_to(project.root) else file)
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{shown} cannot be read: {error}.") from None
    found = template_problems(text, flow_type)
    with suppress(FlowSyntaxError):  # a problem by now
        found += warnings(parse(text))
    return FileReport(shown, found)
