"""Walk one call through flows, block by block, as Amazon Connect would."""

from __future__ import annotations

from typing import assert_never

from callsim import paths
from callsim.actions import Done, Ended, Entered, Failed, Result, handler
from callsim.actions.registry import NO_RESULT
from callsim.conditions import OPERATORS
from callsim.contact import Contact
from callsim.record import CallRecord, Outcome, Step, Who
from callsim.state import Call, CallStoppedError, Limits, UnsetPaths
from callsim.world import AgentLeg, FlowSource, Queue, World
from flowkit.catalogue import CATALOGUE
from flowkit.model import Action, Flow

# Connect publishes these without an error branch; the flow then goes on as if nothing happened.
_GOES_ON = frozenset(
    entry.name for entry in CATALOGUE.values() if "NoMatchingError" in entry.optional_errors
)


_QUEUED = frozenset({Outcome.CALLBACK, Outcome.QUEUE, Outcome.SERVED})
_GUIDE_ENDS = frozenset({Outcome.COMPLETED, Outcome.HUNG_UP_SILENTLY})


def walk(
    start_flow_id: str,
    contact: Contact,
    world: World,
    limits: Limits | None = None,
    unset: UnsetPaths = UnsetPaths.LENIENT,
) -> CallRecord:
    """Place a call and follow it to its end.

    Args:
        start_flow_id: id or ARN of the flow that the called number leads to.
        unset: what a path that leads nowhere does.

    Returns:
        the call; also when it could not go on, with the outcome ``error`` and the reason.
    """
    source = world.flow(start_flow_id)
    call = Call(
        contact=contact,
        world=world,
        source=source or _no_flow(start_flow_id),
        limits=limits or Limits(),
        unset=unset,
        attributes=dict(contact.attributes),
        language=contact.language_code,
    )
    called = contact.system.address if contact.system else "a number"
    caller = contact.customer.address if contact.customer else "a withheld number"
    call.tell(Who.CALLER, f"calls {called} from {caller}")
    if source is None:
        return _record(call, Outcome.ERROR, f"There is no published flow {start_flow_id!r}.")
    try:
        outcome = _follow(call)
        if outcome is Outcome.QUEUE and call.queue is not None:
            outcome = _wait(call, call.queue)
        return _record(call, outcome)
    except CallStoppedError as stopped:
        return _record(call, Outcome.ERROR, str(stopped))


def _no_flow(flow_id: str) -> FlowSource:
    return FlowSource(flow_id, flow_id, Flow(start_action="", actions=()))


def _record(call: Call, outcome: Outcome, why: str | None = None) -> CallRecord:
    if why is not None:
        call.tell(Who.CONNECT, f"cannot go on: {why}")
    return CallRecord(
        contact_id=call.contact.contact_id,
        outcome=outcome,
        why=why,
        queue=_queue(call) if outcome in _QUEUED else None,
        transcript=tuple(call.transcript),
        path=tuple(call.path),
        attributes=dict(call.attributes),
        lambdas=tuple(call.lambdas),
        warnings=tuple(call.warnings),
        seconds=call.clock,
        callback=call.callback,
        dialled=tuple(call.dialled),
    )


def _queue(call: Call) -> Queue | None:
    return call.queue if call.callback is None else call.callback.queue


def _wait(call: Call, queue: Queue) -> Outcome:
    """What comes after a flow has put the caller into a queue."""
    leg = call.world.agent(call.contact.contact_id, queue)
    if leg is None:
        return Outcome.QUEUE
    call.tell(Who.PERSON, f"takes the call from {queue.name} and talks with the caller")
    call.clock += leg.talk_seconds
    call.tell(Who.PERSON, "hangs up")
    hook = call.hooks.get("DisconnectAgentUI")
    source = None if hook is None else call.world.flow(hook)
    if source is not None:
        _guide(call, source, leg)
    elif hook is not None:
        call.warn(f"The flow {hook!r} of the hook DisconnectAgentUI is not published any more.")
    return Outcome.SERVED


