"""The block that asks a Lambda."""

from __future__ import annotations

from callsim import lambda_contract
from callsim.actions.registry import Done, Failed, Result, handles
from callsim.record import LambdaCall, Who
from callsim.state import Call, CallStoppedError
from callsim.world import Fault, FaultKind
from flowkit.model import Action

# Connect cuts a synchronous Lambda at 8 s at the latest.
_MAX_SECONDS = 8
_REPEATED = frozenset({FaultKind.THROTTLED, FaultKind.SERVICE, FaultKind.FUNCTION})


@handles("InvokeLambdaFunction")
def invoke(action: Action, call: Call) -> Result:
    """Invoke a Lambda; its reply becomes ``$.External``, and a failure leaves that empty."""
    if action.parameters.get("InvocationType", "SYNCHRONOUS") != "SYNCHRONOUS":
        raise CallStoppedError(
            f"{action.identifier!r}: asynchronous Lambda invocations are not simulated."
        )
    seconds = call.whole_number(action, "InvocationTimeLimitSeconds")
    if seconds is None or not 1 <= seconds <= _MAX_SECONDS:
        raise CallStoppedError(
            f"{action.identifier!r} needs an InvocationTimeLimitSeconds of 1 to {_MAX_SECONDS}."
        )
    function = call.needed_text(action, "LambdaFunctionARN")
    parameters = call.mapping(action, "LambdaInvocationAttributes")
    event = lambda_contract.event(call, parameters)
    response_type = _response_type(action)
    call.external = {}
    call.told = False

    asked = _Asked()
    try:
        payload = _ask(function, event, float(seconds), call, asked)
        asked.reply = lambda_contract.decode(payload)
        call.external = lambda_contract.external(asked.reply, response_type)
    except _NoReplyError as fault:
        asked.error = str(fault)
    except lambda_contract.ReplyError as wrong:
        asked.error = str(wrong)
    record = LambdaCall(
        identifier=action.identifier,
        function=function,
        parameters=parameters,
        event=event,
        reply=asked.reply,
        seconds=asked.seconds,
        tries=asked.tries,
        error=asked.error,
    )
    call.lambdas.append(record)
    call.tell(Who.CONNECT, _told(record))
    call.clock += asked.seconds
    call.chain_seconds += asked.seconds
    return Done() if asked.error is None else Failed(asked.error)


class _Asked:
    """How far one block got."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.tries = 0
        self.reply: object = None
        self.error: str | None = None


class _NoReplyError(Exception):
    """No try yielded a reply."""


def _ask(function: str, event: dict[str, object], limit: float, call: Call, asked: _Asked) -> bytes:
    """Try until there is a reply, the tries are used up or the time is over."""
    chain_left = call.limits.lambda_chain_seconds - call.chain_seconds
    budget = min(limit, chain_left)
    late = f"no reply within {limit:g} s"
    if chain_left < limit:
        late = (
            f"cut: Lambdas without a prompt between them took "
            f"{call.limits.lambda_chain_seconds:g} s"
        )
    if budget <= 0:
        raise _NoReplyError(late)
    while True:
        left = budget - asked.seconds
        answer = call.world.invoke(function, event, left)
        asked.tries += 1
        asked.seconds += min(answer.seconds, left)
        fault = answer.fault
        if answer.seconds > left:
            fault = Fault(FaultKind.TIMEOUT, late)
        if fault is None and answer.payload is not None:
            return _within(answer.payload, call.limits.lambda_reply_bytes)
        if fault is None:
            raise _NoReplyError("there was no reply")
        if fault.kind is FaultKind.TIMEOUT:
            raise _NoReplyError(late)
        again = fault.kind in _REPEATED and asked.tries < call.limits.lambda_tries
        if not again or asked.seconds >= budget:
            raise _NoReplyError(fault.message)


def _within(payload: bytes, limit: int) -> bytes:
    if len(payload) > limit:
        raise lambda_contract.ReplyError(
            f"The reply has {len(payload)} bytes; Connect takes {limit}."
        )
    return payload


def _response_type(action: Action) -> str:
    validation = action.parameters.get("ResponseValidation")
    # Flows without the setting are published, and follow the rules of STRING_MAP.
    value = validation.get("ResponseType") if isinstance(validation, dict) else "STRING_MAP"
    if value not in {"STRING_MAP", "JSON"}:
        raise CallStoppedError(f"{action.identifier!r} asks for a reply of type {value!r}.")
    return str(value)


def _told(call: LambdaCall) -> str:
    name = call.function.partition(":function:")[2] or call.function
    what = f"{name}, {call.operation}" if call.operation else name
    if call.error is not None:
        return f"asks {what}: {call.error.rstrip('.')} ({call.seconds:.1f} s)"
    reply = call.reply if isinstance(call.reply, dict) else {}
    status, code = reply.get("status"), reply.get("errorCode")
    answer = " ".join(str(part) for part in (status, code) if part) or "answered"
    return f"asks {what}: {answer} ({call.seconds:.1f} s)"
