"""Temporary credentials for execution roles, as Lambda gets them from STS."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock

from moto.sts.models import sts_backends
from moto.utilities.utils import get_partition

from local_aws.iam import trust
from local_aws.iam.directory import find_role
from local_aws.lambda_runtime import Credentials

_DURATION = timedelta(hours=1)
# Longer than a worker keeps away from the end of its credentials, so that a new worker never
# starts with credentials it would refuse to work with.
_RENEW_BEFORE = timedelta(minutes=20)
LAMBDA = "lambda.amazonaws.com"


class RoleNotAssumable(Exception):  # noqa: N818 - reads as what it says
    """The execution role is gone or does not trust Lambda."""

    def __init__(self) -> None:
        super().__init__("The role defined for the function cannot be assumed by Lambda.")


@dataclass(frozen=True)
class _Holder:
    role_arn: str
    session: str
    region: str


def check_assumable(role_arn: str) -> None:
    """Make sure that the role exists and trusts Lambda.

    Raises:
        RoleNotAssumable: it does not.
    """
    role = find_role(role_arn)
    if role is None or not trust.service_may_assume(role.assume_role_policy_document, LAMBDA):
        raise RoleNotAssumable


class RoleCredentials:
    """Hands out one set of credentials a function, renewed in time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._issued: dict[_Holder, Credentials] = {}

    def of(self, role_arn: str, function_name: str, region: str) -> Credentials:
        """Return credentials of the role under the function's name, as Lambda names the session.

        Raises:
            RoleNotAssumable: the role is gone or does not trust Lambda.
        """
        check_assumable(role_arn)
        holder = _Holder(role_arn, function_name, region)
        with self._lock:
            issued = self._issued.get(holder)
            if issued is None or issued.expires_at - _RENEW_BEFORE < datetime.now(UTC):
                issued = self._issued[holder] = _assume(holder)
            return issued


def _assume(holder: _Holder) -> Credentials:
    account_id = holder.role_arn.split(":")[4]
    session = sts_backends[account_id][get_partition(holder.region)].assume_role(
        region_name=holder.region,
        role_session_name=holder.session,
        role_arn=holder.role_arn,
        policy="",
        duration=int(_DURATION.total_seconds()),
        external_id="",
    )
    return Credentials(
        access_key_id=session.access_key_id,
        secret_access_key=session.secret_access_key,
        session_token=session.session_token,
        expires_at=session.expiration.replace(tzinfo=UTC),
    )
