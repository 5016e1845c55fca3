"""What tests share: the checkout, copies of it to work in, and the program as a user runs it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from checkouts import Checkout, environment_put_back

from connect_voice.tools import cli_config, find_mirror, find_terraform, user_has_cli_config

ROOT = Path(__file__).resolve().parents[1]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the journeys: they are the longest, and the others fill the time beside them."""
    items.sort(key=lambda item: "journey" not in item.path.parts)


@pytest.fixture(autouse=True)
def own_environment() -> Iterator[None]:
    with environment_put_back():
        yield


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def make_checkout(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[], Checkout]]:
    """Copies of the checkout as git would give them, uncommitted work included.

    Each is cleaned up at the end: its embedded AWS stopped, whatever became of the test.
    """
    made: list[Checkout] = []

    def make() -> Checkout:
        folder = tmp_path_factory.mktemp("checkout")
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            check=True,
            capture_output=True,
        ).stdout
        for name in filter(None, listed.decode().split("\0")):
            source = ROOT / name
            if source.is_file():
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target)
        wheels = ROOT / ".cache" / "wheels"
        if wheels.is_dir():  # content-addressed and verified again when read
            shutil.copytree(wheels, folder / ".cache" / "wheels")
        checkout = Checkout(folder)
        made.append(checkout)
        return checkout

    yield make
    for checkout in made:
        checkout.run("local", "down", "--quiet")


@pytest.fixture
def checkout(make_checkout: Callable[[], Checkout]) -> Checkout:
    return make_checkout()


@pytest.fixture(scope="session")
def terraform_env(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which ``terraform`` finds its provider, and no AWS of the user's.

    A missing Terraform or provider fails the tests that need it: they are prerequisites.
    """
    find_terraform(os.environ)
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "TF_VAR_", "TF_CLI_ARGS", "TF_DATA_DIR"))
    }
    env["CHECKPOINT_DISABLE"] = "1"
    if not user_has_cli_config(env):
        folder = tmp_path_factory.mktemp("terraform-cli")
        (folder / "plugins").mkdir()
        file = folder / "cli.tfrc"
        file.write_text(cli_config(find_mirror(env), folder / "plugins"), encoding="utf-8")
        env["TF_CLI_CONFIG_FILE"] = str(file)
    return env
