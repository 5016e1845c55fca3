"""ServiceNow's hosts: well formed, with a certificate that can be verified, and answering."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from connect_voice.doctors import hosts
from connect_voice.doctors.servicenow.function import is_bare_host
from connect_voice.doctors.servicenow.look import ServiceNowLook
from connect_voice.findings import Finding

ENDPOINTS = hosts.ENDPOINTS.under("servicenow")


def endpoints(look: ServiceNowLook) -> Iterator[Finding]:
    """Ask both; one host may be both."""
    asker = hosts.Asker(look, ENDPOINTS)
    told = {
        "instance": look.instance_host,
        "voice-service": look.voice_service_host,
    }
    for name, host in told.items():
        if host is None and look.function(look.servicenow.function) is not None:
            yield asker.about(name).warn(
                "unknown",
                "Cannot tell which host that is: neither this deployment nor the Lambda's "
                "environment says it; deploy again, or grant kms:Decrypt to whoever runs the "
                "doctor.",
            )
    yield from hosts.at_once(
        partial(
            asker.url,
            name,
            f"https://{host}/",
            f"servicenow_endpoints.{name.replace('-', '_')}_host",
        )
        for name, host in told.items()
        if host is not None and is_bare_host(host)  # otherwise a finding of the settings
    )
