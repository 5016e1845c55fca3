"""Would a call get through? Read-only, so also for accounts in which no call is simulated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import boto3

from callsim import paths
from callsim.world import FlowSource
from connect_voice.call_world import refusal_to_invoke
from connect_voice.connect_client import ConnectInstance, Deployment, Number
from connect_voice.errors import CheckFailed
from connect_voice.findings import Finding
from connect_voice.lambda_permission import is_bound_to
from flowkit.model import Action


def check_call_path(deployment: Deployment, session: boto3.Session) -> tuple[Finding, ...]:
    """Follow every number to its flow, and everything that flow and the next ones name.

    What is broken is told once for each number it is broken for, what is in order once.

    Raises:
        OutsideError: AWS cannot be reached or refuses.
    """
    instance = ConnectInstance(deployment, session)
    found: list[Finding] = []
    for key, number in sorted(deployment.phone_numbers.items()):
        found += [
            finding if finding.ok else replace(finding, detail=f"Number {key}: {finding.detail}")
            for finding in _findings(number, instance)
        ]
    return tuple(dict.fromkeys(found))


def start_flow(number: Number, instance: ConnectInstance) -> str:
    """Id of the flow that answers the number.

    Raises:
        CheckFailed: nobody would answer; says why.
    """
    if not instance.takes_calls:
        raise CheckFailed(
            "Inbound calls are switched off on the Connect instance; switch them on there."
        )
    status = instance.number_status(number.id)
    if status is None:
        raise CheckFailed(f"{number.number} does not belong to the Connect instance; deploy again.")
    if status != "CLAIMED":
        raise CheckFailed(f"{number.number} cannot be called: its status is {status}.")
    flow_id = instance.flow_of_number(number.id)
    if flow_id is None:
        raise CheckFailed(f"{number.number} leads to no flow; deploy again.")
    return flow_id


def _findings(number: Number, instance: ConnectInstance) -> Iterator[Finding]:
    try:
        flow_id = start_flow(number, instance)
    except CheckFailed as reason:
        yield Finding("number", ok=False, detail=str(reason))
        return
    yield Finding("number", ok=True, detail=f"{number.number} leads to a flow")
    seen: set[str] = set()
    waiting = [flow_id]
    while waiting:
        flow_id = waiting.pop()
        if flow_id in seen:
            continue
        seen.add(flow_id)
        source = instance.flow(flow_id)
        if source is None:
            yield Finding("flow", ok=False, detail=f"The flow {flow_id} is not published.")
            continue
        yield Finding("flow", ok=True, detail=f"{source.name} is published")
        yield from _named_by(source, instance)
        waiting += _static(source, "TransferToFlow", "ContactFlowId")
        waiting += _hooks(source)


def _named_by(source: FlowSource, instance: ConnectInstance) -> Iterator[Finding]:
    for arn in _static(source, "InvokeLambdaFunction", "LambdaFunctionARN"):
        yield _lambda(arn, instance)
    for queue_id in _static(source, "UpdateContactTargetQueue", "QueueId"):
        state = instance.queue(queue_id)
        if state is None or not state.enabled:
            what = "does not exist" if state is None else "is disabled"
            yield Finding("queue", ok=False, detail=f"The queue {queue_id} {what}.")
        else:
            yield Finding("queue", ok=True, detail=f"{state.queue.name} takes callers")
    if any(a.type == "TransferParticipantToThirdParty" for a in source.flow.actions):
        yield Finding(
            "outbound",
            ok=instance.dials,
            detail="outbound calls are switched on"
            if instance.dials
            else "Outbound calls are switched off on the Connect instance; no transfer would work.",
        )

    if any(_streams(action) for action in source.flow.actions):
        on = instance.media_stream_prefix() is not None
        yield Finding(
            "stream",
            ok=on,
            detail="live media streaming is switched on"
            if on
            else "Live media streaming is switched off on the Connect instance; the vendor would "
            "not hear the call.",
        )


def _lambda(arn: str, instance: ConnectInstance) -> Finding:
    state = instance.function_state(arn)
    if state is None:
        return Finding("lambda", ok=False, detail=f"The Lambda {arn} does not exist.")
    if state != "Active":
        return Finding("lambda", ok=False, detail=f"The Lambda {arn} is {state}, not Active.")
    refusal = refusal_to_invoke(instance, arn)
    if refusal is not None:
        return Finding("lambda", ok=False, detail=f"{refusal[0].upper()}{refusal[1:]}.")
    if not is_bound_to(instance.function_policy(arn), arn, instance.arn):
        return Finding(
            "lambda",
            ok=False,
            detail=f"The resource policy of {arn} lets any Connect instance invoke it; bind it to "
            "this one with SourceArn and SourceAccount.",
        )
    return Finding("lambda", ok=True, detail=f"{arn.rpartition(':function:')[2]} may be invoked")


def _static(source: FlowSource, action_type: str, parameter: str) -> list[str]:
    """What the blocks of a type name outright; what only a run can tell is left out."""
    return sorted(
        {
            value
            for action in source.flow.actions
            if action.type == action_type and (value := _text(action, parameter))
            if not any(True for _ in paths.paths_in(value))
        }
    )


def _hooks(source: FlowSource) -> list[str]:
    """The flows that the hooks of a flow name outright, such as the one after an agent's call."""
    hooks = (
        action.parameters.get("EventHooks")
        for action in source.flow.actions
        if action.type == "UpdateContactEventHooks"
    )
    return sorted(
        {
            flow_id
            for named in hooks
            if isinstance(named, Mapping)
            for flow_id in named.values()
            if isinstance(flow_id, str) and not any(True for _ in paths.paths_in(flow_id))
        }
    )


def _streams(action: Action) -> bool:
    return (
        action.type == "UpdateContactMediaStreamingBehavior"
        and _text(action, "MediaStreamingState") == "Enabled"
    )


def _text(action: Action, parameter: str) -> str:
    value = action.parameters.get(parameter)
    return value if isinstance(value, str) else ""
