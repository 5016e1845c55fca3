"""Why an HTTP exchange brought no reply."""

from enum import StrEnum


class Kind(StrEnum):
    """What happened, as far as anyone here can know."""

    TIMED_OUT = "timed_out"
    UNREACHABLE = "unreachable"
    """No connection came about: the request was certainly not seen."""
    CUT_OFF = "cut_off"
    """The connection ended before the reply: the request may have been carried out."""
    UNTRUSTED = "untrusted"
    OVERSIZED = "oversized"


class HttpFault(Exception):  # noqa: N818 - a fault, as everywhere here
    """No reply came; only the kind is kept, never the library's text."""

    def __init__(self, kind: Kind) -> None:
        super().__init__(kind.value)
        self.kind = kind
