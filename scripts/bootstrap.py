"""Prepare the Python environments; called by make, needs nothing but a Python.

``.venv`` holds the tooling and this project itself, ``.venv-lambda`` what AWS's Python runtime
holds, so that a Lambda on the laptop can import no more than it could on AWS. ``.venv-policy``
holds checkov, whose pins agree with nobody else's; it is large and only some commands need it, so
it is made on demand: ``bootstrap.py --policy``. All come from lock files with hashes. This file
must run on any Python, so that an old one gets a sentence and not a syntax error.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OLDEST = (3, 11)
LAMBDA_PYTHON = (3, 13)  # the runtime the Lambdas are deployed on
SOURCE_ONLY = "python-terraform"  # has no wheel on the index; pure Python
WHEELS, SOURCES = ".cache/setup-wheels.txt", ".cache/setup-sources.txt"
OWN_CODE = ["scripts", "policies", "build", "local"]
KNOWN = [(3, minor) for minor in (13, 12, 14, 11)]
POLICY, POLICY_LOCK = ".venv-policy", "requirements-policy.txt"
POLICY_PYTHONS = [(3, minor) for minor in (11, 12, 13, 14)]  # checkov is made for the first two


def main():
    """Bring both environments up to date and say how long it took."""
    lock = _alone("setup.lock")
    if _is_ready():
        return 0
    tooling = sys.executable if sys.version_info[:2] >= OLDEST else _find(KNOWN)
    if tooling is None:
        return _fail(
            "Python %d.%d or newer is needed and this is %d.%d; install one, or name it: "
            "make PYTHON=/path/to/python3 …" % (OLDEST + tuple(sys.version_info[:2]))
        )
    runtime = _find([LAMBDA_PYTHON]) or tooling
    started = time.time()
    print("Preparing the tools (once; about a minute) …")
    sys.stdout.flush()
    for folder, python in ((".venv", tooling), (".venv-lambda", runtime)):
        if not _make(folder, python):
            return _cannot_make(python)
    _split_requirements()
    installs = [
        (_wheels(_pip(".venv", WHEELS)), ".cache/setup-venv.log"),
        (
            _wheels(_pip(".venv-lambda", "local/requirements-lambda-runtime.txt")),
            ".cache/setup-venv-lambda.log",
        ),
    ]
    compiling = _compile()
    running = [(_run(command, log), log) for command, log in installs]
    for process, log in running:
        if process.wait() != 0:
            return _explain(log)
    # Built with the locked setuptools and hatchling that are installed by now, never with
    # something a build isolation would fetch without a hash.
    local = _pip(".venv", SOURCES) + ["--no-build-isolation", "--no-binary", SOURCE_ONLY]
    project = [".venv/bin/python", "-m", "pip", "install", "--quiet", "--no-deps"]
    project += ["--no-build-isolation", "--no-index", "--editable", "."]
    for command, log in (
        (local, ".cache/setup-sources.log"),
        (project, ".cache/setup-project.log"),
    ):
        if _run(command, log).wait() != 0:
            return _explain(log)
    compiling.wait()  # what it could not write is compiled at each start
    with open(".venv/.ready", "w") as stamp:
        stamp.write("%s\n" % tooling)
    print("Tools ready in %.0f s." % (time.time() - started))
    lock.close()
    return 0


def policy():
    """Bring the policy gate's environment up to date."""
    lock = _alone("setup-policy.lock")
    with open(POLICY_LOCK, "rb") as file:
        wanted = hashlib.sha256(file.read()).hexdigest()
    if _stamp(POLICY) == wanted:
        return 0
    python = _find(POLICY_PYTHONS) or sys.executable
    # Whatever a killed run has left has no stamp and goes.
    if not _make(POLICY, python):
        return _cannot_make(python)
    log = _log_of(POLICY)
    if _run(_wheels(_pip(POLICY, POLICY_LOCK)), log).wait() != 0:
        return _explain(log)
    with open(os.path.join(POLICY, ".ready"), "w") as stamp:
        stamp.write(wanted)
    lock.close()
    return 0


