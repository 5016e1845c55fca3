"""What can end a command early, each kind with its exit code.

Every message is one sentence that says what is wrong and what to do; the command line prints it
without a traceback.
"""

from __future__ import annotations


class CommandError(Exception):
    """A command cannot go on; ``exit_code`` is what the process ends with."""

    exit_code = 3


class CheckFailed(CommandError):
    """A check said no: the input was understood and refused."""

    exit_code = 1


class UsageError(CommandError):
    """Wrong use, or a tool that must be installed first."""

    exit_code = 2


class OutsideError(CommandError):
    """The world outside failed: a service, the network, the disk, a killed process."""

    exit_code = 3
