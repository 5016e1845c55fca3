"""Secrets from Systems Manager Parameter Store, read in one batch and kept for some minutes."""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from connect_core.aws.client import Aws, JsonService
from connect_core.aws.fault import AwsFault
from connect_core.deadline import Clock, Deadline
from connect_core.fault import Fault
from connect_core.secret import Secret
from connect_core.value import Value

# Parameter Store allows 40 reads a second by default, for the whole account and region.
KEEP_SECONDS = 600.0
READ_SECONDS = 3.0
_SSM = JsonService("ssm", "AmazonSSM", "1.1")


class ParameterSource(Protocol):
    """Where secrets come from."""

    def read(self, names: Sequence[str], deadline: Deadline) -> Mapping[str, str]:
        """The values of those names that exist.

        Raises:
            Fault: SECRET_DENIED or SECRET_UNAVAILABLE.
        """


class ParameterTarget(Protocol):
    """Where secrets go."""

    def write(self, name: str, value: str, *, key: str, tier: str, deadline: Deadline) -> None:
        """Write one secret, over what is there.

        Args:
            name: The parameter.
            value: The secret.
            key: Id or ARN of the KMS key that encrypts it.
            tier: Parameter Store's tier, which the length of the value decides.
            deadline: When it must be done.

        Raises:
            Fault: SECRET_DENIED or SECRET_UNAVAILABLE.
        """


class SsmParameters:
    """Parameter Store.

    Args:
        aws: Sends the requests.
    """

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    def read(self, names: Sequence[str], deadline: Deadline) -> Mapping[str, str]:
        """One GetParameters with decryption; see `ParameterSource`."""
        payload = {"Names": list(names), "WithDecryption": True}
        try:
            answer = self._aws.json(_SSM, "GetParameters", payload, deadline.at_most(READ_SECONDS))
        except AwsFault as fault:
            raise _unusable(fault) from None
        found = answer.get("Parameters")
        if not isinstance(found, list):  # what does not exist is named under InvalidParameters
            raise Fault(
                "SECRET_UNAVAILABLE", retryable=True, about="ssm:GetParameters InvalidReply"
            )
        return dict(_values(found))

    def write(self, name: str, value: str, *, key: str, tier: str, deadline: Deadline) -> None:
        """One PutParameter of a SecureString; see `ParameterTarget`."""
        payload = {
            "Name": name,
            "Value": value,
            "Type": "SecureString",
            "KeyId": key,
            "Tier": tier,
            "Overwrite": True,
        }
        try:
            self._aws.json(_SSM, "PutParameter", payload, deadline)
        except AwsFault as fault:
            raise _unusable(fault) from None


def _unusable(fault: AwsFault) -> Fault:
    if fault.denied:
        return Fault("SECRET_DENIED", retryable=False, about=fault.about)
    return Fault("SECRET_UNAVAILABLE", retryable=True, about=fault.about)


def _values(parameters: Sequence[object]) -> Iterator[tuple[str, str]]:
    for parameter in parameters:
        match parameter:
            case {"Name": str(name), "Value": str(value)}:
                yield name, value


class _Kept(Value):
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
        return _complete(self.look_up(names, deadline))

    def read_again(self, names: tuple[str, ...], deadline: Deadline) -> tuple[Secret, ...]:
        """The secrets as they are now, whatever is remembered: a rotated secret gets here.

        Raises:
            Fault: As `get`.
        """
        self.forget(names)
        return self.get(names, deadline)

    def look_up(self, names: tuple[str, ...], deadline: Deadline) -> tuple[Secret, ...]:
        """The same, but an empty secret for what does not exist or is blank.

        Raises:
            Fault: As `ParameterSource`.
        """
        with self._lock:
            kept = self._kept.get(names)
        if kept is not None and self._clock() < kept.until:
            return kept.secrets
        values = self._source.read(names, deadline)
        secrets = tuple(Secret(values.get(name, "").strip()) for name in names)
        if _all_there(secrets):
            with self._lock:
                self._kept[names] = _Kept(secrets, self._clock() + self._keep_seconds)
        return secrets

    def forget(self, names: tuple[str, ...]) -> None:
        """Read them from the source next time."""
        with self._lock:
            self._kept.pop(names, None)


def _all_there(secrets: tuple[Secret, ...]) -> bool:
    return all(secret.reveal() for secret in secrets)


def _complete(secrets: tuple[Secret, ...]) -> tuple[Secret, ...]:
    if not _all_there(secrets):
        raise Fault("SECRET_MISSING", retryable=False)
    return secrets
