"""Files and values that look like secrets.

Precision comes first: a check that cries wolf is switched off. A value counts by itself only in
the fixed formats that issuers give their credentials; elsewhere its name must say that it is one
and the value must look random, not made of words.
"""

from __future__ import annotations

import ast
import base64
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Final

from lambda_build.checks import syntax

_NAMES: Final = frozenset(
    {
        *(".env", ".git-credentials", ".htpasswd", ".netrc", ".npmrc", ".pgpass", ".pypirc"),
        *("id_rsa", "id_dsa", "id_ecdsa", "id_ed25519"),
    }
)
_SUFFIXES: Final = frozenset({".env", ".jks", ".kdbx", ".keystore", ".p12", ".pfx"})
_EXAMPLE: Final = re.compile(r"example|sample|template")

# The formats are their issuers' own; each is long and fixed enough not to occur by chance.
_FORMATS: Final = (
    # A header that is followed by data. Code may well name the header alone.
    (
        re.compile(
            r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY( BLOCK)?-----"
            r"(\\[rn]|[\s\"'+]|[A-Z][A-Za-z-]{1,20}: [^\n\\]{1,100})*[A-Za-z0-9+/=]{32}"
        ),
        "a private key",
    ),
    # AWS uses keys that end in EXAMPLE in its documentation.
    (
        re.compile(r"(?<![A-Z0-9])(?:AKIA|ASIA)(?![A-Z0-9]*EXAMPLE)[A-Z2-7]{16}(?![A-Z0-9])"),
        "an AWS access key",
    ),
    (
        re.compile(r"\b(gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60})"),
        "a GitHub token",
    ),
    (re.compile(r"\bxox[abeprs]-[0-9]{8,}-[A-Za-z0-9-]{10}"), "a Slack token"),
    (re.compile(r"\b[rs]k_live_[A-Za-z0-9]{20}"), "a Stripe key"),
    (re.compile(r"\bAIza[A-Za-z0-9_-]{35}\b"), "a Google API key"),
    (
        re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}"),
        "a signed token (JWT)",
    ),
)

# The last word decides: client_secret is one, client_secret_name and token_url are not.
_SECRET_NAME: Final = re.compile(
    r"(?:^|_)(?:secret|password|passwd|passphrase|pwd|token|credential|credentials|apikey|"
    r"(?:api|access|auth|account|client|encryption|master|private|secret|shared|signing)_key)$"
)
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# Bounded on every side: data files may well be one line of megabytes.
_ASSIGNMENT: Final = re.compile(
    r"""(?<![\w.-])(?P<name>[A-Za-z][\w.-]{0,99})["']?\s{0,9}[:=]\s{0,9}"""
    r"""(?P<quote>["']?)(?P<value>[^\s"',;]{1,999})(?P=quote)"""
)
# "-----BEGIN " as base64 writes it, and enough after it to tell what begins.
_BASE64_PEM: Final = re.compile(r"LS0tLS1CRUdJTi[A-Za-z0-9+/]{34,66}")
_URL_PASSWORD: Final = re.compile(
    r"\b[a-z][a-z0-9+.-]{1,20}://[^\s:/@\"']{0,99}:([^\s:/@\"']{8,99})@"
)
_COMMENT: Final = re.compile(r"#(.*)")
_WORD: Final = re.compile(r"[a-z]+|[A-Z]+|[A-Z][a-z]+|([A-Z]?[a-z]+){2,}|\d{1,4}|v\d+")
_SHORTEST: Final = 12
_LEAST_ENTROPY: Final = 3.0  # bits a character; 12 different characters have 3.6
_KINDS_OF_CHARACTER: Final = (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^A-Za-z0-9]")


def fault(sources: Mapping[str, bytes]) -> str | None:
    """Return a sentence about the first file or value that looks like a secret.

    The value itself is never part of the sentence.

    Args:
        sources: the application's files by path, hidden ones included.
    """
    for path, content in sorted(sources.items()):
        if _is_secret_file(path):
            return f"{path} looks like a file of secrets: keep it out of the Lambda's folder."
        # Without zeros, UTF-16 and UTF-32 read as what they say.
        text = content.replace(b"\0", b"").decode("utf-8", errors="replace")
        for start, what in _recognised(text):
            return _sentence(path, text.count("\n", 0, start) + 1, f"holds {what}")
        for name, value, line in _assignments(path, content, text):
            if _SECRET_NAME.search(_snake(name)) and _looks_random(value):
                return _sentence(path, line, f"gives {name} a value that looks like a secret")
    return None