def _guide(call: Call, source: FlowSource, leg: AgentLeg) -> None:
    """Run a flow in the agent's workspace: a chat contact of its own, related to the call."""
    guide = Call(
        contact=Contact(
            contact_id=leg.guide_contact_id,
            instance_arn=call.contact.instance_arn,
            customer=None,
            system=None,
            channel="CHAT",
            initiation_method="API",
            subtype="connect:Guide",
            related_contact_id=call.contact.contact_id,
        ),
        world=call.world,
        source=source,
        limits=call.limits,
        unset=call.unset,
        clock=call.clock,
        # A related contact begins with a copy of them.
        attributes=dict(call.attributes),
        language=call.language,
        related=call,
        transcript=call.transcript,
        path=call.path,
        lambdas=call.lambdas,
        warnings=call.warnings,
    )
    outcome = _follow(guide)
    call.clock = guide.clock
    if outcome not in _GUIDE_ENDS:
        raise CallStoppedError(
            f"The flow {source.name!r} took the agent's guide for a call: it ended as {outcome}."
        )


def _follow(call: Call) -> Outcome:
    identifier, came_from = call.source.flow.start_action, "the start of the flow"
    for _ in range(call.limits.steps):
        action = call.source.flow.action(identifier)
        if action is None:
            raise CallStoppedError(
                f"{came_from} leads to {identifier!r}, which is not in the flow "
                f"{call.source.name!r}."
            )
        at, flow = call.clock, call.source.name
        try:
            result = _run(action, call)
            branch, target = _branch(action, result, call)
        except CallStoppedError as stopped:
            call.path.append(
                Step(at, flow, action.identifier, action.type, "stop", why=str(stopped))
            )
            raise
        why = result.why if isinstance(result, Failed) else None
        call.path.append(Step(at, flow, action.identifier, action.type, branch, target, why))
        if isinstance(result, Ended):
            return result.outcome
        if isinstance(result, Entered):
            call.enter_flow(result.source)
            came_from = "the start of the flow"
        else:
            came_from = repr(action.identifier)
        identifier = target or ""
    raise CallStoppedError(
        f"The call went through {call.limits.steps} blocks without coming to an end."
    )


def _run(action: Action, call: Call) -> Result:
    run = handler(action.type)
    if run is None:
        raise CallStoppedError(
            f"{action.identifier!r} is a {action.type}, which is not simulated; calls through it "
            "can only be tried on a real instance."
        )
    return run(action, call)


def _branch(action: Action, result: Result, call: Call) -> tuple[str, str | None]:
    """How the block is left, and the identifier that leads to."""
    match result:
        case Ended():
            return "end", None
        case Entered():
            return f"flow {result.source.name}", result.source.flow.start_action
        case Failed():
            return _error_branch(action, result, call)
        case Done():
            return _result_branch(action, result.result, call)
        case _:
            assert_never(result)


def _error_branch(action: Action, failed: Failed, call: Call) -> tuple[str, str | None]:
    for error_type in (failed.error_type, "NoMatchingError"):
        target = action.transitions.error(error_type)
        if target is not None:
            return error_type, target
    if action.type in _GOES_ON and action.transitions.next_action is not None:
        call.warn(f"{action.identifier!r} failed and has no branch for it: {failed.why}.")
        return "NextAction", action.transitions.next_action
    raise CallStoppedError(
        f"{action.identifier!r} failed ({failed.why}) and has no branch for "
        f"{failed.error_type}, so Connect would drop the call."
    )


def _result_branch(action: Action, result: object, call: Call) -> tuple[str, str | None]:
    transitions = action.transitions
    if result is not NO_RESULT:
        for condition in transitions.conditions:
            operator = OPERATORS.get(condition.operator)
            if operator is None or len(condition.operands) != 1:
                raise CallStoppedError(
                    f"{action.identifier!r} has a condition {condition.operator!r} with "
                    f"{len(condition.operands)} operands, which Connect does not know."
                )
            operand = paths.fill(condition.operands[0], lambda keys: call.read(action, keys))
            if operator(result, operand):
                return f"{condition.operator} {operand}", condition.next_action
        otherwise = transitions.error("NoMatchingCondition")
        if otherwise is not None:
            return "NoMatchingCondition", otherwise
    if transitions.next_action is None:
        raise CallStoppedError(f"{action.identifier!r} leads nowhere: it has no NextAction.")
    return "NextAction", transitions.next_action
