"""The Lambda: what its settings say, and whether its role may read its secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator

from connect_voice.doctors.parameters import arn_of, key_arn, may
from connect_voice.doctors.servicenow.look import ServiceNowLook
from connect_voice.doctors.shapes import is_https
from connect_voice.doctors.topic import Topic
from connect_voice.findings import Finding

SETTINGS = Topic("servicenow.settings", "servicenow settings")
ROLE = Topic("servicenow.lambda-role", "servicenow Lambda's role")

_REQUIRED = (
    "CALL_CONTEXT_PATH",
    "SERVICENOW_INSTANCE_HOST",
    "SERVICENOW_INSTANCE_NAME",
    "SERVICENOW_PARAMETER_PATH",
    "VOICE_SERVICE_HOST",
)
_HOSTS = {
    "SERVICENOW_INSTANCE_HOST": "servicenow_endpoints.instance_host",
    "VOICE_SERVICE_HOST": "servicenow_endpoints.voice_service_host",
}
_PREFIXES = re.compile(r"\+[1-9][0-9]{0,14}( *, *\+[1-9][0-9]{0,14})*")


def settings(look: ServiceNowLook) -> Iterator[Finding]:
    """Complete and well formed."""
    told = look.variables
    if not told:
        return  # no Lambda, or an environment that cannot be read: findings of their own
    problems = []
    lacking = [name for name in _REQUIRED if not told.get(name)]
    if lacking:
        problems.append(
            SETTINGS.bad(
                "complete",
                f"The environment of {look.servicenow.function.name} lacks {', '.join(lacking)}; "
                "deploy again.",
            )
        )
    for name, variable in _HOSTS.items():
        if told.get(name) and not is_bare_host(told[name]):
            problems.append(
                SETTINGS.bad(
                    "host",
                    f"{name} must be a host, without https:// and without a path; correct "
                    f"{variable} and deploy again.",
                )
            )
    path = told.get("CALL_CONTEXT_PATH")
    if path and (not path.startswith("/") or path.startswith("//") or " " in path):
        problems.append(
            SETTINGS.bad(
                "path",
                "CALL_CONTEXT_PATH must begin with one slash; correct servicenow.call_context_path "
                "and deploy again.",
            )
        )
    if _PREFIXES.fullmatch(told.get("DNIS_PREFIXES", "")) is None:
        problems.append(
            SETTINGS.bad(
                "prefixes",
                "DNIS_PREFIXES names no beginnings of numbers such as +1, so that any number in "
                "the world may be dialled at your cost; correct servicenow.dnis_prefixes and "
                "deploy again.",
            )
        )
    yield from problems or [SETTINGS.good("complete", "complete, and well formed")]


def role(look: ServiceNowLook) -> Iterator[Finding]:
    """It may read the OAuth client, and no other parameter."""
    function = look.servicenow.function
    configuration = look.function(function)
    if configuration is None:
        return  # a finding of its own
    arn, at = configuration["Role"], look.deployed
    refused = set()
    for parameter in look.secret_parameters:
        name = parameter.name
        row = look.described_parameters.get(name)
        key = row.get("KeyId") if row is not None else None
        if row is not None and not may(look, arn, "ssm:GetParameters", arn_of(at, name), name):
            refused.add("ssm:GetParameters")
        ours = key is not None and key_arn(at, key) == at.kms_key_arn
        if ours and not may(look, arn, "kms:Decrypt", at.kms_key_arn, name):
            refused.add("kms:Decrypt")
    if refused:
        yield ROLE.bad(
            "allows",
            f"{function.name} may not do {', '.join(sorted(refused))} for its OAuth client, so "
            "that no caller reaches an AI agent; deploy again.",
        )
    else:
        yield ROLE.good("allows", "may read the OAuth client")
    other = "/somebody-elses/client_secret"
    if may(look, arn, "ssm:GetParameters", arn_of(at, other), other):
        yield ROLE.bad(
            "denies",
            f"{function.name} may read other parameters than its own; remove what was added to "
            "its role and deploy again.",
        )
    else:
        yield ROLE.good("denies", "may read no other parameter")


def is_bare_host(text: str) -> bool:
    """Whether a text is a host with an optional port and nothing more."""
    return is_https(f"https://{text}") and re.fullmatch(r"[A-Za-z0-9.:-]+", text) is not None
