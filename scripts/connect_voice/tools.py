"""Finding Terraform and its provider on this machine.

Users have the public registry; machines that build without it have a filesystem mirror, in
Terraform's own layout ``registry.terraform.io/hashicorp/aws/<version>/<platform>/``.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from connect_voice.errors import UsageError

# The first with write-only arguments, which keep secrets out of plan and state.
TERRAFORM_OLDEST = (1, 11, 0)
PROVIDER_VERSION = "5.100.0"
MIRROR_VARIABLE = "CONNECT_VOICE_PROVIDER_MIRROR"
_PROVIDER = Path("registry.terraform.io") / "hashicorp" / "aws"
# How programs begin, which scripts do not: ELF, and Mach-O for one and for several processors.
_PROGRAMS = {b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe"}
_INSTALL = "https://developer.hashicorp.com/terraform/install"


@dataclass(frozen=True)
class TerraformBinary:
    """A Terraform (or OpenTofu) that is new enough."""

    path: Path
    version: str


def find_terraform(env: Mapping[str, str], kept: Path | None = None) -> TerraformBinary:
    """Terraform on PATH, or OpenTofu where there is no Terraform.

    Args:
        kept: a file that remembers what a program has answered; asking takes a twentieth of a
            second.

    Raises:
        UsageError: none is installed, it does not answer, or it is too old.
    """
    found = shutil.which("terraform", path=env.get("PATH")) or shutil.which(
        "tofu", path=env.get("PATH")
    )
    oldest = ".".join(map(str, TERRAFORM_OLDEST[:2]))
    if found is None:
        raise UsageError(
            f"Terraform is not on PATH; install Terraform {oldest} or newer ({_INSTALL})."
        )
    try:
        version = _remembered(found, kept) or _version_of(found, env.get("PATH", ""))
        number = tuple(int(part) for part in version.split("-", maxsplit=1)[0].split("."))
    except (OSError, subprocess.SubprocessError, ValueError, KeyError):
        raise UsageError(
            f"{found} does not answer `version -json`; install Terraform {oldest} or newer "
            f"({_INSTALL})."
        ) from None
    if number < TERRAFORM_OLDEST:
        raise UsageError(
            f"Terraform {version} at {found} is too old; install {oldest} or newer ({_INSTALL})."
        )
    _remember(found, kept, version)
    return TerraformBinary(Path(found), version)


def _remembered(found: str, kept: Path | None) -> str | None:
    """What this very program has answered before."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        known = json.loads(kept.read_text(encoding="utf-8")) if kept else {}
        if known["program"] == _identity(Path(found)):
            return str(known["version"])
    return None


def _remember(found: str, kept: Path | None, version: str) -> None:
    with suppress(OSError):
        identity = _identity(Path(found))
        if kept is None or identity is None or _remembered(found, kept) == version:
            return
        kept.parent.mkdir(parents=True, exist_ok=True)
        written = kept.with_name(f"{kept.name}.{os.getpid()}")
        text = json.dumps({"program": identity, "version": version})
        written.write_text(text, encoding="utf-8")
        written.replace(kept)


def _identity(found: Path) -> list[str | int] | None:
    """What tells a program from another; None of a version manager's stand-in for several."""
    path = found.resolve()
    with path.open("rb") as file:
        if path.name not in {"terraform", "tofu"} or file.read(4) not in _PROGRAMS:
            return None
        about = os.fstat(file.fileno())
    return [str(path), about.st_ino, about.st_size, about.st_mtime_ns]


@cache
def _version_of(found: str, path: str) -> str:
    answer = subprocess.run(
        [found, "version", "-json"],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
        # Checkpoint would ask the internet for news; a missing CLI config would only warn.
        env={"PATH": path, "CHECKPOINT_DISABLE": "1"},
    )
    return str(json.loads(answer.stdout)["terraform_version"])


def find_mirror(env: Mapping[str, str]) -> Path | None:
    """A folder that mirrors the pinned provider for this platform, if the machine has one.

    Looked for in `MIRROR_VARIABLE`, in the folders Terraform itself implies
    (https://developer.hashicorp.com/terraform/cli/config/config-file#implied-local-mirror-directories)
    and one level under the usual add-on folders of the Filesystem Hierarchy Standard.

    Raises:
        UsageError: `MIRROR_VARIABLE` names a folder that lacks the provider.
    """
    named = env.get(MIRROR_VARIABLE)
    if named:
        if not _mirrors_provider(Path(named)):
            raise UsageError(
                f"{MIRROR_VARIABLE} names {named}, which lacks hashicorp/aws {PROVIDER_VERSION} "
                f"for {provider_platform()}; correct it or unset it."
            )
        return Path(named)
    return next((folder for folder in _mirror_candidates(env) if _mirrors_provider(folder)), None)


def provider_platform() -> str:
    """This machine in Terraform's words, such as ``linux_amd64``."""
    machine = platform.machine().lower()
    architecture = {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)
    return f"{platform.system().lower()}_{architecture}"


def cli_config(mirror: Path | None, plugin_cache: Path) -> str:
    """The text of a Terraform CLI configuration: the mirror for what it has, else the registry."""
    if mirror is None:
        # One download for all environments of a checkout.
        return f"plugin_cache_dir = {json.dumps(str(plugin_cache))}\n"
    return (
        "provider_installation {\n"
        "  filesystem_mirror {\n"
        f"    path    = {json.dumps(str(mirror))}\n"
        '    include = ["registry.terraform.io/hashicorp/aws"]\n'
        "  }\n"
        "  direct {\n"
        '    exclude = ["registry.terraform.io/hashicorp/aws"]\n'
        "  }\n"
        "}\n"
    )


def user_has_cli_config(env: Mapping[str, str]) -> bool:
    """Whether the user configured Terraform; then that configuration is left in force.

    A ``TF_CLI_CONFIG_FILE`` that points at nothing does not count: Terraform only warns about it.
    """
    named = env.get("TF_CLI_CONFIG_FILE")
    if named:
        return Path(named).is_file()
    home = env.get("HOME")
    return home is not None and (Path(home) / ".terraformrc").is_file()


def _mirrors_provider(folder: Path) -> bool:
    package = folder / _PROVIDER
    zipped = f"terraform-provider-aws_{PROVIDER_VERSION}_{provider_platform()}.zip"
    return (package / PROVIDER_VERSION / provider_platform()).is_dir() or (
        package / zipped
    ).is_file()


def _mirror_candidates(env: Mapping[str, str]) -> Iterable[Path]:
    home = Path(env.get("HOME") or os.path.expanduser("~"))  # noqa: PTH111 (HOME may be unset)
    yield home / ".terraform.d" / "plugins"
    yield home / "Library" / "Application Support" / "io.terraform" / "plugins"
    yield Path(env.get("XDG_DATA_HOME") or home / ".local" / "share") / "terraform" / "plugins"
    shared = (env.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":")
    for folder in shared:
        yield Path(folder) / "terraform" / "plugins"
    for parent in ("/opt", "/usr/share", "/usr/local/share"):
        try:
            yield from sorted(path for path in Path(parent).iterdir() if path.is_dir())
        except OSError:
            continue
