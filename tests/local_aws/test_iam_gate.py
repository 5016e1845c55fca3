"""The gate in front of the embedded AWS, asked by real clients."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from embedded import Embedded, embedded_aws
from runtime_helpers import ACCOUNT, pack

PARAMETERS = f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter"
ACCOUNT_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
Keys = Mapping[str, str]
AsRole = Callable[..., Keys]


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with embedded_aws(tmp_path_factory.mktemp("gate") / "state") as embedded:
        yield embedded


@pytest.fixture(scope="module")
def as_role(aws: Embedded) -> AsRole:
    """A new role with statements, assumed."""
    count = 0

    def assume(*statements: Mapping[str, object], **session: Any) -> Keys:
        nonlocal count
        count += 1
        arn = aws.role(f"r{count}", *statements, trust=ACCOUNT_TRUST)
        answer = aws.client("sts").assume_role(RoleArn=arn, RoleSessionName="tests", **session)
        keys: Keys = answer["Credentials"]
        return keys

    return assume


@pytest.fixture(scope="module")
def key(aws: Embedded) -> str:
    return str(aws.client("kms").create_key()["KeyMetadata"]["Arn"])


@pytest.fixture(scope="module")
def secret(aws: Embedded, key: str) -> str:
    ssm = aws.client("ssm")
    for name in ("/app/secret", "/app/deep/other"):
        ssm.put_parameter(Name=name, Value="hush", Type="SecureString", KeyId=key)
    ssm.put_parameter(Name="/app/plain", Value="open", Type="String")
    return "/app/secret"


def allow(
    action: str | list[str], resource: str | list[str] = "*", **more: object
) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def denied(code: str = "AccessDenied(Exception)?") -> Any:
    return pytest.raises(ClientError, match=rf"\({code}\)")


def test_the_administrators_keys_may_do_everything(aws: Embedded) -> None:
    aws.client("s3").create_bucket(Bucket="admins")
    real_looking = {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "whatever"}
    assert aws.client("s3", real_looking).list_buckets()["Buckets"]


def test_a_role_may_what_its_policies_say_and_nothing_else(aws: Embedded, as_role: AsRole) -> None:
    ssm = aws.client("ssm", as_role(allow("ssm:PutParameter", f"{PARAMETERS}/mine/*")))
    ssm.put_parameter(Name="/mine/a", Value="1", Type="String")
    with denied() as refusal:
        ssm.put_parameter(Name="/yours/a", Value="1", Type="String")
    told = refusal.value.response
    assert told["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert told["Error"]["Code"] == "AccessDeniedException"
    assert told["Error"]["Message"].endswith(
        f"/tests is not authorized to perform: ssm:PutParameter on resource: {PARAMETERS}/yours/a "
        "because no identity-based policy allows the ssm:PutParameter action"
    )
    assert told["Error"]["Message"].startswith(f"User: arn:aws:sts::{ACCOUNT}:assumed-role/r")
    with denied():
        ssm.get_parameter(Name="/mine/a")


def test_every_protocol_gets_its_own_kind_of_refusal(aws: Embedded, as_role: AsRole) -> None:
    keys = as_role()
    calls: dict[str, tuple[Callable[[], object], str, int]] = {
        "json": (aws.client("kms", keys).list_keys, "AccessDeniedException", 400),
        "query": (aws.client("iam", keys).list_users, "AccessDenied", 403),
        "rest-json": (aws.client("lambda", keys).list_functions, "AccessDeniedException", 403),
        "rest-xml": (aws.client("s3", keys).list_buckets, "AccessDenied", 403),
    }
    for call, code, status in calls.values():
        with pytest.raises(ClientError) as refusal:
            call()
        told = refusal.value.response
        assert (told["Error"]["Code"], told["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)
        assert "is not authorized to perform" in told["Error"]["Message"]


def test_everybody_may_ask_who_they_are(aws: Embedded, as_role: AsRole) -> None:
    told = aws.client("sts", as_role()).get_caller_identity()
    assert told["Arn"].startswith(f"arn:aws:sts::{ACCOUNT}:assumed-role/r")


def test_users_have_their_own_and_their_groups_policies(aws: Embedded) -> None:
    iam = aws.client("iam")
    iam.create_user(UserName="anna")
    iam.create_group(GroupName="readers")
    iam.add_user_to_group(UserName="anna", GroupName="readers")
    keys = iam.create_access_key(UserName="anna")["AccessKey"]
    kms, s3 = aws.client("kms", keys), aws.client("s3", keys)
    with denied() as refusal:
        kms.list_keys()
    assert f"User: arn:aws:iam::{ACCOUNT}:user/anna is not authorized" in str(refusal.value)
    policy = {"Version": "2012-10-17", "Statement": [allow("kms:ListKeys")]}
    iam.put_user_policy(UserName="anna", PolicyName="p", PolicyDocument=json.dumps(policy))
    kms.list_keys()
    made = iam.create_policy(
        PolicyName="lists",
        PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [allow("s3:ListAllMyBuckets")]}
        ),
    )["Policy"]["Arn"]
    iam.attach_group_policy(GroupName="readers", PolicyArn=made)
    s3.list_buckets()
    iam.update_access_key(UserName="anna", AccessKeyId=keys["AccessKeyId"], Status="Inactive")
    with denied("UnrecognizedClientException"):
        kms.list_keys()


@pytest.mark.parametrize(
    ("spoil", "json_code", "xml_code"),
    [
        ({"SecretAccessKey": "wrong"}, "InvalidSignatureException", "SignatureDoesNotMatch"),
        ({"SessionToken": "wrong"}, "UnrecognizedClientException", "InvalidClientTokenId"),
    ],
)
def test_a_wrong_proof_is_refused(
    aws: Embedded, as_role: AsRole, spoil: dict[str, str], json_code: str, xml_code: str
) -> None:
    keys = {**as_role(allow("*")), **spoil}
    with denied(json_code):
        aws.client("kms", keys).list_keys()
    with denied(xml_code):
        aws.client("sts", keys).get_caller_identity()


def test_a_changed_body_breaks_the_signature(aws: Embedded, as_role: AsRole) -> None:
    kms = aws.client("kms", as_role(allow("*")))

    def tamper(request: Any, **_: Any) -> None:
        request.body = request.body.replace(b"5", b"6")

    kms.meta.events.register("before-send.kms.ListKeys", tamper)
    with denied("InvalidSignatureException"):
        kms.list_keys(Limit=5)


def test_paths_queries_and_bodies_of_all_kinds_are_verified(aws: Embedded, as_role: AsRole) -> None:
    keys = as_role(allow("*"))
    s3 = aws.client("s3", keys)
    s3.create_bucket(Bucket="odd")
    for name in ("plain", "with space", "a//b", "ü/+=&?%25", "x" * 300):
        s3.put_object(Bucket="odd", Key=name, Body=b"\x00\xff" * 9, Metadata={"a_b": "c d"})
        assert s3.get_object(Bucket="odd", Key=name)["Body"].read() == b"\x00\xff" * 9
    listed = s3.list_objects_v2(Bucket="odd", Prefix="ü/+")["Contents"]
    assert [one["Key"] for one in listed] == ["ü/+=&?%25"]
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:absent"
    with denied("ResourceNotFoundException"):
        aws.client("lambda", keys).get_function(FunctionName=arn, Qualifier="$LATEST")


def test_presigned_urls_are_verified_too(aws: Embedded, as_role: AsRole) -> None:
    keys = as_role(allow("s3:GetObject", "arn:aws:s3:::presigned/may*"))
    aws.client("s3").create_bucket(Bucket="presigned")
    for name in ("may this", "may", "not"):
        aws.client("s3").put_object(Bucket="presigned", Key=name, Body=b"1")
    signed = Config(signature_version="s3v4")

    def url(name: str, config: Config) -> str:
        client = aws.client("s3", keys, config)
        asked = {"Bucket": "presigned", "Key": name}
        return str(client.generate_presigned_url("get_object", Params=asked))

    assert fetch(aws, url("may this", signed)) == (200, b"1")
    for refused, code in {
        url("not", signed): b"AccessDenied",
        url("may this", signed).replace("%20this", ""): b"SignatureDoesNotMatch",
        url("may this", Config(signature_version="s3")): b"InvalidRequest",
    }.items():
        status, body = fetch(aws, refused)
        assert (status, code in body) == (403, True), body


def fetch(aws: Embedded, url: str) -> tuple[int, bytes]:
    address = aws.endpoint.removeprefix("http://")
    connection = http.client.HTTPConnection(address, timeout=10)
    connection.request("GET", url.removeprefix(aws.endpoint))
    answer = connection.getresponse()
    try:
        return answer.status, answer.read()
    finally:
        connection.close()


def test_objects_and_buckets_have_their_own_actions(aws: Embedded, as_role: AsRole) -> None:
    admin = aws.client("s3")
    admin.create_bucket(Bucket="split")
    admin.put_object(Bucket="split", Key="in/a", Body=b"1")
    s3 = aws.client(
        "s3",
        as_role(
            allow("s3:ListBucket", "arn:aws:s3:::split"),
            allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::split/in/*"),
        ),
    )
    s3.list_objects_v2(Bucket="split")
    s3.head_object(Bucket="split", Key="in/a")
    s3.put_object(Bucket="split", Key="in/b", Body=b"2")
    for call in (
        lambda: s3.get_object(Bucket="split", Key="out/a"),
        lambda: s3.delete_object(Bucket="split", Key="in/a"),
        lambda: s3.delete_objects(Bucket="split", Delete={"Objects": [{"Key": "in/a"}]}),
        lambda: s3.get_bucket_policy(Bucket="split"),
    ):
        with denied():
            call()


def test_a_batch_is_denied_as_a_whole(aws: Embedded, as_role: AsRole, secret: str) -> None:
    ssm = aws.client("ssm", as_role(allow("ssm:GetParameters", f"{PARAMETERS}/app/plain")))
    assert ssm.get_parameters(Names=["/app/plain"])["Parameters"][0]["Value"] == "open"
    with denied() as refusal:
        ssm.get_parameters(Names=["/app/plain", secret])
    assert f"on resource: {PARAMETERS}{secret}" in str(refusal.value)


def test_a_secure_string_needs_the_key_for_this_very_parameter(
    aws: Embedded, as_role: AsRole, key: str, secret: str
) -> None:
    reads = allow(["ssm:GetParameter", "ssm:GetParametersByPath"], f"{PARAMETERS}/app*")
    decrypts = allow(
        "kms:Decrypt",
        key,
        Condition={
            "StringEquals": {
                "kms:ViaService": "ssm.us-east-1.amazonaws.com",
                "kms:EncryptionContext:PARAMETER_ARN": [f"{PARAMETERS}{secret}"],
            }
        },
    )
    without, ssm = aws.client("ssm", as_role(reads)), aws.client("ssm", as_role(reads, decrypts))
    with denied() as refusal:
        without.get_parameter(Name=secret, WithDecryption=True)
    assert f"is not authorized to perform: kms:Decrypt on resource: {key}" in str(refusal.value)
    assert without.get_parameter(Name=secret)["Parameter"]["Value"] != "hush"
    assert without.get_parameter(Name="/app/plain", WithDecryption=True)["Parameter"]
    assert ssm.get_parameter(Name=secret, WithDecryption=True)["Parameter"]["Value"] == "hush"
    with denied():
        ssm.get_parameter(Name="/app/deep/other", WithDecryption=True)
    assert ssm.get_parameters_by_path(Path="/app", WithDecryption=True)["Parameters"]
    with denied():
        ssm.get_parameters_by_path(Path="/app", WithDecryption=True, Recursive=True)


def test_writing_a_secure_string_needs_to_encrypt(aws: Embedded, as_role: AsRole, key: str) -> None:
    puts = allow("ssm:PutParameter")
    asked = {"Name": "/w/a", "Value": "x", "Type": "SecureString", "KeyId": key, "Overwrite": True}
    with denied():
        aws.client("ssm", as_role(puts)).put_parameter(**asked)
    aws.client("ssm", as_role(puts, allow("kms:Encrypt", key))).put_parameter(**asked)
    # the account's default key needs nothing
    aws.client("ssm", as_role(puts)).put_parameter(Name="/w/b", Value="x", Type="SecureString")


def test_a_key_that_is_not_enabled_stops_even_the_administrator(aws: Embedded) -> None:
    kms, ssm = aws.client("kms"), aws.client("ssm")
    made = kms.create_key()["KeyMetadata"]
    key, key_id = made["Arn"], made["KeyId"]
    ssm.put_parameter(Name="/k/a", Value="hush", Type="SecureString", KeyId=key)
    kms.disable_key(KeyId=key_id)
    with denied("InvalidKeyId") as refusal:
        ssm.get_parameter(Name="/k/a", WithDecryption=True)
    assert f"{key} is disabled." in str(refusal.value)
    kms.enable_key(KeyId=key_id)
    assert ssm.get_parameter(Name="/k/a", WithDecryption=True)["Parameter"]["Value"] == "hush"
    kms.schedule_key_deletion(KeyId=key_id)
    with denied("InvalidKeyId"):
        ssm.put_parameter(Name="/k/b", Value="x", Type="SecureString", KeyId=key)
    with denied("InvalidKeyId"):
        ssm.put_parameter(Name="/k/b", Value="x", Type="SecureString", KeyId="alias/absent")


def test_a_key_policy_that_trusts_only_one_role_shuts_out_the_others(
    aws: Embedded, as_role: AsRole
) -> None:
    one = aws.role("named-by-key", trust=ACCOUNT_TRUST)
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": one}, "Action": "kms:*", "Resource": "*"}
        ],
    }
    key = aws.client("kms").create_key(Policy=json.dumps(policy))["KeyMetadata"]["Arn"]
    other = aws.client("kms", as_role(allow("kms:*")))
    with denied() as refusal:
        other.encrypt(KeyId=key, Plaintext=b"x")
    assert "because no resource-based policy allows the kms:Encrypt action" in str(refusal.value)
    keys = aws.client("sts").assume_role(RoleArn=one, RoleSessionName="tests")["Credentials"]
    named = aws.client("kms", keys)
    blob = named.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert named.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    with denied():
        other.decrypt(CiphertextBlob=blob)


def test_a_session_policy_narrows_a_role_to_one_stream(aws: Embedded, as_role: AsRole) -> None:
    video = aws.client("kinesisvideo")
    arns = [video.create_stream(StreamName=name)["StreamARN"] for name in ("caller-1", "caller-2")]
    reads = ["kinesisvideo:DescribeStream", "kinesisvideo:GetDataEndpoint"]
    limit = json.dumps({"Version": "2012-10-17", "Statement": [allow(reads, arns[0])]})
    narrowed = aws.client("kinesisvideo", as_role(allow("kinesisvideo:*"), Policy=limit))
    assert narrowed.describe_stream(StreamName="caller-1")["StreamInfo"]["StreamARN"] == arns[0]
    narrowed.describe_stream(StreamARN=arns[0])
    with denied() as refusal:
        narrowed.describe_stream(StreamName="caller-2")
    assert "because no session policy allows" in str(refusal.value)
    with denied():
        narrowed.delete_stream(StreamARN=arns[0])


def test_assuming_a_role_needs_its_trust_and_a_permission(aws: Embedded, as_role: AsRole) -> None:
    trusts_account = aws.role("trusts-account", trust=ACCOUNT_TRUST)
    trusts_lambda = aws.role("trusts-lambda")
    may = aws.client("sts", as_role(allow("sts:AssumeRole")))
    may_not = aws.client("sts", as_role())
    asked = {"RoleSessionName": "tests"}
    may.assume_role(RoleArn=trusts_account, **asked)
    for client, role in (
        (may, trusts_lambda),
        (may_not, trusts_account),
        (aws.client("sts"), trusts_lambda),
        (may, f"arn:aws:iam::{ACCOUNT}:role/absent"),
    ):
        with denied() as refusal:
            client.assume_role(RoleArn=role, **asked)
        assert f"to perform: sts:AssumeRole on resource: {role}" in str(refusal.value)


def test_an_external_id_must_be_the_agreed_one(aws: Embedded) -> None:
    told = json.loads(ACCOUNT_TRUST)
    told["Statement"][0]["Condition"] = {"StringEquals": {"sts:ExternalId": "42"}}
    role = aws.role("with-id", trust=json.dumps(told))
    sts = aws.client("sts")
    sts.assume_role(RoleArn=role, RoleSessionName="tests", ExternalId="42")
    with denied():
        sts.assume_role(RoleArn=role, RoleSessionName="tests", ExternalId="43")
    with denied():
        sts.assume_role(RoleArn=role, RoleSessionName="tests")


@pytest.mark.parametrize(
    ("session", "code"),
    [
        ({"DurationSeconds": 3601}, "ValidationError"),
        ({"Policy": "{"}, "MalformedPolicyDocument"),
        ({"Policy": json.dumps({"Statement": "x" * 2048})}, "PackedPolicyTooLarge"),
        ({"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}]}, "NotImplemented"),
    ],
)
def test_sessions_have_limits(
    aws: Embedded, as_role: AsRole, session: dict[str, Any], code: str
) -> None:
    role = aws.role(f"limited-{code}-{len(str(session))}", trust=ACCOUNT_TRUST)
    chained = aws.client("sts", as_role(allow("sts:AssumeRole")))
    with denied(code):
        chained.assume_role(RoleArn=role, RoleSessionName="tests", **session)


def test_a_session_is_no_longer_than_its_role_allows(aws: Embedded) -> None:
    role = aws.role("brief", trust=ACCOUNT_TRUST)
    sts = aws.client("sts")
    sts.assume_role(RoleArn=role, RoleSessionName="tests", DurationSeconds=3600)
    with denied("ValidationError") as refusal:
        sts.assume_role(RoleArn=role, RoleSessionName="tests", DurationSeconds=3601)
    assert "MaxSessionDuration" in str(refusal.value)


def test_a_change_of_policy_counts_at_once(aws: Embedded) -> None:
    role = aws.role("changing", allow("kms:ListKeys"), trust=ACCOUNT_TRUST)
    keys = aws.client("sts").assume_role(RoleArn=role, RoleSessionName="tests")["Credentials"]
    kms = aws.client("kms", keys)
    kms.list_keys()
    aws.client("iam").delete_role_policy(RoleName="changing", PolicyName="may")
    with denied():
        kms.list_keys()


def test_connect_actions_name_their_resources(aws: Embedded, as_role: AsRole) -> None:
    instance = f"arn:aws:connect:us-east-1:{ACCOUNT}:instance/i-1"
    number = f"arn:aws:connect:us-east-1:{ACCOUNT}:phone-number/n-1"
    flow = f"{instance}/contact-flow/f-1"
    action = "connect:AssociatePhoneNumberContactFlow"
    asked = {"PhoneNumberId": "n-1", "InstanceId": "i-1", "ContactFlowId": "f-1"}
    enough = aws.client("connect", as_role(allow(action, [instance, number, flow])))
    with denied("ResourceNotFoundException"):
        enough.associate_phone_number_contact_flow(**asked)
    for too_little in ([instance, flow], [number, flow], [instance, number]):
        connect = aws.client("connect", as_role(allow(action, too_little)))
        with denied():
            connect.associate_phone_number_contact_flow(**asked)
    queue = aws.client("connect", as_role(allow("connect:DescribeQueue", f"{instance}/queue/*")))
    with denied("ResourceNotFoundException"):
        queue.describe_queue(InstanceId="i-1", QueueId="q-1")
    with denied():
        queue.describe_contact_flow(InstanceId="i-1", ContactFlowId="f-1")


def test_tables_streams_groups_and_functions_have_arns(aws: Embedded, as_role: AsRole) -> None:
    where = f"us-east-1:{ACCOUNT}"
    keys = as_role(
        allow("dynamodb:*", f"arn:aws:dynamodb:{where}:table/mine"),
        allow("kinesis:*", f"arn:aws:kinesis:{where}:stream/mine"),
        allow("logs:*", f"arn:aws:logs:{where}:log-group:mine:*"),
        allow("lambda:InvokeFunction", f"arn:aws:lambda:{where}:function:mine:live"),
    )
    calls: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
        ("dynamodb", "describe_table", {"TableName": "mine"}, {"TableName": "yours"}),
        ("kinesis", "describe_stream_summary", {"StreamName": "mine"}, {"StreamName": "yours"}),
        ("logs", "describe_log_streams", {"logGroupName": "mine"}, {"logGroupName": "yours"}),
        (
            "lambda",
            "invoke",
            {"FunctionName": "mine", "Qualifier": "live"},
            {"FunctionName": "mine"},
        ),
        ("lambda", "invoke", {"FunctionName": "mine:live"}, {"FunctionName": "mine:test"}),
    ]
    for service, operation, mine, yours in calls:
        call = getattr(aws.client(service, keys), operation)
        with denied("ResourceNotFoundException"):
            call(**mine)
        with denied():
            call(**yours)


def test_a_function_reads_its_secret_under_least_privilege_and_only_that(
    aws: Embedded, key: str, secret: str
) -> None:
    source = (
        "import boto3\n"
        "def handler(event, context):\n"
        "    ssm = boto3.client('ssm')\n"
        "    return ssm.get_parameter(Name=event, WithDecryption=True)['Parameter']['Value']\n"
    )
    role = aws.role(
        "least",
        allow("ssm:GetParameter", f"{PARAMETERS}{secret}"),
        allow("kms:Decrypt", key),
    )
    aws.client("lambda").create_function(
        FunctionName="least",
        Runtime="python3.13",
        Handler="app.handler.handler",
        Role=role,
        Timeout=20,
        Code={"ZipFile": pack(source)},
    )

    def run(name: str) -> Any:
        answer = aws.client("lambda").invoke(FunctionName="least", Payload=json.dumps(name))
        return json.loads(answer["Payload"].read())

    assert run(secret) == "hush"
    told = run("/app/deep/other")
    assert told["errorType"] == "AccessDeniedException"
    assert (
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/least/least is not authorized to perform: "
        f"ssm:GetParameter on resource: {PARAMETERS}/app/deep/other" in told["errorMessage"]
    )
