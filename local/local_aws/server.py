"""The embedded AWS as a process: composed, served, announced, and ended cleanly."""

from __future__ import annotations

import http.client
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from local_aws.state_dir import StateDir

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication
    from moto.core.responses import BaseResponse

    from local_aws.control import Control
    from local_aws.ssm.absent import Absent

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
ACCOUNT_ID = "123456789012"

_WATCH_SECONDS = 2.0
_POLL_SECONDS = 0.1  # how soon the accept loop notices that it shall end

# What must answer before anybody is told where the embedded AWS is: itself, and Connect through
# every layer there is (ListInstances, by somebody IAM does not know: the administrator).
_PROBES: tuple[tuple[str, Mapping[str, str]], ...] = (
    ("/_local/health", {}),
    (
        "/instance",
        {
            "Authorization": "AWS4-HMAC-SHA256 "
            "Credential=local/20260101/us-east-1/connect/aws4_request, "
            "SignedHeaders=host, Signature=0"
        },
    ),
)

# moto reads these when it is imported. Any region works, and AWS's own managed policies exist.
_MOTO_SETTINGS = {
    "MOTO_ALLOW_NONEXISTENT_REGION": "true",
    "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",
}


class PortTakenError(Exception):
    """The port cannot be bound; the text says why."""


@dataclass(frozen=True)
class Parts:
    """What a running embedded AWS consists of.

    Args:
        app: what the server serves.
        announcement: what aws.json says beside the process and the endpoint.
        stop: ends everything the parts have started.
    """

    app: WSGIApplication
    announcement: Mapping[str, object]
    stop: Callable[[], None]


def build(state_dir: Path, endpoint: str, ready: Callable[[], bool]) -> Parts:
    """Compose the embedded AWS and start what runs beside it.

    Args:
        state_dir: where its files go.
        endpoint: where it will answer.
        ready: whether it does by now.
    """
    from local_aws import lambda_service  # noqa: PLC0415
    from local_aws.access_log import AccessLog  # noqa: PLC0415  # moto's settings come first
    from local_aws.app import Dispatcher, EmbeddedAws, Services, health  # noqa: PLC0415
    from local_aws.appintegrations.responses import LocalAppIntegrations  # noqa: PLC0415
    from local_aws.conditional_writes import ConditionalWrites  # noqa: PLC0415
    from local_aws.connect import media_streams  # noqa: PLC0415
    from local_aws.connect.responses import LocalConnect  # noqa: PLC0415
    from local_aws.control import routed  # noqa: PLC0415
    from local_aws.iam.bucket_policies import BucketPolicies  # noqa: PLC0415
    from local_aws.iam.gate import IamGate  # noqa: PLC0415
    from local_aws.kinesis import LocalKinesis  # noqa: PLC0415
    from local_aws.kinesis_video.responses import LocalKinesisVideo  # noqa: PLC0415
    from local_aws.lambda_runtime import LambdaRuntime, lambda_python  # noqa: PLC0415
    from local_aws.lambda_service.cloudwatch import write  # noqa: PLC0415
    from local_aws.ssm.absent import Absent  # noqa: PLC0415
    from local_aws.ssm.outage import Outage  # noqa: PLC0415
    from local_aws.standins.kore import StandIn as Kore  # noqa: PLC0415
    from local_aws.standins.registry import StandIns  # noqa: PLC0415
    from local_aws.standins.servicenow import StandIn as ServiceNow  # noqa: PLC0415

    absent = Absent()
    services = Services()
    services.register("connect", LocalConnect)
    services.register("kinesis", LocalKinesis)
    services.register("kinesisvideo", LocalKinesisVideo)
    services.register("appintegrations", LocalAppIntegrations, "app-integrations")
    services.register_late("iam", _iam)
    services.register_late("ssm", lambda: _ssm(absent))
    services.register_late("cloudcontrol", _cloud_control, "cloudcontrolapi")
    services.register_late("cloudformation", _cloud_formation)

    functions = LambdaRuntime(
        lambda_python(os.environ),
        state_dir / "logs",
        lambda: endpoint,
        on_logs=write,
        elsewhere=lambda: outage.endpoints,
    )
    outage = Outage(endpoint, functions.recycle)
    services.register("awslambda", lambda_service.register(functions))

    stand_ins = StandIns((ServiceNow(state_dir), Kore(state_dir, endpoint)), state_dir)
    stand_ins.start()

    controls: dict[str, Control] = {
        "health": health(ready),
        "connect": media_streams.control(ACCOUNT_ID),
        "lambda": lambda_service.control(functions),
        "ssm": routed("Systems Manager", "ssm", (*absent.routes, *outage.routes)),
        **stand_ins.controls,
    }

    def stop() -> None:
        functions.stop()
        outage.stop()
        stand_ins.stop()

    aws = BucketPolicies(ConditionalWrites(Dispatcher(services)), ACCOUNT_ID)
    return Parts(
        app=AccessLog(EmbeddedAws(IamGate(aws, ACCOUNT_ID), controls)),
        announcement={
            "account_id": ACCOUNT_ID,
            "stand_ins": stand_ins.announcement,
        },
        stop=stop,
    )


