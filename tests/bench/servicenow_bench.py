"""What ServiceNow's function costs, and what many calls at once ask of ServiceNow and of AWS.

The very zip runs in the local Lambda runtime, one process an environment as on AWS, against
ServiceNow's stand-in over TLS and a Parameter Store with the limit of a new account. What must hold
is checked while it is measured: one token and one read of the secrets for each environment, however
many calls there are, and no throttling.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "lambda_src"), str(ROOT / "lambda_src")]

from aws_support import AwsAnswer, AwsRequest, ScriptedAws  # noqa: E402 - after the path
from bench_functions import bare_start, function, runtime, timed_call  # noqa: E402
from lambda_support import connect_event  # noqa: E402
from rich.table import Table  # noqa: E402

from local_aws.lambda_runtime import LambdaRuntime  # noqa: E402
from local_aws.lambda_runtime.spec import FunctionSpec  # noqa: E402
from local_aws.standins.servicenow.standin import (  # noqa: E402
    DEFAULT_CALL_CONTEXT_PATH,
    StandIn,
)

COLD_ROUNDS = 5
WARM_CALLS = 100
CALLS = 1000
ENVIRONMENTS = 8
# The stand-in looks through all calls of a script for each; one script a wave keeps that short.
WAVE = 100
# "GetParameters ... 40 transactions per second" is what accounts have by default (Systems Manager
# endpoints and quotas).
READS_PER_SECOND = 40
OPERATIONS = ("getCallContext", "getInteractionContext")
INTERFACES = ("oauth", "call_context", "interaction_context")
VOICE_SERVICE = "a1b2c3d4e5f60718293a4b5c6d7e8f90"
PATH = "/com.servicenow.cti/bench"


class ParameterStore:
    """Holds parameters in memory, and takes so many requests a second of each kind."""

    def __init__(self, aws: ScriptedAws, values: Mapping[str, str]) -> None:
        self._values = dict(values)
        self._lock = threading.Lock()
        self._moments: dict[str, list[float]] = {"GetParameters": [], "PutParameter": []}
        self.per_second = READS_PER_SECOND
        self.counted: Counter[str] = Counter()
        aws.answer_by("GetParameters", self._get)
        aws.answer_by("PutParameter", self._put)

    def _get(self, request: AwsRequest) -> AwsAnswer:
        if self._is_throttled(request.operation):
            return AwsAnswer.error("ThrottlingException")
        names = json.loads(request.body)["Names"]
        found = [
            {"Name": name, "Value": self._values[name]} for name in names if name in self._values
        ]
        return AwsAnswer.of({"Parameters": found, "InvalidParameters": []})

    def _put(self, request: AwsRequest) -> AwsAnswer:
        if self._is_throttled(request.operation):
            return AwsAnswer.error("ThrottlingException")
        told = json.loads(request.body)
        self._values[told["Name"]] = told["Value"]
        return AwsAnswer.of({"Version": 1})

    def _is_throttled(self, operation: str) -> bool:
        with self._lock:
            now = time.monotonic()
            recent = [moment for moment in self._moments[operation] if now - moment < 1]
            throttled = len(recent) >= self.per_second
            self._moments[operation] = recent if throttled else [*recent, now]
            self.counted[operation] += 1
            self.counted["throttled"] += throttled
            return throttled


@dataclass(frozen=True)
class World:
    """The function, and what it meets."""

    store: ParameterStore
    instance: StandIn
    spec: FunctionSpec
    sharing: FunctionSpec
    """The same function, with the token's copy switched on."""
    lambdas: LambdaRuntime = field(repr=False)

    def invoke(self, operation: str, contact: str, spec: FunctionSpec | None = None) -> float:
        event = connect_event(operation, contact_id=contact)
        return timed_call(self.lambdas, spec or self.spec, event)

    def call(self, contact: str, spec: FunctionSpec | None = None) -> tuple[float, float]:
        """One call from ring to the end of the agent's leg; the seconds of both operations."""
        first = self.invoke(OPERATIONS[0], contact, spec)
        self.end(contact)
        return first, self.invoke(OPERATIONS[1], contact, spec)

    def end(self, contact: str) -> None:
        path = f"/_local/servicenow/calls/{contact}/ended"
        status, said = self.instance.control("POST", path, b"")
        assert status == 204, said

    def requests(self) -> Counter[str]:
        """How many requests there have been since the beginning, by kind."""
        _, said = self.instance.control("GET", "/_local/servicenow/requests", b"")
        listed = (said or {})["requests"]
        assert isinstance(listed, list)
        return Counter(str(one["name"]) for one in listed) + self.store.counted

    def begin(self) -> None:
        """Count from here, and forget the calls so far."""
        self.instance.control("PUT", "/_local/servicenow/script", b"{}")
        self.store.counted.clear()

    def start_anew(self) -> None:
        """End all environments, as after a quiet night."""
        self.lambdas.recycle()

    @property
    def environments(self) -> int:
        """How many run."""
        return len(self.lambdas.pids())


