from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from snow_instance import SnowInstance, serve

from connect_voice.servicenow.instance import Instance


@pytest.fixture
def snow() -> SnowInstance:
    return SnowInstance()


@pytest.fixture
def at(snow: SnowInstance, tmp_path: Path) -> Iterator[Instance]:
    """Where the instance is reached."""
    folder = tmp_path / "tls"
    folder.mkdir()
    with serve(snow, folder) as instance:
        yield instance
