"""Blocks that bring the caller to people."""

from __future__ import annotations

from callsim.actions.registry import Done, Ended, Failed, Result, handles
from callsim.record import Outcome, Who
from callsim.state import Call, CallStoppedError
from flowkit.model import Action


@handles("UpdateContactTargetQueue")
def set_queue(action: Action, call: Call) -> Result:
    """Choose the queue that later blocks use; a failed choice leaves the earlier one."""
    if "AgentId" in action.parameters:
        raise CallStoppedError(f"{action.identifier!r}: queues of single agents are not simulated.")
    queue_id = call.needed_text(action, "QueueId")
    queue = call.world.queue(queue_id) if queue_id else None
    if queue is None:
        return Failed(f"there is no queue {queue_id!r}")
    call.queue = queue
    return Done()


@handles("TransferContactToQueue")
def enter_queue(action: Action, call: Call) -> Result:  # noqa: ARG001 - it has no parameters
    """Put the caller into the chosen queue. From there on the queue's own flow speaks."""
    call.told = False
    if call.queue is None:
        return Failed("no queue was chosen")
    refusal = call.world.enter_queue(call.queue)
    if refusal is not None:
        call.tell(Who.CONNECT, f"cannot put the caller into {call.queue.name}: {refusal.why}")
        return Failed(refusal.why, refusal.error_type)
    call.tell(Who.CALLER, f"waits in the queue {call.queue.name}")
    return Ended(Outcome.QUEUE)


@handles("UpdateContactRoutingBehavior")
def set_routing(action: Action, call: Call) -> Result:  # noqa: ARG001 - nobody else is waiting
    """Change the caller's place in the queue. A simulated queue holds nobody else."""
    return Done()