def measure(zips: Path) -> tuple[Table, Table]:
    """Measure the zip of a build, in about a minute.

    Args:
        zips: the folder with ``servicenow_voice.zip``.

    Returns:
        Tables for the terminal.

    Raises:
        SystemExit: what must hold does not.
    """
    with _world(zips / "servicenow_voice.zip") as world:
        return _costs(world), _load(world)


@contextmanager
def _world(path: Path) -> Iterator[World]:
    with tempfile.TemporaryDirectory(prefix="servicenow-bench-") as name, ScriptedAws() as aws:
        folder = Path(name)
        instance = StandIn(folder, client_id="bench", client_secret="bench-secret")
        instance.start()
        lambdas = runtime(folder, lambda: aws.url)
        secrets = {"client_id": "bench", "client_secret": "bench-secret"}
        base = f"{PATH}/{VOICE_SERVICE}"
        environment = {
            "SERVICENOW_PARAMETER_PATH": PATH,
            "SERVICENOW_INSTANCE_HOST": instance.host,
            "SERVICENOW_INSTANCE_NAME": "bench",
            "VOICE_SERVICE_HOST": instance.host,
            "CALL_CONTEXT_PATH": DEFAULT_CALL_CONTEXT_PATH,
            "VOICE_SERVICE_ID": VOICE_SERVICE,
            "DNIS_PREFIXES": "+1",
            "CA_BUNDLE_PEM": instance.ca_bundle.read_text(),
            "POWERTOOLS_SERVICE_NAME": "servicenow_voice",
        }
        copies = {"TOKEN_COPY": "Standard", "TOKEN_COPY_KEY": "alias/bench"}
        code = path.read_bytes()
        try:
            yield World(
                ParameterStore(aws, {f"{base}/{key}": value for key, value in secrets.items()}),
                instance,
                function("servicenow_voice", code, environment),
                function("servicenow_voice", code, {**environment, **copies}),
                lambdas,
            )
        finally:
            lambdas.stop()
            instance.stop()


def _costs(world: World) -> Table:
    """Cold and warm times of both operations, and what each asks for."""
    cold: dict[str, list[float]] = {name: [] for name in OPERATIONS}
    warm: dict[str, list[float]] = {name: [] for name in OPERATIONS}
    asked: dict[tuple[str, str], Counter[str]] = {}
    bare = []
    world.begin()
    world.call(_contact())  # unpacks the zip
    for _ in range(COLD_ROUNDS):
        bare.append(bare_start())
        contact = _contact()
        for name in OPERATIONS:
            world.start_anew()
            before = world.requests()
            cold[name].append(world.invoke(name, contact))
            asked[name, "cold"] = world.requests() - before
            world.end(contact)
    contact = _contact()
    for number in range(WARM_CALLS):
        for name in OPERATIONS:
            before = world.requests() if number == 0 else Counter()
            warm[name].append(world.invoke(name, contact))
            if number == 0:
                asked[name, "warm"] = world.requests() - before
            world.end(contact)
    return _costs_table(cold, warm, asked, statistics.median(bare))


def _costs_table(
    cold: Mapping[str, list[float]],
    warm: Mapping[str, list[float]],
    asked: Mapping[tuple[str, str], Counter[str]],
    bare: float,
) -> Table:
    table = Table(
        title=f"ServiceNow's function; bare python -c pass is {bare * 1000:.0f} ms = 1",
        header_style="bold",
    )
    columns = ("", "cold ms", "x bare", "warm p50", "p99", "SSM + OAuth + API, cold", "warm")
    for column in columns:
        table.add_column(column, no_wrap=True, justify="right" if column else "left")
    for name in OPERATIONS:
        median = statistics.median(cold[name])
        table.add_row(
            name,
            f"{median * 1000:.0f}",
            f"{median / bare:.1f}",
            f"{statistics.median(warm[name]) * 1000:.1f}",
            f"{statistics.quantiles(warm[name], n=100)[98] * 1000:.1f}",
            _three(asked[name, "cold"]),
            _three(asked[name, "warm"]),
        )
    return table


