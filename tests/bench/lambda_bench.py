"""What the functions that a caller waits for cost: cold start, warm call, and requests a call.

The very zips run in the local Lambda runtime against an AWS and vendors that answer at once, so
what is left is the functions' own. Beside Kore's, in the same rounds, run a bare Python, and a
function that makes the same requests with boto3 and urllib3 and does nothing else. ServiceNow's,
and what many calls at once ask of its instance, are in `servicenow_bench`.

`measure` is for others to call; run as a program it builds the zips first.
"""

from __future__ import annotations

import io
import json
import statistics
import sys
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "lambda_src"), str(ROOT / "lambda_src")]

import servicenow_bench  # noqa: E402 - after the path
import trustme  # noqa: E402
from aws_support import AwsAnswer, ScriptedAws  # noqa: E402
from bench_functions import bare_start, function, runtime, timed_call  # noqa: E402
from kore_support import (  # noqa: E402
    BOT,
    KEY_ARN,
    PARAMETER_PATH,
    ROLE_ARN,
    SECRET,
    SETTINGS,
    STREAM_PREFIX,
    TRANSCRIBER_PATH,
    WEBHOOK_PATH,
    WEBHOOK_SECRET,
    WEBHOOK_SECRET_NAME,
    assumed,
    kore_event,
    parameters_answer,
)
from lambda_support import Answer, Vendor  # noqa: E402
from rich.console import Console, Group  # noqa: E402
from rich.table import Table  # noqa: E402

from local_aws.lambda_runtime.spec import FunctionSpec  # noqa: E402

COLD_ROUNDS = 5
WARM_CALLS = 100
KORE = ("kore_stream_trigger", "kore_widget_token", "kore_disposition")

# What the SDK's documentation shows; like ours it reads its parameters once.
PEER = """
import json, os, ssl, time
import boto3, urllib3

ssm = boto3.client("ssm")
sts = boto3.client("sts")
dynamodb = boto3.client("dynamodb")
context = ssl.create_default_context()
context.load_verify_locations(cadata=os.environ["CA_BUNDLE_PEM"])
http = urllib3.PoolManager(ssl_context=context)
parameters = None


def handler(event, _):
    global parameters
    calls = os.environ["CALLS"].split(",")
    if "ssm" in calls and parameters is None:
        names = json.loads(os.environ["NAMES"])
        parameters = ssm.get_parameters(Names=names, WithDecryption=True)
    if "sts" in calls:
        sts.assume_role(RoleArn=os.environ["ROLE"], RoleSessionName="bench-session", Policy="{}")
    if "put" in calls:
        item = {"contactId": {"S": str(time.time())}}
        dynamodb.put_item(TableName="bench", Item=item)
    if "post" in calls:
        http.request("POST", os.environ["TRANSCRIBER_URL"], json=event)
    if "update" in calls:
        dynamodb.update_item(
            TableName="bench",
            Key={"contactId": {"S": "x"}},
            UpdateExpression="SET delivery = :d",
            ExpressionAttributeValues={":d": {"S": "done"}},
        )
    return {"status": "ok"}
"""
PEER_CALLS: Mapping[str, str] = {
    "kore_stream_trigger": "ssm,sts,put,post",
    "kore_widget_token": "ssm",
    "kore_disposition": "put,ssm,post,update",
}


@dataclass
class Figures:
    """What was measured of one function; seconds."""

    name: str
    cold: list[float] = field(default_factory=list)
    peer_cold: list[float] = field(default_factory=list)
    warm: list[float] = field(default_factory=list)
    peer_warm: list[float] = field(default_factory=list)
    cold_requests: tuple[int, int] = (0, 0)
    warm_requests: tuple[int, int] = (0, 0)


class World:
    """An AWS and a Kore that answer at once, and the runtime that runs functions against them."""

    def __init__(self, folder: Path, aws: ScriptedAws, vendor: Vendor, ca: trustme.CA) -> None:
        self._aws = aws
        self._vendor = vendor
        values = {
            f"{PARAMETER_PATH}/{BOT}/settings": json.dumps(SETTINGS),
            f"{PARAMETER_PATH}/{BOT}/client_secret": SECRET,
            WEBHOOK_SECRET_NAME: WEBHOOK_SECRET,
        }
        aws.answer_by("GetParameters", parameters_answer(values))
        aws.answer("AssumeRole", assumed())
        for operation in ("PutItem", "UpdateItem", "DeleteItem"):
            aws.answer(operation, AwsAnswer())
        vendor.answer(TRANSCRIBER_PATH, Answer())
        vendor.answer(WEBHOOK_PATH, Answer())
        self.environment = {
            "KORE_PARAMETER_PATH": PARAMETER_PATH,
            "TRANSCRIBER_URL": f"https://{vendor.host}{TRANSCRIBER_PATH}",
            "STREAM_READER_ROLE_ARN": ROLE_ARN,
            "STREAM_KEY_ARN": KEY_ARN,
            "STREAM_NAME_PREFIX": STREAM_PREFIX,
            "CLAIMS_TABLE": "bench",
            "STREAM_ACCESS_SECONDS": "3600",
            "SOCKET_TOKEN_SECONDS": "3600",
            "WIDGET_TOKEN_SECONDS": "7200",
            "DISPOSITIONS_TABLE": "bench",
            "RETENTION_DAYS": "30",
            "WEBHOOK_URL": f"https://{vendor.host}{WEBHOOK_PATH}",
            "WEBHOOK_SECRET_PARAMETER": WEBHOOK_SECRET_NAME,
            "CA_BUNDLE_PEM": ca.cert_pem.bytes().decode(),
        }
        self.runtime = runtime(folder, lambda: aws.url)
        self._event = kore_event(disposition="resolved", summary="A bench.", survey="true")

    def call(self, spec: FunctionSpec) -> float:
        """Invoke once; return the seconds until the reply."""
        return timed_call(self.runtime, spec, self._event)

    def requests(self) -> tuple[int, int]:
        """How many requests AWS and Kore have had since the last question."""
        counted = len(self._aws.seen), len(self._vendor.seen)
        self._aws.seen.clear()
        self._vendor.seen.clear()
        return counted


