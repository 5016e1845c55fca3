"""What the gate knows of those who deploy: buckets' policies, tags, boundaries, passed roles."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError
from embedded import TRUSTS_LAMBDA, Embedded, embedded_aws
from runtime_helpers import ACCOUNT, pack

AsRole = Callable[..., Mapping[str, str]]
TRUST = TRUSTS_LAMBDA.replace(
    '"Service": "lambda.amazonaws.com"', f'"AWS": "arn:aws:iam::{ACCOUNT}:root"'
)


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with embedded_aws(tmp_path_factory.mktemp("deploys") / "state") as embedded:
        yield embedded


@pytest.fixture(scope="module")
def as_role(aws: Embedded) -> AsRole:
    count = 0

    def assume(*statements: Mapping[str, object]) -> Mapping[str, str]:
        nonlocal count
        count += 1
        arn = aws.role(f"d{count}", *statements, trust=TRUST)
        answer = aws.client("sts").assume_role(RoleArn=arn, RoleSessionName="tests")
        keys: Mapping[str, str] = answer["Credentials"]
        return keys

    return assume


def allow(action: str | list[str], resource: Any = "*", **condition: object) -> dict[str, Any]:
    more = {"Condition": condition} if condition else {}
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def denied() -> Any:
    return pytest.raises(ClientError, match=r"\((AccessDenied(Exception)?)\)")


def policy(*statements: Mapping[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def deny_all(action: str | list[str], resource: str, **condition: object) -> dict[str, Any]:
    stated = {"Sid": "No", "Effect": "Deny", "Principal": "*", "Action": action}
    return {**stated, "Resource": resource, "Condition": condition}


def test_a_buckets_policy_is_kept_and_answered(aws: Embedded) -> None:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="kept")
    with pytest.raises(ClientError, match="NoSuchBucketPolicy"):
        s3.get_bucket_policy(Bucket="kept")
    with pytest.raises(ClientError, match="MalformedPolicy"):
        s3.put_bucket_policy(Bucket="kept", Policy="{")
    with pytest.raises(ClientError, match="NoSuchBucket"):
        s3.put_bucket_policy(Bucket="nowhere", Policy=policy())
    document = policy(deny_all("s3:*", "arn:aws:s3:::kept/*", Bool={"aws:SecureTransport": False}))
    s3.put_bucket_policy(Bucket="kept", Policy=document)
    assert s3.get_bucket_policy(Bucket="kept")["Policy"] == document
    s3.put_object(Bucket="kept", Key="a", Body=b"1")  # what comes here has come over TLS
    s3.delete_bucket_policy(Bucket="kept")
    with pytest.raises(ClientError, match="NoSuchBucketPolicy"):
        s3.get_bucket_policy(Bucket="kept")


def test_a_buckets_policy_denies_whoever_may_everything(aws: Embedded, as_role: AsRole) -> None:
    aws.client("s3").create_bucket(Bucket="ledger")
    aws.client("s3").put_bucket_policy(
        Bucket="ledger",
        Policy=policy(
            deny_all(
                "s3:PutObject",
                "arn:aws:s3:::ledger/once/*",
                Null={"s3:if-none-match": "true"},
                Bool={"s3:ObjectCreationOperation": "true"},
            ),
            deny_all(["s3:DeleteObject", "s3:DeleteObjectVersion"], "arn:aws:s3:::ledger/once/*"),
        ),
    )
    s3 = aws.client("s3", as_role(allow("s3:*")))
    s3.put_object(Bucket="ledger", Key="free", Body=b"1")
    s3.put_object(Bucket="ledger", Key="once/1", Body=b"1", IfNoneMatch="*")
    with denied() as refusal:
        s3.put_object(Bucket="ledger", Key="once/1", Body=b"2")
    assert "with an explicit deny in a resource-based policy" in str(refusal.value)
    with pytest.raises(ClientError, match="PreconditionFailed"):
        s3.put_object(Bucket="ledger", Key="once/1", Body=b"2", IfNoneMatch="*")
    with denied():
        s3.delete_object(Bucket="ledger", Key="once/1")
    with denied():
        s3.delete_objects(Bucket="ledger", Delete={"Objects": [{"Key": "once/1"}]})
    s3.delete_objects(Bucket="ledger", Delete={"Objects": [{"Key": "free"}]})


def test_a_buckets_policy_can_grant(aws: Embedded) -> None:
    aws.client("s3").create_bucket(Bucket="shared")
    aws.client("s3").put_object(Bucket="shared", Key="a", Body=b"1")
    arn = aws.role("named-by-bucket", trust=TRUST)
    session = aws.client("sts").assume_role(RoleArn=arn, RoleSessionName="tests")
    s3 = aws.client("s3", session["Credentials"])
    with denied():
        s3.get_object(Bucket="shared", Key="a")
    granted = {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "s3:GetObject"}
    document = policy({**granted, "Resource": "arn:aws:s3:::shared/*"})
    aws.client("s3").put_bucket_policy(Bucket="shared", Policy=document)
    assert s3.get_object(Bucket="shared", Key="a")["Body"].read() == b"1"


def test_listing_can_be_limited_to_a_prefix(aws: Embedded, as_role: AsRole) -> None:
    aws.client("s3").create_bucket(Bucket="listed")
    mine = allow("s3:ListBucket", StringLike={"s3:prefix": "mine/*"})
    s3 = aws.client("s3", as_role(mine))
    s3.list_objects_v2(Bucket="listed", Prefix="mine/a")
    for asked in ({"Prefix": "yours/"}, {}):
        with denied():
            s3.list_objects_v2(Bucket="listed", **asked)


def test_keys_are_told_apart_by_their_tags(aws: Embedded, as_role: AsRole) -> None:
    keys = as_role(
        allow("kms:CreateKey", StringEquals={"aws:RequestTag/Stage": "test"}),
        allow("kms:TagResource"),
        allow("kms:DescribeKey", StringEquals={"aws:ResourceTag/Stage": "test"}),
    )
    kms = aws.client("kms", keys)
    with denied():
        kms.create_key()
    with denied():
        kms.create_key(Tags=[{"TagKey": "Stage", "TagValue": "live"}])
    mine = kms.create_key(Tags=[{"TagKey": "Stage", "TagValue": "test"}])["KeyMetadata"]["Arn"]
    other = aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    kms.describe_key(KeyId=mine)
    with denied():
        kms.describe_key(KeyId=other)


def test_a_boundary_can_be_insisted_on(aws: Embedded, as_role: AsRole) -> None:
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/limits"
    within = {"StringEquals": {"iam:PermissionsBoundary": boundary}}
    aws.client("iam").create_policy(PolicyName="limits", PolicyDocument=policy(allow("s3:*")))
    iam = aws.client("iam", as_role(allow(["iam:CreateRole", "iam:PutRolePolicy"], **within)))
    asked = {"RoleName": "limited", "AssumeRolePolicyDocument": TRUSTS_LAMBDA}
    with denied():
        iam.create_role(**asked)
    iam.create_role(**asked, PermissionsBoundary=boundary)
    put = {"PolicyName": "p", "PolicyDocument": policy(allow("*"))}
    iam.put_role_policy(RoleName="limited", **put)
    aws.role("unlimited")
    with denied():
        iam.put_role_policy(RoleName="unlimited", **put)


def test_which_policies_are_attached_can_be_limited(aws: Embedded, as_role: AsRole) -> None:
    one = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    only = {"ArnEquals": {"iam:PolicyARN": one}}
    iam = aws.client("iam", as_role(allow("iam:AttachRolePolicy", **only)))
    aws.role("attached")
    iam.attach_role_policy(RoleName="attached", PolicyArn=one)
    with denied():
        iam.attach_role_policy(
            RoleName="attached", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
        )


def test_a_role_is_handed_to_lambda_only_by_who_may_pass_it(aws: Embedded, as_role: AsRole) -> None:
    role = aws.role("runs")
    asked = {"FunctionName": "passing", "Runtime": "python3.13", "Handler": "app.handler.handler"}
    code = {"Role": role, "Code": {"ZipFile": pack("def handler(event, context):\n    return 1\n")}}
    create = allow("lambda:CreateFunction")
    with denied() as refusal:
        aws.client("lambda", as_role(create)).create_function(**asked, **code)
    assert f"to perform: iam:PassRole on resource: {role}" in str(refusal.value)
    passing = {"iam:PassedToService": "lambda.amazonaws.com"}
    elsewhere = allow("iam:PassRole", StringEquals={"iam:PassedToService": "ec2.amazonaws.com"})
    with denied():
        aws.client("lambda", as_role(create, elsewhere)).create_function(**asked, **code)
    may = as_role(create, allow("iam:PassRole", role, StringEquals=passing))
    aws.client("lambda", may).create_function(**asked, **code)


def web_token(**claims: str) -> str:
    part = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{part}.c2ln"


def test_a_role_is_taken_on_with_a_token_that_it_trusts(aws: Embedded) -> None:
    iam, sts = aws.client("iam"), aws.client("sts")
    url = "https://ci.example.com"
    asked = {"Url": url, "ClientIDList": ["us"], "ThumbprintList": ["0" * 40]}
    provider = iam.create_open_id_connect_provider(**asked)["OpenIDConnectProviderArn"]
    trust = policy(
        {
            "Effect": "Allow",
            "Principal": {"Federated": provider},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {"ci.example.com:sub": "main"}},
        }
    )
    role = aws.role("by-token", allow("kms:ListKeys"), trust=trust)
    plain = {"RoleArn": role, "RoleSessionName": "job"}
    good = web_token(iss=url, aud="us", sub="main")
    keys = sts.assume_role_with_web_identity(**plain, WebIdentityToken=good)["Credentials"]
    aws.client("kms", keys).list_keys()
    with denied():
        aws.client("iam", keys).list_users()
    for wrong in (
        web_token(iss=url, aud="us", sub="pull_request"),
        web_token(iss=url, aud="them", sub="main"),
        web_token(iss="https://other.example.com", aud="us", sub="main"),
        web_token(iss=url, sub="main"),
        "nonsense",
    ):
        with pytest.raises(ClientError, match=r"AccessDenied|InvalidIdentityToken"):
            sts.assume_role_with_web_identity(**plain, WebIdentityToken=wrong)
    lambdas = aws.role("not-by-token")
    with denied():
        sts.assume_role_with_web_identity(
            RoleArn=lambdas, RoleSessionName="job", WebIdentityToken=good
        )


def test_numbers_are_claimed_for_an_instance(aws: Embedded, as_role: AsRole) -> None:
    where = f"arn:aws:connect:us-east-1:{ACCOUNT}"
    search = {"TargetArn": f"{where}:instance/i-1", "PhoneNumberCountryCode": "US"}
    claim = {"TargetArn": f"{where}:instance/i-1", "PhoneNumber": "+12065550100"}
    actions = ["connect:SearchAvailablePhoneNumbers", "connect:ClaimPhoneNumber"]
    enough = [f"{where}:instance/i-1", f"{where}:phone-number/*"]
    connect = aws.client("connect", as_role(allow(actions, enough)))
    for call in (
        lambda: connect.search_available_phone_numbers(**search, PhoneNumberType="DID"),
        lambda: connect.claim_phone_number(**claim),
    ):
        with pytest.raises(ClientError, match="ResourceNotFound"):
            call()
    for too_little in (enough[:1], enough[1:]):
        with denied():
            aws.client("connect", as_role(allow(actions, too_little))).claim_phone_number(**claim)


def test_an_alias_goes_with_the_right_to_it_and_to_its_key(aws: Embedded, as_role: AsRole) -> None:
    admin = aws.client("kms")
    key = admin.create_key()["KeyMetadata"]
    alias = f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/mine"
    admin.create_alias(AliasName="alias/mine", TargetKeyId=key["KeyId"])
    for too_little in (alias, key["Arn"]):
        kms = aws.client("kms", as_role(allow("kms:DeleteAlias", too_little)))
        with denied():
            kms.delete_alias(AliasName="alias/mine")
    kms = aws.client("kms", as_role(allow("kms:DeleteAlias", [alias, key["Arn"]])))
    kms.delete_alias(AliasName="alias/mine")
