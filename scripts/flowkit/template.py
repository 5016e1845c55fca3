r"""Flow templates: JSON with ``${name}`` placeholders inside strings.

The same file is filled by Terraform's ``templatefile`` on the way to Amazon Connect and by `fill`
on the way to the call simulation, so this module takes exactly the part of Terraform's template
language that both can agree on: plain ``${name}``, and ``$${`` and ``%%{`` for the literal
characters. Anything else that Terraform would evaluate (expressions, ``%{`` directives, ``~``) is
refused. A JSONPath such as ``$.External.dnis`` is no placeholder: it has no brace.

Terraform itself does not escape for JSON; it agrees with `fill`, byte for byte, when every value
is handed to ``templatefile`` as ``trimsuffix(trimprefix(jsonencode(v), "\""), "\"")`` (and is in
Unicode's composed form, which Terraform brings every string into).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import NoReturn

__all__ = ["TemplateError", "check", "escape", "fill", "has_placeholder", "placeholders"]


class TemplateError(ValueError):
    """The text is no flow template, or the values do not fit it; one sentence says which."""


# The longest escape comes first, as in HCL's scanner: in `$$${x}` the first `$` is text and `$${`
# the escape.
_SEQUENCE = re.compile(r"(?P<escaped>\$\$\{|%%\{)|(?P<open>\$\{|%\{)")
_NAME = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\}")
# What Terraform's jsonencode escapes beyond what JSON asks for, and lone surrogates, which no
# encoding of the finished text could carry.
_BEYOND_JSON = re.compile("[<>&\u2028\u2029\ud800-\udfff]")


def placeholders(text: str) -> frozenset[str]:
    """Names of the placeholders in a template.

    Raises:
        TemplateError: the text is not JSON, or holds a sequence that only Terraform understands.
    """
    return frozenset(piece for piece, is_name in _pieces(text) if is_name)


def check(text: str) -> None:
    """Hold a text against the rules for templates: JSON, placeholders plain and inside strings.

    Raises:
        TemplateError: naming the first place that breaks a rule.
    """
    for _ in _pieces(text):
        pass


def fill(text: str, values: Mapping[str, str]) -> str:
    """The template with every placeholder replaced; the answer is JSON whatever the values hold.

    Args:
        text: the template.
        values: one value for each placeholder, as plain text; it is escaped for JSON here.

    Raises:
        TemplateError: the text is no template, a placeholder has no value, or a value has no
            placeholder (most often a misspelt name, which must not pass in silence).
    """
    pieces = tuple(_pieces(text))
    names = {piece for piece, is_name in pieces if is_name}
    if missing := names - values.keys():
        raise TemplateError(
            f"The template needs {_listed('a value', 'values', missing)}; give each of its "
            "placeholders one."
        )
    if unused := values.keys() - names:
        raise TemplateError(
            f"The template has no {_listed('placeholder', 'placeholders', unused, link='')}; "
            "remove the value or correct its name."
        )
    return "".join(escape(values[piece]) if is_name else piece for piece, is_name in pieces)


def escape(value: str) -> str:
    """The inside of the JSON string that holds ``value``, spelt as Terraform's jsonencode does."""
    inside = json.dumps(value, ensure_ascii=False)[1:-1]
    return _BEYOND_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", inside)


def has_placeholder(value: str) -> bool:
    """Whether a string of a template's document will be changed by filling the template."""
    return any(match["open"] == "${" for match in _SEQUENCE.finditer(value))


def _pieces(text: str) -> Iterable[tuple[str, bool]]:
    """The template as (literal text, False) and (placeholder name, True), in order."""
    _require_json(text)
    at = 0
    while match := _SEQUENCE.search(text, at):
        yield text[at : match.start()], False
        if match["escaped"]:
            yield match["escaped"][1:], False
            at = match.end()
            continue
        name = _NAME.match(text, match.end())
        if match["open"] != "${" or not name:
            _refuse(text, match.start())
        yield name[1], True
        at = name.end()
    yield text[at:], False


def _require_json(text: str) -> None:
    # A `$` outside a string is no JSON, so valid JSON has all its placeholders inside strings.
    try:
        json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        if text.startswith("${", error.pos):
            raise TemplateError(
                f"The placeholder at {_place(text, error.pos)} stands outside a string; write it "
                'inside one: "${name}".'
            ) from None
        raise TemplateError(
            f"The template is not JSON: {error.msg} at {_place(text, error.pos)}."
        ) from None
    except RecursionError:
        raise TemplateError("The template is nested too deeply to be a flow.") from None
    except ValueError as error:
        raise TemplateError(f"The template is not JSON: {error}.") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")


def _refuse(text: str, at: int) -> NoReturn:
    sequence = text[at : at + 2]
    raise TemplateError(
        f"{sequence!r} at {_place(text, at)} does not begin a plain placeholder such as ${{name}}; "
        "where Terraform should work something out, give that a name in its call of templatefile, "
        f"and for the literal characters write '{sequence[0]}{sequence}'."
    )


def _place(text: str, at: int) -> str:
    line = text.count("\n", 0, at) + 1
    column = at - text.rfind("\n", 0, at)
    return f"line {line}, column {column}"


def _listed(one: str, many: str, names: Iterable[str], *, link: str = "for ") -> str:
    ordered = sorted(names)
    return f"{one if len(ordered) == 1 else many} {link}{', '.join(ordered)}"
