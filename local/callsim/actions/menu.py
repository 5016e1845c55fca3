"""The block that asks the caller to press a key."""

from __future__ import annotations

from callsim.actions.prompts import spoken
from callsim.actions.registry import Done, Failed, Result, handles
from callsim.record import Who
from callsim.state import Call, CallStoppedError
from flowkit.model import Action


@handles("GetParticipantInput")
def ask_for_key(action: Action, call: Call) -> Result:
    """Say what there is to choose from; the key that is pressed is the result."""
    if "EnableDTMFBuffer" in action.parameters:
        return _buffer(action, call)
    if call.needed_text(action, "StoreInput") != "False":
        raise CallStoppedError(f"{action.identifier!r}: input of several keys is not simulated.")
    seconds = call.whole_number(action, "InputTimeLimitSeconds")
    if not seconds:
        raise CallStoppedError(f"{action.identifier!r} needs InputTimeLimitSeconds from 1 on.")
    if call.contact.channel != "VOICE":
        return Failed("only a call has keys to press")
    # A menu may be silent, where a prompt before it says what there is to press.
    text = spoken(action, call)
    if text is not None and text.strip():
        call.say(text)
    key = call.world.pressed_key(seconds)
    if key is None:
        call.clock += seconds
        call.tell(Who.CALLER, "presses no key")
        return Failed(f"no key within {seconds} s", "InputTimeLimitExceeded")
    call.tell(Who.CALLER, f"presses {key}")
    return Done(key)


def _buffer(action: Action, call: Call) -> Result:
    """Scenarios say which key answers which menu, so keys pressed early change nothing."""
    if str(action.parameters.get("StoreInput")).lower() == "true":
        raise CallStoppedError(f"{action.identifier!r}: input of several keys is not simulated.")
    if call.contact.channel != "VOICE":
        return Failed("only a call has keys to press")
    return Done()
