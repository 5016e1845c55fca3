"""Functions run as built, in real worker processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from runtime_helpers import function, pack, wait_gone

from local_aws.lambda_runtime import (
    BadPackage,
    Credentials,
    InvocationRefused,
    InvokeResult,
    LambdaRuntime,
    LogBatch,
    Throttled,
    lambda_python,
)
from local_aws.lambda_runtime.interpreter import NoLambdaPython
from local_aws.lambda_runtime.portable import runtime_client
from local_aws.lambda_runtime.task import unpack

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="uses Linux's own means")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runtime")


@pytest.fixture(scope="module")
def batches() -> list[LogBatch]:
    return []


@pytest.fixture(scope="module")
def runtime(place: Path, batches: list[LogBatch]) -> Iterator[LambdaRuntime]:
    runtime = LambdaRuntime(
        lambda_python(os.environ),
        place / "logs",
        lambda: "http://127.0.0.1:4566",
        on_logs=batches.append,
    )
    yield runtime
    runtime.stop()


def reply(result: InvokeResult) -> Any:
    assert result.function_error is None, result.payload
    return json.loads(result.payload)


def error(result: InvokeResult) -> dict[str, Any]:
    assert result.function_error == "Unhandled"
    told = json.loads(result.payload)
    assert isinstance(told, dict)
    return told


def call(runtime: LambdaRuntime, spec: Any, event: object = None, **how: Any) -> InvokeResult:
    return runtime.invoke(spec, json.dumps(event).encode(), credentials=None, **how)


def test_the_zip_runs_and_a_second_request_finds_it_warm(runtime: LambdaRuntime) -> None:
    spec = function(
        "import os\nseen = []\n"
        "def handler(event, context):\n"
        "    seen.append(event['n'])\n"
        "    return {'pid': os.getpid(), 'seen': seen, 'here': __file__}\n",
        "warm",
    )
    first, second = call(runtime, spec, {"n": 1}), call(runtime, spec, {"n": 2})
    assert reply(second)["seen"] == [1, 2]
    assert reply(first)["pid"] == reply(second)["pid"] != os.getpid()
    assert first.init_ms is not None
    assert second.init_ms is None
    assert reply(first)["here"].endswith(f"{spec.code_sha256}/app/handler.py")


def test_the_context_is_lambdas(runtime: LambdaRuntime) -> None:
    spec = function(
        "import os\n"
        "def handler(event, c):\n"
        "    return [c.aws_request_id, c.invoked_function_arn, c.function_name,\n"
        "        c.function_version, c.memory_limit_in_mb, c.get_remaining_time_in_millis(),\n"
        "        c.client_context.custom, os.environ['_X_AMZN_TRACE_ID'],\n"
        "        [c.log_group_name, c.log_stream_name]]\n",
        "context",
        memory_mb=256,
    )
    arn = f"{spec.arn}:live"
    result = call(
        runtime,
        spec,
        invoked_arn=arn,
        request_id="7b7e16ee-0a44-4be4-a5a1-0a6b6b1f4b5e",
        client_context='{"custom": {"who": "test"}}',
        trace_id="Root=1-00000000-000000000000000000000000;Sampled=0",
    )
    request_id, invoked, name, version, memory, left, custom, trace, logs = reply(result)
    assert (request_id, invoked) == ("7b7e16ee-0a44-4be4-a5a1-0a6b6b1f4b5e", arn)
    assert (name, version, memory) == ("context", "$LATEST", "256")
    assert 8_000 < left <= 10_000
    assert custom == {"who": "test"}
    assert trace == "Root=1-00000000-000000000000000000000000;Sampled=0"
    assert logs[0] == "/aws/lambda/context"
    assert "[$LATEST]" in logs[1]


def test_the_environment_is_lambdas_and_nothing_of_ours_leaks(
    runtime: LambdaRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SECRET_OF_THE_PARENT", "PYTHONPATH", "AWS_PROFILE", "HOME", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "/leaked")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "the-parents-key")
    spec = function(
        "import os, sys\n"
        "def handler(event, context):\n"
        "    return {'env': dict(os.environ), 'path': sys.path, 'cwd': os.getcwd(),\n"
        "        'argv': sys.argv, 'fds': len(os.listdir('/dev/fd'))}\n",
        "environment",
        environment={"MINE": "ü", "TZ": "Europe/Vienna", "AWS_REGION": "mars-1"},
    )
    keys = Credentials("ASIAEXAMPLE", "hush", "token", datetime.now(UTC) + timedelta(hours=1))
    seen = reply(runtime.invoke(spec, b"{}", credentials=keys))
    task_root = seen["env"]["LAMBDA_TASK_ROOT"]
    assert {**seen["env"], "_X_AMZN_TRACE_ID": "", "AWS_LAMBDA_LOG_STREAM_NAME": ""} == {
        "LANG": "en_US.UTF-8",
        "TZ": "Europe/Vienna",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000",
        "MINE": "ü",
        "_HANDLER": "app.handler.handler",
        "_X_AMZN_TRACE_ID": "",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_NAME": "environment",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/environment",
        "AWS_LAMBDA_LOG_STREAM_NAME": "",
        "AWS_LAMBDA_RUNTIME_API": seen["env"]["AWS_LAMBDA_RUNTIME_API"],
        "LAMBDA_TASK_ROOT": task_root,
        "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
        "TMPDIR": seen["env"]["TMPDIR"],
        "AWS_ACCESS_KEY_ID": "ASIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "hush",
        "AWS_SESSION_TOKEN": "token",
    }
    assert seen["path"][0] == seen["cwd"] == task_root
    ours = [entry for entry in seen["path"] if "/local" in entry.replace("/usr/local", "")]
    assert not ours, "the tooling's packages are out of reach"
    # stdin, stdout, stderr, the log pipe, the Runtime API's connection, the listing itself
    assert seen["fds"] <= 8


def test_only_the_runtimes_packages_can_be_imported(runtime: LambdaRuntime) -> None:
    spec = function(
        "def handler(event, context):\n"
        "    import boto3, botocore\n"
        "    found = []\n"
        "    for name in ('moto', 'local_aws', 'pytest', 'requests'):\n"
        "        try:\n"
        "            __import__(name)\n"
        "            found.append(name)\n"
        "        except ImportError:\n"
        "            pass\n"
        "    return found\n",
        "imports",
    )
    assert reply(call(runtime, spec)) == []


def test_what_the_zip_brings_wins_over_the_runtime(runtime: LambdaRuntime) -> None:
    code = pack(
        "import boto3\ndef handler(event, context):\n    return boto3.MARK\n",
        **{"boto3.py": "MARK = 'mine'\n"},
    )
    spec = replace(function("", "brings"), code=code, code_sha256="b" * 64)
    assert reply(call(runtime, spec)) == "mine"


def test_a_raised_exception_is_answered_and_logged_as_lambda_does(
    runtime: LambdaRuntime, batches: list[LogBatch]
) -> None:
    spec = function("def handler(event, context):\n    raise ValueError('no\\nluck')\n", "raises")
    result = call(runtime, spec)
    told = error(result)
    assert (told["errorType"], told["errorMessage"]) == ("ValueError", "no\nluck")
    assert told["requestId"] == result.request_id
    (batch,) = [batch for batch in batches if batch.group == "/aws/lambda/raises"]
    messages = [event.message for event in batch.events]
    assert messages[0] == f"START RequestId: {result.request_id} Version: $LATEST"
    assert messages[1].startswith("[ERROR] ValueError: no\nluck\nTraceback"), "one event"
    assert messages[2] == f"END RequestId: {result.request_id}"
    assert messages[3].startswith(f"REPORT RequestId: {result.request_id}\tDuration: ")
    assert "Memory Size: 128 MB" in messages[3]


@pytest.mark.parametrize(
    ("source", "kind", "message"),
    [
        ("import nothing_of_the_kind\n", "Runtime.ImportModuleError", "nothing_of_the_kind"),
        ("def handler(:\n", "Runtime.UserCodeSyntaxError", "Syntax error"),
        ("x = 1\n", "Runtime.HandlerNotFound", "Handler 'handler' missing"),
        ("raise RuntimeError('at load')\n", "RuntimeError", "at load"),
        ("import sys\nsys.exit(7)\n", "Runtime.ExitError", "exit status 7"),
    ],
)
def test_a_function_that_does_not_load_says_why(
    runtime: LambdaRuntime, source: str, kind: str, message: str
) -> None:
    told = error(call(runtime, function(source, "unloadable")))
    assert told["errorType"] == kind
    assert message in told["errorMessage"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("import sys; sys.exit(3)", "Runtime exited with error: exit status 3"),
        ("import sys; sys.exit()", "Runtime exited without providing a reason"),
        ("import os; os.kill(os.getpid(), 9)", "Runtime exited with error: signal: killed"),
    ],
)
def test_a_function_that_ends_its_process_is_an_exit_error_and_starts_anew(
    runtime: LambdaRuntime, body: str, message: str
) -> None:
    spec = function(
        f"def handler(event, context):\n    if event:\n        {body}\n    return 'well'\n", "exits"
    )
    result = call(runtime, spec, {"now": 1})
    assert error(result) == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {result.request_id} Error: {message}",
    }
    assert message in result.log_tail
    assert reply(call(runtime, spec)) == "well"


def test_a_result_that_is_no_json_is_a_marshal_error(runtime: LambdaRuntime) -> None:
    told = error(call(runtime, function("def handler(e, c):\n    return {1, 2}\n", "marshal")))
    assert told["errorType"] == "Runtime.MarshalError"


def test_a_reply_over_six_megabytes_is_refused_and_the_next_one_works(
    runtime: LambdaRuntime,
) -> None:
    spec = function("def handler(event, context):\n    return 'x' * event\n", "large")
    # two bytes more: the quotes of the JSON string
    assert len(call(runtime, spec, 6_291_554).payload) == 6_291_556
    told = error(call(runtime, spec, 6_291_555))
    assert told["errorType"] == "Function.ResponseSizeTooLarge"
    assert "(6291556 bytes)" in told["errorMessage"]
    assert reply(call(runtime, spec, 2)) == "xx"


@linux_only
def test_the_time_out_kills_the_worker_and_what_it_started(runtime: LambdaRuntime) -> None:
    spec = function(
        "import subprocess, sys\n"
        "def handler(event, context):\n"
        "    if not event: return 'well'\n"
        "    child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "    print('child', child.pid)\n"
        "    child.wait()\n",
        "slow",
        timeout_seconds=1,
    )
    result = call(runtime, spec, {"hang": 1})
    told = error(result)
    assert told["errorType"] == "Sandbox.Timedout"
    assert told["errorMessage"] == (
        f"RequestId: {result.request_id} Error: Task timed out after 1.00 seconds"
    )
    assert f"{result.request_id} Task timed out after 1.00 seconds\n" in result.log_tail
    child = int(result.log_tail.split("child ")[1].split()[0])
    assert wait_gone([child]) == []
    assert 1_000 <= result.duration_ms < 3_000
    assert reply(call(runtime, spec, None)) == "well"


def test_prints_and_log_records_come_in_the_tail_and_in_the_file(
    runtime: LambdaRuntime, place: Path
) -> None:
    spec = function(
        "import logging, sys\nprint('loading')\n"
        "def handler(event, context):\n"
        "    logging.getLogger().warning('careful')\n"
        "    print('one\\ntwo')\n"
        "    print('aside', file=sys.stderr, end='')\n",
        "talks",
    )
    result = call(runtime, spec)
    for text in (
        "loading\n",
        f"START RequestId: {result.request_id}",
        f"\t{result.request_id}\tcareful\n",
        "one\ntwo\n",
        "aside\n",
    ):
        assert text in result.log_tail
    assert result.log_tail.index("aside") < result.log_tail.index("END RequestId")
    assert (place / "logs" / "lambda" / "talks.log").read_text() == result.log_tail


def test_the_tail_is_the_last_four_kilobytes(runtime: LambdaRuntime) -> None:
    spec = function("def handler(e, c):\n    print('é' * 9000)\n", "tail")
    result = call(runtime, spec)
    assert 4_000 < len(result.log_tail.encode()) <= 4_096
    assert "REPORT" in result.log_tail


def test_json_logging_makes_the_platforms_lines_json_too(runtime: LambdaRuntime) -> None:
    spec = function(
        "import logging\ndef handler(e, c):\n    logging.getLogger().error('oh')\n",
        "json",
        log_format="JSON",
        log_level="INFO",
    )
    lines = [json.loads(line) for line in call(runtime, spec).log_tail.splitlines()]
    assert [line.get("type") or line["message"] for line in lines] == [
        "platform.start",
        "oh",
        "platform.report",
    ]


@pytest.mark.parametrize(
    "change",
    [{"environment": {"A": "2"}}, {"memory_mb": 512}, {"code_sha256": "c" * 64}],
    ids=["environment", "memory", "code"],
)
def test_a_change_of_code_or_configuration_ends_the_warm_worker(
    runtime: LambdaRuntime, change: dict[str, Any]
) -> None:
    spec = function("import os\ndef handler(e, c):\n    return os.getpid()\n", "changes")
    before, after = reply(call(runtime, spec)), reply(call(runtime, replace(spec, **change)))
    assert before != after
    assert before not in runtime.pids()
    assert after in runtime.pids()


def test_two_versions_keep_their_own_warm_workers(runtime: LambdaRuntime) -> None:
    one = function("import os\ndef handler(e, c):\n    return os.getpid()\n", "versions")
    two = replace(one, version="2", environment={"A": "2"})
    pids = [reply(call(runtime, spec)) for spec in (one, two, one, two)]
    assert pids[:2] == pids[2:]
    assert pids[0] != pids[1]


def test_recycle_makes_the_next_invocation_a_cold_start(runtime: LambdaRuntime) -> None:
    spec = function("import os\ndef handler(e, c):\n    return os.getpid()\n", "recycled")
    before = reply(call(runtime, spec))
    runtime.recycle()
    again = call(runtime, spec)
    assert reply(again) != before
    assert again.init_ms is not None


def test_a_worker_ends_before_its_credentials_do(runtime: LambdaRuntime) -> None:
    spec = function("import os\ndef handler(e, c):\n    return os.getpid()\n", "expires")

    def run(minutes: float) -> int:
        keys = Credentials("A", "b", "c", datetime.now(UTC) + timedelta(minutes=minutes))
        return int(reply(runtime.invoke(spec, b"{}", credentials=keys)))

    assert run(4) != run(60)
    assert run(60) == run(60)


def test_an_idle_worker_that_was_killed_is_replaced(runtime: LambdaRuntime) -> None:
    spec = function("import os\ndef handler(e, c):\n    return os.getpid()\n", "killed")
    before = reply(call(runtime, spec))
    os.kill(before, signal.SIGKILL)
    assert wait_gone([before]) == []
    while before in runtime.pids():
        Event().wait(0.005)
    assert reply(call(runtime, spec)) != before


def test_requests_at_once_get_a_worker_each_up_to_the_reserved_concurrency(
    runtime: LambdaRuntime, tmp_path: Path
) -> None:
    gates = [tmp_path / "one", tmp_path / "two"]
    for gate in gates:
        os.mkfifo(gate)
    spec = function(
        "import os\ndef handler(event, context):\n    open(event).read()\n    return os.getpid()\n",
        "parallel",
        reserved_concurrency=2,
    )
    with ThreadPoolExecutor(2) as threads:
        running = [threads.submit(call, runtime, spec, str(gate)) for gate in gates]
        # Opening for writing waits until the handler opens for reading: both are inside then.
        with gates[0].open("w"), gates[1].open("w"), pytest.raises(Throttled) as refusal:
            call(runtime, spec, os.devnull)
        pids = {reply(run.result()) for run in running}
    assert refusal.value.reason == "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert len(pids) == 2
    assert reply(call(runtime, spec, os.devnull)) in pids


def test_a_reserved_concurrency_of_zero_lets_nothing_run(runtime: LambdaRuntime) -> None:
    with pytest.raises(Throttled):
        call(runtime, function("", "off", reserved_concurrency=0))


@linux_only
def test_the_task_root_is_read_only_and_tmp_is_not() -> None:
    spec = function(
        "import os, tempfile\n"
        "def handler(event, context):\n"
        "    told = []\n"
        "    root = os.environ['LAMBDA_TASK_ROOT']\n"
        "    for path in (root + '/new', __file__, tempfile.gettempdir() + '/x', '/dev/null'):\n"
        "        try:\n"
        "            open(path, 'a').close()\n"
        "            told.append('written')\n"
        "        except OSError:\n"
        "            told.append('refused')\n"
        "    return told\n",
        "writes",
    )
    # not below /tmp: what lies there cannot be kept from a handler that may write to /tmp
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        runtime = LambdaRuntime(
            lambda_python(os.environ), Path(folder) / "logs", lambda: "http://127.0.0.1:1"
        )
        try:
            assert reply(call(runtime, spec)) == ["refused", "refused", "written", "written"]
        finally:
            runtime.stop()


def test_the_private_temporary_folder_goes_with_its_worker(runtime: LambdaRuntime) -> None:
    spec = function(
        "import tempfile\n"
        "def handler(event, context):\n"
        "    return tempfile.NamedTemporaryFile(delete=False).name\n",
        "temporary",
    )
    left_behind = Path(reply(call(runtime, spec)))
    assert left_behind.is_file()
    runtime.recycle()
    assert not left_behind.parent.exists()


def test_stop_ends_all_workers_and_refuses_further_work(tmp_path: Path) -> None:
    runtime = LambdaRuntime(lambda_python(os.environ), tmp_path / "logs", lambda: "http://x")
    spec = function("import os\ndef handler(e, c):\n    return os.getpid()\n", "stopped")
    pid = reply(call(runtime, spec))
    runtime.stop()
    assert wait_gone([pid]) == []
    assert not (tmp_path / "lambda").exists()
    with pytest.raises(InvocationRefused, match="stopping"):
        call(runtime, spec)


_SERVER = """
import json, os, sys, threading
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from runtime_helpers import function
from local_aws.lambda_runtime import LambdaRuntime, lambda_python
runtime = LambdaRuntime(lambda_python(os.environ), Path(sys.argv[1]) / "logs", lambda: "http://x")
busy = Path(sys.argv[1]) / "busy"
os.mkfifo(busy)
source = (
    "import time\\n"
    "def handler(path, context):\\n"
    "    if path:\\n"
    "        open(path, 'w').close()\\n"
    "        time.sleep(500)\\n"
)
spec = function(source, "orphan", timeout_seconds=600)
hang = json.dumps(str(busy)).encode()
threading.Thread(
    target=runtime.invoke, args=(spec, hang), kwargs={"credentials": None}, daemon=True
).start()
busy.read_text()  # the first worker is inside its handler now
runtime.invoke(spec, b"null", credentials=None)
print(*runtime.pids(), flush=True)
sys.stdin.read()
"""


@linux_only
def test_a_killed_server_leaves_no_worker_busy_or_idle(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _SERVER, str(tmp_path), str(Path(__file__).parent)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        pids = [int(pid) for pid in server.stdout.readline().split()]
        server.kill()
    assert len(pids) == 2
    assert wait_gone(pids) == []


def test_functions_run_where_awslambdaric_has_no_compiled_client(runtime: LambdaRuntime) -> None:
    # What the zip brings comes first, so the portable client takes the compiled one's place.
    client = Path(runtime_client.__file__).read_text()
    source = (
        "import runtime_client\n"
        "def handler(event, c):\n"
        "    if event == 'raise': raise ValueError('né')\n"
        "    if event == 'large': return 'x' * 6_291_555\n"
        "    return [event, c.aws_request_id, runtime_client.__file__.endswith('.py')]\n"
    )
    code = pack(source, **{"runtime_client.py": client})
    spec = replace(function("", "portable"), code=code, code_sha256="f" * 64)
    for event in ("é", "raise", "large", "again"):
        result = call(runtime, spec, event)
        if event == "raise":
            assert error(result)["errorMessage"] == "né"
        elif event == "large":
            assert error(result)["errorType"] == "Function.ResponseSizeTooLarge"
        else:
            assert reply(result) == [event, result.request_id, True]


def test_a_worker_that_loses_its_runtime_api_ends_by_itself(runtime: LambdaRuntime) -> None:
    spec = function("import os\ndef handler(e, c):\n    return os.getpid()\n", "lost")
    pid = reply(call(runtime, spec))
    (worker,) = runtime._pools[spec.arn]._generations
    worker._api.close()  # as the kernel does where nothing else tells of the server's end
    assert wait_gone([pid]) == []


@pytest.mark.parametrize("name", ["../out.py", "/abs.py", "a/../../out.py", "c:\\out.py"])
def test_an_entry_that_leaves_the_task_root_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadPackage, match="outside itself"):
        unpack(pack("x = 1", name=name), "d" * 64, tmp_path / "tasks")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    "code", [b"", b"PK\x03\x04 not a zip", pack("x = 1")[:40]], ids=["empty", "text", "cut"]
)
def test_what_is_no_zip_is_refused(tmp_path: Path, code: bytes) -> None:
    with pytest.raises(BadPackage, match="Could not unzip"):
        unpack(code, "e" * 64, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_interpreter_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(NoLambdaPython, match="make setup"):
        lambda_python({"CONNECT_VOICE_LAMBDA_PYTHON": str(tmp_path / "python")})
