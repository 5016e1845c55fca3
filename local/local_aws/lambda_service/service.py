"""moto's Lambda with functions that run."""

from __future__ import annotations

import base64
import json
import logging
from threading import Thread
from typing import Any, ClassVar
from urllib.parse import unquote

from moto.awslambda.responses import LambdaResponse
from moto.core.common_types import TYPE_RESPONSE
from moto.core.responses import ActionResult

from local_aws.control import Control
from local_aws.errors import ApiError
from local_aws.lambda_runtime import (
    BadPackage,
    InvocationRefused,
    InvokeResult,
    LambdaRuntime,
    Throttled,
)
from local_aws.lambda_service import functions, provisioned
from local_aws.lambda_service.checks import (
    InvalidParameterValue,
    check_code,
    check_environment,
    check_environment_key,
)
from local_aws.lambda_service.invocation import (
    ASYNCHRONOUS_LIMIT,
    SYNCHRONOUS_LIMIT,
    Target,
    check_payload,
    client_context,
    find_target,
)
from local_aws.lambda_service.roles import RoleCredentials, RoleNotAssumable, check_assumable

_LOG = logging.getLogger(__name__)


class TooManyRequests(ApiError):  # noqa: N818 - the service's name for it
    """The function's concurrency is used up."""

    code = "TooManyRequestsException"

    def __init__(self, refusal: Throttled) -> None:
        super().__init__(str(refusal))
        # Members of the error in Lambda's model; moto's serialiser reads them here.
        self.Reason = refusal.reason
        self.Type = "User"


class AccessDenied(ApiError):  # noqa: N818 - the service's name for it
    """Lambda may not take on the function's role."""

    code = "AccessDeniedException"


class InvalidZip(ApiError):  # noqa: N818 - the service's name for it
    """The package turned out not to be one."""

    code = "InvalidZipFileException"


class ServiceFailure(ApiError):  # noqa: N818 - the service's name for it
    """The embedded AWS could not run the function."""

    code = "ServiceException"


