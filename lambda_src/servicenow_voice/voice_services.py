"""Several voice services on one function: where each has its call context API.

ServiceNow makes a path, and perhaps a host, for each voice assistant that is deployed. Client and
secret of each are found by its id in Parameter Store; where it is asked stands in the environment.
"""

import json
import re
from collections.abc import Mapping

from connect_core import host, url
from connect_core.value import Value

# A sys_id, or a name that somebody gave; it becomes part of parameters' names.
ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_KNOWN = frozenset({"host", "callContextPath"})


class VoiceService(Value):
    """Where a voice service has its call context API.

    Args:
        host: ``host`` or ``host:port``.
        call_context_path: The path.
    """

    host: str
    call_context_path: str


def parse(text: str, default: VoiceService) -> Mapping[str, VoiceService]:
    """Read the setting.

    Args:
        text: A JSON object of objects, ``{"<id>": {"callContextPath": "/api/x", "host": "y"}}``,
            both keys optional; blank for none.
        default: What a voice service has that leaves out a key.

    Raises:
        ValueError: It is something else.
    """
    if not text.strip():
        return {}
    try:
        services: object = json.loads(text)
    except RecursionError:
        services = None
    if not isinstance(services, dict):
        raise ValueError("VOICE_SERVICES must be a JSON object.")  # noqa: TRY004 - bad data
    return {key: _service(key, value, default) for key, value in services.items()}


def _service(key: str, value: object, default: VoiceService) -> VoiceService:
    if not ID.fullmatch(key) or not isinstance(value, dict) or not _KNOWN.issuperset(value):
        raise ValueError("VOICE_SERVICES must have ids, each with host or callContextPath.")
    where, path = value.get("host"), value.get("callContextPath")
    if not all(part is None or isinstance(part, str) for part in (where, path)):
        raise ValueError("A host or a path in VOICE_SERVICES is no text.")
    return VoiceService(
        default.host if where is None else host.normalise(where),
        default.call_context_path if path is None else url.check_path(path),
    )
