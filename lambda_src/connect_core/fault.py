"""The one exception for faults that are expected, and that a flow can act upon."""


class Fault(Exception):  # noqa: N818 - the outside's fault, not an error of ours
    """An expected fault: something outside did not do its part.

    It carries words of our own only, so that no message, header or body of the outside world can
    travel with it into a reply or a log.

    Args:
        code: The reply's `errorCode`: upper-case words joined by underscores, e.g. OAUTH_TIMEOUT.
        retryable: Whether the same request may well succeed a moment later.
        about: The name of the setting concerned, for the log; never its value.
        retry_after: Seconds for which the other side asked to be left alone, None when it did not.
    """

    def __init__(
        self, code: str, *, retryable: bool, about: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(code)
        self.code = code
        self.retryable = retryable
        self.about = about
        self.retry_after = retry_after
