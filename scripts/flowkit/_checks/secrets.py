"""Rules against secrets in a flow: keys that name one, values that look like one."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

from flowkit._checks.graph import Graph
from flowkit._checks.strings import Value
from flowkit.problem import Problem, Rule

# Words in a key, with the case changes of camelCase cut apart first.
_NAMES = re.compile(
    r"(?:secret|password|passwd|passphrase|pwd|credentials?|"
    r"(?:api|access|private|signing|shared|subscription|auth|account|master) ?(?:key|secret)|"
    r"apikey|"
    r"(?:bearer|access|refresh|auth|api|id|jwt|session|security|widget) ?token|token|jwt|bearer|"
    r"authorization|client secret)"
)
# `secretName` and `tokenStatus` are about a secret, they hold none.
_ABOUT = re.compile(
    r"(?:arn|name|id|path|status|state|type|url|uri|endpoint|expiry|expires|expired|expiration|at|"
    r"in|ttl|count|length|valid|present|ok|error|code|reason|version|region|attempts?|retries|"
    r"prompt|text|message|input|required|enabled|lambda|function|flow|queue|intent|slot)s?$"
)
_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "an AWS access key",
        re.compile(r"(?<![A-Z0-9])(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}(?![A-Z0-9])"),
    ),
    ("a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY")),
    ("a JWT", re.compile(r"eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*")),
    ("a GitHub token", re.compile(r"gh[pousr]_\w{30,}|github_pat_\w{30,}")),
    ("a Slack token", re.compile(r"xox[abeprs]-[\w-]{10,}")),
    ("an API key", re.compile(r"(?<!\w)(?:sk|pk|rk)[-_](?:live|test|proj|ant)[-_][\w-]{12,}")),
    ("a Google API key", re.compile(r"AIza[\w-]{35}")),
    ("credentials in a header", re.compile(r"(?i)(?:bearer|basic) +[\w+/.=~-]{12,}")),
    ("a password in a URL", re.compile(r"://[^/\s:@$]{1,200}:[^/\s:@$]{1,200}@")),
    (
        "a secret",
        re.compile(
            r"(?i)(?:secret|password|passwd|api[_-]?key|access[_-]?key|token)[\"']?\s*[=:]\s*"
            r"[\"']?[^\s\"'$&,;{]{6,}"
        ),
    ),
)
_RANDOM = re.compile(r"(?<![\w+/=.:-])[A-Za-z0-9+/_-]{32,}={0,2}(?![\w+/=.:-])")
_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
_PATH_ONLY = re.compile(r"\s*\$\.?[\[A-Za-z][^\s]*\s*")
# Bits a character: words and identifiers in one piece stay below, random text stands above.
_ENTROPY = 4.2
_PUBLIC = ("-----BEGIN CERTIFICATE", "-----BEGIN PUBLIC KEY")
_SWITCHES = frozenset({"true", "false", "yes", "no", "none", "null", "ok", "error", "0", "1"})
# No secret begins further on, and looking through a megabyte would take its time.
_LOOKED_AT = 20_000
_SPEECH = frozenset({"Text", "SSML"})


def secret_problems(graph: Graph) -> Iterator[Problem]:
    """Strings that are a secret by their key or by their looks; one finding a string."""
    for value in graph.values:
        if problem := _value(graph, value):
            yield problem
    for value in graph.other_values:
        if problem := _value(graph, value):
            yield problem


def _value(graph: Graph, value: Value) -> Problem | None:
    why = _looks(value.text[:_LOOKED_AT]) or _named(graph, value)
    if why is None:
        return None
    where = value.path if value.action is None else graph.label(value.action)
    _, _, inside = value.path.partition("].Parameters.")
    shown = f"{inside} of {where}" if inside else value.path
    return graph.finding(
        Rule.SECRET,
        value.path,
        value.action,
        # The value itself is not repeated: reports are passed around.
        f"{shown} {why}; keep it in a parameter store and let a Lambda read it there.",
    )


@lru_cache(maxsize=4096)
def names_a_secret(key: str) -> bool:
    """Whether something of that name holds a secret."""
    words = " ".join(_WORDS.findall(key)).lower()
    return bool(_NAMES.search(words)) and not _ABOUT.search(words)


def _looks(text: str) -> str | None:
    if len(text) < 8 or text.startswith(_PUBLIC):  # noqa: PLR2004 (no secret worth the name)
        return None
    for kind, pattern in _KINDS:
        if pattern.search(text):
            return f"holds {kind}"
    if any(_random(match[0]) for match in _RANDOM.finditer(text)):
        return "holds what looks like a key"
    return None


def _random(text: str) -> bool:
    classes = (str.isupper, str.islower, str.isdigit)
    if not all(any(test(character) for character in text) for test in classes):
        return False
    counts = Counter(text)
    bits = -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())
    return bits > _ENTROPY


def _named(graph: Graph, value: Value) -> str | None:
    filled = _PLACEHOLDER.findall(value.text) if graph.template and value.action is not None else []
    if name := next((name for name in filled if names_a_secret(name)), None):
        return f"is filled with ${{{name}}}, so the secret ends up in the flow"
    if value.key in _SPEECH or not names_a_secret(value.key):
        return None
    if filled:
        return "is named as a secret and filled into the flow"
    # A path reads it while the call runs; a bare switch or ARN is no secret.
    text = value.text.strip()
    if not text or _PATH_ONLY.fullmatch(text) or text.lower() in _SWITCHES:
        return None
    return None if text.startswith("arn:") else "is named as a secret and holds fixed text"
