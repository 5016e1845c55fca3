"""Rules against values that belong to one account, region, instance or line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flowkit._checks.graph import Graph
from flowkit._checks.strings import SPEECH, Value
from flowkit.literals import ACCOUNT, PHONE, REGION, UUID
from flowkit.problem import Problem, Rule

# Unlike `flowkit.literals.ARN` also with placeholders and paths for a region or an account.
_ARN = re.compile(r"arn:aws[\w-]*:([\w-]+):([^:\s\"']*):([^:\s\"']*):[^\s\"'<>,;]*")
_QUEUE_URL = re.compile(r"amazonaws\.com(?:\.cn)?/([0-9]{12})/")
_OPEN = re.compile(r"\$\{[^{}]*\}")


def portability_problems(graph: Graph) -> Iterator[Problem]:
    """Literal ARNs, account ids, regions, ids and telephone numbers, in Metadata too."""
    for value in graph.values:
        yield from _value(graph, value)
    for value in graph.other_values:
        yield from _value(graph, value)


def _value(graph: Graph, value: Value) -> Iterator[Problem]:
    if len(value.text) < 7:  # noqa: PLR2004 (nothing of these is shorter)
        return
    # What stands between literal parts is filled in later and is nobody's.
    text = _OPEN.sub("${}", value.text) if graph.template else value.text
    where = _where(graph, value)
    rest = text
    for match in _ARN.finditer(text):
        if problem := _arn(graph, value, where, match):
            yield problem
        rest = rest.replace(match[0], " ")
    account = _QUEUE_URL.search(rest)
    digits = account[1] if account else None
    if digits is None and value.key not in SPEECH and (bare := ACCOUNT.search(rest)):
        digits = bare[0]
    if digits:
        yield graph.finding(
            Rule.HARD_CODED_ACCOUNT,
            value.path,
            value.action,
            f"{where} holds the account id {digits}; write a placeholder such as ${{account_id}}.",
        )
    if region := REGION.search(rest):
        yield graph.finding(
            Rule.HARD_CODED_REGION,
            value.path,
            value.action,
            f"{where} holds the region {region[0]}; read $.AwsRegion or write a placeholder.",
        )
    if value.action is not None and (found := UUID.search(rest)):
        yield graph.finding(
            Rule.HARD_CODED_ID,
            value.path,
            value.action,
            f"{where} holds the id {found[0]}, which only one instance has; write a placeholder.",
        )
    if number := PHONE.search(rest):
        yield graph.finding(
            Rule.HARD_CODED_NUMBER,
            value.path,
            value.action,
            f"{where} holds the telephone number {number[0]}; write a placeholder.",
        )


def _arn(graph: Graph, value: Value, where: str, match: re.Match[str]) -> Problem | None:
    service, region, account = match[1], match[2], match[3]
    # A part that is a placeholder or a path such as $.AwsRegion is not hard-coded. The account of
    # AWS's own resources is the word aws.
    fixed = [part for part in (region, account) if part and "$" not in part and part != "aws"]
    nameless = not region and not account and service == "s3" and "$" not in match[0]
    if not fixed and not nameless:
        return None
    return graph.finding(
        Rule.HARD_CODED_ARN,
        value.path,
        value.action,
        f"{where} holds the ARN {_shortened(match[0])}; write a placeholder such as "
        f"${{{_placeholder(service)}}}.",
    )


def _placeholder(service: str) -> str:
    return f"{re.sub(r'[^A-Za-z0-9]', '_', service)}_arn"


def _shortened(text: str, most: int = 90) -> str:
    return text if len(text) <= most else f"{text[:most]}…"


def _where(graph: Graph, value: Value) -> str:
    if value.action is None:
        return value.path
    _, _, inside = value.path.partition("].")
    return f"{inside.removeprefix('Parameters.')} of {graph.label(value.action)}"
