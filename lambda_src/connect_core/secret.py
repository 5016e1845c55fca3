"""Values that must not be seen."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Secret:
    """A value that shows itself only when asked by name: not in text, logs or tracebacks."""

    value: str = field(repr=False)

    def reveal(self) -> str:
        """The value, for the one place that sends it."""
        return self.value

    def __str__(self) -> str:
        return "Secret()"
