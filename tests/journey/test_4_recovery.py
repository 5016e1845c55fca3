"""After an apply that did not end well, `make deploy` again is all there is to do."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from checkouts import Checkout
from journey_laptop import Laptop, servicenow_only
from lossy_way import lossy_way

NAME = "connect-voice-local"
BUCKET = "connect-voice-state-123456789012"
RECORD = "connect-voice/local/terraform.tfstate.in-doubt.json"
TAGS = {"Project": "connect-voice", "Environment": "local", "ManagedBy": "terraform"}
SECRETS = "/com.servicenow.cti/0f4e8bd70103210f87732f6ceab0a2f1/6d1c0a52c3a54f10b7a1d2e94f1b8c33"
PARAMETER = f"{SECRETS}/client_id"
HOURS = [
    {
        "Day": "MONDAY",
        "StartTime": {"Hours": 9, "Minutes": 0},
        "EndTime": {"Hours": 17, "Minutes": 0},
    }
]


@pytest.fixture
def fresh(make_checkout: Callable[[], Checkout]) -> Laptop:
    """An embedded AWS in which nothing is deployed, and one vendor's resources to deploy."""
    checkout = servicenow_only(make_checkout())
    checkout.ok("local", "up")
    return Laptop(checkout, None, frozenset())


def tag_list(key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    return [{key: name, value: text} for name, text in TAGS.items()]


def make_what_a_run_would_have(laptop: Laptop) -> str:
    """What the requests in flight made when the run was interrupted; the instance's id."""
    laptop.client("ssm").put_parameter(
        Name=PARAMETER, Value="early", Type="SecureString", Tags=tag_list()
    )
    key = laptop.client("kms").create_key(
        Description=f"{NAME}: what Amazon Connect, the Lambdas and their logs keep",
        KeyUsage="ENCRYPT_DECRYPT",
        Tags=tag_list("TagKey", "TagValue"),
    )["KeyMetadata"]["Arn"]
    laptop.client("iam").create_role(
        RoleName=f"{NAME}-servicenow-voice",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": []}),
        Tags=tag_list(),
    )
    laptop.client("logs").create_log_group(
        logGroupName=f"/aws/connect/{NAME}", kmsKeyId=key, tags=TAGS
    )
    connect = laptop.client("connect")
    instance = connect.create_instance(
        IdentityManagementType="CONNECT_MANAGED",
        InstanceAlias=NAME,
        InboundCallsEnabled=True,
        OutboundCallsEnabled=True,
        Tags=TAGS,
    )["Id"]
    hours = connect.create_hours_of_operation(
        InstanceId=instance, Name=f"{NAME} hours", TimeZone="UTC", Config=HOURS, Tags=TAGS
    )["HoursOfOperationId"]
    connect.create_queue(
        InstanceId=instance, Name="Front desk", HoursOfOperationId=hours, Tags=TAGS
    )
    arn = connect.describe_instance(InstanceId=instance)["Instance"]["Arn"]
    number = connect.search_available_phone_numbers(
        TargetArn=arn, PhoneNumberCountryCode="US", PhoneNumberType="DID"
    )["AvailableNumbersList"][0]["PhoneNumber"]
    connect.claim_phone_number(
        TargetArn=arn,
        PhoneNumber=number,
        PhoneNumberDescription=f"{NAME}: callers of service-desk",
        Tags=TAGS,
    )
    return str(instance)


def put_on_record(laptop: Laptop, *doubts: tuple[str, dict[str, str]], at: datetime) -> None:
    entries = [
        {
            "address": address,
            "type": next(part for part in address.split(".") if part.startswith("aws_")),
            "since": at.isoformat(),
            "identity": identity,
            "tags": TAGS,
        }
        for address, identity in doubts
    ]
    s3 = laptop.client("s3")
    s3.create_bucket(Bucket=BUCKET)  # where it exists it is ours
    s3.put_object(Bucket=BUCKET, Key=RECORD, Body=json.dumps(entries).encode())


def on_record(laptop: Laptop) -> list[Any]:
    body = laptop.client("s3").get_object(Bucket=BUCKET, Key=RECORD)["Body"]
    entries: list[Any] = json.loads(body.read())
    return entries


DOUBTS: tuple[tuple[str, dict[str, str]], ...] = (
    # A queue comes first: what it depends on must be found before it, whatever the order.
    ('module.contact_center.aws_connect_queue.this["default"]', {"name": "Front desk"}),
    ('module.contact_center.aws_connect_queue.this["service-desk"]', {"name": "Service desk"}),
    ("module.contact_center.aws_connect_hours_of_operation.this", {"name": f"{NAME} hours"}),
    (
        'module.contact_center.aws_connect_phone_number.this["service-desk"]',
        {
            "country_code": "US",
            "type": "DID",
            "description": f"{NAME}: callers of service-desk",
        },
    ),
    ("module.connect_instance.aws_connect_instance.this[0]", {"instance_alias": NAME}),
    ("module.connect_instance.aws_cloudwatch_log_group.flows[0]", {"name": f"/aws/connect/{NAME}"}),
    (
        "module.servicenow_voice[0].module.lambda.aws_iam_role.this",
        {"name": f"{NAME}-servicenow-voice"},
    ),
    ("module.servicenow_voice[0].aws_ssm_parameter.client_id[0]", {"name": PARAMETER}),
    (
        "module.encryption.aws_kms_key.this",
        {"description": f"{NAME}: what Amazon Connect, the Lambdas and their logs keep"},
    ),
)


def stage(report: Any, name: str) -> str:
    return notes(report, name)[0]


def notes(report: Any, name: str) -> list[str]:
    return [str(stage["note"]) for stage in report["stages"] if stage["name"] == name]


def one_of_each(laptop: Laptop) -> None:
    (instance,) = laptop.client("connect").list_instances()["InstanceSummaryList"]
    numbers = laptop.client("connect").list_phone_numbers_v2(TargetArn=instance["Arn"])
    assert len(numbers["ListPhoneNumbersSummaryList"]) == 1
    kms = laptop.client("kms")
    keys = [kms.describe_key(KeyId=k["KeyId"])["KeyMetadata"] for k in kms.list_keys()["Keys"]]
    assert sum(k["Description"].startswith(f"{NAME}:") for k in keys) == 1


def test_what_an_interrupted_run_made_is_adopted(fresh: Laptop) -> None:
    before = datetime.now(UTC)
    instance = make_what_a_run_would_have(fresh)
    put_on_record(fresh, *DOUBTS, at=before)
    report = fresh.deploy()
    assert stage(report, "recover") == "resources of an interrupted run: 7 adopted, 1 to remove"
    assert all(call["passed"] for call in report["calls"])
    (now,) = fresh.client("connect").list_instances()["InstanceSummaryList"]
    assert now["Id"] == instance
    one_of_each(fresh)
    assert on_record(fresh) == []
    assert not (fresh.checkout.root / "terraform" / "recovered-imports.tf").exists()
    again = fresh.deploy()
    assert stage(again, "plan") == "no changes"
    assert "recover" not in {s["name"] for s in again["stages"]}


def test_what_somebody_else_made_is_not_taken(fresh: Laptop) -> None:
    fresh.client("ssm").put_parameter(Name=PARAMETER, Value="theirs", Type="SecureString")
    put_on_record(fresh, DOUBTS[-2], at=datetime.now(UTC) - timedelta(minutes=1))
    done = fresh.checkout.run("deploy", "local")
    assert done.exit_code == 3
    assert "ParameterAlreadyExists" in done.err
    assert done.err.count("✓ plan") == 1
    value = fresh.client("ssm").get_parameter(Name=PARAMETER, WithDecryption=True)
    assert value["Parameter"]["Value"] == "theirs"


def test_an_answer_is_lost_and_destroy_removes_what_no_state_knows(fresh: Laptop) -> None:
    with lossy_way(fresh.checkout.root / ".local") as way:
        # AWS's SDK asks again, and hears that the flow exists already.
        way.lose_next("PUT /contact-flows/", b"ServiceNow")
        report = fresh.deploy()
        assert len(way.lost) == 1
    assert notes(report, "recover") == ["resources of an interrupted run: 1 adopted"]
    assert len(notes(report, "plan")) == 2
    assert all(call["passed"] for call in report["calls"])
    one_of_each(fresh)
    assert on_record(fresh) == []
    role = "module.servicenow_voice[0].module.lambda.aws_iam_role.this"
    fresh.checkout.ok("terraform", "local", "state", "rm", role)
    put_on_record(fresh, DOUBTS[-3], at=datetime.now(UTC) - timedelta(minutes=5))
    done = fresh.checkout.ok("destroy", "local", "--yes", "--json")
    assert done.json["removed"] == report["applied"]["created"] + 1


def killed(laptop: Laptop, number: signal.Signals, *, after: int) -> None:
    """A deploy that ends by a signal once ``after`` resources are there."""
    process: subprocess.Popen[str] = laptop.checkout.start("deploy", "local")
    assert process.stderr is not None
    created = 0
    for line in process.stderr:
        created += ": created" in line
        if created == after:  # ten are in flight by then, and there must be some left
            break
    process.send_signal(number)
    process.communicate(timeout=300)
    assert process.returncode in {130, -number}


def test_again_and_again(fresh: Laptop) -> None:
    for number, after in ((signal.SIGINT, 1), (signal.SIGKILL, 3), (signal.SIGTERM, 3)):
        killed(fresh, number, after=after)
    report = fresh.deploy()
    assert all(call["passed"] for call in report["calls"])
    one_of_each(fresh)
    assert fresh.deploy()["changes"] == []
    assert on_record(fresh) == []
