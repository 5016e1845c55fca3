"""Blocks that decide where a flow goes next, or that it ends."""

from __future__ import annotations

from collections.abc import Mapping

from callsim import paths
from callsim.actions.registry import Done, Ended, Entered, Failed, Result, handles
from callsim.record import Outcome, Who
from callsim.state import Call, CallStoppedError
from flowkit.model import Action

_MAX_LOOPS = 100


@handles("Compare")
def compare(action: Action, call: Call) -> Result:
    """Try conditions on the value of a path."""
    value = action.parameters.get("ComparisonValue")
    keys = paths.single_path(value) if isinstance(value, str) else None
    if keys is None:
        raise CallStoppedError(f"{action.identifier!r} compares {value!r}, which is no path.")
    return Done(call.read(action, keys))


@handles("Loop")
def loop(action: Action, call: Call) -> Result:
    """Count: so many times round, then once out, then from the beginning."""
    limit = call.whole_number(action, "LoopCount")
    if limit is None or limit > _MAX_LOOPS:
        return Failed(f"LoopCount must be a whole number of 0 to {_MAX_LOOPS}")
    rounds = call.loops.get(action.identifier, 0)
    if rounds < limit:
        call.loops[action.identifier] = rounds + 1
        return Done("ContinueLooping")
    call.loops[action.identifier] = 0
    return Done("DoneLooping")


@handles("TransferToFlow")
def transfer_to_flow(action: Action, call: Call) -> Result:
    """Go on in another flow and never come back."""
    flow_id = call.needed_text(action, "ContactFlowId")
    source = call.world.flow(flow_id) if flow_id else None
    if source is None:
        return Failed(f"there is no published flow {flow_id!r}")
    return Entered(source)


@handles("UpdateFlowLoggingBehavior")
def set_logging(action: Action, call: Call) -> Result:
    """Switch the flow's log on or off. The record of a simulated call is kept either way."""
    call.needed_text(action, "FlowLoggingBehavior")
    return Done()


@handles("UpdateFlowAttributes")
def set_flow_attributes(action: Action, call: Call) -> Result:
    """Set values that only this run of this flow sees."""
    for key, entry in call.mapping(action, "FlowAttributes").items():
        if not isinstance(entry, Mapping) or "Value" not in entry:
            return Failed(f"the flow attribute {key!r} has no Value")
        call.flow_attributes[key] = paths.as_text(entry["Value"])
    return Done()


@handles("DisconnectParticipant", "EndFlowExecution")
def end(action: Action, call: Call) -> Result:  # noqa: ARG001 - it has no parameters
    """End the contact; outside a queue a flow that ends takes the contact with it."""
    who = "the caller" if call.related is None else "the agent's guide"
    call.tell(Who.CONNECT, f"disconnects {who}")
    if not call.told:
        return Ended(Outcome.HUNG_UP_SILENTLY)
    return Ended(Outcome.COMPLETED if call.callback is None else Outcome.CALLBACK)
