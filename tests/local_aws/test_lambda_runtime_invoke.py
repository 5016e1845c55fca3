"""Invoke over the wire, against the embedded AWS as users start it."""

from __future__ import annotations

import base64
import json
import os
import signal
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from embedded import TRUSTS_LAMBDA, Embedded, embedded_aws
from runtime_helpers import ACCOUNT, pack, wait_gone

WHO = (
    "import boto3, os\n"
    "def handler(event, context):\n"
    "    who = boto3.client('sts').get_caller_identity()['Arn']\n"
    "    return {'who': who, 'arn': context.invoked_function_arn, 'mark': os.environ.get('MARK'),\n"
    "        'version': context.function_version, 'pid': os.getpid(), 'event': event}\n"
)
WRITES_LOGS = {
    "Effect": "Allow",
    "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
    "Resource": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/own/*",
}

Create = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with embedded_aws(tmp_path_factory.mktemp("embedded") / "state") as embedded:
        yield embedded


@pytest.fixture(scope="module")
def role(aws: Embedded) -> str:
    return aws.role("runs", WRITES_LOGS)


@pytest.fixture(scope="module")
def create(aws: Embedded, role: str) -> Create:
    def make(name: str, source: str = WHO, **settings: Any) -> dict[str, Any]:
        asked = {
            "Runtime": "python3.13",
            "Handler": "app.handler.handler",
            "Role": role,
            "Timeout": 10,
            "Code": {"ZipFile": pack(source)},
            **settings,
        }
        made: dict[str, Any] = aws.client("lambda").create_function(FunctionName=name, **asked)
        return made

    return make


@pytest.fixture(scope="module")
def known(create: Create) -> str:
    return str(create("known")["FunctionName"])


def invoke(aws: Embedded, name: str, event: object = None, **how: Any) -> dict[str, Any]:
    answer: dict[str, Any] = aws.client("lambda").invoke(
        FunctionName=name, Payload=json.dumps(event).encode(), **how
    )
    answer["Payload"] = json.loads(answer["Payload"].read() or b"null")
    return answer


def refused(code: str) -> Any:
    return pytest.raises(ClientError, match=rf"\({code}\)")


def test_a_function_runs_as_its_role(aws: Embedded, create: Create) -> None:
    arn = create("runs")["FunctionArn"]
    answer = invoke(aws, "runs", {"a": 1})
    assert answer["StatusCode"] == 200
    assert answer["ExecutedVersion"] == "$LATEST"
    assert "FunctionError" not in answer
    assert "LogResult" not in answer
    told = answer["Payload"]
    assert told["who"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/runs/runs"
    assert (told["arn"], told["event"]) == (arn, {"a": 1})


def test_aliases_versions_and_arns_run_what_they_name(aws: Embedded, create: Create) -> None:
    client = aws.client("lambda")
    arn = create("qualified", Environment={"Variables": {"MARK": "one"}}, Publish=True)
    assert arn["Version"] == "1"
    bare = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:qualified"
    client.create_alias(FunctionName="qualified", Name="live", FunctionVersion="1")
    client.update_function_configuration(
        FunctionName="qualified", Environment={"Variables": {"MARK": "two"}}
    )
    seen = {
        how: (answer["Payload"]["mark"], answer["Payload"]["arn"], answer["ExecutedVersion"])
        for how, answer in {
            "plain": invoke(aws, "qualified"),
            "latest": invoke(aws, "qualified", Qualifier="$LATEST"),
            "alias": invoke(aws, "qualified", Qualifier="live"),
            "alias in name": invoke(aws, "qualified:live"),
            "version": invoke(aws, "qualified", Qualifier="1"),
            "alias in arn": invoke(aws, f"{bare}:live"),
            "partial arn": invoke(aws, f"{ACCOUNT}:function:qualified:live"),
        }.items()
    }
    assert seen == {
        "plain": ("two", bare, "$LATEST"),
        "latest": ("two", f"{bare}:$LATEST", "$LATEST"),
        "alias": ("one", f"{bare}:live", "1"),
        "alias in name": ("one", f"{bare}:live", "1"),
        "version": ("one", f"{bare}:1", "1"),
        "alias in arn": ("one", f"{bare}:live", "1"),
        "partial arn": ("one", f"{bare}:live", "1"),
    }
    assert client.publish_version(FunctionName="qualified")["Version"] == "2"
    client.update_alias(FunctionName="qualified", Name="live", FunctionVersion="2")
    assert invoke(aws, "qualified", Qualifier="live")["Payload"]["mark"] == "two"


@pytest.mark.parametrize(
    ("name", "qualifier"),
    [
        ("nobody", None),
        ("known", "absent"),
        ("known", "7"),
        (f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:known", None),
    ],
)
def test_what_does_not_exist_is_not_found(
    aws: Embedded, known: str, name: str, qualifier: str | None
) -> None:
    how = {"Qualifier": qualifier} if qualifier else {}
    with refused("ResourceNotFoundException") as refusal:
        invoke(aws, name, **how)
    assert "Function not found: arn:aws:lambda:" in str(refusal.value)
    assert invoke(aws, known)["StatusCode"] == 200


def test_new_code_runs_at_the_next_invocation(aws: Embedded, create: Create) -> None:
    create("recoded", "def handler(e, c):\n    return 1\n")
    assert invoke(aws, "recoded")["Payload"] == 1
    aws.client("lambda").update_function_code(
        FunctionName="recoded", ZipFile=pack("def handler(e, c):\n    return 2\n")
    )
    assert invoke(aws, "recoded")["Payload"] == 2


def test_a_function_error_and_the_log_tail_come_in_their_headers(
    aws: Embedded, create: Create
) -> None:
    create("fails", "def handler(e, c):\n    raise KeyError('gone')\n")
    answer = invoke(aws, "fails", LogType="Tail")
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert answer["Payload"]["errorType"] == "KeyError"
    tail = base64.b64decode(answer["LogResult"]).decode()
    assert "[ERROR] KeyError: 'gone'" in tail
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert answer["Payload"]["requestId"] == request_id
    assert f"START RequestId: {request_id}" in tail


def test_the_time_out_is_the_functions(aws: Embedded, create: Create) -> None:
    create("slow", "import time\ndef handler(e, c):\n    time.sleep(60)\n", Timeout=1)
    answer = invoke(aws, "slow")
    assert answer["FunctionError"] == "Unhandled"
    assert "Task timed out after 1.00 seconds" in answer["Payload"]["errorMessage"]


def test_an_event_is_taken_and_runs_later(aws: Embedded, create: Create, tmp_path: Path) -> None:
    target = tmp_path / "done"
    os.mkfifo(target)
    create("event", "def handler(e, c):\n    open(e, 'w').write('ran')\n")
    answer = invoke(aws, "event", str(target), InvocationType="Event")
    assert answer["StatusCode"] == 202
    assert target.read_text() == "ran"


def test_a_dry_run_runs_nothing(aws: Embedded, create: Create, tmp_path: Path) -> None:
    create("dry", "def handler(e, c):\n    open(e, 'w').close()\n")
    target = tmp_path / "touched"
    assert invoke(aws, "dry", str(target), InvocationType="DryRun")["StatusCode"] == 204
    assert not target.exists()
    with refused("ResourceNotFoundException"):
        invoke(aws, "dry", Qualifier="absent", InvocationType="DryRun")


def test_the_client_context_reaches_the_handler(aws: Embedded, create: Create) -> None:
    create("context", "def handler(e, c):\n    return c.client_context.custom['k']\n")
    context = base64.b64encode(b'{"custom":\n {"k": "v"}}').decode()
    assert invoke(aws, "context", ClientContext=context)["Payload"] == "v"
    with refused("InvalidRequestContentException"):
        invoke(aws, "context", ClientContext="bm8=")


def test_a_payload_must_be_json_and_below_the_limit(aws: Embedded, create: Create) -> None:
    create("payload")
    with refused("InvalidRequestContentException"):
        aws.client("lambda").invoke(FunctionName="payload", Payload=b"{not json")
    with refused("RequestTooLargeException"):
        invoke(aws, "payload", "x" * 6_291_456)


def test_no_concurrency_is_too_many_requests(aws: Embedded, create: Create) -> None:
    create("off")
    client = aws.client("lambda")
    client.put_function_concurrency(FunctionName="off", ReservedConcurrentExecutions=0)
    with refused("TooManyRequestsException") as refusal:
        invoke(aws, "off")
    answer = refusal.value.response
    assert answer["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 429
    client.delete_function_concurrency(FunctionName="off")
    assert invoke(aws, "off")["StatusCode"] == 200


def test_the_log_goes_to_its_group_when_there_is_one_and_the_role_may(
    aws: Embedded, create: Create
) -> None:
    logs = aws.client("logs")
    for group in ("/own/group", "/aws/lambda/not-allowed"):
        logs.create_log_group(logGroupName=group)
    source = "def handler(e, c):\n    print('hello'); print()\n"
    create("logged", source, LoggingConfig={"LogGroup": "/own/group"})
    create("not-allowed", source)
    create("no-group", source, LoggingConfig={"LogGroup": "/own/absent"})
    for name in ("logged", "not-allowed", "no-group"):
        assert "FunctionError" not in invoke(aws, name)
    (stream,) = logs.describe_log_streams(logGroupName="/own/group")["logStreams"]
    events = logs.get_log_events(
        logGroupName="/own/group", logStreamName=stream["logStreamName"], startFromHead=True
    )["events"]
    assert [event["message"].split()[0] for event in events] == ["START", "hello", "END", "REPORT"]
    assert logs.describe_log_streams(logGroupName="/aws/lambda/not-allowed")["logStreams"] == []
    groups = {one["logGroupName"] for one in logs.describe_log_groups()["logGroups"]}
    assert "/own/absent" not in groups
    assert "hello" in (aws.folder / "logs" / "lambda" / "no-group.log").read_text()


def test_the_settings_moto_forgets_are_kept(aws: Embedded, create: Create) -> None:
    client = aws.client("lambda")
    logging = {"LogFormat": "JSON", "ApplicationLogLevel": "DEBUG", "SystemLogLevel": "WARN"}
    create("kept", LoggingConfig=logging, SnapStart={"ApplyOn": "PublishedVersions"}, Publish=True)
    kept = client.get_function_configuration(FunctionName="kept")
    assert kept["LoggingConfig"] == {**logging, "LogGroup": "/aws/lambda/kept"}
    assert kept["SnapStart"] == {"ApplyOn": "PublishedVersions", "OptimizationStatus": "Off"}
    published = client.get_function_configuration(FunctionName="kept", Qualifier="1")
    assert published["SnapStart"]["OptimizationStatus"] == "On"
    client.update_function_configuration(
        FunctionName="kept",
        LoggingConfig={"LogFormat": "Text", "LogGroup": "/other"},
        TracingConfig={"Mode": "Active"},
        EphemeralStorage={"Size": 1024},
    )
    client.update_function_code(FunctionName="kept", ZipFile=pack(WHO), Architectures=["arm64"])
    changed = client.get_function_configuration(FunctionName="kept")
    assert changed["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": "/other"}
    assert changed["TracingConfig"] == {"Mode": "Active"}
    assert changed["EphemeralStorage"] == {"Size": 1024}
    assert changed["Architectures"] == ["arm64"]
    before = client.get_function_configuration(FunctionName="kept", Qualifier="1")
    assert before["LoggingConfig"]["LogFormat"] == "JSON"
    assert before["TracingConfig"] == {"Mode": "PassThrough"}


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, "reserved keys"),
        ({"Environment": {"Variables": {"A": "x" * 4096}}}, "exceeded the 4KB limit"),
        ({"Code": {"ZipFile": b"no zip"}}, "Could not unzip"),
        ({"Role": f"arn:aws:iam::{ACCOUNT}:role/absent"}, "cannot be assumed by Lambda"),
    ],
)
def test_what_lambda_refuses_is_refused_before_anything_is_made(
    aws: Embedded, create: Create, settings: dict[str, Any], sentence: str
) -> None:
    with refused("InvalidParameterValueException") as refusal:
        create("refused", **settings)
    assert sentence in str(refusal.value)
    with refused("ResourceNotFoundException"):
        aws.client("lambda").get_function(FunctionName="refused")


def test_provisioned_concurrency_is_kept_for_a_version_or_alias(
    aws: Embedded, create: Create
) -> None:
    client = aws.client("lambda")
    create("provisioned", Publish=True)
    client.create_alias(FunctionName="provisioned", Name="live", FunctionVersion="1")
    live = {"FunctionName": "provisioned", "Qualifier": "live"}
    with refused("ProvisionedConcurrencyConfigNotFoundException"):
        client.get_provisioned_concurrency_config(**live)
    client.put_provisioned_concurrency_config(**live, ProvisionedConcurrentExecutions=2)
    told = client.get_provisioned_concurrency_config(**live)
    assert (told["Status"], told["AvailableProvisionedConcurrentExecutions"]) == ("READY", 2)
    client.put_function_concurrency(FunctionName="provisioned", ReservedConcurrentExecutions=3)
    for asked in (
        {**live, "ProvisionedConcurrentExecutions": 4},
        {**live, "Qualifier": "1", "ProvisionedConcurrentExecutions": 2},
        {**live, "Qualifier": "$LATEST", "ProvisionedConcurrentExecutions": 1},
    ):
        with refused("InvalidParameterValueException"):
            client.put_provisioned_concurrency_config(**asked)
    with refused("ResourceNotFoundException"):
        client.get_provisioned_concurrency_config(FunctionName="provisioned", Qualifier="absent")
    client.delete_provisioned_concurrency_config(**live)
    with refused("ProvisionedConcurrencyConfigNotFoundException"):
        client.get_provisioned_concurrency_config(**live)


def test_a_disabled_key_of_the_environment_stops_the_function(
    aws: Embedded, create: Create
) -> None:
    kms = aws.client("kms")
    key = kms.create_key()["KeyMetadata"]
    create("sealed", KMSKeyArn=key["Arn"], Environment={"Variables": {"MARK": "1"}})
    assert invoke(aws, "sealed")["Payload"]["mark"] == "1"
    kms.disable_key(KeyId=key["KeyId"])
    with refused("KMSDisabledException"):
        invoke(aws, "sealed")


def test_a_role_that_no_longer_trusts_lambda_stops_the_function(
    aws: Embedded, create: Create
) -> None:
    arn = aws.role("fickle")
    create("orphaned", Role=arn)
    assert invoke(aws, "orphaned")["StatusCode"] == 200
    aws.client("iam").update_assume_role_policy(
        RoleName="fickle", PolicyDocument=TRUSTS_LAMBDA.replace("lambda.", "ec2.")
    )
    with refused("AccessDeniedException"):
        invoke(aws, "orphaned")


def test_recycling_over_the_control_path_makes_a_cold_start(aws: Embedded, create: Create) -> None:
    create("recycled")
    before = invoke(aws, "recycled")["Payload"]["pid"]
    url = f"{aws.endpoint}/_local/lambda/recycle"
    with urllib.request.urlopen(urllib.request.Request(url, method="POST")) as answer:  # noqa: S310
        assert answer.status == 204
    assert wait_gone([before]) == []
    assert invoke(aws, "recycled")["Payload"]["pid"] != before


def test_a_deleted_function_leaves_no_worker(aws: Embedded, create: Create) -> None:
    create("deleted")
    pid = invoke(aws, "deleted")["Payload"]["pid"]
    aws.client("lambda").delete_function(FunctionName="deleted")
    assert wait_gone([pid]) == []
    with refused("ResourceNotFoundException"):
        invoke(aws, "deleted")


def test_a_killed_embedded_aws_takes_its_workers_along(tmp_path: Path) -> None:
    with embedded_aws(tmp_path / "state", ends_with=-signal.SIGKILL) as aws:
        aws.client("lambda").create_function(
            FunctionName="f",
            Runtime="python3.13",
            Handler="app.handler.handler",
            Role=aws.role("runs"),
            Code={"ZipFile": pack("import os\ndef handler(e, c):\n    return os.getpid()\n")},
        )
        pid = invoke(aws, "f")["Payload"]
        os.kill(aws.pid, signal.SIGKILL)
        assert wait_gone([pid]) == []
