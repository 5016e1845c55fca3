"""The policy gate: our rules and checkov over one plan, and what excuses them.

It fails closed: whatever keeps a rule or a check from answering ends the command or refuses the
plan; nothing passes because a tool is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connect_voice import checkov
from connect_voice.checkov import Worker, preparing
from connect_voice.checkov_report import Check, coverage_of, expected_of, verdicts_of
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

__all__ = ["Gate", "Judgement", "open_gate", "preparing"]

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
    """What a plan is judged by: read before the plan is made, so that a slip in it costs no plan.

    Args:
        worker: checkov, at work on the code.
    """

    checks: tuple[Check, ...]
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
                others=verdicts_of(report, self.checks, expected, rules),
            )
            coverage = {**coverage_of(report, self.checks, expected), "rules": len(rules)}
            judgement = Judgement(verdicts, coverage)
            stage.note = judgement.summary
        return judgement


@contextmanager
def open_gate(project: Project, tree: Path, *, timeout: float = checkov.TIMEOUT) -> Iterator[Gate]:
    """Read the policies and set checkov to work on the code, beside whatever comes next.

    Args:
        project: whose policies count.
        tree: the folder whose ``terraform`` the plan is made from.
        timeout: seconds that checkov has once the plan is there.

    Raises:
        CommandError: the policies are not usable as they stand.
    """
    code = tree / "terraform"
    if not any(code.glob("*.tf")):
        raise CheckFailed(f"There is no Terraform code in {code}, so there is nothing to judge.")
    checkov.refuse_configurations(project, code)
    checks = checkov.load_checks(project)
    try:
        waivers = read_waivers(_text(project, "waivers.toml"), environment_names(project))
        overrides = read_overrides(_text(project, "overrides.toml"), environment_names(project))
    except PolicyError as error:
        raise CheckFailed(str(error)) from None
    worker = Worker(project, code, checks, timeout=timeout)
    with preparing():
        try:
            worker.start_if_ready()
            yield Gate(checks, waivers, overrides, worker)
        finally:
            worker.close()


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
