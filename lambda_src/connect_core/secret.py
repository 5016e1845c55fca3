"""Values that must not be seen."""

import re

from connect_core.value import Value, field

# What stands in vendors' guides and examples where the value should be.
_PLACEHOLDER = re.compile(
    r"[x*._-]{3,}"
    r"|<.*>|\[.*\]|\$?\{.*\}"
    r"|(?:your|my)?[_-]?(?:client|app|webhook)?[_-]?secret(?:[_-]?(?:here|key|value))?"
    r"|(?:replace|insert|enter|change|paste|your|xxxx|todo|tbd)(?:[_-].*|me|this|here|with.*)?"
    r"|placeholder|example|none|null|undefined|dummy|test",
    re.IGNORECASE,
)


class Secret(Value):
    """A value that shows itself only when asked by name: not in text, logs or tracebacks."""

    value: str = field(shown=False)

    def reveal(self) -> str:
        """The value, for the one place that sends it."""
        return self.value

    def __str__(self) -> str:
        return "Secret()"

    def is_usable(self) -> bool:
        """Whether this may be a secret at all, and not what an example has in its place."""
        return (
            bool(self.value)
            and self.value.isprintable()
            and not (
                any(character.isspace() for character in self.value)
                or _PLACEHOLDER.fullmatch(self.value)
            )
        )
