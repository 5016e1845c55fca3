"""Blocks that have the caller called back."""

from __future__ import annotations

from callsim.actions.registry import Done, Failed, Result, handles
from callsim.contact import is_e164
from callsim.record import Who
from callsim.state import Call, CallStoppedError
from callsim.world import Callback
from flowkit.model import Action

# Three days.
_MAX_DELAY_SECONDS = 259_200


@handles("UpdateContactCallbackNumber")
def set_callback_number(action: Action, call: Call) -> Result:
    """Keep a number to call back."""
    number = call.needed_text(action, "CallbackNumber")
    if call.contact.channel != "VOICE" or not is_e164(number):
        return Failed(f"{number!r} is not a phone number", "InvalidCallbackNumber")
    if not call.world.dialable(number):
        return Failed(f"{number} cannot be called", "CallbackNumberNotDialable")
    call.callback_number = number
    return Done()


@handles("CreateCallbackContact")
def create_callback(action: Action, call: Call) -> Result:
    """Put a call back into a queue, the chosen one unless the block names another."""
    for delay in ("InitialCallDelaySeconds", "RetryDelaySeconds"):
        seconds = call.whole_number(action, delay)
        if seconds is None or not 1 <= seconds <= _MAX_DELAY_SECONDS:
            raise CallStoppedError(
                f"{action.identifier!r} needs a {delay} of 1 to {_MAX_DELAY_SECONDS}."
            )
    attempts = call.whole_number(action, "MaximumConnectionAttempts")
    if not attempts:
        raise CallStoppedError(
            f"{action.identifier!r}: only MaximumConnectionAttempts from 1 on are simulated."
        )
    for parameter in ("AgentId", "ContactFlowId"):
        if parameter in action.parameters:
            raise CallStoppedError(
                f"{action.identifier!r}: callbacks with {parameter} are not simulated."
            )
    call.told = False
    queue_id = call.text(action, "QueueId")
    queue = call.queue if queue_id is None else call.world.queue(queue_id)
    if queue is None:
        return Failed("no queue was chosen" if queue_id is None else f"there is no {queue_id!r}")
    customer = call.contact.customer
    number = call.callback_number or (customer.address if customer else "")
    if not is_e164(number):
        return Failed("there is no number to call back")
    wanted = Callback(number, queue, attempts)
    refusal = call.world.create_callback(wanted)
    if refusal is not None:
        call.tell(Who.CONNECT, f"cannot put a call back into {queue.name}: {refusal.why}")
        return Failed(refusal.why, refusal.error_type)
    call.callback = wanted
    call.tell(Who.CONNECT, f"puts a call back to {number} into the queue {queue.name}")
    return Done()
