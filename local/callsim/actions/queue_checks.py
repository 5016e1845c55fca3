"""Blocks that look at a queue before anybody is put into it."""

from __future__ import annotations

from callsim.actions.registry import Done, Failed, Result, handles
from callsim.state import Call, CallStoppedError
from flowkit.model import Action

_STAFFED = "NumberOfAgentsStaffed"


@handles("CheckHoursOfOperation")
def check_hours(action: Action, call: Call) -> Result:
    """Compare now with hours of operation, the chosen queue's unless the block names some."""
    is_open = call.world.hours_open(call.text(action, "HoursOfOperationId"), call.queue)
    if is_open is None:
        return Failed("there are no such hours of operation")
    return Done("True" if is_open else "False")


@handles("CheckMetricData")
def check_metric(action: Action, call: Call) -> Result:
    """Count the agents who work in a queue, the chosen one unless the block names another."""
    metric = call.needed_text(action, "MetricType")
    if metric != _STAFFED or "AgentId" in action.parameters:
        raise CallStoppedError(
            f"{action.identifier!r}: of a queue's metrics only {_STAFFED} is simulated."
        )
    queue_id = call.text(action, "QueueId")
    queue = call.queue if queue_id is None else call.world.queue(queue_id)
    agents = None if queue is None else call.world.agents_staffed(queue)
    if agents is None:
        return Failed("there are no metrics of such a queue")
    return Done(str(agents))
