"""The block that shows an agent a page and waits for what comes of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from callsim.actions.registry import Done, Failed, Result, handles
from callsim.record import Who
from callsim.state import Call, CallStoppedError
from callsim.world import Refusal, ViewAnswer, ViewRequest
from flowkit.model import Action

# In the ARN of a view that AWS provides, the account is `aws`.
_OF_AWS = ":aws:view/"
_FORM = ":aws:view/form"


@handles("ShowView")
def show_view(action: Action, call: Call) -> Result:
    """Show a view; the button that was pressed is the result, what was filled in is kept."""
    view_id = call.mapping(action, "ViewResource").get("Id")
    seconds = call.whole_number(action, "InvocationTimeLimitSeconds")
    if not isinstance(view_id, str) or seconds is None:
        raise CallStoppedError(
            f"{action.identifier!r} needs a ViewResource with an Id, and an "
            "InvocationTimeLimitSeconds."
        )
    data = call.mapping(action, "ViewData")
    call.views = {}
    if call.contact.channel != "CHAT":
        return Failed("a view needs an agent's guide, and this contact is a call")
    call.tell(Who.CONNECT, f"shows the agent: {data.get('Heading', view_id)}")
    answer = call.world.show_view(ViewRequest(call.contact.contact_id, view_id, seconds, data))
    if isinstance(answer, Refusal):
        return Failed(answer.why, answer.error_type)
    call.chain_seconds = 0.0
    if answer is None or answer.seconds > seconds:
        call.clock += seconds
        call.tell(Who.PERSON, "leaves it unanswered")
        return Failed(f"no answer within {seconds} s", "TimeLimitExceeded")
    if _FORM in view_id:
        _check_form(action, data, answer)
    call.clock += answer.seconds
    call.tell(Who.PERSON, f"answers {answer.action}")
    filled = dict(answer.data)
    # AWS's own views keep what was filled in apart; a custom view does not.
    call.views = {
        "Action": answer.action,
        "ViewResultData": {"FormData": filled} if _OF_AWS in view_id else filled,
    }
    return Done(answer.action)


def _check_form(action: Action, data: Mapping[str, object], answer: ViewAnswer) -> None:
    """Refuse an answer that no agent could give, most often a misspelt one."""
    fields = {str(item.get("Name")): item for item in _items(data)}
    for name, value in answer.data.items():
        if name not in fields:
            raise CallStoppedError(
                f"The guide fills in {name!r}, which the form of {action.identifier!r} does not "
                f"have; it has {', '.join(fields)}."
            )
        offered = _options(fields[name])
        chosen = value if isinstance(value, list) else [value]
        strange = [entry for entry in chosen if offered and entry not in offered]
        if strange:
            raise CallStoppedError(
                f"The guide chooses {strange[0]!r} as {name!r}, and the form of "
                f"{action.identifier!r} offers {', '.join(offered)}."
            )
    for name, item in fields.items():
        if answer.action == "Next" and item.get("Required") is True and not answer.data.get(name):
            raise CallStoppedError(
                f"The form of {action.identifier!r} cannot be sent without {name!r}."
            )


def _items(data: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    for section in _objects(data.get("Sections")):
        yield from _objects(section.get("Items"))


def _options(item: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(str(option.get("Value")) for option in _objects(item.get("Options")))


def _objects(value: object) -> Iterator[Mapping[str, object]]:
    return (
        (entry for entry in value if isinstance(entry, Mapping))
        if isinstance(value, list)
        else iter(())
    )
