"""The function's settings, read from its environment."""

import re
import ssl
from collections.abc import Mapping

from connect_core import tls, url
from connect_core.environment import about, matching, parameter_path, required
from connect_core.url import Url
from connect_core.value import Value, field

_TABLE = re.compile(r"[A-Za-z0-9_.-]{3,255}")
_DAYS = re.compile(r"[1-9][0-9]{0,4}")


class Webhook(Value):
    """Where dispositions are posted to.

    Args:
        url: The receiver.
        secret_parameter: Name of the parameter with the secret that signs.
    """

    url: Url
    secret_parameter: str


class Settings(Value):
    """What Terraform tells the function.

    Args:
        table: The DynamoDB table of dispositions.
        retention_days: How long an item is kept.
        has_webhook: Whether dispositions are to be posted.
        tls_context: Whom to trust.
    """

    table: str
    retention_days: int
    has_webhook: bool
    tls_context: ssl.SSLContext = field(shown=False, compared=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read and check what storing needs.

        Raises:
            Fault: CONFIG_MISSING or CONFIG_INVALID.
        """
        given = required(environment, "DISPOSITIONS_TABLE", "RETENTION_DAYS")
        with about("DISPOSITIONS_TABLE"):
            table = matching(_TABLE, given["DISPOSITIONS_TABLE"])
        with about("RETENTION_DAYS"):
            days = int(matching(_DAYS, given["RETENTION_DAYS"]))
        with about("CA_BUNDLE_PEM"):
            tls_context = tls.client_context(environment.get("CA_BUNDLE_PEM", ""))
        return cls(table, days, bool(environment.get("WEBHOOK_URL", "").strip()), tls_context)


def webhook_of(environment: Mapping[str, str]) -> Webhook:
    """Read and check what the webhook needs, apart: its faults must not cost a disposition.

    Raises:
        Fault: CONFIG_MISSING or CONFIG_INVALID.
    """
    given = required(environment, "WEBHOOK_URL", "WEBHOOK_SECRET_PARAMETER")
    with about("WEBHOOK_URL"):
        target = url.parse(given["WEBHOOK_URL"])
    with about("WEBHOOK_SECRET_PARAMETER"):
        parameter = parameter_path(given["WEBHOOK_SECRET_PARAMETER"])
    return Webhook(target, parameter)
