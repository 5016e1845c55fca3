"""Scripted calls through what is deployed: number, flow, Lambda and queue are the applied ones."""

from __future__ import annotations

import contextlib
import fcntl
import uuid
from collections.abc import Iterator
from pathlib import Path

import boto3

from callsim.contact import Contact, Endpoint
from callsim.expectations import Queues, Traces, failures
from callsim.scenario import VENDORS, Scenario
from callsim.walker import walk
from connect_voice import vendors
from connect_voice.call_path import check_call_path, start_flow
from connect_voice.call_report import CallReport, render
from connect_voice.call_world import ConnectWorld
from connect_voice.connect_client import ConnectInstance, Deployment, Number
from connect_voice.errors import UsageError
from connect_voice.stand_ins import stand_ins

__all__ = ["CallReport", "Deployment", "Number", "check_call_path", "place_call", "render"]


def _scripted_vendor(scenario: Scenario) -> str | None:
    """Where a scenario that does not say so wants to call: the one vendor that it scripts."""
    scripted = [vendor.leads_to for vendor in vendors.VENDORS if vendor.name in scenario.stand_ins]
    return scripted[0] if len(scripted) == 1 else None


def place_call(
    scenario: Scenario, deployment: Deployment, session: boto3.Session, *, state_dir: Path
) -> CallReport:
    """Call the number and follow the call to its end.

    One call at a time: a stand-in plays one script.

    Args:
        session: with credentials for the deployment's account.
        state_dir: an existing folder of the embedded AWS, for the lock.

    Raises:
        UsageError: the deployment has no stand-in vendors, they do not understand the script, or
            there is no such number.
        CheckFailed: nobody would answer the number.
        OutsideError: AWS or a stand-in cannot be reached.
    """
    number = deployment.number(scenario.dials or _scripted_vendor(scenario))
    if deployment.control_url is None:
        raise UsageError(
            "Scripted calls need stand-in vendors, which only an embedded environment has; dial "
            f"{number.number} instead."
        )
    instance = ConnectInstance(deployment, session)
    with _alone(state_dir / "call.lock"), stand_ins(deployment.control_url) as control:
        for vendor in VENDORS:
            control.play(vendor, scenario.stand_ins.get(vendor, {}))
        if scenario.cold:
            control.recycle_lambdas()
        contact = Contact(
            contact_id=str(uuid.uuid4()),
            instance_arn=instance.arn,
            customer=None if scenario.caller is None else Endpoint(scenario.caller),
            system=Endpoint(number.number),
            attributes=scenario.attributes,
        )
        world = ConnectWorld(instance, session, control, scenario)
        with control.without_parameters(scenario.without_parameters):
            record = walk(start_flow(number, instance), contact, world)
        expect = scenario.expect
        traces = Traces(
            requests={
                vendor: control.count_requests(vendor, contact.contact_id)
                for vendor in expect.requests
            },
            disposition=instance.disposition(contact.contact_id) if expect.disposition else None,
        )
    queues = Queues(ids=deployment.queues, reasons=deployment.reason_queues)
    unheard = tuple(
        f"{name} should lose {count} of its replies, and did not reply that often."
        for name, count in scenario.lost_replies.items()
        if name in world.replies_not_lost()
    )
    unpressed = tuple(
        f"The caller should press {key} at a menu, and was asked for nothing more."
        for key in world.keys_not_pressed()
        if key is not None
    )
    return CallReport(
        scenario=scenario.name,
        description=scenario.description,
        failures=failures(record, expect, queues, traces) + unheard + unpressed,
        record=record,
    )


@contextlib.contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