def _three(counted: Counter[str]) -> str:
    api = counted["call_context"] + counted["interaction_context"]
    return f"{counted['GetParameters']} + {counted['oauth']} + {api}"


def _load(world: World) -> Table:
    table = Table(
        title=f"{CALLS} calls, {ENVIRONMENTS} at a time; requests, and requests a call",
        header_style="bold",
    )
    for column in ("", "environments", "SSM", "throttled", "OAuth", "call context", "Table API"):
        table.add_column(column, no_wrap=True, justify="right" if column else "left")
    counted, environments = _many_calls(world)
    _hold(counted["oauth"] == environments, "each environment asks for one token", counted)
    _hold(counted["GetParameters"] == environments, "each environment reads SSM once", counted)
    _hold(counted["throttled"] == 0, "Parameter Store is not asked too often", counted)
    _hold(counted["call_context"] == CALLS, "a call asks for its context once", counted)
    _hold(counted["interaction_context"] == CALLS, "a call asks for its outcome once", counted)
    table.add_row("at once", str(environments), *_row(counted, CALLS))
    counted = _crowd(world)
    _hold(counted["oauth"] == ENVIRONMENTS, "each of a crowd asks for one token", counted)
    table.add_row("a crowd", str(ENVIRONMENTS), *_row(counted, ENVIRONMENTS))
    for title, spec in (("one by one", world.spec), ("… sharing a token", world.sharing)):
        counted = _one_by_one(world, spec)
        wanted = 1 if spec is world.sharing else ENVIRONMENTS
        _hold(counted["oauth"] == wanted, f"{wanted} tokens for environments {title}", counted)
        table.add_row(title, str(ENVIRONMENTS), *_row(counted, ENVIRONMENTS))
    return table


def _row(counted: Counter[str], calls: int) -> Iterator[str]:
    ssm = counted["GetParameters"] + counted["PutParameter"]
    yield f"{ssm} = {ssm / calls:.3f}"
    yield str(counted["throttled"])
    for name in INTERFACES:
        yield f"{counted[name]} = {counted[name] / calls:.3f}"


def _many_calls(world: World) -> tuple[Counter[str], int]:
    """All calls; the first of each environment arrive together."""
    world.start_anew()
    counted: Counter[str] = Counter()
    for wave in range(CALLS // WAVE):
        share, rest = divmod(WAVE, ENVIRONMENTS)
        shares = [share + (number < rest) for number in range(ENVIRONMENTS)]
        counted += _wave(world, shares, together=wave == 0)
    return counted, world.environments


def _crowd(world: World) -> Counter[str]:
    """The first call of each environment, where Parameter Store takes a fraction of them a second:
    what more than its limit of environments that start in one second meet."""
    world.start_anew()
    world.store.per_second = ENVIRONMENTS // 2
    try:
        return _wave(world, [1] * ENVIRONMENTS, together=True)
    finally:
        world.store.per_second = READS_PER_SECOND


def _wave(world: World, shares: Sequence[int], *, together: bool) -> Counter[str]:
    """Calls from as many callers as there are shares; what they asked for."""
    world.begin()
    start = threading.Barrier(len(shares))

    def caller(calls: int) -> None:
        if together:
            start.wait(30)
        for _ in range(calls):
            world.call(_contact())

    with ThreadPoolExecutor(len(shares)) as pool:
        for done in [pool.submit(caller, calls) for calls in shares]:
            done.result()
    return world.requests()


def _one_by_one(world: World, spec: FunctionSpec) -> Counter[str]:
    """One call in each of several environments that start one after another."""
    world.begin()
    for _ in range(ENVIRONMENTS):
        world.start_anew()
        world.call(_contact(), spec)
    return world.requests()


def _hold(held: bool, what: str, counted: Counter[str]) -> None:  # noqa: FBT001 - a claim
    if not held:
        raise SystemExit(f"It does not hold that {what}: {dict(counted)}.")


def _contact() -> str:
    return str(uuid.uuid4())
