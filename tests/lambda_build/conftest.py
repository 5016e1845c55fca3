"""A small repository, small wheels and a package index, all made by the test itself."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from build_fixtures import Clone, Index, Wheel

from lambda_build import BuildError, interpreter, target


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Index:
    """An index that pip uses instead of every other one."""
    made = Index(tmp_path / "index")
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", made.url)
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    monkeypatch.setenv("PIP_TOOLS_CACHE_DIR", str(tmp_path / "pip-tools"))
    return made


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """A repository with the shared package and no Lambda yet."""
    made = Clone(tmp_path / "clone")
    made.write("connect_core/__init__.py", "")
    made.write("connect_core/reply.py", 'OK = "ok"\n')
    return made


@pytest.fixture
def colour(index: Index) -> Wheel:
    """A wheel with everything a zip leaves out, and a licence."""
    return index.add(
        "colour",
        "1.2",
        {
            "colour/__init__.py": 'RED = "#f00"\n' * 50,
            "colour/__init__.pyi": "RED: str\n",
            "colour/py.typed": "",
            "colour/_fast.c": "int main(void) { return 0; }\n",
            "colour/tests/test_colour.py": "def test(): ...\n",
            "colour-1.2.data/scripts/colour": "#!python\n",
            "colour-1.2.data/purelib/colour/extra.py": "BLUE = 1\n",
            "colour-1.2.dist-info/licenses/LICENSE": "Do as you like.\n",
            "colour-1.2.dist-info/entry_points.txt": "[colour]\nred = colour:RED\n",
        },
        metadata=("License-Expression: MIT-0",),
    )


@pytest.fixture(scope="session")
def lambda_python(root: Path) -> str:
    """An interpreter of the Lambdas' minor version; a test that needs one is skipped without."""
    try:
        found = interpreter.find(root, target.PYTHON)
    except BuildError as error:
        pytest.skip(str(error))
    assert found is not None
    return str(found.path)
