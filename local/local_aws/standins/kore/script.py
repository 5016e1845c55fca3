"""What the stand-in has been told to do: the parts of its script."""

from __future__ import annotations

from dataclasses import dataclass

from local_aws.standins import behaviour, door
from local_aws.standins.behaviour import AS_USUAL, Behaviour
from local_aws.standins.door import Connections
from local_aws.standins.script import Part, fields_of, part


@dataclass(frozen=True)
class Script:
    """A checked script, with its place in each part."""

    transcriber: Part[Behaviour]
    webhook: Part[Behaviour]
    connections: Connections


def parse(text: str | bytes) -> Script:
    """Read a script.

    Args:
        text: a JSON object; every key of it is optional.

    Raises:
        ScriptError: one sentence that names the key and says what it takes.
    """
    fields = fields_of(text)
    script = Script(
        transcriber=part(fields.steps("transcriber"), behaviour.read, AS_USUAL),
        webhook=part(fields.steps("webhook"), behaviour.read, AS_USUAL),
        connections=door.read(fields.steps("connections"), ("transcriber", "webhook")),
    )
    fields.done()
    return script
