"""What must be true of flow content before the service publishes it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from flowkit.model import Flow, parse
from flowkit.validation import FlowType, content_problems
from local_aws.connect.errors import InvalidContactFlowError, InvalidContactFlowModuleError
from local_aws.connect.model import tail

if TYPE_CHECKING:
    from local_aws.connect.backend import ConnectInstance, LocalConnectBackend

MODULE = FlowType.MODULE.value

_E164 = re.compile(r"^\+[1-9]\d{1,14}$")
# Actions whose CallerId must be a number of ours: carriers would refuse to show any other.
_CALLER_ID_ACTIONS = ("TransferParticipantToThirdParty", "CompleteOutboundCall")


def check(
    backend: LocalConnectBackend, instance: ConnectInstance, content: str, flow_type: str
) -> None:
    """Refuse what CreateContactFlow and UpdateContactFlowContent would not publish.

    Only those references are followed that the service is known to follow: claimed numbers and
    flow modules. It does not look up queues, prompts, Lambda functions or other flows.

    Args:
        backend: the account and region.
        instance: where the flow shall run.
        content: the flow language document.
        flow_type: the API's type, or :data:`MODULE`.

    Raises:
        InvalidContactFlowError: with every problem found; for a module its own subclass.
    """
    problems = [problem.message for problem in content_problems(content, flow_type)]
    if not problems:
        problems = list(_dangling(backend, instance, parse(content)))
    if problems:
        if flow_type == MODULE:
            raise InvalidContactFlowModuleError(problems)
        raise InvalidContactFlowError(problems)


def _dangling(backend: LocalConnectBackend, instance: ConnectInstance, flow: Flow) -> Iterator[str]:
    claimed = {number.name for number in backend.phone_numbers if number.instance_id == instance.id}
    for index, action in enumerate(flow.actions):
        at = f"Actions[{index}].Parameters"
        if action.type in _CALLER_ID_ACTIONS:
            caller = action.parameters.get("CallerId")
            number = caller.get("Number") if isinstance(caller, dict) else None
            if isinstance(number, str) and _E164.match(number) and number not in claimed:
                yield f"Phone number is not claimed by the instance. Path: {at}.CallerId.Number"
        if action.type == "InvokeFlowModule":
            module = action.parameters.get("FlowModuleId")
            if isinstance(module, str) and not _module_exists(instance, module):
                yield f"Flow module does not exist. Path: {at}.FlowModuleId"


def _module_exists(instance: ConnectInstance, reference: str) -> bool:
    if "$." in reference:
        return True
    identifier = tail(reference).partition(":")[0]
    return identifier in instance.modules
