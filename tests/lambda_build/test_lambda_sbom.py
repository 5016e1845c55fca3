"""The bill of materials beside each zip."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from build_fixtures import Clone, Index, Wheel
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from lambda_build import assembly


def _bill(clone: Clone) -> Any:
    return json.loads((clone.dist / "greeter.cdx.json").read_text())


@pytest.fixture
def made(clone: Clone, index: Index) -> tuple[Clone, Wheel, Wheel]:
    part = index.add("part", "3", metadata=("License: Apache-2.0",))
    tool = index.add(
        "tool", "1", requires=("part>=2",), metadata=("License-Expression: MIT OR ISC",)
    )
    clone.add("greeter", tool, part)
    clone.write("greeter/requirements.in", "tool\n")
    clone.lock("greeter", tool, part)
    return clone, tool, part


def test_a_bill_names_the_zip_and_what_is_in_it(made: tuple[Clone, Wheel, Wheel]) -> None:
    clone, tool, part = made
    artifact = clone.build().lambdas["greeter"]
    bill = _bill(clone)
    assert bill["bomFormat"] == "CycloneDX"
    assert bill["metadata"]["component"]["name"] == "greeter"
    assert bill["metadata"]["component"]["hashes"] == [
        {"alg": "SHA-256", "content": artifact.sha256}
    ]
    found = {item["name"]: item for item in bill["components"]}
    assert found["tool"]["purl"] == "pkg:pypi/tool@1"
    assert found["tool"]["hashes"] == [{"alg": "SHA-256", "content": tool.sha256}]
    assert found["tool"]["licenses"] == [{"expression": "MIT OR ISC"}]
    assert found["part"]["licenses"] == [{"license": {"id": "Apache-2.0"}}]
    assert found["part"]["hashes"][0]["content"] == part.sha256
    edges = {item["ref"]: item.get("dependsOn", []) for item in bill["dependencies"]}
    assert edges == {
        "greeter": ["pkg:pypi/tool@1"],
        "pkg:pypi/tool@1": ["pkg:pypi/part@3"],
        "pkg:pypi/part@3": [],
    }


def test_the_manifest_vouches_for_the_bill(made: tuple[Clone, Wheel, Wheel]) -> None:
    clone, *_ = made
    artifact = clone.build().lambdas["greeter"]
    assert artifact.sbom == clone.dist / "greeter.cdx.json"
    assert hashlib.sha256(artifact.sbom.read_bytes()).hexdigest() == artifact.sbom_sha256


def test_a_bill_knows_no_time_and_no_chance(made: tuple[Clone, Wheel, Wheel]) -> None:
    clone, *_ = made
    clone.build()
    first = _bill(clone)
    for path in clone.dist.iterdir():
        path.unlink()
    clone.build()
    assert _bill(clone) == first
    assert "timestamp" not in first["metadata"]


def test_a_bill_is_for_the_new_zip_after_an_edit_and_not_made_anew(
    made: tuple[Clone, Wheel, Wheel], monkeypatch: pytest.MonkeyPatch
) -> None:
    clone, *_ = made
    clone.build()
    first = _bill(clone)
    clone.write("greeter/handler.py", "def handler(event, context): return 1\n")
    monkeypatch.setattr(assembly, "_bill", None)  # calling it would fail
    artifact = clone.build().lambdas["greeter"]
    second = _bill(clone)
    assert second["metadata"]["component"]["hashes"][0]["content"] == artifact.sha256
    assert second["serialNumber"] != first["serialNumber"]
    assert second["components"] == first["components"]


@pytest.mark.parametrize("how", ["altered", "gone"])
def test_a_bill_that_is_not_as_it_was_made_is_made_again(
    made: tuple[Clone, Wheel, Wheel], how: str
) -> None:
    clone, *_ = made
    path = clone.build().lambdas["greeter"].sbom
    first = path.read_bytes()
    if how == "altered":
        path.write_bytes(first.replace(b"Apache-2.0", b"MIT"))
    else:
        path.unlink()
    assert clone.build().lambdas["greeter"].outcome == "built"
    assert path.read_bytes() == first


def test_a_licence_that_is_a_sentence_is_kept_as_one(clone: Clone, index: Index) -> None:
    clone.add("greeter", index.add("tool", "1", metadata=("License: Do as you like",)))
    clone.add("greeter", index.add("mute", "1"), index.add("tool", "1"))
    clone.build()
    mute = next(item for item in _bill(clone)["components"] if item["name"] == "mute")
    assert "licenses" not in mute


def test_a_bill_keeps_to_the_schema(made: tuple[Clone, Wheel, Wheel]) -> None:
    clone, *_ = made
    clone.build()
    text = (clone.dist / "greeter.cdx.json").read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
