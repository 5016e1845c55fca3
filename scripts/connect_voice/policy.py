"""The policy gate: our rules and checkov over one plan, and what excuses them.

It fails closed: whatever keeps a rule or a check from answering ends the command or refuses the
plan; nothing passes because a tool is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connect_voice.checkov import Worker
from connect_voice.checkov_report import coverage_of, expected_of, verdicts_of
from connect_voice.console import Progress
from connect_voice.environment import environment_names
from connect_voice.errors import CheckFailed, OutsideError
from connect_voice.project import Project
from plan_policy.gate import (
    RULES,
    Context,
    Override,
    PolicyError,
    Waiver,
    judge,
    read_overrides,
    read_waivers,
)
from plan_policy.plan import Plan, PlanError, parse_plan
from plan_policy.verdict import Answer, Verdict

FORMAT = 1


@dataclass(frozen=True)
class Judgement:
    """Every verdict on a plan, and what was looked at.

    Args:
        coverage: figures: what was counted, asked and answered.
    """

    verdicts: tuple[Verdict, ...]
    coverage: Mapping[str, Any] = field(repr=False)

    @property
    def passed(self) -> bool:
        """Whether nothing keeps the plan from being applied."""
        return bool(self.verdicts) and not self.refusing

    @property
    def refusing(self) -> tuple[Verdict, ...]:
        """The verdicts that keep the plan from being applied."""
        return tuple(verdict for verdict in self.verdicts if verdict.refuses)

    @property
    def excused(self) -> tuple[Verdict, ...]:
        """The verdicts that would, but for a waiver or an override."""
        return tuple(
            verdict
            for verdict in self.verdicts
            if verdict.answer is not Answer.PASS and not verdict.refuses
        )

    @property
    def summary(self) -> str:
        """One line, such as ``84 pass, 1 excused, 2 refuse``."""
        refused, excused = len(self.refusing), len(self.excused)
        parts = [f"{len(self.verdicts) - refused - excused} pass"]
        parts += [f"{excused} excused"] * bool(excused)
        parts += [f"{refused} refuse"] * bool(refused)
        return ", ".join(parts)

    def to_json(self) -> dict[str, Any]:
        """``verdicts.json``."""
        return {
            "format": FORMAT,
            "passed": self.passed,
            "coverage": dict(self.coverage),
            "verdicts": [verdict.to_json() for verdict in self.verdicts],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Judgement:
        """What :meth:`to_json` wrote.

        Raises:
            CheckFailed: it did not write this.
        """
        try:
            judgement = cls(
                tuple(Verdict.from_json(entry) for entry in data["verdicts"]),
                dict(data["coverage"]),
            )
            sound = data["format"] == FORMAT and data["passed"] is judgement.passed
        except (KeyError, TypeError, ValueError, AttributeError):
            sound = False
        if not sound:
            raise CheckFailed("The bundle's verdicts.json is not one; plan again.")
        return judgement


@dataclass(frozen=True)
class Gate:
    """What a plan is judged by: read while the plan is made, so that a slip in it is told early.

    Args:
        worker: checkov, at work on the code.
    """

    waivers: tuple[Waiver, ...]
    overrides: tuple[Override, ...]
    worker: Worker = field(repr=False)

    def look_at(self, plan_json: Path) -> None:
        """Have checkov begin with a plan that is going to be judged, beside whatever comes next."""
        self.worker.send(plan_json)

    def judge(
        self,
        plan: Plan,
        plan_json: Path,
        context: Context,
        progress: Progress,
        *,
        given: Sequence[Override] = (),
    ) -> Judgement:
        """Judge a plan.

        Args:
            plan: what stands in `plan_json`.
            plan_json: what ``terraform show -json`` printed, nothing redacted.
            given: overrides beside those of ``overrides.toml``.

        Raises:
            CommandError: the gate cannot judge; the message says why.
        """
        with progress.stage("policy") as stage:
            if _read_plan(plan_json).data != plan.data:
                raise OutsideError(
                    f"{plan_json} is not the plan that is to be judged; plan again, and find out "
                    "who wrote to it."
                )
            stage.update("checkov")
            report = self.worker.report(plan_json, stage)
            expected = expected_of(plan)
            rules = [rule.id for rule in RULES]
            verdicts = judge(
                plan,
                context,
                waivers=self.waivers,
                overrides=(*self.overrides, *given),
                others=verdicts_of(report, self.worker.checks, expected, rules),
            )
            coverage = {**coverage_of(report, self.worker.checks, expected), "rules": len(rules)}
            judgement = Judgement(verdicts, coverage)
            stage.note = judgement.summary
        return judgement


def read_gate(project: Project, worker: Worker) -> Gate:
    """Read what a plan is judged by beside checkov.

    Args:
        project: whose policies count.
        worker: checkov, at work on the code that the plan is made from.

    Raises:
        CheckFailed: the policies are not usable as they stand.
    """
    try:
        waivers = read_waivers(_text(project, "waivers.toml"), environment_names(project))
        overrides = read_overrides(_text(project, "overrides.toml"), environment_names(project))
    except PolicyError as error:
        raise CheckFailed(str(error)) from None
    return Gate(waivers, overrides, worker)


def _text(project: Project, name: str) -> str:
    file = project.root / "policies" / name
    try:
        return file.read_text(encoding="utf-8")
    except (FileNotFoundError, UnicodeDecodeError):
        raise CheckFailed(
            f"{file} is missing or not text; an empty file says that there is nothing in it."
        ) from None


def _read_plan(file: Path) -> Plan:
    try:
        return parse_plan(file.read_bytes())
    except PlanError as error:
        raise CheckFailed(str(error)) from None
    except FileNotFoundError:
        raise OutsideError(f"The plan's JSON {file} is missing; plan again.") from None
