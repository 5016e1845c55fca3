"""How a vendor's doctor words what it sees: a subject, and findings about it."""

from __future__ import annotations

from dataclasses import dataclass

from connect_voice.findings import Finding


@dataclass(frozen=True)
class Topic:
    """Something that is looked at as a whole.

    Args:
        check: what the stable ids of its findings begin with.
        name: what a reader sees.
        optional: not being allowed to look is then worth a warning, no more.
    """

    check: str
    name: str
    optional: bool = False

    def of(self, which: str) -> Topic:
        """The same subject for one of several; ids of checks do not tell which one."""
        return Topic(self.check, f"{self.name} {which}".rstrip(), self.optional)

    def under(self, vendor: str) -> Topic:
        """The same subject as one vendor's."""
        return Topic(f"{vendor}.{self.check}", f"{vendor} {self.name}", self.optional)

    def good(self, aspect: str, detail: str) -> Finding:
        """An aspect that is as it should be."""
        return self._finding(aspect, detail, ok=True)

    def bad(self, aspect: str, detail: str) -> Finding:
        """An aspect that is wrong; the detail says what to do."""
        return self._finding(aspect, detail, ok=False)

    def warn(self, aspect: str, detail: str) -> Finding:
        """An aspect that somebody should know of."""
        return self._finding(aspect, detail, ok=True, warning=True)

    def unknown(self, why: str) -> Finding:
        """What could not be looked at: never a silent pass."""
        return self._finding(
            "unknown", f"Cannot tell: {why}", ok=self.optional, warning=self.optional
        )

    def _finding(self, aspect: str, detail: str, *, ok: bool, warning: bool = False) -> Finding:
        return Finding(
            self.name, ok=ok, detail=detail, warning=warning, check=f"{self.check}.{aspect}"
        )