def _sentence(path: str, line: int, what: str) -> str:
    return (
        f"{path} line {line} {what}: keep it in the parameter store or the environment and read it "
        "at run time."
    )


def _is_secret_file(path: str) -> bool:
    name = PurePosixPath(path).name.lower()
    if _EXAMPLE.search(name):
        return False
    return name.startswith(".env.") or name in _NAMES or PurePosixPath(name).suffix in _SUFFIXES


def _recognised(text: str) -> Iterator[tuple[int, str]]:
    """Yield where something stands that is a secret by its form, and what it is."""
    for pattern, what in _FORMATS:
        if match := pattern.search(text):
            yield match.start(), what
    for match in _BASE64_PEM.finditer(text):
        whole = match[0][: len(match[0]) // 4 * 4]
        if b"PRIVATE KEY" in base64.b64decode(whole):
            yield match.start(), "a private key"
    for match in _URL_PASSWORD.finditer(text):
        if _looks_random(match[1]):
            yield match.start(), "an address with a password"


def _assignments(path: str, content: bytes, text: str) -> Iterator[tuple[str, str, int]]:
    """Yield (name, value, line) for everything that gives a name a literal text."""
    if path.endswith(".py"):
        tree = syntax.parse(content)
        if isinstance(tree, str):
            return  # the import check says so
        for node in ast.walk(tree):
            for name, value in _pairs(node):
                if literal := _literal(value):
                    yield name, literal, value.lineno
    for number, line in enumerate(text.splitlines(), 1):
        if path.endswith(".py"):
            comment = _COMMENT.search(line)
            line = comment[1] if comment else ""  # noqa: PLW2901 - the rest was read above
        for match in _ASSIGNMENT.finditer(line):
            yield match["name"], match["value"], number


def _literal(value: ast.expr) -> str:
    """Return what a text stands for that is written out, in one piece or several."""
    match value:
        case ast.Constant(value=str(text)):
            return text
        case ast.Constant(value=bytes(data)):
            return data.decode("latin-1")
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            one, other = _literal(left), _literal(right)
            return one + other if one and other else ""
        case ast.JoinedStr(values=parts):
            return "".join(map(_literal, parts))
    return ""


def _pairs(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    match node:
        case ast.Assign(targets=targets, value=value):
            for item in targets:
                yield _name(item), value
        case ast.AnnAssign(target=item, value=ast.expr() as value):
            yield _name(item), value
        case ast.NamedExpr(target=item, value=value):
            yield _name(item), value
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield key.value, value
        case ast.Compare(left=left, comparators=[right]):
            yield _name(left), right
            yield _name(right), left
        case _:
            yield from _arguments(node)


def _arguments(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Yield what is given to parameters: in a call, or as their defaults."""
    match node:
        case ast.keyword(arg=str(name), value=value):
            yield name, value
        # environ.get("API_TOKEN", "…"), environ.setdefault, setattr
        case ast.Call(args=[*_, ast.Constant(value=str(name)), value]):
            yield name, value
        case ast.arguments():
            positional = [*node.posonlyargs, *node.args]
            defaulted = positional[len(positional) - len(node.defaults) :]
            for argument, default in (
                *zip(defaulted, node.defaults, strict=True),
                *zip(node.kwonlyargs, node.kw_defaults, strict=True),
            ):
                if default is not None:
                    yield argument.arg, default


def _name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
    return ""


def _snake(name: str) -> str:
    return re.sub(r"[\W_]+", "_", _CAMEL.sub("_", name)).lower()


def _looks_random(value: str) -> bool:
    """Say whether a text is random rather than words, a path, a URL or a placeholder."""
    if len(value) < _SHORTEST or any(character.isspace() for character in value):
        return False
    if "://" in value or value.startswith(("/", "${", "{{", "<", "arn:", "$")):
        return False
    if all(_WORD.fullmatch(part) for part in re.split(r"[^A-Za-z0-9]+", value) if part):
        return False
    counts = Counter(value)
    entropy = -sum(n / len(value) * math.log2(n / len(value)) for n in counts.values())
    kinds = sum(bool(re.search(kind, value)) for kind in _KINDS_OF_CHARACTER)
    return entropy >= _LEAST_ENTROPY and kinds > 1