def _alone(name):
    """Two makes in one checkout: one prepares, the other waits."""
    os.chdir(ROOT)
    os.makedirs(".cache", exist_ok=True)
    lock = open(os.path.join(".cache", name), "w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def _stamp(folder):
    try:
        with open(os.path.join(folder, ".ready")) as file:
            return file.read().strip()
    except OSError:
        return None


def _make(folder, python):
    shutil.rmtree(folder, ignore_errors=True)
    return _run([python, "-m", "venv", folder], _log_of(folder)).wait() == 0


def _log_of(folder):
    return ".cache/setup-%s.log" % folder.strip(".")


def _cannot_make(python):
    return _fail(
        "%s cannot make a virtual environment; install its venv module "
        "(Debian and Ubuntu: python3-venv)." % python
    )


def _is_ready():
    stamp = os.path.join(".venv", ".ready")
    inputs = ["requirements.txt", "local/requirements-lambda-runtime.txt", "pyproject.toml"]
    inputs.append("scripts/bootstrap.py")
    return os.path.exists(stamp) and all(
        os.path.getmtime(stamp) >= os.path.getmtime(path) for path in inputs
    )


def _find(versions):
    """The first interpreter of these versions that really starts; version managers put names on
    PATH that answer with an error."""
    for version in versions:
        name = "python%d.%d" % version
        path = shutil.which(name)
        check = "import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != %r)" % (version,)
        if path and subprocess.call([path, "-c", check], stderr=subprocess.DEVNULL) == 0:
            return path
    return None


def _pip(folder, requirements):
    command = [os.path.join(folder, "bin", "python"), "-m", "pip", "install", "--quiet"]
    command += ["--disable-pip-version-check", "--no-input"]
    return command + ["--no-deps", "--require-hashes", "--requirement", requirements]


def _wheels(command):
    return command + ["--only-binary", ":all:"]


def _compile():
    """Compile the project's own code: containers often tell Python to write no bytecode, and every
    command would compile it anew, for half a second."""
    command = [os.path.join(".venv", "bin", "python"), "-m", "compileall", "-q"]
    return _run(command + OWN_CODE, ".cache/setup-compile.log")


def _split_requirements():
    """One lock file, two installs: what has no wheel is built after what has."""
    with open("requirements.txt") as lock:
        blocks = re.split(r"^(?=\S)", lock.read(), flags=re.MULTILINE)
    sources = [block for block in blocks if block.startswith(SOURCE_ONLY + "==")]
    for path, chosen in ((SOURCES, sources), (WHEELS, [b for b in blocks if b not in sources])):
        with open(path, "w") as file:
            file.write("".join(chosen))


def _run(command, log):
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=open(log, "w"), stderr=subprocess.STDOUT
    )


def _explain(log):
    """One sentence out of pip's log."""
    with open(log) as file:
        text = file.read()
    if "DO NOT MATCH THE HASHES" in text.upper() or "HASHES ARE REQUIRED" in text.upper():
        return _fail(
            "a downloaded package does not match the hash in its lock file, so nothing was "
            "installed from it; run `make lock` if you changed the locks, and distrust the index "
            "if you did not (details: %s)." % log,
            1,
        )
    if "No matching distribution found" in text or "Connection" in text or "timed out" in text:
        return _fail(
            "the package index could not be reached or lacks a package; check the network and "
            "pip's settings, then run make again (details: %s)." % log,
            3,
        )
    return _fail("pip failed; its own words are in %s." % log, 3)


def _fail(sentence, code=2):
    print("setup: " + sentence, file=sys.stderr)
    return code


if __name__ == "__main__":
    try:
        sys.exit(policy() if sys.argv[1:] == ["--policy"] else main())
    except KeyboardInterrupt:
        sys.exit(_fail("interrupted; run make again.", 130))