def _iam() -> type[BaseResponse]:
    from local_aws.iam.service import LocalIam  # noqa: PLC0415

    return LocalIam


def _ssm(absent: Absent) -> type[BaseResponse]:
    from local_aws.ssm.responses import register  # noqa: PLC0415

    return register(absent)


def _cloud_control() -> type[BaseResponse]:
    from local_aws.cloudcontrol.responses import LocalCloudControl  # noqa: PLC0415

    return LocalCloudControl


def _cloud_formation() -> type[BaseResponse]:
    from local_aws.cloudcontrol.responses import LocalCloudFormation  # noqa: PLC0415

    return LocalCloudFormation


def run(state_dir: Path, port: int) -> None:
    """Serve until a signal comes or the state directory goes.

    Args:
        state_dir: its own folder; it can serve one embedded AWS at a time.
        port: TCP port on loopback, 0 for any.

    Raises:
        StateDirTakenError: another process owns the folder.
        PortTakenError: the port is in use.
        OSError: the folder cannot be written.
    """
    state = StateDir.take(state_dir)
    listener = _listen(port)
    _log_to(state.log_file)
    os.environ.update(_MOTO_SETTINGS)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    endpoint = f"http://{HOST}:{listener.getsockname()[1]}"
    is_ready = threading.Event()
    parts = build(state.path, endpoint, is_ready.is_set)
    try:
        _serve(listener, parts.app)
        is_ready.set()
        for path, headers in _PROBES:
            _check_answers(endpoint, path, headers)
        state.announce(
            {
                "pid": os.getpid(),
                "endpoint": endpoint,
                "started_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "log": str(state.log_file),
                **parts.announcement,
            }
        )
        log.info("ready at %s", endpoint)
        threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()
        while not stopping.wait(_WATCH_SECONDS):
            if not state.exists():
                break
        log.info("stopping")
    finally:
        state.withdraw()
        parts.stop()
        state.release()


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        raise PortTakenError(
            f"Port {port} on {HOST} cannot be used ({error}): choose another with --port."
        ) from error
    return listener


def _serve(listener: socket.socket, app: WSGIApplication) -> None:
    from moto.moto_server.werkzeug_app import MotoRequestHandler  # noqa: PLC0415
    from werkzeug.serving import make_server  # noqa: PLC0415

    class Handler(MotoRequestHandler):
        # Headers and body leave in two writes; Nagle would hold the second one back.
        disable_nagle_algorithm = True

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Leave it to the access log."""

    host, port = listener.getsockname()
    server = make_server(
        host, port, app, threaded=True, request_handler=Handler, fd=listener.fileno()
    )
    threading.Thread(
        target=server.serve_forever, args=(_POLL_SECONDS,), name="accept", daemon=True
    ).start()


def _check_answers(endpoint: str, path: str, headers: Mapping[str, str]) -> None:
    connection = http.client.HTTPConnection(endpoint.removeprefix("http://"), timeout=30)
    try:
        connection.request("GET", path, headers=dict(headers))
        response = connection.getresponse()
        response.read()
    finally:
        connection.close()
    if response.status != http.client.OK:
        raise RuntimeError(f"The embedded AWS answers {path} with {response.status}.")


def _warm_up() -> None:
    """Load what the first Terraform run asks for, while nobody waits for it."""
    from moto.backends import get_backend  # noqa: PLC0415
    from moto.core.routing import get_service_router  # noqa: PLC0415
    from moto.core.utils import get_service_model  # noqa: PLC0415

    for name in ("connect", "sts", "iam", "kms", "ssm", "s3", "kinesis", "logs", "lambda"):
        get_backend(name)
        get_service_model(name)
        get_service_router(name)


def _log_to(path: Path) -> None:
    handler = logging.FileHandler(path)
    handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("local_aws").setLevel(logging.INFO)
    logging.captureWarnings(capture=True)