class LambdaService(LambdaResponse):
    """The Lambda API; `runtime` and `roles` are set by `register`."""

    runtime: ClassVar[LambdaRuntime]
    roles: ClassVar[RoleCredentials]

    @property
    def backend(self) -> functions.FunctionBackend:
        """The functions of the caller's account and region."""
        return functions.backend(self.current_account, self.region)

    def create_function(self) -> TYPE_RESPONSE:
        """CreateFunction, with the checks that moto leaves out."""
        asked = self.json_body
        check_environment((asked.get("Environment") or {}).get("Variables") or {})
        check_code(asked.get("Code") or {})
        self._check_role(asked.get("Role"))
        return super().create_function()

    def update_function_configuration(self) -> TYPE_RESPONSE:
        """UpdateFunctionConfiguration, with the same checks."""
        asked = self.json_body
        check_environment((asked.get("Environment") or {}).get("Variables") or {})
        self._check_role(asked.get("Role"))
        return super().update_function_configuration()

    def update_function_code(self) -> TYPE_RESPONSE:
        """UpdateFunctionCode, with the check of the package."""
        check_code(self.json_body)
        return super().update_function_code()

    def delete_function(self) -> TYPE_RESPONSE:
        """DeleteFunction; its workers end too."""
        named = unquote(self.path.rsplit("/", 1)[-1])
        target = find_target(self.backend, named, self._get_param("Qualifier", None))
        answer = super().delete_function()
        self.runtime.forget(target.latest.function_arn)
        return answer

    def invoke(self) -> TYPE_RESPONSE:
        """Invoke: run the function and answer what it answers."""
        kind = self.headers.get("X-Amz-Invocation-Type") or "RequestResponse"
        if kind not in ("RequestResponse", "Event", "DryRun"):
            raise InvalidParameterValue(f"{kind} is not an invocation type.")
        target = self._target()
        if kind == "DryRun":
            return 204, {"status": 204}, ""
        limit = ASYNCHRONOUS_LIMIT if kind == "Event" else SYNCHRONOUS_LIMIT
        payload = check_payload(self._payload(), limit)
        if kind == "Event":
            self._start(target, payload)
            return 202, {"status": 202}, ""
        context = client_context(self.headers.get("X-Amz-Client-Context"))
        result = self._run(target, payload, context, self.headers.get("X-Amzn-Trace-Id"))
        headers: dict[str, Any] = {
            "status": 200,
            "content-type": "application/json",
            "X-Amz-Executed-Version": str(target.function.version),
            "x-amzn-requestid": result.request_id,
        }
        if result.function_error:
            headers["X-Amz-Function-Error"] = result.function_error
        if self.headers.get("X-Amz-Log-Type") == "Tail":
            headers["X-Amz-Log-Result"] = base64.b64encode(result.log_tail.encode()).decode()
        return 200, headers, result.payload

    def invoke_async(self) -> TYPE_RESPONSE:
        """InvokeAsync, which Lambda keeps for old clients: Invoke with type Event."""
        self._start(self._target(), check_payload(self._payload(), ASYNCHRONOUS_LIMIT))
        return 202, {"status": 202}, json.dumps({"Status": 202})

    def put_provisioned_concurrency_config(self) -> ActionResult:
        """PutProvisionedConcurrencyConfig."""
        asked = self.json_body["ProvisionedConcurrentExecutions"]
        return ActionResult(self._provisioned().put(int(asked)))

    def get_provisioned_concurrency_config(self) -> ActionResult:
        """GetProvisionedConcurrencyConfig."""
        return ActionResult(self._provisioned().get())

    def delete_provisioned_concurrency_config(self) -> TYPE_RESPONSE:
        """DeleteProvisionedConcurrencyConfig."""
        self._provisioned().delete()
        return 204, {"status": 204}, ""

    @staticmethod
    def _enrich_response(headers: dict[str, str], body: Any) -> tuple[dict[str, str], Any]:
        request_id = headers.get("x-amzn-requestid")
        headers, body = LambdaResponse._enrich_response(headers, body)  # noqa: SLF001 - our base
        if request_id:  # an invocation's own number, which its log has too
            headers["x-amzn-requestid"] = request_id
        return headers, body

    def _target(self) -> Target:
        named = unquote(self.path.rstrip("/").rsplit("/", 2)[-2])
        qualifier = self.uri_match.get("Qualifier") or self.normalized_request.args.get("Qualifier")
        return find_target(self.backend, named, qualifier)

    def _provisioned(self) -> provisioned.Place:
        return provisioned.Place(self.backend, self._target())

    def _payload(self) -> bytes:
        return self.raw_body if isinstance(self.raw_body, bytes) else str(self.raw_body).encode()

    def _run(
        self, target: Target, payload: bytes, context: str | None, trace_id: str | None
    ) -> InvokeResult:
        function = target.function
        if not (function.run_time or "").startswith("python"):
            raise ServiceFailure(
                f"The embedded AWS runs Python functions only; {function.function_name} is "
                f"{function.run_time or function.package_type}."
            )
        check_environment_key(function)
        try:
            return self.runtime.invoke(
                function.run_spec(target.latest),
                payload,
                credentials=self.roles.of(function.role, function.function_name, function.region),
                invoked_arn=target.invoked_arn,
                client_context=context,
                trace_id=trace_id,
            )
        except RoleNotAssumable as refusal:
            raise AccessDenied(str(refusal)) from refusal
        except Throttled as refusal:
            raise TooManyRequests(refusal) from refusal
        except BadPackage as refusal:
            raise InvalidZip(str(refusal)) from refusal
        except InvocationRefused as refusal:
            raise ServiceFailure(str(refusal)) from refusal

    def _start(self, target: Target, payload: bytes) -> None:
        """Run in the background, once: AWS would try a failed event twice more, minutes later."""
        trace_id = self.headers.get("X-Amzn-Trace-Id")

        def run() -> None:
            try:
                self._run(target, payload, None, trace_id)
            except ApiError as refusal:
                _LOG.warning("An event for %s was dropped: %s", target.invoked_arn, refusal)

        Thread(target=run, name="lambda-event", daemon=True).start()

    def _check_role(self, role_arn: str | None) -> None:
        if role_arn is None or not role_arn.startswith("arn:"):
            return  # moto refuses what is no ARN
        try:
            check_assumable(role_arn)
        except RoleNotAssumable as refusal:
            raise InvalidParameterValue(str(refusal)) from refusal


def register(runtime: LambdaRuntime) -> type[LambdaService]:
    """Return the Lambda API over a runtime; requests for `lambda` go to its `dispatch`."""
    return type("Lambda", (LambdaService,), {"runtime": runtime, "roles": RoleCredentials()})


def control(runtime: LambdaRuntime) -> Control:
    """Return what answers below `/_local/lambda`: `POST …/recycle` ends the warm workers."""

    def answer(method: str, path: str, body: bytes) -> tuple[int, None]:  # noqa: ARG001 - its shape
        if path != "/_local/lambda/recycle":
            return 404, None
        if method != "POST":
            return 405, None
        runtime.recycle()
        return 204, None

    return answer
