"""The root under test: copied and initialised once, applied once as it stands."""

from __future__ import annotations

from pathlib import Path

import pytest
from terraform_support import DIFFERENT, MockedRoot, Outcome


@pytest.fixture(scope="session")
def mocked_root(
    root: Path, tmp_path_factory: pytest.TempPathFactory, terraform_env: dict[str, str]
) -> MockedRoot:
    return MockedRoot(root, tmp_path_factory.mktemp("mocked"), terraform_env)


@pytest.fixture(scope="session")
def applied(mocked_root: MockedRoot) -> Outcome:
    outcome = mocked_root.apply()
    assert outcome.errors == ()
    return outcome


@pytest.fixture(scope="session")
def different(mocked_root: MockedRoot) -> Outcome:
    """Kore alone, and every choice another one."""
    outcome = mocked_root.apply(**DIFFERENT)
    assert outcome.errors == ()
    return outcome


@pytest.fixture(scope="session")
def without_dispositions(mocked_root: MockedRoot) -> Outcome:
    outcome = mocked_root.apply(kore_disposition={"enabled": False}, kore_webhook_url=None)
    assert outcome.errors == ()
    return outcome
