"""What looks like a secret: by its looks, or by the name of what holds it.

One answer for everybody who asks: lint, import, and whoever holds a plan against policy.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import lru_cache
from typing import NamedTuple

__all__ = ["Secret", "holds_secret", "names_a_secret", "secrets_in", "withheld"]


class Secret(NamedTuple):
    """What kind of secret a text seems to hold, with its article, and where it stands."""

    kind: str
    span: tuple[int, int]


# Words in a name, with the case changes of camelCase cut apart first.
_NAMES = re.compile(
    r"(?:secret|password|passwd|passphrase|pwd|credentials?|"
    r"(?:api|access|private|signing|shared|subscription|auth|account|master) ?(?:key|secret)|"
    r"apikey|"
    r"(?:bearer|access|refresh|auth|api|id|jwt|session|security|widget) ?token|token|jwt|bearer|"
    r"authori[sz]ation|client secret)"
)
# `secretName` and `tokenStatus` are about a secret, they hold none.
_ABOUT = re.compile(
    r"(?:arn|name|id|path|status|state|type|url|uri|endpoint|expiry|expires|expired|expiration|at|"
    r"in|ttl|count|length|valid|needed|present|ok|error|code|reason|version|region|attempts?|"
    r"retries|prompt|text|message|input|required|enabled|lambda|function|flow|queue|intent|slot)s?$"
)
_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "an AWS access key",
        re.compile(r"(?<![A-Z0-9])(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}(?![A-Z0-9])"),
    ),
    ("a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY")),
    ("a JWT", re.compile(r"eyJ[\w-]{8,4096}\.[\w-]{8,}\.[\w-]*")),
    ("a GitHub token", re.compile(r"gh[pousr]_\w{30,}|github_pat_\w{30,}")),
    ("a Slack token", re.compile(r"xox[abeprs]-[\w-]{10,}")),
    ("an API key", re.compile(r"(?<!\w)(?:sk|pk|rk)[-_](?:live|test|proj|ant)[-_][\w-]{12,}")),
    ("a Google API key", re.compile(r"AIza[\w-]{35}")),
    ("credentials in a header", re.compile(r"(?i)(?:bearer|basic) +(?=\S*[\d=])[\w+/.=~-]{12,}")),
    ("a password in a URL", re.compile(r"://[^/\s:@$]{1,200}:[^/\s:@$]{1,200}@")),
    (
        "a secret",
        # Spoken sentences have colons too ("your password: please"); secrets have digits.
        re.compile(
            r"(?i)(?:secret|password|passwd|api[_-]?key|access[_-]?key|token)[\"']?"
            r"(?:\s*=\s*|\s*:\s*(?=[^\s\"'$&,;{]{0,80}?[0-9])|[\"']?\s*:\s*[\"'])"
            r"[\"']?[^\s\"'$&,;{]{6,}"
        ),
    ),
)
_RANDOM_KIND = "what looks like a key"
_RANDOM = re.compile(r"(?<![\w+/=.:-])[A-Za-z0-9+/_-]{32,}={0,2}(?![\w+/=.:-])")
# Bits a character: words and identifiers in one piece stay below, random text stands above.
_ENTROPY = 4.2
_PUBLIC = ("-----BEGIN CERTIFICATE", "-----BEGIN PUBLIC KEY")
_PATH_ONLY = re.compile(r"\s*\$\.?[\[A-Za-z][^\s]*\s*")
# Switches, and placeholders of whatever tool.
_NO_SECRET = re.compile(
    r"true|false|yes|no|none|null|ok|error|enabled|disabled|missing|expired|[01]"
    r"|\$\{.*\}|\{\{.*\}\}|%+\w+%+|<+[^>]*>+",
    re.IGNORECASE | re.DOTALL,
)
# No secret begins further on, and looking through a megabyte would take its time.
_LOOKED_AT = 20_000
_SHORTEST = 8


def secrets_in(text: str) -> list[Secret]:
    """What in a text looks like a secret, by its form alone; in order, without overlaps.

    Keys of well-known form, credentials in headers and URLs, ``password=…`` and long random text.
    A secret of a shape like any word's is not found; `holds_secret` knows more where the text has a
    name. The first 20,000 characters are looked at.

    Args:
        text: any text: a value, a line of a file, a whole JSON document.
    """
    text = text[:_LOOKED_AT]
    if len(text) < _SHORTEST or text.startswith(_PUBLIC):
        return []
    found = [
        Secret(kind, match.span()) for kind, pattern in _KINDS for match in pattern.finditer(text)
    ]
    found += [
        Secret(_RANDOM_KIND, match.span())
        for match in _RANDOM.finditer(text)
        if _is_random(match[0])
    ]
    apart: list[Secret] = []
    for secret in sorted(found, key=lambda each: each.span[0]):
        if not apart or apart[-1].span[1] <= secret.span[0]:
            apart.append(secret)
    return apart


@lru_cache(maxsize=4096)
def names_a_secret(name: str) -> bool:
    """Whether something of that name holds a secret: ``clientSecret`` does, ``tokenStatus`` not.

    Args:
        name: a key, an attribute or a variable, in whatever case and with whatever between words.
    """
    words = " ".join(_WORDS.findall(name)).lower()
    return bool(_NAMES.search(words)) and not _ABOUT.search(words)


def holds_secret(name: str, text: str) -> bool:
    """Whether a value is a secret by the name of what holds it.

    Switches, ARNs, placeholders and JSONPaths, which are read while a call runs, are none.

    Args:
        name: what holds the value.
        text: the value.
    """
    text = text.strip()
    return (
        bool(text)
        and names_a_secret(name)
        and not text.startswith("arn:")
        and not _PATH_ONLY.fullmatch(text)
        and not _NO_SECRET.fullmatch(text)
    )


def withheld(name: str, text: str) -> str:
    """The value as reports and pictures may show it: itself, or that it looks like a secret.

    Args:
        name: what holds the value; may be empty.
        text: the value.
    """
    return "(a secret)" if holds_secret(name, text) or secrets_in(text) else text


def _is_random(text: str) -> bool:
    classes = (str.isupper, str.islower, str.isdigit)
    if not all(any(test(character) for character in text) for test in classes):
        return False
    counts = Counter(text)
    bits = -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())
    return bits > _ENTROPY
