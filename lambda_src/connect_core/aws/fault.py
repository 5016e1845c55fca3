"""What AWS answers instead of a result."""

from collections.abc import Mapping

from connect_core.http import Response

# AWS's own names, as services document them under "Common errors" and each operation's errors.
_DENIED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidClientTokenId",
        "InvalidKeyId",  # SSM: the KMS key is not ours to use
        "InvalidSignatureException",
        "KMSAccessDeniedException",
        "MissingAuthenticationToken",
        "NoCredentials",  # ours: neither keys nor a credentials endpoint in the environment
        "NotAuthorized",
        "OptInRequired",
        "RegionDisabledException",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_THROTTLED = frozenset(
    {
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
_OWN_FAULT = frozenset(
    {"InternalFailure", "InternalServerError", "ServiceUnavailable", "TransactionConflictException"}
)
_NO_REPLY = frozenset({"timed_out", "unreachable", "cut_off", "untrusted", "oversized"})
_OTHERS = frozenset(
    {
        "ConditionalCheckFailedException",
        "HierarchyTypeMismatchException",  # SSM: the parameter exists and is no SecureString
        "MalformedPolicyDocument",
        "PackedPolicyTooLarge",
        "RequestExpired",
        "RequestTimeTooSkewed",
        "ParameterLimitExceeded",
        "ParameterMaxVersionLimitExceeded",
        "ResourceNotFoundException",
        "TooManyUpdates",
        "ValidationError",
        "ValidationException",
        "InvalidReply",  # ours: a success without what the operation promises
    }
)
_KNOWN = _DENIED | _THROTTLED | _OWN_FAULT | _NO_REPLY | _OTHERS
_TOO_MANY_REQUESTS = 429
_SERVER_ERROR = 500


class AwsFault(Exception):  # noqa: N818 - a fault, as everywhere here
    """An operation of AWS did not succeed.

    Args:
        operation: For example "ssm:GetParameters".
        code: AWS's error code, or why there was no reply. A code that is not known here is kept as
            "unknown": nothing that came over the network gets into a log as it is.
        response: What AWS sent, None when there was no reply. No part of it is in the text.
    """

    def __init__(self, operation: str, code: str, response: Response | None = None) -> None:
        self.code = code if code in _KNOWN else "unknown"
        super().__init__(f"{operation}: {self.code}")
        self.operation = operation
        self.response = response

    @property
    def about(self) -> str:
        """The operation and the code, for the log."""
        return f"{self.operation} {self.code}"

    @property
    def details(self) -> Mapping[str, object]:
        """What AWS says besides the code, where it says so in JSON."""
        try:
            return self.response.json_object() if self.response is not None else {}
        except ValueError:
            return {}

    @property
    def denied(self) -> bool:
        """Whether permissions or credentials are at fault."""
        return self.code in _DENIED

    @property
    def throttled(self) -> bool:
        """Whether there are too many requests at this moment."""
        status = self.response.status if self.response is not None else 0
        return self.code in _THROTTLED or status == _TOO_MANY_REQUESTS

    @property
    def passing(self) -> bool:
        """Whether the same request may succeed a moment later."""
        if self.code in _NO_REPLY:
            return self.code not in ("untrusted", "oversized")
        busy = self.throttled or self.code in _OWN_FAULT
        return busy or (self.response is not None and self.response.status >= _SERVER_ERROR)
