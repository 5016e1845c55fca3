"""What is checked in the sources before anything is built, started or touched."""

from __future__ import annotations

from pathlib import Path

from callsim.scenario import Scenario, ScenarioError
from callsim.scenario import parse as parse_scenario
from connect_voice.errors import CheckFailed, UsageError
from connect_voice.project import Project
from flowkit.validation import template_problems


def check_sources(project: Project) -> str:
    """Check every flow template and every scenario.

    Returns:
        one line that says what was checked.

    Raises:
        CheckFailed: one of them is not usable; the message names the file.
    """
    templates = flow_templates(project)
    for template in templates:
        check_template(project, template)
    scenarios = load_scenarios(project)
    return f"{_count(len(templates), 'flow')}, {_count(len(scenarios), 'scenario')}"


def flow_templates(project: Project) -> list[Path]:
    """Every flow template of the project."""
    return sorted(project.flows.glob("*/*.json"))


def check_template(project: Project, template: Path) -> None:
    """Refuse a template that Amazon Connect would refuse whatever its placeholders become.

    Raises:
        CheckFailed: with the first problem, and how many more there are.
    """
    shown = template.relative_to(project.root)
    try:
        problems = template_problems(template.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise CheckFailed(f"{shown} is not UTF-8 text: {error}.") from None
    if problems:
        more = f" ({len(problems) - 1} more: connect-voice flow lint)" if len(problems) > 1 else ""
        first = problems[0]
        raise CheckFailed(f"{shown}: {first.advice or first.message}{more}")


def load_scenarios(project: Project) -> dict[str, Scenario]:
    """Every scenario by its name, which is its file's.

    Raises:
        CheckFailed: one of them is not usable, or two share a name.
    """
    scenarios: dict[str, Scenario] = {}
    for file in sorted(project.flows.glob("*/scenarios/*.yaml")):
        if file.stem in scenarios:
            raise CheckFailed(f"Two scenarios are called {file.stem!r}; rename one of them.")
        scenarios[file.stem] = _scenario_in(file)
    return scenarios


def find_scenario(project: Project, name: str) -> Scenario:
    """The scenario of that name, or the one in a file named by its path (``….yaml``).

    Raises:
        UsageError: there is none.
        CheckFailed: the file is not a scenario.
    """
    if name.endswith((".yaml", ".yml")):
        return _scenario_in(Path(name))
    scenarios = load_scenarios(project)
    if name not in scenarios:
        raise UsageError(f"There is no scenario {name!r}; there are {', '.join(scenarios)}.")
    return scenarios[name]


def _scenario_in(file: Path) -> Scenario:
    try:
        return parse_scenario(file.read_text(encoding="utf-8"), file.stem)
    except OSError as error:
        raise UsageError(f"The scenario {file} cannot be read: {error.strerror}.") from None
    except (ScenarioError, UnicodeDecodeError) as error:
        raise CheckFailed(f"{file}: {error}") from None


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
