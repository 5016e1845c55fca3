"""Where things lie in a checkout."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from connect_voice.errors import UsageError


@dataclass(frozen=True)
class Project:
    """One checkout of this repository; every path a command touches hangs below ``root``."""

    root: Path

    @property
    def terraform(self) -> Path:
        """The Terraform root module."""
        return self.root / "terraform"

    @property
    def environments(self) -> Path:
        """One folder an environment."""
        return self.terraform / "environments"

    @property
    def flows(self) -> Path:
        """Flow templates and the scenarios that prove them."""
        return self.root / "flows"

    @property
    def dist(self) -> Path:
        """What the build makes."""
        return self.root / "dist"

    @property
    def local(self) -> Path:
        """State, logs and secrets of the embedded AWS."""
        return self.root / ".local"

    @property
    def cache(self) -> Path:
        """What can be thrown away at any time."""
        return self.root / ".cache"

    @property
    def terraform_version(self) -> Path:
        """What Terraform has said of its version."""
        return self.cache / "terraform-version.json"


# scripts/connect_voice/project.py -> the checkout this program was installed from
_INSTALLED_FROM = Path(__file__).resolve().parents[2]


def find_project(root: Path | None = None) -> Project:
    """The checkout at ``root``, by default the one this program was installed from.

    Raises:
        UsageError: the folder is not a checkout of this repository.
    """
    folder = (root or _INSTALLED_FROM).resolve()
    if not (folder / "terraform" / "environments").is_dir():
        raise UsageError(
            f"{folder} is not a checkout of this project (it has no terraform/environments); "
            "name one with --project."
        )
    return Project(folder)


def installed_python(environment: str) -> Path:
    """The interpreter of one of the environments that ``make setup`` prepares.

    Args:
        environment: ``.venv`` or ``.venv-lambda``.
    """
    return _INSTALLED_FROM / environment / "bin" / "python"
