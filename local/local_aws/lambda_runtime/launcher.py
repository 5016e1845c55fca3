"""First code of a worker process: makes it mortal and its disk read-only, then hands over.

Run by the Lambda interpreter as `launcher.py PARENT_PID HANDLER`, with nothing of ours on its path:
standard library only. Afterwards the process is what `python -m awslambdaric HANDLER` would be in
the task root.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import os
import runpy
import signal
import sys

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
# Landlock's system calls have the same numbers on every architecture (linux/landlock.h).
_LANDLOCK_CREATE_RULESET = 444
_LANDLOCK_ADD_RULE = 445
_LANDLOCK_RESTRICT_SELF = 446
_LANDLOCK_RULE_PATH_BENEATH = 1
# Rights of Landlock's first version that change a file system: write a file (bit 1), remove
# folders and files (4, 5), make nodes of any kind (6 to 12).
_WRITE_FILE = 1 << 1
_CHANGES = _WRITE_FILE | sum(1 << bit for bit in range(4, 13))


class _RulesetAttr(ctypes.Structure):
    _fields_ = (("handled_access_fs", ctypes.c_uint64),)


class _PathBeneathAttr(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def die_with(parent: int) -> None:
    """Let the kernel end this process when the server ends, however the server ends."""
    if sys.platform != "linux":  # elsewhere the lost Runtime API ends the worker
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before the line above
        sys.exit(1)


def allow_writing_only(folders: tuple[str, ...], devices: tuple[str, ...]) -> None:
    """Make the file system read-only but for `folders`, as in Lambda, where the kernel can.

    File modes alone would not hold root, and would leave folders that `rm -rf` cannot remove. A
    task root below one of `folders` stays writable: Landlock knows no exceptions.
    """
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    handled = _RulesetAttr(_CHANGES)
    size = ctypes.c_size_t(ctypes.sizeof(handled))
    ruleset = libc.syscall(_LANDLOCK_CREATE_RULESET, ctypes.byref(handled), size, 0)
    if ruleset < 0:  # an older kernel, or Landlock switched off
        return
    for path, rights in [(f, _CHANGES) for f in folders] + [(d, _WRITE_FILE) for d in devices]:
        with contextlib.suppress(FileNotFoundError):
            parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
            rule = _PathBeneathAttr(rights, parent)
            libc.syscall(
                _LANDLOCK_ADD_RULE, ruleset, _LANDLOCK_RULE_PATH_BENEATH, ctypes.byref(rule), 0
            )
            os.close(parent)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.syscall(_LANDLOCK_RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


def main() -> None:
    """Prepare the process and become awslambdaric."""
    die_with(int(sys.argv[1]))
    if os.environ.get("LC_CTYPE") == "C.UTF-8":
        # Python added it: it does so where LANG names a locale this machine has not (PEP 538).
        del os.environ["LC_CTYPE"]
    allow_writing_only((os.environ["TMPDIR"], "/tmp"), ("/dev/null", "/dev/tty"))  # noqa: S108
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    if importlib.util.find_spec("runtime_client") is None:
        # awslambdaric's own is compiled, for Linux alone
        sys.path.append(f"{__file__.rpartition('/')[0]}/portable")
    sys.argv = ["awslambdaric", sys.argv[2]]
    runpy.run_module("awslambdaric", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
