"""Where a service of AWS answers."""

import re
from collections.abc import Mapping

from connect_core import host as hosts
from connect_core import url as urls
from connect_core.environment import matching, required
from connect_core.fault import Fault
from connect_core.transport import Scheme
from connect_core.value import Value

_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-[0-9]{1,2}")
# Beginnings of region names and their partition's DNS suffix (botocore's partitions.json).
_SUFFIXES = (
    ("cn-", "amazonaws.com.cn"),
    ("us-isob-", "sc2s.sgov.gov"),
    ("us-iso-", "c2s.ic.gov"),
    ("eusc-", "amazonaws.eu"),
)


class Endpoint(Value):
    """Scheme and ``host`` or ``host:port`` of a service."""

    scheme: Scheme
    host: str


def region_of(environment: Mapping[str, str]) -> str:
    """The function's region, which Lambda sets.

    Raises:
        Fault: CONFIG_MISSING or CONFIG_INVALID, about AWS_REGION.
    """
    try:
        return matching(_REGION, required(environment, "AWS_REGION")["AWS_REGION"])
    except ValueError:
        raise Fault("CONFIG_INVALID", retryable=False, about="AWS_REGION") from None


def dns_suffix(region: str) -> str:
    """The end of AWS's host names in a region's partition."""
    return next((end for start, end in _SUFFIXES if region.startswith(start)), "amazonaws.com")


def endpoint(service: str, region: str, environment: Mapping[str, str]) -> Endpoint:
    """Where to send a service's requests: the region's own endpoint, STS's included.

    AWS_ENDPOINT_URL_<SERVICE> and AWS_ENDPOINT_URL lead elsewhere, as they do AWS's SDKs; plain
    HTTP only to this very machine.

    Args:
        service: For example "ssm".
        region: For example "eu-central-1".
        environment: The function's environment.

    Raises:
        Fault: CONFIG_INVALID, about the variable.
    """
    for name in (f"AWS_ENDPOINT_URL_{service.upper()}", "AWS_ENDPOINT_URL"):
        given = environment.get(name, "").strip()
        if given:
            return _configured(given, name)
    return Endpoint("https", f"{service}.{region}.{dns_suffix(region)}")


def _configured(text: str, name: str) -> Endpoint:
    scheme: Scheme = "http" if text.lower().startswith("http://") else "https"
    try:
        url = urls.parse(text, scheme=scheme)
    except ValueError:
        url = None
    if url is None or url.path != "/" or (scheme == "http" and not hosts.is_loopback(url.host)):
        raise Fault("CONFIG_INVALID", retryable=False, about=name)
    return Endpoint(scheme, url.host)
