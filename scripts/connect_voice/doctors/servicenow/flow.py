"""The inbound flow: what callers get is what was deployed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

from connect_voice.doctors.flows import FLOW, changed_since, readable, shape
from connect_voice.doctors.servicenow.look import ServiceNowLook
from connect_voice.findings import Finding
from flowkit.model import Flow, parse

INBOUND = FLOW.under("servicenow")

# Terraform's jsonencode writes these as Go does (language/functions/jsonencode).
_ESCAPED = {character: f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


def as_deployed(look: ServiceNowLook) -> Iterator[Finding]:
    """Unchanged since the deploy, but for where the designer puts the blocks."""
    published = readable(look, look.servicenow.flow_id)
    if published is None:
        return  # a finding of its own
    wanted = look.servicenow.flow_sha256
    if wanted is None:
        yield INBOUND.warn(
            "unknown",
            "Cannot tell whether the flow is as it was deployed: this deployment does not say "
            "what that was; deploy again.",
        )
    elif fingerprint(published.flow) == wanted:
        yield INBOUND.good("as-deployed", f"{published.name} is as it was deployed")
    else:
        yield changed_since(
            INBOUND, published, _changed(look, published.flow) or ["their parameters"]
        )


def fingerprint(flow: Flow) -> str:
    """SHA-256 of ``jsonencode({ Actions, StartAction })`` as Terraform has it, in hexadecimal."""
    told = {key: flow.document.get(key) for key in ("Actions", "StartAction")}
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    for character, escape in _ESCAPED.items():
        text = text.replace(character, escape)
    return hashlib.sha256(text.encode()).hexdigest()


def _changed(look: ServiceNowLook, published: Flow) -> list[str]:
    """Blocks of the template that differ; the ones that Terraform adds are not known here."""
    if look.template is None:
        return []
    template = parse(look.template.read_text(encoding="utf-8"))
    # A comparison without conditions is where Terraform puts some of its own.
    open_ended = {
        action.identifier
        for action in template.actions
        if action.type == "Compare" and not action.transitions.conditions
    }
    there = shape(published)
    return [
        name
        for name, wanted in shape(template).items()
        if name not in open_ended and there.get(name) != wanted
    ]
