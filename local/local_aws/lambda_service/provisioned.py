"""Provisioned concurrency: kept and answered, ready at once; workers start when they are needed."""

from __future__ import annotations

from dataclasses import dataclass

from moto.core.utils import iso_8601_datetime_with_nanoseconds

from local_aws.errors import ApiError
from local_aws.lambda_service.functions import FunctionBackend, Provisioned
from local_aws.lambda_service.invocation import Target


class NotProvisioned(ApiError):  # noqa: N818 - reads as what it says
    """There is no such configuration."""

    code = "ProvisionedConcurrencyConfigNotFoundException"

    def __init__(self) -> None:
        super().__init__("No Provisioned Concurrency Config found for this function")


class CannotProvision(ApiError):  # noqa: N818 - reads as what it says
    """Lambda does not provision for this version, or not so much."""

    code = "InvalidParameterValueException"


@dataclass(frozen=True)
class Place:
    """A version or alias of a function that may have concurrency of its own."""

    backend: FunctionBackend
    target: Target

    @property
    def _arn(self) -> str:
        return self.target.invoked_arn

    def put(self, executions: int) -> dict[str, object]:
        """Provision.

        Raises:
            CannotProvision: for $LATEST, beside SnapStart, or beyond the reserved concurrency.
        """
        function, latest = self.target.function, self.target.latest
        if str(function.version) == "$LATEST":
            raise CannotProvision(
                "Provisioned Concurrency Configs cannot be applied to unpublished function "
                "versions."
            )
        if function.snap_start:
            raise CannotProvision("Provisioned Concurrency cannot be used together with SnapStart.")
        reserved = latest.reserved_concurrency
        others = self.backend.provisioned_for(latest.function_name, besides=self._arn)
        if reserved is not None and executions + others > int(reserved):
            raise CannotProvision(
                "Requested Provisioned Concurrency should not be greater than the "
                "reservedConcurrentExecution for function"
            )
        modified = iso_8601_datetime_with_nanoseconds()
        self.backend.provisioned[self._arn] = Provisioned(
            latest.function_name, executions, modified
        )
        return self.get()

    def get(self) -> dict[str, object]:
        """Answer what is provisioned.

        Raises:
            NotProvisioned: nothing is.
        """
        found = self.backend.provisioned.get(self._arn)
        if found is None:
            raise NotProvisioned
        return {
            "RequestedProvisionedConcurrentExecutions": found.executions,
            "AvailableProvisionedConcurrentExecutions": found.executions,
            "AllocatedProvisionedConcurrentExecutions": found.executions,
            "Status": "READY",
            "LastModified": found.modified,
        }

    def delete(self) -> None:
        """Provision no more."""
        self.backend.provisioned.pop(self._arn, None)
