"""The block that calls a number outside the contact centre, such as a vendor's AI agent."""

from __future__ import annotations

from collections.abc import Mapping

from callsim.actions.registry import Done, Ended, Failed, Result, handles
from callsim.contact import is_e164
from callsim.record import Dialled, Outcome, Who
from callsim.state import Call, CallStoppedError
from callsim.world import DialRequest, Leg
from flowkit.model import Action

_MAX_RING_SECONDS = 600


@handles("TransferParticipantToThirdParty")
def transfer(action: Action, call: Call) -> Result:
    """Call the third party; with ContinueFlowExecution the flow goes on when it hangs up."""
    limit = call.whole_number(action, "ThirdPartyConnectionTimeLimitSeconds")
    if limit is None or limit > _MAX_RING_SECONDS:
        raise CallStoppedError(
            f"{action.identifier!r} needs a ThirdPartyConnectionTimeLimitSeconds of 0 to "
            f"{_MAX_RING_SECONDS}."
        )
    number = call.text(action, "ThirdPartyPhoneNumber")
    connector = _connector(action, call)
    resumes = call.needed_text(action, "ContinueFlowExecution") == "True"
    call.told = False
    if connector is None and (number is None or not is_e164(number)):
        # No document says which branch an undialable number takes.
        call.tell(Who.CONNECT, f"has no number to dial: {number or 'it is empty'}")
        return Failed(f"{number!r} is not a phone number in E.164")
    target = connector or number or ""
    caller_id = _caller_id(action, call)
    call.tell(Who.CONNECT, f"dials {target} as {caller_id or 'a withheld number'}")
    result = call.world.dial(
        DialRequest(call.contact.contact_id, number, connector, limit, resumes, caller_id)
    )
    call.dialled.append(Dialled(target, caller_id, _whose(caller_id, call)))
    call.clock += min(result.ring_seconds, float(limit))
    call.chain_seconds = 0.0
    match result.leg:
        case Leg.BUSY:
            call.tell(Who.CONNECT, f"{target} is busy")
            return Failed(result.why or "the line is busy", "CallFailed")
        case Leg.NO_ANSWER:
            call.tell(Who.CONNECT, f"{target} does not answer within {limit} s")
            return Failed(result.why or "nobody answered", "ConnectionTimeLimitExceeded")
        case Leg.REFUSED:
            call.tell(Who.CONNECT, f"cannot dial {target}: {result.why}")
            return Failed(result.why)
        case Leg.ANSWERS:
            call.tell(Who.AGENT, f"answers {target} and talks with the caller")
    if not resumes:
        return Ended(Outcome.TRANSFERRED)
    call.clock += result.talk_seconds
    call.tell(Who.AGENT, "hangs up; the caller stays on the line")
    return Done()


def _caller_id(action: Action, call: Call) -> str | None:
    """The number the block names, else the caller's own, which Connect passes on."""
    named = call.mapping(action, "CallerId").get("Number")
    if isinstance(named, str) and named:
        return named
    return call.contact.customer.address if call.contact.customer else None


def _whose(caller_id: str | None, call: Call) -> str | None:
    ends = {"caller": call.contact.customer, "dialled": call.contact.system}
    return next(
        (whose for whose, end in ends.items() if end and end.address == caller_id),
        None,
    )


def _connector(action: Action, call: Call) -> str | None:
    if not isinstance(action.parameters.get("VoiceConnector"), Mapping):
        return None
    value = call.mapping(action, "VoiceConnector").get("VoiceConnectorArn")
    return value if isinstance(value, str) and value else None
