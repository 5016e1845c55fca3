"""Blocks that speak."""

from __future__ import annotations

import re
from html import unescape

from callsim.actions.registry import Done, Failed, Result, handles
from callsim.state import Call, CallStoppedError
from flowkit.model import Action

_TAG = re.compile(r"<[^>]*>")


@handles("MessageParticipant")
def message_participant(action: Action, call: Call) -> Result:
    """Say something: text, SSML without its mark-up, or the name of a recording."""
    text = spoken(action, call)
    if text is None:
        raise CallStoppedError(
            f"{action.identifier!r} (MessageParticipant) has neither Text nor SSML nor PromptId."
        )
    if not text.strip():
        # Nothing is heard then, so nothing may count as having been said.
        call.warn(f"{action.identifier!r} has nothing to say: its text is empty.")
        return Failed("the text is empty")
    call.say(text)
    return Done()


def spoken(action: Action, call: Call) -> str | None:
    """What a block says; None when it has nothing to say it with."""
    text = call.text(action, "Text")
    ssml = call.text(action, "SSML")
    prompt = call.text(action, "PromptId")
    if text is None and ssml is not None:
        text = unescape(" ".join(_TAG.sub(" ", ssml).split()))
    if text is None and prompt is not None:
        text = f"[recording {prompt.rpartition('/')[2]}]" if prompt else ""
    if text is None and "Media" in action.parameters:
        text = "[recording]"
    return text


@handles("UpdateContactTextToSpeechVoice")
def set_voice(action: Action, call: Call) -> Result:
    """Change the voice of later prompts."""
    voice = call.needed_text(action, "TextToSpeechVoice")
    if not voice:
        return Failed("no voice is named")
    call.voice = voice
    return Done()
