"""Which type of flow a content most likely is: neither file nor API content says so for certain."""

from __future__ import annotations

from flowkit.catalogue import CATALOGUE, FlowType
from flowkit.catalogue.types import CAMPAIGN
from flowkit.model import Flow

__all__ = ["is_export", "likely_type"]

_EXPORTED = {
    # Metadata.type of console exports.
    "agentHold": FlowType.AGENT_HOLD,
    "agentTransfer": FlowType.AGENT_TRANSFER,
    "agentWhisper": FlowType.AGENT_WHISPER,
    "contactFlow": FlowType.CONTACT_FLOW,
    "customerHold": FlowType.CUSTOMER_HOLD,
    "customerQueue": FlowType.CUSTOMER_QUEUE,
    "customerWhisper": FlowType.CUSTOMER_WHISPER,
    "outboundWhisper": FlowType.OUTBOUND_WHISPER,
    "queueTransfer": FlowType.QUEUE_TRANSFER,
}


def likely_type(flow: Flow) -> FlowType:
    """The type an export names, else the commonest in which every action may stand."""
    if "Settings" in flow.document or any(
        action.type == "EndFlowModuleExecution" for action in flow.actions
    ):
        return FlowType.MODULE
    told = flow.metadata.get("type")
    if isinstance(told, str) and told in _EXPORTED:
        return _EXPORTED[told]
    entries = [CATALOGUE[action.type] for action in flow.actions if action.type in CATALOGUE]
    if any(entry.flow_types == CAMPAIGN for entry in entries):
        return FlowType.CAMPAIGN
    for candidate in FlowType:  # inbound first
        if all(candidate in entry.flow_types for entry in entries):
            # What only a module may hold together, without a module's marks, says nothing.
            return FlowType.CONTACT_FLOW if candidate is FlowType.MODULE else candidate
    return FlowType.CONTACT_FLOW


def is_export(flow: Flow) -> bool:
    """Whether the console's *Export flow* wrote it, by the marks that it leaves in Metadata.

    Whoever edits an export by hand keeps the marks, so this is no proof.
    """
    marks = flow.metadata
    return isinstance(marks.get("name"), str) and {"status", "hash"} <= marks.keys()
