"""``flow lint``: what Amazon Connect would refuse, file by file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from connect_voice.checks import flow_templates
from connect_voice.errors import UsageError
from connect_voice.project import Project
from flowkit.template import TemplateError, template_problems
from flowkit.validation import Problem


@dataclass(frozen=True)
class FileReport:
    """The problems of one file."""

    file: str
    problems: tuple[Problem, ...]

    def text(self) -> str:
        """Lines for a terminal."""
        if not self.problems:
            return f"{self.file}: nothing to refuse"
        return "\n".join(
            f"{self.file}: {problem.path}: {problem.rule}: {problem.message}"
            for problem in self.problems
        )

    def to_json(self) -> dict[str, object]:
        """The same for programs."""
        return {
            "file": self.file,
            "problems": [
                {
                    "rule": problem.rule,
                    "path": problem.path,
                    "action": problem.action,
                    "message": problem.message,
                }
                for problem in self.problems
            ],
        }


def lint_files(project: Project, files: Sequence[Path], flow_type: str) -> list[FileReport]:
    """Check flows or templates, by default all templates of the project.

    Raises:
        UsageError: a file cannot be read.
    """
    reports = []
    for file in files or flow_templates(project):
        shown = str(file.relative_to(project.root) if file.is_relative_to(project.root) else file)
        try:
            problems = template_problems(file.read_text(encoding="utf-8"), flow_type)
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{shown} cannot be read: {error}.") from None
        except TemplateError as error:
            problems = (Problem(message=str(error), path="", action=None, rule="template"),)
        reports.append(FileReport(shown, problems))
    return reports
