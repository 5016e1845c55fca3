"""The function's settings, read from its environment."""

import ssl
from collections.abc import Mapping

from connect_core import tls
from connect_core.environment import about, parameter_path, required, seconds
from connect_core.value import Value, field

# A day at most, as Terraform allows.
_LEAST_SECONDS, _MOST_SECONDS = 60, 24 * 3600


class Settings(Value):
    """What Terraform tells the function.

    Args:
        parameter_path: Path of the bots in Parameter Store, without a slash at the end.
        token_seconds: How long a token lives.
        tls_context: Whom to trust.
    """

    parameter_path: str
    token_seconds: int
    tls_context: ssl.SSLContext = field(shown=False, compared=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read and check every setting.

        Raises:
            Fault: CONFIG_MISSING or CONFIG_INVALID.
        """
        given = required(environment, "KORE_PARAMETER_PATH", "WIDGET_TOKEN_SECONDS")
        with about("KORE_PARAMETER_PATH"):
            path = parameter_path(given["KORE_PARAMETER_PATH"])
        with about("WIDGET_TOKEN_SECONDS"):
            lifetime = seconds(given["WIDGET_TOKEN_SECONDS"], _LEAST_SECONDS, _MOST_SECONDS)
        with about("CA_BUNDLE_PEM"):
            tls_context = tls.client_context(environment.get("CA_BUNDLE_PEM", ""))
        return cls(path, lifetime, tls_context)
