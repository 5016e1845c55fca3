"""A rule's answer about one resource of a plan, or about the plan as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Answer(StrEnum):
    """What a rule can say; a rule that cannot tell says so, and that does not pass."""

    PASS = "pass"  # noqa: S105 (an answer)
    FAIL = "fail"
    CANNOT_PROVE = "cannot prove"


class Source(StrEnum):
    """Who gave a verdict."""

    RULES = "rules"
    CHECKOV = "checkov"


@dataclass(frozen=True)
class Verdict:
    """One rule's answer about one resource.

    Args:
        rule: a stable id: ``connect-storage-encrypted`` of ours, ``CKV_AWS_117`` of checkov.
        address: the resource, or empty for the plan as a whole.
        message: one sentence; where it does not pass, what is wrong and what to do.
        excused: why a verdict that does not pass does not count: the waiver's or the override's
            reason, with its owner and its last day; None where nothing excuses it.
    """

    rule: str
    address: str
    answer: Answer
    message: str
    source: Source = Source.RULES
    excused: str | None = None

    @property
    def refuses(self) -> bool:
        """Whether it keeps the plan from being applied."""
        return self.answer is not Answer.PASS and self.excused is None

    def to_json(self) -> dict[str, str | None]:
        """As it stands in ``verdicts.json``."""
        return {
            "rule": self.rule,
            "address": self.address,
            "answer": self.answer.value,
            "message": self.message,
            "source": self.source.value,
            "excused": self.excused,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, str | None]) -> Verdict:
        """What :meth:`to_json` wrote.

        Raises:
            KeyError, ValueError: it did not write this.
        """
        return cls(
            rule=str(data["rule"]),
            address=str(data["address"]),
            answer=Answer(str(data["answer"])),
            message=str(data["message"]),
            source=Source(str(data["source"])),
            excused=data["excused"],
        )
