"""The errors this package raises on purpose."""

from __future__ import annotations


class BuildError(Exception):
    """A build, a lock or a manifest that cannot be had.

    Its text is one sentence for the user: what is wrong and what to do about it.
    """


class Unavailable(BuildError):  # noqa: N818 - reads as what happened
    """A disk, the package index or a service did not do its part; nothing here is at fault."""


class NoWheel(BuildError):  # noqa: N818 - reads as what happened
    """The package index has no wheel that the target takes."""
