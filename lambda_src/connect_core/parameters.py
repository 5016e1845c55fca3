"""Secrets from Systems Manager Parameter Store, read in one batch and kept for some minutes."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

from connect_core.bounded import TimeIsUpError, run_within
from connect_core.deadline import Clock, Deadline
from connect_core.fault import Fault
from connect_core.secret import Secret

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

# Parameter Store allows 40 reads a second by default, for the whole account and region.
KEEP_SECONDS = 600.0
READ_SECONDS = 3.0
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "InvalidKeyId"})


class ParameterSource(Protocol):
    """Where secrets come from."""

    def read(self, names: Sequence[str], deadline: Deadline) -> Mapping[str, str]:
        """The values of those names that exist.

        Raises:
            Fault: SECRET_DENIED or SECRET_UNAVAILABLE.
        """


def ssm_client() -> "SSMClient":
    """A client whose own time-outs and retries fit into an invocation.

    Imported here because botocore costs a tenth of a second; botocore alone, because boto3 adds
    half as much again for nothing we use.
    """
    import botocore.session  # noqa: PLC0415
    from botocore.config import Config  # noqa: PLC0415

    config = Config(
        connect_timeout=1.0,
        read_timeout=1.5,
        retries={"mode": "standard", "total_max_attempts": 2},
    )
    client = botocore.session.get_session().create_client("ssm", config=config)
    return cast("SSMClient", client)


class SsmParameters:
    """Parameter Store.

    Args:
        client: Makes the client when it is first needed.
    """

    def __init__(self, client: Callable[[], "SSMClient"] = ssm_client) -> None:
        self._make_client = client
        self._client: SSMClient | None = None

    def read(self, names: Sequence[str], deadline: Deadline) -> Mapping[str, str]:
        """One GetParameters with decryption; see `ParameterSource`."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        left = deadline.at_most(READ_SECONDS).remaining()
        try:
            return run_within(left, lambda: self._get(names))
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in _DENIED:
                raise Fault("SECRET_DENIED", retryable=False) from None
            raise Fault("SECRET_UNAVAILABLE", retryable=True) from None
        except (BotoCoreError, TimeIsUpError):
            raise Fault("SECRET_UNAVAILABLE", retryable=True) from None

    def _get(self, names: Sequence[str]) -> Mapping[str, str]:
        if self._client is None:
            self._client = self._make_client()
        answer = self._client.get_parameters(Names=list(names), WithDecryption=True)
        return {
            parameter["Name"]: parameter["Value"]
            for parameter in answer["Parameters"]
            if "Name" in parameter and "Value" in parameter
        }


@dataclass(frozen=True)
class _Kept:
    secrets: tuple[Secret, ...]
    until: float


class SecretCache:
    """Secrets kept in memory for some minutes.

    Args:
        source: Where they come from.
        keep_seconds: How long a secret is believed.
        clock: A clock that never runs backwards.
    """

    def __init__(
        self,
        source: ParameterSource,
        *,
        keep_seconds: float = KEEP_SECONDS,
        clock: Clock = time.monotonic,
    ) -> None:
        self._source = source
        self._keep_seconds = keep_seconds
        self._clock = clock
        self._kept: dict[tuple[str, ...], _Kept] = {}
        self._lock = threading.Lock()

    def get(self, names: tuple[str, ...], deadline: Deadline) -> tuple[Secret, ...]:
        """The secrets in the order of their names.

        Raises:
            Fault: SECRET_MISSING when one does not exist or is blank, else as `ParameterSource`.
        """
        with self._lock:
            kept = self._kept.get(names)
        if kept is not None and self._clock() < kept.until:
            return kept.secrets
        return self.read_again(names, deadline)

    def read_again(self, names: tuple[str, ...], deadline: Deadline) -> tuple[Secret, ...]:
        """The secrets as they are now, whatever is remembered: a rotated secret gets here.

        Raises:
            Fault: As `get`.
        """
        values = self._source.read(names, deadline)
        secrets = tuple(Secret(values.get(name, "").strip()) for name in names)
        if not all(secret.reveal() for secret in secrets):
            raise Fault("SECRET_MISSING", retryable=False)
        with self._lock:
            self._kept[names] = _Kept(secrets, self._clock() + self._keep_seconds)
        return secrets