def measure(zips: Path) -> Group:
    """Measure the zips of a build, in about a minute.

    Args:
        zips: the folder with ``kore_stream_trigger.zip`` and so on.

    Returns:
        Tables for the terminal.

    Raises:
        SystemExit: what must hold does not.
    """
    return Group(_kore(zips), *servicenow_bench.measure(zips))


def _kore(zips: Path) -> Table:
    ca = trustme.CA()
    with (
        tempfile.TemporaryDirectory(prefix="lambda-bench-") as folder,
        ScriptedAws() as aws,
        Vendor(ca) as vendor,
    ):
        world = World(Path(folder), aws, vendor, ca)
        try:
            bare: list[float] = []
            figures = [_figures(world, name, zips / f"{name}.zip", bare) for name in KORE]
        finally:
            world.runtime.stop()
    return _table(figures, statistics.median(bare))


def _figures(world: World, name: str, path: Path, bare: list[float]) -> Figures:
    ours = function(name, path.read_bytes(), world.environment)
    peer_name = f"peer_{name}"
    peer = function(peer_name, _zip(peer_name), {**world.environment, **_peer_settings(name)})
    found = Figures(name)
    world.call(ours)  # unpacks the zips
    world.call(peer)
    for _ in range(COLD_ROUNDS):
        world.runtime.recycle()
        bare.append(bare_start())
        world.requests()
        found.cold.append(world.call(ours))
        found.cold_requests = world.requests()
        found.peer_cold.append(world.call(peer))
    world.requests()
    world.call(ours)
    found.warm_requests = world.requests()
    for _ in range(WARM_CALLS):
        found.warm.append(world.call(ours))
        found.peer_warm.append(world.call(peer))
    return found


def _peer_settings(name: str) -> Mapping[str, str]:
    names = [f"{PARAMETER_PATH}/{BOT}/settings", f"{PARAMETER_PATH}/{BOT}/client_secret"]
    return {
        "CALLS": PEER_CALLS[name],
        "NAMES": json.dumps(names),
        "ROLE": ROLE_ARN,
    }


def _zip(name: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{name}/__init__.py", "")
        archive.writestr(f"{name}/handler.py", PEER)
    return content.getvalue()


def _table(figures: Sequence[Figures], bare: float) -> Table:
    table = Table(
        title=f"Kore's functions; bare python -c pass is {bare * 1000:.0f} ms = 1",
        header_style="bold",
    )
    columns = ("", "cold ms", "x bare", "x boto3", "warm p50", "p99", "x boto3")
    for column in (*columns, "AWS + Kore, cold", "warm"):
        table.add_column(column, no_wrap=True, justify="right" if column else "left")
    for found in figures:
        cold, peer_cold = statistics.median(found.cold), statistics.median(found.peer_cold)
        warm, peer_warm = statistics.median(found.warm), statistics.median(found.peer_warm)
        table.add_row(
            found.name,
            f"{cold * 1000:.0f}",
            f"{cold / bare:.1f}",
            f"{cold / peer_cold:.2f}",
            f"{warm * 1000:.1f}",
            f"{statistics.quantiles(found.warm, n=100)[98] * 1000:.1f}",
            f"{warm / peer_warm:.2f}",
            "{} + {}".format(*found.cold_requests),
            "{} + {}".format(*found.warm_requests),
        )
    return table


def main() -> None:
    """Build the zips into a temporary folder, measure, print."""

    import lambda_build  # noqa: PLC0415 - only a program builds

    say = Console(highlight=False, width=110)
    with tempfile.TemporaryDirectory(prefix="lambda-bench-") as folder:
        lambda_build.build(ROOT, dist=Path(folder))
        say.print(measure(Path(folder)))


if __name__ == "__main__":
    main()
