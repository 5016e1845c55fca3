"""A second voice assistant on ServiceNow's one function, added and taken away again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from journey_laptop import Laptop

VARIABLES = "terraform/environments/local/terraform.tfvars"
SERVICE_ID = "aa11bb22cc33dd44ee55ff6677889900"
NUMBER = """phone_numbers = {
  facilities = {
    claim    = { country_code = "US", prefix = "+1303" }
    leads_to = "servicenow_voice/facilities"
  }
"""
SERVICE = f"""
servicenow_voice_services = {{
  facilities = {{ voice_service_id = "{SERVICE_ID}", greeting = "Hello, this is facilities." }}
}}
servicenow_token_copy = "Standard"
"""


@pytest.fixture(scope="module")
def added(laptop: Laptop) -> Iterator[Any]:
    """The report of the deploy that adds it."""
    file: Path = laptop.checkout.root / VARIABLES
    before = file.read_text(encoding="utf-8")
    laptop.checkout.edit(VARIABLES, "phone_numbers = {\n", NUMBER)
    with file.open("a", encoding="utf-8") as text:
        text.write(SERVICE)
    try:
        yield laptop.deploy()
    finally:
        file.write_text(before, encoding="utf-8")
        gone = laptop.deploy_and_lose()
    assert [flow for flow in gone["outputs"]["inbound_flows"] if "facilities" in flow] == []


def dialling(laptop: Laptop, tmp_path: Path, dials: str) -> Any:
    """The report of a cold call whose caller asks for a person."""
    scenario = "flows/servicenow_voice/scenarios/caller-asks-for-a-person.yaml"
    text = (laptop.checkout.root / scenario).read_text(encoding="utf-8")
    file = tmp_path / "call.yaml"
    file.write_text(text.replace("dials: servicenow_voice\n", f"dials: {dials}\ncold: true\n"))
    return laptop.call(str(file))


def test_the_first_is_left_as_it_is(added: Any) -> None:
    changed = {change["address"] for change in added["changes"]}
    assert not any("inbound" in address or "ssm_parameter.client" in address for address in changed)
    assert {change["action"] for change in added["changes"]} == {"create", "update"}


@pytest.mark.usefixtures("added")
def test_each_number_reaches_its_own(laptop: Laptop, tmp_path: Path) -> None:
    greetings = {
        "servicenow_voice": "Hello, and thank you for calling the service desk.",
        "servicenow_voice/facilities": "Hello, this is facilities.",
    }
    for dials, greeting in greetings.items():
        report = dialling(laptop, tmp_path, dials)
        assert report["passed"], report["failures"]
        assert greeting in [line["text"] for line in report["transcript"]]


def test_each_leaves_a_copy_of_its_token(laptop: Laptop, added: Any, tmp_path: Path) -> None:
    ssm = laptop.client("ssm")
    first = added["outputs"]["servicenow_parameter_names"]["client_id"]
    for dials, client_id in (
        ("servicenow_voice", first),
        ("servicenow_voice/facilities", first.replace(first.split("/")[-2], SERVICE_ID)),
    ):
        dialling(laptop, tmp_path, dials)
        name = client_id.replace("/client_id", "/access_token")
        copy = ssm.get_parameter(Name=name, WithDecryption=False)["Parameter"]
        assert copy["Type"] == "SecureString"
        # Another new environment takes it over, and leaves it as it is.
        dialling(laptop, tmp_path, dials)
        assert ssm.get_parameter(Name=name)["Parameter"]["Version"] == copy["Version"]
        ssm.delete_parameter(Name=name)  # the function's own: no deploy takes it away
