"""Blocks that change what is known about the contact."""

from __future__ import annotations

from collections.abc import Mapping

from callsim import paths
from callsim.actions.registry import Done, Failed, Result, handles
from callsim.state import Call, CallStoppedError
from callsim.world import Refusal
from flowkit.model import Action

# The service refuses References here, although it is documented.
_CONTACT_DATA = frozenset({"CustomerId", "Description", "LanguageCode", "Name", "WisdomSessionArn"})
_VOICE_ID = frozenset(
    {
        "FraudDetectionThreshold", "IsFraudDetectionEnabled", "IsVoiceAuthenticationEnabled",
        "IsVoiceIdStreamingEnabled", "VoiceAuthenticationResponseTime",
        "VoiceAuthenticationThreshold",
    }
)  # fmt: skip
# A contact takes six tags besides those of Connect itself.
_USER_TAGS = 6


@handles("UpdateContactAttributes")
def update_attributes(action: Action, call: Call) -> Result:
    """Set contact attributes, all or none."""
    target = call.target(action)
    if target is None:
        return Failed("the contact has no related contact")
    wanted = call.mapping(action, "Attributes")
    texts = {key: paths.as_text(value) for key, value in wanted.items()}
    bad = next((key for key in texts if not key or "$" in key or "." in key), None)
    if bad is not None:
        return Failed(f"{bad!r} cannot be the key of an attribute")
    merged = {**target.attributes, **texts}
    size = sum(len(f"{key}{value}".encode()) for key, value in merged.items())
    if size > call.limits.attribute_bytes:
        return Failed(f"the attributes would take {size} bytes of {call.limits.attribute_bytes}")
    target.attributes = merged
    return Done()


@handles("UpdateContactData")
def update_data(action: Action, call: Call) -> Result:
    """Set the contact's language, name, description or customer."""
    unknown = set(action.parameters) - _CONTACT_DATA - _VOICE_ID - {"TargetContact"}
    if unknown:
        raise CallStoppedError(
            f"{action.identifier!r} sets {sorted(unknown)[0]}, which UpdateContactData cannot."
        )
    target = call.target(action)
    if target is None:
        return Failed("the contact has no related contact")
    target.language = call.text(action, "LanguageCode") or target.language
    target.name = call.text(action, "Name") or target.name
    target.description = call.text(action, "Description") or target.description
    target.customer_id = call.text(action, "CustomerId") or target.customer_id
    return Done()


@handles("TagContact")
def tag(action: Action, call: Call) -> Result:
    """Put tags on the contact."""
    wanted = call.mapping(action, "Tags")
    merged = call.tags | {key: paths.as_text(value) for key, value in wanted.items()}
    if any(key.startswith("aws:") for key in wanted):
        return Failed("tags that begin with aws: belong to Connect")
    if len(merged) > _USER_TAGS:
        return Failed(f"a contact takes {_USER_TAGS} tags")
    call.tags = merged
    return Done()


@handles("UntagContact")
def untag(action: Action, call: Call) -> Result:
    """Take tags off the contact."""
    keys = action.parameters.get("TagKeys")
    for key in keys if isinstance(keys, list) else []:
        call.tags.pop(str(key), None)
    return Done()


@handles("UpdateContactEventHooks")
def set_event_hooks(action: Action, call: Call) -> Result:
    """Name the flow that runs on an event; the flow must exist."""
    for event, flow in call.mapping(action, "EventHooks").items():
        flow_id = paths.as_text(flow)
        if call.world.flow(flow_id) is None:
            return Failed(f"there is no published flow {flow_id!r}")
        call.hooks[event] = flow_id
    return Done()


@handles("UpdateContactRecordingBehavior", "UpdateContactRecordingAndAnalyticsBehavior")
def set_recording(action: Action, call: Call) -> Result:  # noqa: ARG001 - nothing is recorded here
    """Choose what is recorded. A simulated call has no audio, so there is nothing to do."""
    return Done()


@handles("UpdateContactMediaStreamingBehavior")
def set_media_streaming(action: Action, call: Call) -> Result:
    """Open or close the caller's live audio stream."""
    if call.contact.channel != "VOICE":
        return Failed("only a call has audio to stream")
    if call.needed_text(action, "MediaStreamingState") != "Enabled":
        call.media = None
        return Done()
    participants = action.parameters.get("Participants")
    if not isinstance(participants, list) or not all(isinstance(p, Mapping) for p in participants):
        raise CallStoppedError(f"{action.identifier!r} names no Participants.")
    started = call.world.start_media_stream(call.contact.contact_id)
    if isinstance(started, Refusal):
        return Failed(started.why, started.error_type)
    call.media = started
    return Done()
