"""Whatever goes over a network goes over verified TLS."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from plan_policy.rule import Finding, Rule, fails, passes, sentence, unproven
from plan_policy.values import Step, leaves
from plan_policy.world import Resource, World

_PLAIN = re.compile(
    r"(?i)\b(?:http|ws|ftp|ldap|amqp|redis)://(?!www\.w3\.org/|json-schema\.org/)[^\s\"']+"
)
_OLD_TLS = re.compile(
    r"(?i)(?:.*[^a-z])?(?:SSL-?v?[23]|TLS-?_?v?1(?:[._-][01])?)(?:[^0-9._-].*|[-_]20\d\d.*)?"
)
_TLS_NAMES = re.compile(
    r"(?i)(?:.*_)?(?:minimum_protocol_version|min(?:imum)?_tls(?:_version)?|ssl_policy|"
    r"tls(?:_security)?_policy|security_policy|tls_version)"
)
# A switch that turns verification off, by its name and the value that does.
_UNVERIFIED: Mapping[str, str] = {
    r"(?:.*_)?(?:ssl|tls|cert(?:ificate)?|https?)_?(?:verify|verification|validation)": "off",
    r"(?:.*_)?verify_?(?:ssl|tls|certs?|https|peer|host|certificates?)": "off",
    r"(?:.*_)?(?:pythonhttpsverify|node_tls_reject_unauthorized|reject_unauthorized)": "off",
    r"(?:.*_)?(?:insecure|insecure_ssl|insecure_tls|insecure_skip_verify|insecureskipverify)": "on",
    r"(?:.*_)?(?:skip|disable|no)_?(?:ssl|tls|cert)_?(?:verify|verification|validation)?": "on",
}
_OFF, _ON = {"0", "false", "no", "off", "none", "disabled"}, {"1", "true", "yes", "on", "enabled"}
# What Cloud Control's own schemas say is no endpoint of ours.
_NOT_OURS = {"schema"}
_SHOWN = 5
# Where the endpoints of vendors stand, so that nothing of it may stay open.
_ENDPOINTS: Mapping[str, tuple[Step, ...]] = {
    "aws_lambda_function": ("environment", 0, "variables"),
}


def _tls(world: World) -> Iterator[Finding]:
    found = [(each.address, wrong) for each in world.managed() if (wrong := list(_problems(each)))]
    found += [
        ("", [f"the provider {key} has this wrong: {problem}"])
        for key, config in _providers(world)
        for place, name, value in leaves(config)
        if (problem := _problem(place, name, value))
    ]
    for address, wrong in found:
        yield fails(address, sentence(wrong[:_SHOWN]))
    still_open = [
        (each, name)
        for kind, path in _ENDPOINTS.items()
        for each in world.managed(kind)
        for name in [".".join(str(step) for step in path if isinstance(step, str))]
        if each.value(*path).unknown or not each.value(*path).whole
    ]
    for each, name in still_open:
        yield unproven(
            each.address,
            f"Where {name} leads to is known only after apply; plan again with a rehearsal.",
        )
    if not found and not still_open:
        yield passes("", "Nothing in the plan goes without TLS.")


def _problems(resource: Resource) -> Iterator[str]:
    for place, name, value in resource.values():
        if place.partition(".")[0].partition("[")[0] not in _NOT_OURS:
            problem = _problem(place, name, value)
            if problem:
                yield problem


def _problem(place: str, name: str, value: Any) -> str | None:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if isinstance(value, str) and (plain := _PLAIN.search(value)):
        return f"its {place} goes to {plain[0][:80]} without TLS: use https or wss"
    if _TLS_NAMES.fullmatch(name) and _OLD_TLS.fullmatch(text):
        return f"its {place} takes {text}: ask for TLS 1.2 or later"
    if _turned_off(name.lower().replace("-", "_"), text.lower()):
        return f"its {place} = {text} turns the verification of certificates off: leave it out"
    return None


def _turned_off(name: str, text: str) -> bool:
    return any(
        text in (_OFF if bad == "off" else _ON) and re.fullmatch(pattern, name)
        for pattern, bad in _UNVERIFIED.items()
    )


def _providers(world: World) -> Iterator[tuple[str, Any]]:
    found = world.plan.configuration.get("provider_config")
    if isinstance(found, Mapping):
        for key, config in found.items():
            if isinstance(config, Mapping):
                yield str(key), _constants(config.get("expressions"))


def _constants(expressions: Any) -> Any:
    if isinstance(expressions, Mapping):
        if "constant_value" in expressions:
            return expressions["constant_value"]
        return {key: _constants(value) for key, value in expressions.items()}
    if isinstance(expressions, list):
        return [_constants(each) for each in expressions]
    return None


RULES = (
    Rule(
        "tls-only",
        "Everything goes over verified TLS 1.2 or later",
        "Whoever is on the way reads what callers say, or answers in a vendor's name.",
        "Use https and wss, and give private certificate authorities as ca_bundle_pem.",
        _tls,
    ),
)
