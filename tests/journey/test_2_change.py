"""Changes deploy in place, and the next call shows them. The last test takes everything away."""

from __future__ import annotations

import os
import signal
from typing import Any

from journey_laptop import Laptop


def said(report: Any) -> str:
    return "\n".join(line["text"] for line in report["transcript"])


def actions(report: Any) -> set[str]:
    return {change["action"] for change in report["changes"]}


def test_a_changed_greeting_is_heard_in_the_next_call(laptop: Laptop) -> None:
    variables = "terraform/environments/local/terraform.tfvars"
    old = "Hello, and thank you for calling the service desk"
    laptop.checkout.edit(variables, old, 'Good day \\"dear\\" caller, ${1 + 1}')
    report = laptop.deploy()
    assert actions(report) == {"update"}
    assert [change["address"] for change in report["changes"]] == [
        "module.servicenow_voice[0].aws_connect_contact_flow.inbound"
    ]
    assert 'Good day "dear" caller, 2' in said(report["calls"][0])


def test_a_changed_line_of_the_handler_answers_the_next_call(laptop: Laptop) -> None:
    laptop.checkout.edit(
        "lambda_src/servicenow_voice/call_context.py",
        'short_text(answer.get("tracing_id"))',
        '"changed-" + short_text(answer.get("tracing_id"))',
    )
    report = laptop.deploy()
    assert actions(report) == {"update"}
    assert report["calls"][0]["attributes"]["tracingId"].startswith("changed-")


def test_a_changed_variable_reroutes_the_next_call(laptop: Laptop) -> None:
    variables = "terraform/environments/local/terraform.tfvars"
    laptop.checkout.edit(variables, 'user_requested = "service-desk"', 'user_requested = "default"')
    report = laptop.deploy()
    assert actions(report) == {"update"}
    assert report["calls"][0]["queue"]["name"] == "Front desk"


def test_a_number_that_somebody_led_away_is_led_back(laptop: Laptop) -> None:
    connect = laptop.client("connect")
    (instance,) = connect.list_instances()["InstanceSummaryList"]
    numbers = connect.list_phone_numbers_v2(TargetArn=instance["Arn"])[
        "ListPhoneNumbersSummaryList"
    ]
    for number in numbers:
        connect.disassociate_phone_number_contact_flow(
            PhoneNumberId=number["PhoneNumberId"], InstanceId=instance["Id"]
        )
    report = laptop.deploy()
    assert {change["action"] for change in report["changes"]} == {"replace"}
    assert len(report["changes"]) == len(numbers)
    assert all(call["passed"] for call in report["calls"])
    assert not laptop.deploy()["changed"]


def test_a_removed_embedded_aws_is_made_anew(laptop: Laptop) -> None:
    before = laptop.status
    os.kill(before["pid"], signal.SIGKILL)
    gone = laptop.checkout.run("call", "oauth-down")
    assert gone.exit_code == 3
    assert "run make deploy" in gone.err
    assert laptop.checkout.ok("local", "status").out.startswith("The embedded AWS is not running")
    report = laptop.deploy()
    assert report["applied"]["created"] == laptop.report["applied"]["created"]
    assert all(call["passed"] for call in report["calls"])
    assert laptop.status["pid"] != before["pid"]


def test_destroying_wants_a_yes(laptop: Laptop) -> None:
    done = laptop.checkout.run("destroy", "local")
    assert done.exit_code == 2
    assert "YES=1" in done.err
    assert laptop.status["resources"] > 0


def test_destroying_leaves_nothing(laptop: Laptop) -> None:
    resources = laptop.status["resources"]
    done = laptop.checkout.ok("destroy", "local", env={"YES": "1"})
    assert f"Removed {resources} resources" in done.out
    status = laptop.checkout.ok("local", "status", "--json").json
    assert status == {"running": False, "resources": 0}
    again = laptop.checkout.ok("destroy", "local", env={"YES": "1"})
    assert "Nothing is deployed" in again.out
