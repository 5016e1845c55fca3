"""For each rule a plan that it passes and plans that it does not, each with what it must say."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from plan_support import (
    ACCOUNT,
    KEY,
    REGION,
    TAGS,
    UNKNOWN,
    Resource,
    allow,
    new_key,
    plan_of,
    policy,
    the_key,
)

from plan_policy import Answer, Plan

FAIL, OPEN = Answer.FAIL, Answer.CANNOT_PROVE
FOREIGN_KEY = KEY.replace(ACCOUNT, "999999999999")
AWS_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/aws/kinesis"
INSTANCE = f"arn:aws:connect:{REGION}:{ACCOUNT}:instance/22222222-2222-2222-2222-222222222222"
QUEUE = f"{INSTANCE}/queue/33333333-3333-3333-3333-333333333333"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:ours"
LAMBDA = {
    "Effect": "Allow",
    "Principal": {"Service": "lambda.amazonaws.com"},
    "Action": "sts:AssumeRole",
}
SECRET = "Zx9wQ2rT7yU1pL5kJ8hG3fD6sA4vB0nMqW"


@dataclass(frozen=True)
class Case:
    """A plan, and what a rule must say of it.

    Args:
        at: the address that must be told; any where it is None.
        says: what the sentence must hold.
    """

    name: str
    plan: Plan
    answer: Answer
    says: str
    at: str | None = None


def case(name: str, says: str, *resources: Resource, answer: Answer = FAIL, **more: Any) -> Case:
    return Case(name, plan_of(*resources, **more), answer, says)


def open_case(name: str, says: str, *resources: Resource, **more: Any) -> Case:
    return case(name, says, *resources, answer=OPEN, **more)


# Encryption.


def storage(kind: str, block: dict[str, Any], **more: Any) -> Resource:
    return Resource(
        "aws_connect_instance_storage_config",
        {"resource_type": "CALL_RECORDINGS", "storage_config": [{"storage_type": kind, **block}]},
        **more,
    )


def s3_storage(key: Any, kind: str = "KMS", **more: Any) -> Resource:
    encryption = [{"encryption_type": kind, "key_id": key}]
    return storage(
        "S3", {"s3_config": [{"bucket_name": "b", "encryption_config": encryption}]}, **more
    )


def video_storage(key: Any, **more: Any) -> Resource:
    config = [{"prefix": "p", "encryption_config": [{"encryption_type": "KMS", "key_id": key}]}]
    return storage("KINESIS_VIDEO_STREAM", {"kinesis_video_stream_config": config}, **more)


def stream(key: Any = KEY, **more: Any) -> Resource:
    after = {"name": "data", "arn": f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/data"}
    settings = {"encryption_type": "KMS", "kms_key_id": key, "tags_all": TAGS}
    return Resource("aws_kinesis_stream", {**after, **settings, **more})


def stream_storage(arn: Any, **more: Any) -> Resource:
    return storage("KINESIS_STREAM", {"kinesis_stream_config": [{"stream_arn": arn}]}, **more)


def table(key: Any = KEY, *, enabled: bool = True, **more: Any) -> Resource:
    encryption = [{"enabled": enabled, "kms_key_arn": key}]
    after = {"name": "t", "server_side_encryption": encryption, "tags_all": TAGS}
    return Resource("aws_dynamodb_table", after, **more)


def log_group(
    key: Any = KEY, days: Any = 90, name: str = "/aws/lambda/ours", **more: Any
) -> Resource:
    after = {"name": name, "retention_in_days": days, "kms_key_id": key, "tags_all": TAGS}
    return Resource("aws_cloudwatch_log_group", after, **more)


def bucket(**more: Any) -> Resource:
    return Resource("aws_s3_bucket", {"bucket": "ours", "id": "ours", "tags_all": TAGS, **more})


def bucket_encryption(key: Any = KEY, how: str = "aws:kms", name: str = "ours") -> Resource:
    default = [{"sse_algorithm": how, "kms_master_key_id": key}]
    rule = [{"apply_server_side_encryption_by_default": default}]
    return Resource(
        "aws_s3_bucket_server_side_encryption_configuration", {"bucket": name, "rule": rule}
    )


def access_block(**more: Any) -> Resource:
    names = ("block_public_acls", "block_public_policy", "ignore_public_acls")
    after = {"bucket": "ours", **dict.fromkeys((*names, "restrict_public_buckets"), True)}
    return Resource("aws_s3_bucket_public_access_block", {**after, **more})


def function(called: str = "ours", **more: Any) -> Resource:
    after = {
        "function_name": called,
        "arn": FUNCTION.replace("ours", called),
        "timeout": 7,
        "runtime": "python3.13",
        "source_code_hash": "q7IkNqmXXFQs5GtHieONJjeRpzYuS83d5Gf7yYbSgHA=",
        "reserved_concurrent_executions": 10,
        "kms_key_arn": KEY,
        "environment": [{"variables": {"LOG_LEVEL": "INFO"}}],
        "logging_config": [{"log_group": f"/aws/lambda/{called}"}],
        "tags_all": TAGS,
    }
    settings = {key: more.pop(key) for key in ("refers", "name", "module") if key in more}
    return Resource("aws_lambda_function", {**after, **more}, **settings)


def permission(**more: Any) -> Resource:
    after = {
        "action": "lambda:InvokeFunction",
        "function_name": "ours",
        "principal": "connect.amazonaws.com",
        "source_arn": INSTANCE,
        "source_account": ACCOUNT,
    }
    refers = more.pop("refers", {})
    kept = {key: value for key, value in {**after, **more}.items() if value is not None}
    return Resource("aws_lambda_permission", kept, refers=refers)


def role_policy(*statements: Any, **more: Any) -> Resource:
    return Resource("aws_iam_role_policy", {"name": "p", "policy": policy(*statements)}, **more)


def role(*statements: Any, **more: Any) -> Resource:
    after = {"name": "r", "assume_role_policy": policy(*statements), "tags_all": TAGS, **more}
    return Resource("aws_iam_role", after)


def trusts(principal: Any, **more: Any) -> dict[str, Any]:
    found = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more}
    return {key: value for key, value in found.items() if value is not None}


def key_policy(*statements: Any, **more: Any) -> Resource:
    return Resource("aws_kms_key_policy", {"key_id": "k", "policy": policy(*statements), **more})


ROOT_STATEMENT = {
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
    "Action": "kms:*",
    "Resource": "*",
}


def grant(**more: Any) -> Resource:
    after = {
        "key_id": KEY,
        "grantee_principal": f"arn:aws:iam::{ACCOUNT}:role/connect",
        "operations": ["GenerateDataKey"],
        "constraints": [{"encryption_context_equals": {"aws:kinesis:arn": "arn"}}],
    }
    return Resource("aws_kms_grant", {**after, **more})


def secure(**more: Any) -> Resource:
    after = {
        "name": "/ours/client_secret",
        "type": "SecureString",
        "tier": "Standard",
        "key_id": KEY,
        "value_wo": None,
        "value_wo_version": 1,
        "tags_all": TAGS,
    }
    refers = {"value_wo": "var.client_secret", **more.pop("refers", {})}
    unset = ("arn", "id", "tags_all", *more.pop("unset", ()))
    return Resource("aws_ssm_parameter", {**after, **more}, refers=refers, unset=unset)


def plain(value: str, name: str = "/ours/settings", **more: Any) -> Resource:
    after = {"name": name, "type": "String", "insecure_value": value, "tags_all": TAGS}
    return Resource("aws_ssm_parameter", {**after, **more})


def flow(content: Any, **more: Any) -> Resource:
    after = {"name": "f", "type": "CONTACT_FLOW", "content": content, "tags_all": TAGS}
    return Resource("aws_connect_contact_flow", {**after, **more})


def flow_text(prompt: str = "Hello", queue: str = QUEUE) -> str:
    then = {"NextAction": "end", "Errors": [{"NextAction": "end", "ErrorType": "NoMatchingError"}]}
    return json.dumps(
        {
            "Version": "2019-10-30",
            "StartAction": "greet",
            "Metadata": {"entryPointPosition": {"x": 0, "y": 0}, "ActionMetadata": {}},
            "Actions": [
                {
                    "Identifier": "greet",
                    "Type": "MessageParticipant",
                    "Parameters": {"Text": prompt},
                    "Transitions": {**then, "NextAction": "queue"},
                },
                {
                    "Identifier": "queue",
                    "Type": "UpdateContactTargetQueue",
                    "Parameters": {"QueueId": queue},
                    "Transitions": then,
                },
                {
                    "Identifier": "end",
                    "Type": "DisconnectParticipant",
                    "Parameters": {},
                    "Transitions": {},
                },
            ],
        }
    )


QUEUE_RESOURCE = Resource("aws_connect_queue", {"name": "q", "arn": QUEUE, "tags_all": TAGS})
ASSOCIATION = Resource("aws_connect_lambda_function_association", {"function_arn": FUNCTION})


def with_provisioner(**more: Any) -> Resource:
    return Resource(
        "aws_kms_alias",
        {"name": "alias/ours"},
        configured={"provisioners": [{"type": "local-exec", "expressions": {}}]},
        **more,
    )


def data(kind: str) -> Resource:
    return Resource(kind, {}, mode="data", actions=("read",))


def invocation(name: str) -> Resource:
    return Resource("aws_lambda_invocation", {"function_name": name, "input": "{}"})


PASSING: dict[str, Plan] = {
    "connect-storage-encrypted": plan_of(
        the_key(),
        stream(),
        s3_storage(KEY),
        video_storage(KEY, name="video"),
        stream_storage(f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/data", name="records"),
    ),
    "stream-encrypted": plan_of(the_key(), stream()),
    "table-encrypted": plan_of(the_key(), table()),
    "log-group-encrypted": plan_of(the_key(), log_group()),
    "bucket-encrypted": plan_of(the_key(), bucket(), bucket_encryption()),
    "queue-encrypted": plan_of(the_key(), Resource("aws_sqs_queue", {"kms_master_key_id": KEY})),
    "lambda-environment-encrypted": plan_of(the_key(), function()),
    "log-retention": plan_of(log_group(days=14)),
    "iam-no-wildcard": plan_of(
        role_policy(
            allow(
                ["logs:PutLogEvents"],
                f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/ours:*",
            ),
            allow(["xray:PutTraceSegments"], "*"),
            {"Effect": "Deny", "Action": "*", "Resource": "*"},
        )
    ),
    "iam-no-escalation": plan_of(
        role_policy(
            allow(
                "iam:PassRole",
                f"arn:aws:iam::{ACCOUNT}:role/ours",
                Condition={"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
            ),
            allow("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/reader"),
        )
    ),
    "iam-managed-policies": plan_of(
        Resource(
            "aws_iam_policy", {"arn": f"arn:aws:iam::{ACCOUNT}:policy/p", "policy": policy(allow())}
        ),
        Resource(
            "aws_iam_role_policy_attachment", {"policy_arn": f"arn:aws:iam::{ACCOUNT}:policy/p"}
        ),
    ),
    "iam-no-users": plan_of(role(LAMBDA)),
    "iam-trust-bound": plan_of(
        role(
            LAMBDA,
            trusts({"AWS": f"arn:aws:iam::{ACCOUNT}:role/trigger"}),
            trusts(
                {"Service": "firehose.amazonaws.com"},
                Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}},
            ),
            trusts(
                {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.example.com"},
                Action="sts:AssumeRoleWithWebIdentity",
                Condition={
                    "StringEquals": {
                        "token.example.com:sub": "repo:ours/voice:environment:prod",
                        "token.example.com:aud": "sts.amazonaws.com",
                    }
                },
            ),
        )
    ),
    "kms-key-policy": plan_of(
        key_policy(
            ROOT_STATEMENT,
            {
                "Effect": "Allow",
                "Principal": {"Service": f"logs.{REGION}.amazonaws.com"},
                "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
                "Resource": "*",
                "Condition": {
                    "ArnLike": {"kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:x:y:z"}
                },
            },
        )
    ),
    "kms-key-usable": plan_of(the_key()),
    "kms-grant-narrow": plan_of(grant()),
    "lambda-permission-bound": plan_of(permission()),
    "nothing-public": plan_of(
        bucket(),
        access_block(),
        Resource(
            "aws_sns_topic_policy",
            {
                "policy": policy(
                    trusts({"AWS": f"arn:aws:iam::{ACCOUNT}:role/r"}, Action="sns:Publish")
                )
            },
        ),
        Resource("aws_security_group", {"ingress": [{"cidr_blocks": ["10.0.0.0/8"]}]}),
    ),
    "tls-only": plan_of(function(environment=[{"variables": {"URL": "https://a.example.com"}}])),
    "lambda-timeout": plan_of(function(), function("slow", timeout=60, name="slow"), permission()),
    "lambda-concurrency": plan_of(function(), permission(), ASSOCIATION),
    "lambda-runtime": plan_of(function()),
    "lambda-code-bound": plan_of(function()),
    "lambda-layers-own": plan_of(
        function(layers=[f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:ours:1"])
    ),
    "lambda-log-group": plan_of(function(), log_group()),
    "lambda-settings-only": plan_of(function()),
    "lambda-role-own": plan_of(
        Resource("aws_iam_role", {"arn": f"arn:aws:iam::{ACCOUNT}:role/ours"}),
        function(role=f"arn:aws:iam::{ACCOUNT}:role/ours"),
    ),
    "flow-sound": plan_of(flow(flow_text())),
    "flow-no-secret": plan_of(flow(flow_text())),
    "flow-portable": plan_of(flow(flow_text()), QUEUE_RESOURCE),
    "parameter-write-only": plan_of(secure()),
    "parameter-encrypted": plan_of(the_key(), secure()),
    "parameter-tier": plan_of(secure()),
    "parameter-plain": plan_of(plain('{"botId":"st-6b1f0c1e","clientId":"cs-2f7d9a40"}')),
    "no-secret-in-plan": plan_of(function()),
    "no-provisioner": plan_of(Resource("aws_kms_alias", {"name": "alias/ours"})),
    "no-back-door": plan_of(
        invocation("ours-phone-number-flow"),
        Resource("aws_cloudcontrolapi_resource", {"type_name": "AWS::Connect::SecurityProfile"}),
        data("aws_partition"),
    ),
    "types-known": plan_of(the_key(), function()),
    "providers-listed": plan_of(the_key()),
    "modules-local": plan_of(modules={"encryption": {"source": "./modules/encryption"}}),
    "account-and-region": plan_of(
        the_key(), variables={"account_id": {"value": ACCOUNT}, "region": {"value": REGION}}
    ),
    "account-only": plan_of(
        the_key(),
        bucket(),
        flow(flow_text(queue="arn:aws:connect:us-east-1:aws:view/form:1")),
        role_policy(allow(), allow("kms:Decrypt", KEY)),
    ),
    "tags": plan_of(the_key()),
    "checks-hold": plan_of(
        checks=[{"address": {"kind": "check", "to_display": "check.c"}, "status": "pass"}]
    ),
    "destroy-protection": plan_of(
        the_key(),
        Resource("aws_iam_role", None, before={"name": "r"}, actions=("delete",)),
        plain("1", name="/ours/version"),
    ),
}

NEW = new_key()
OURS = "aws_kms_key.this.arn"

FAILING: dict[str, list[Case]] = {
    "connect-storage-encrypted": [
        case("no encryption", "give s3_config an encryption_config", s3_storage(KEY, kind="NONE")),
        case("no block", "give s3_config", storage("S3", {"s3_config": [{"bucket_name": "b"}]})),
        case("AWS's key", "a key of AWS's", s3_storage(AWS_KEY), the_key()),
        case("a foreign key", "a key from elsewhere", video_storage(FOREIGN_KEY), the_key()),
        case("a stream of nobody's", "no stream", stream_storage("")),
        case(
            "a foreign stream",
            "does not make",
            stream_storage(f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/x"),
        ),
        open_case("a key from a local", "does not say from where", s3_storage(UNKNOWN), NEW),
        open_case("an unknown kind", "what kind of storage", storage("GLACIER", {})),
    ],
    "stream-encrypted": [
        case("none", "set encryption_type", stream(encryption_type="NONE")),
        case("AWS's key", "a key of AWS's", stream("alias/aws/kinesis"), the_key()),
        case("video", "no key of its own", Resource("aws_kinesis_video_stream", {"name": "v"})),
        case(
            "firehose",
            "not encrypted",
            Resource("aws_kinesis_firehose_delivery_stream", {"name": "f"}),
        ),
    ],
    "table-encrypted": [
        case("off", "a key of DynamoDB's", table(enabled=False), the_key()),
        case("no key", "no key of its own", table(None), the_key()),
        open_case("from a local", "does not say from where", table(UNKNOWN), NEW),
    ],
    "log-group-encrypted": [
        case("none", "no key of its own", log_group(None)),
        case(
            "left to AWS",
            "no key of its own",
            Resource(
                "aws_cloudwatch_log_group",
                {"name": "g", "kms_key_id": UNKNOWN},
                unset=("kms_key_id",),
            ),
        ),
        case("foreign", "a key from elsewhere", log_group(FOREIGN_KEY), the_key()),
    ],
    "bucket-encrypted": [
        case("none", "add one", bucket(), the_key()),
        case("another bucket's", "add one", bucket(), bucket_encryption(name="other"), the_key()),
        case("AES", "not encrypted by KMS", bucket(), bucket_encryption(how="AES256"), the_key()),
        case("foreign", "elsewhere", bucket(), bucket_encryption(FOREIGN_KEY), the_key()),
    ],
    "queue-encrypted": [
        case("none", "no key of its own", Resource("aws_sns_topic", {"name": "t"}))
    ],
    "lambda-environment-encrypted": [
        case("none", "no key of its own", function(kms_key_arn=None)),
        case("empty", "no key of its own", function(kms_key_arn="")),
        open_case(
            "an open environment",
            "does not say from where",
            function(kms_key_arn=UNKNOWN, environment=[{"variables": UNKNOWN}]),
            NEW,
        ),
    ],
    "log-retention": [
        case("none", "for ever", log_group(days=None)),
        case("zero", "for ever", log_group(days=0)),
        case("too long", "4000 days", log_group(days=4000)),
        case("text", "for ever", log_group(days="ninety")),
        open_case("unknown", "set a number", log_group(days=UNKNOWN)),
    ],
    "iam-no-wildcard": [
        case(
            "a key twice",
            "says Action twice",
            Resource(
                "aws_iam_role_policy",
                {
                    "policy": '{"Statement":[{"Effect":"Allow","Action":"*","Action":"s3:Get",'
                    '"Resource":"arn:aws:s3:::ours"}]}'
                },
            ),
        ),
        case(
            "a key twice in other case",
            "says statement twice",
            Resource(
                "aws_iam_role_policy",
                {"policy": '{"Statement":[],"statement":[{"Action":"*","Resource":"*"}]}'},
            ),
        ),
        case(
            "a variable of the caller's",
            "name the resource",
            role_policy(allow(resources="arn:aws:s3:::${aws:PrincipalTag/x}/*")),
        ),
        case(
            "one letter of a name",
            "name the resource",
            role_policy(allow("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/a*")),
        ),
        case("action", "allows s3:*: name each action", role_policy(allow("s3:*"))),
        case("everything", "allows *", role_policy(allow("*", "*"))),
        case("a part", "allows s3:Get*", role_policy(allow("s3:Get*"))),
        case("a question mark", "allows s3:GetObjec?", role_policy(allow("s3:GetObjec?"))),
        case(
            "lower case keys",
            "name the resource",
            role_policy({"effect": "Allow", "action": "s3:GetObject", "resource": "*"}),
        ),
        case(
            "an odd effect",
            "name the resource",
            role_policy({"Effect": "allow", "Action": "s3:GetObject", "Resource": "*"}),
        ),
        case(
            "NotAction",
            "all but something with NotAction",
            role_policy({"Effect": "Allow", "NotAction": "iam:*", "Resource": "arn:aws:s3:::ours"}),
        ),
        case(
            "NotResource",
            "NotResource",
            role_policy(allow(resources=None, NotResource="arn:aws:s3:::theirs")),
        ),
        case(
            "any resource", "on *: name the resource", role_policy(allow("dynamodb:GetItem", "*"))
        ),
        case(
            "any account",
            "name the resource",
            role_policy(allow(resources="arn:aws:kms:*:*:key/*")),
        ),
        case(
            "any role",
            "name the resource",
            role_policy(allow("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/*")),
        ),
        case(
            "any group",
            "name the resource",
            role_policy(
                allow(
                    "logs:PutLogEvents", f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/*"
                )
            ),
        ),
        case("any bucket", "name the resource", role_policy(allow(resources="arn:aws:s3:::*"))),
        case(
            "any function",
            "name the resource",
            role_policy(
                allow("lambda:InvokeFunction", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:*")
            ),
        ),
        case(
            "by question marks",
            "name the resource",
            role_policy(allow(resources="arn:aws:s3:::????*")),
        ),
        case(
            "one of several",
            "name the resource",
            role_policy(allow(resources=["arn:aws:s3:::ours", "*"])),
        ),
        case(
            "a free action beside",
            "name the resource",
            role_policy(allow(["xray:PutTraceSegments", "s3:GetObject"], "*")),
        ),
        case(
            "one statement, no list",
            "name each action",
            Resource("aws_iam_policy", {"policy": json.dumps({"Statement": allow("s3:*")})}),
        ),
        case("no JSON", "no JSON object", Resource("aws_iam_role_policy", {"policy": "allow all"})),
        case(
            "no statements",
            "no list of statements",
            Resource("aws_iam_role_policy", {"policy": "{}"}),
        ),
        case(
            "inline",
            "name each action",
            role(LAMBDA, inline_policy=[{"name": "i", "policy": policy(allow("s3:*"))}]),
        ),
        case("no action", "names no action", role_policy({"Effect": "Allow", "Resource": "*"})),
        open_case(
            "computed", "only after apply", Resource("aws_iam_role_policy", {"policy": UNKNOWN})
        ),
        open_case("computed inline", "only after apply", role(LAMBDA, inline_policy=UNKNOWN)),
    ],
    "iam-no-escalation": [
        case("any role", "on a pattern", role_policy(allow("iam:PassRole", "*"))),
        case(
            "any service",
            "to any service",
            role_policy(allow("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/r")),
        ),
        case(
            "IfExists",
            "to any service",
            role_policy(
                allow(
                    "iam:PassRole",
                    f"arn:aws:iam::{ACCOUNT}:role/r",
                    Condition={"StringEqualsIfExists": {"iam:PassedToService": "x"}},
                )
            ),
        ),
        case(
            "a condition on anything",
            "to any service",
            role_policy(
                allow(
                    "iam:PassRole",
                    f"arn:aws:iam::{ACCOUNT}:role/r",
                    Condition={"StringLike": {"iam:PassedToService": "*"}},
                )
            ),
        ),
        case(
            "assume any",
            "on a pattern",
            role_policy(allow("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/x*")),
        ),
        case(
            "policies",
            "more powerful",
            role_policy(allow("iam:PutRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/r")),
        ),
        case(
            "in other case",
            "more powerful",
            role_policy(allow("IAM:attachrolepolicy", f"arn:aws:iam::{ACCOUNT}:role/r")),
        ),
        case("code", "more powerful", role_policy(allow("lambda:UpdateFunctionCode", FUNCTION))),
        case("key policy", "more powerful", role_policy(allow("kms:PutKeyPolicy", KEY))),
    ],
    "iam-managed-policies": [
        case(
            "administrator",
            "nobody here has read",
            Resource(
                "aws_iam_role_policy_attachment",
                {"policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess"},
            ),
        ),
        case(
            "full access",
            "AmazonConnect_FullAccess",
            Resource(
                "aws_iam_role_policy_attachment",
                {"policy_arn": "arn:aws:iam::aws:policy/AmazonConnect_FullAccess"},
            ),
        ),
        case(
            "on the role",
            "nobody here has read",
            role(LAMBDA, managed_policy_arns=["arn:aws:iam::aws:policy/PowerUserAccess"]),
        ),
        case(
            "of another account",
            "nobody here has read",
            Resource(
                "aws_iam_role_policy_attachment",
                {"policy_arn": "arn:aws:iam::999999999999:policy/AWSXRayDaemonWriteAccess"},
            ),
        ),
        open_case(
            "computed",
            "only after apply",
            Resource("aws_iam_role_policy_attachment", {"policy_arn": UNKNOWN}),
        ),
    ],
    "iam-no-users": [
        case("a user", "use a role", Resource("aws_iam_user", {"name": "u", "tags_all": TAGS})),
        case("a key", "use a role", Resource("aws_iam_access_key", {"user": "u"})),
    ],
    "iam-trust-bound": [
        case("anybody", "lets anybody", role(trusts("*"))),
        case("any AWS", "lets anybody", role(trusts({"AWS": "*"}))),
        case(
            "any AWS with a condition",
            "lets anybody",
            role(trusts({"AWS": ["*"]}, Condition={"Bool": {"aws:SecureTransport": "true"}})),
        ),
        case("NotPrincipal", "say who may", role(trusts(None, NotPrincipal={"AWS": "x"}))),
        case("no principal", "lets anybody", role(trusts(None))),
        case(
            "another account",
            "add a condition on sts:ExternalId",
            role(trusts({"AWS": "999999999999"})),
        ),
        case(
            "another's role",
            "sts:ExternalId",
            role(trusts({"AWS": "arn:aws:iam::999999999999:role/x"})),
        ),
        case(
            "the whole account",
            "name a role",
            role(trusts({"AWS": f"arn:aws:iam::{ACCOUNT}:root"})),
        ),
        case(
            "a service unbound",
            "aws:SourceAccount",
            role(trusts({"Service": "firehose.amazonaws.com"})),
        ),
        case(
            "bound to anything",
            "aws:SourceAccount",
            role(
                trusts(
                    {"Service": "firehose.amazonaws.com"},
                    Condition={"StringLike": {"aws:SourceAccount": "*"}},
                )
            ),
        ),
        case(
            "bound by a denial",
            "aws:SourceAccount",
            role(
                trusts(
                    {"Service": "firehose.amazonaws.com"},
                    Condition={"StringNotEquals": {"aws:SourceAccount": "1"}},
                )
            ),
        ),
        case(
            "no sub",
            "aud and sub",
            role(trusts({"Federated": "arn:x"}, Condition={"StringEquals": {"t:aud": "sts"}})),
        ),
        case(
            "any sub",
            "aud and sub",
            role(
                trusts(
                    {"Federated": "arn:x"}, Condition={"StringLike": {"t:sub": "*", "t:aud": "sts"}}
                )
            ),
        ),
        case(
            "any action",
            "allow sts:AssumeRole",
            role(trusts({"AWS": f"arn:aws:iam::{ACCOUNT}:role/r"}, Action="sts:*")),
        ),
        case("nobody", "say who", role()),
        open_case(
            "computed",
            "only after apply",
            Resource("aws_iam_role", {"assume_role_policy": UNKNOWN, "tags_all": TAGS}),
        ),
    ],
    "kms-key-policy": [
        case(
            "anybody", "lets anybody use the key", key_policy({**ROOT_STATEMENT, "Principal": "*"})
        ),
        case(
            "another account",
            "keep it within",
            key_policy({**ROOT_STATEMENT, "Principal": {"AWS": "arn:aws:iam::999999999999:root"}}),
        ),
        case(
            "a role all",
            "name each action",
            key_policy({**ROOT_STATEMENT, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/r"}}),
        ),
        case(
            "a service unbound",
            "aws:SourceAccount",
            key_policy(
                {
                    **ROOT_STATEMENT,
                    "Action": "kms:Decrypt",
                    "Principal": {"Service": "logs.amazonaws.com"},
                }
            ),
        ),
        case(
            "in the key",
            "lets anybody",
            the_key(policy=policy({**ROOT_STATEMENT, "Principal": {"AWS": "*"}})),
        ),
        case(
            "locks out",
            "lock everybody out",
            key_policy(ROOT_STATEMENT, bypass_policy_lockout_safety_check=True),
        ),
        open_case(
            "computed", "only after apply", Resource("aws_kms_key_policy", {"policy": UNKNOWN})
        ),
    ],
    "kms-key-usable": [
        case("disabled", "enable it", the_key(is_enabled=False)),
        case("not rotated", "enable_key_rotation", the_key(enable_key_rotation=False)),
        case("gone soon", "deletion_window", the_key(deletion_window_in_days=1)),
    ],
    "kms-grant-narrow": [
        open_case("an open operation", "What it grants", grant(operations=["Decrypt", UNKNOWN])),
        case("grants", "CreateGrant", grant(operations=["Decrypt", "CreateGrant"])),
        case(
            "another account",
            "a role of the account",
            grant(grantee_principal="arn:aws:iam::999999999999:role/x"),
        ),
        case("no constraints", "add constraints", grant(constraints=[])),
        open_case("a grantee from a local", "Whom it is for", grant(grantee_principal=UNKNOWN)),
    ],
    "lambda-permission-bound": [
        case(
            "any instance of ours",
            "name one thing",
            permission(source_arn=f"arn:aws:connect:{REGION}:{ACCOUNT}:instance/*"),
        ),
        case("anybody", "Anybody may invoke", permission(principal="*")),
        case("an account", "The account 999999999999", permission(principal="999999999999")),
        case("no source", "no source_arn", permission(source_arn=None)),
        case("no account", "no source_account", permission(source_account=None)),
        case("any source", "name one thing", permission(source_arn="*")),
        case(
            "any instance anywhere",
            "name one thing",
            permission(source_arn="arn:aws:connect:*:*:instance/*"),
        ),
        case(
            "any thing",
            "name one thing",
            permission(source_arn=f"arn:aws:connect:{REGION}:{ACCOUNT}:*"),
        ),
        case(
            "another account's source",
            "of the account",
            permission(source_arn=INSTANCE.replace(ACCOUNT, "999999999999")),
        ),
        case("another account", "source_account is", permission(source_account="999999999999")),
        case("any action", "allows lambda:*", permission(action="lambda:*")),
        case("a public URL", "function_url_auth_type", permission(function_url_auth_type="NONE")),
        open_case(
            "a source from a local", "does not say from where", permission(source_arn=UNKNOWN)
        ),
        open_case(
            "an open principal", "principal is known only after", permission(principal=UNKNOWN)
        ),
    ],
    "nothing-public": [
        case(
            "a half of everything",
            "whole internet",
            Resource(
                "aws_security_group_rule", {"type": "ingress", "cidr_blocks": ["128.0.0.0/1"]}
            ),
        ),
        case(
            "another account",
            "lets the account 999999999999 in",
            Resource(
                "aws_s3_bucket_policy",
                {"policy": policy(trusts({"AWS": "arn:aws:iam::999999999999:root"}))},
            ),
        ),
        case(
            "a service for anybody",
            "lets sns.amazonaws.com in for anybody",
            Resource(
                "aws_sqs_queue_policy",
                {
                    "policy": policy(
                        trusts({"Service": "sns.amazonaws.com"}, Action="sqs:SendMessage")
                    )
                },
            ),
        ),
        open_case(
            "an open range",
            "cidr_ipv4",
            Resource("aws_vpc_security_group_ingress_rule", {"cidr_ipv4": UNKNOWN}),
        ),
        open_case(
            "an open range within",
            "ingress",
            Resource("aws_security_group", {"ingress": [{"cidr_blocks": [UNKNOWN]}]}),
        ),
        open_case("an open ACL", "acl", Resource("aws_s3_bucket_acl", {"acl": UNKNOWN})),
        case(
            "a topic",
            "lets anybody in",
            Resource("aws_sns_topic_policy", {"policy": policy(trusts("*", Action="sns:Publish"))}),
        ),
        case(
            "a queue by its own policy",
            "lets anybody in",
            Resource("aws_sqs_queue", {"policy": policy(trusts({"AWS": "*"}, Action="sqs:*"))}),
        ),
        case(
            "NotPrincipal",
            "lets anybody else in",
            Resource(
                "aws_s3_bucket_policy", {"policy": policy(trusts(None, NotPrincipal={"AWS": "x"}))}
            ),
        ),
        case(
            "a kind nobody listed",
            "lets anybody in",
            Resource("aws_glacier_vault", {"access_policy": policy(trusts("*"))}),
        ),
        case("an ACL", "public-read", Resource("aws_s3_bucket_acl", {"acl": "public-read"})),
        case("a bucket open to it", "all four", bucket(), access_block(block_public_policy=False)),
        case("a bucket without", "all four", bucket()),
        case(
            "a security group",
            "whole internet",
            Resource("aws_security_group", {"ingress": [{"cidr_blocks": ["0.0.0.0/0"]}]}),
        ),
        case(
            "a rule",
            "whole internet",
            Resource("aws_security_group_rule", {"type": "ingress", "ipv6_cidr_blocks": ["::/0"]}),
        ),
        case(
            "a new rule",
            "whole internet",
            Resource("aws_vpc_security_group_ingress_rule", {"cidr_ipv4": "0.0.0.0/0"}),
        ),
        case(
            "a URL",
            "authorization_type",
            Resource("aws_lambda_function_url", {"authorization_type": "NONE"}),
        ),
        case(
            "a database",
            "publicly_accessible",
            Resource("aws_db_instance", {"publicly_accessible": True}),
        ),
        open_case(
            "computed", "only after apply", Resource("aws_sqs_queue_policy", {"policy": UNKNOWN})
        ),
    ],
    "tls-only": [
        open_case(
            "an open endpoint",
            "known only after apply",
            function(environment=[{"variables": {"URL": UNKNOWN}}]),
        ),
        case("shouted", "without TLS", plain('{"url":"HTTP://a.example.com"}')),
        case(
            "http",
            "without TLS",
            function(environment=[{"variables": {"URL": "http://a.example.com/"}}]),
        ),
        case("ws in JSON", "without TLS", plain('{"wssUrl":"ws://a.example.com"}')),
        case("in a flow", "without TLS", flow(flow_text("http://a.example.com/x.wav"))),
        case(
            "old TLS",
            "TLS 1.2",
            Resource(
                "aws_cloudfront_distribution",
                {"viewer_certificate": [{"minimum_protocol_version": "TLSv1.1_2016"}]},
            ),
        ),
        case(
            "TLS 1.0",
            "TLS 1.2",
            Resource("aws_api_gateway_domain_name", {"security_policy": "TLS_1_0"}),
        ),
        case(
            "unverified",
            "turns the verification",
            function(environment=[{"variables": {"PYTHONHTTPSVERIFY": "0"}}]),
        ),
        case(
            "insecure",
            "turns the verification",
            function(environment=[{"variables": {"VENDOR_VERIFY_SSL": "false"}}]),
        ),
        case(
            "the provider",
            "turns the verification",
            provider_config={
                "aws": {
                    "name": "aws",
                    "full_name": "registry.terraform.io/hashicorp/aws",
                    "expressions": {"insecure": {"constant_value": True}},
                }
            },
        ),
    ],
    "lambda-timeout": [
        case("too long", "cuts a flow's call at 8 s", function(timeout=8), permission()),
        case("by association", "cuts a flow's call", function(timeout=30), ASSOCIATION),
        case(
            "by the alias",
            "cuts a flow's call",
            function(timeout=30),
            Resource(
                "aws_connect_lambda_function_association", {"function_arn": f"{FUNCTION}:live"}
            ),
        ),
        case(
            "by the ARN",
            "cuts a flow's call",
            function(timeout=30),
            permission(function_name=FUNCTION),
        ),
        case("zero", "0 s", function(timeout=0)),
        open_case("unknown", "set it to a number", function(timeout=UNKNOWN)),
        open_case(
            "an open caller",
            "which function flows call",
            function(timeout=60),
            permission(function_name=UNKNOWN),
        ),
    ],
    "lambda-concurrency": [
        case(
            "none", "Nothing is reserved", function(reserved_concurrent_executions=-1), permission()
        ),
        case(
            "absent",
            "Nothing is reserved",
            function(reserved_concurrent_executions=None),
            ASSOCIATION,
        ),
        case("zero", "stop it", function(reserved_concurrent_executions=0), permission()),
        open_case(
            "unknown",
            "set it to a number",
            function(reserved_concurrent_executions=UNKNOWN),
            permission(),
        ),
    ],
    "lambda-runtime": [
        case("old", "'python3.8'", function(runtime="python3.8")),
        case("none", "None", function(runtime=None)),
        open_case("unknown", "set it to a text", function(runtime=UNKNOWN)),
    ],
    "lambda-code-bound": [
        case(
            "from a bucket",
            "whatever lies in the bucket",
            function(
                s3_bucket="b", s3_key="k", source_code_hash="q7IkNqmXXFQs5GtHieONJjeRpzYuS83d"
            ),
        ),
        case("none", "set source_code_hash", function(source_code_hash=None)),
        case("empty", "set source_code_hash", function(source_code_hash="")),
        case(
            "an image by its tag",
            "digest",
            function(package_type="Image", image_uri="x.example.com/i:latest"),
        ),
        open_case("unknown", "take it from", function(source_code_hash=UNKNOWN)),
    ],
    "lambda-layers-own": [
        open_case("one unknown", "put all into the zip", function(layers=[UNKNOWN])),
        case(
            "another's",
            "somebody else's",
            function(layers=[f"arn:aws:lambda:{REGION}:580247275435:layer:x:1"]),
        ),
        open_case("unknown", "put all into the zip", function(layers=UNKNOWN)),
    ],
    "lambda-log-group": [
        case("none", "would make its log group", function()),
        case(
            "another", "would make its log group", function(), log_group(name="/aws/lambda/other")
        ),
        case("by default", "/aws/lambda/ours", function(logging_config=[])),
        open_case(
            "unknown", "name one of this stack", function(logging_config=[{"log_group": UNKNOWN}])
        ),
    ],
    "flow-sound": [
        case("no flow", "would refuse it", flow("{}")),
        case(
            "a dangling transition",
            "would refuse it",
            flow(flow_text().replace('"NextAction": "queue"', '"NextAction": "nowhere"')),
        ),
        case("no type", "no flow type", flow(flow_text(), type="NONSENSE")),
        open_case("unknown", "known only after apply", flow(UNKNOWN)),
        open_case("in a file", "stands in a file", flow(None, filename="f.json")),
    ],
    "flow-no-secret": [
        case("a token", "holds what looks like a secret", flow(flow_text(f"Bearer {SECRET}1"))),
        case(
            "an access key",
            "holds what looks like a secret",
            flow(flow_text("AKIAABCDEFGHIJKLMNOP")),
        ),
        open_case("unknown", "known only after apply", flow(UNKNOWN)),
    ],
    "flow-portable": [
        case("typed", "nothing in this plan makes", flow(flow_text())),
        case(
            "another account's",
            "999999999999",
            flow(flow_text(queue=QUEUE.replace(ACCOUNT, "999999999999"))),
            QUEUE_RESOURCE,
        ),
        open_case("unknown", "known only after apply", flow(UNKNOWN)),
    ],
    "parameter-write-only": [
        case("value", "instead of value", secure(value="x", refers={"value": "var.x"})),
        case("a known value", "instead of value", secure(value="x", unset=("value",))),
        case("insecure_value", "instead of insecure_value", secure(insecure_value="x")),
        case("nothing", "Nothing writes", Resource("aws_ssm_parameter", {"type": "SecureString"})),
        case(
            "a literal",
            "stands in the configuration",
            Resource(
                "aws_ssm_parameter",
                {"type": "SecureString", "value_wo_version": 1},
                configured={
                    "expressions": {
                        "value_wo": {"constant_value": "x"},
                        "value_wo_version": {"constant_value": 1},
                    }
                },
            ),
        ),
        open_case("unknown type", "does not say its type", secure(type=UNKNOWN)),
    ],
    "parameter-encrypted": [
        case("AWS's", "a key of AWS's", secure(key_id="alias/aws/ssm"), the_key()),
        case("none", "no key of its own", secure(key_id=None)),
        case("a secret", "no key of its own", Resource("aws_secretsmanager_secret", {"name": "s"})),
    ],
    "parameter-tier": [
        case("none", "set tier", secure(tier=None)),
        case("left to AWS", "set tier", secure(unset=("tier",))),
        case("invented", "set tier", secure(tier="Cheap")),
    ],
    "parameter-plain": [
        case(
            "by its name",
            "what looks like a secret",
            plain("hunter2-and-more", name="/ours/client_secret"),
        ),
        case("by its form", "what looks like a secret", plain(SECRET)),
        case(
            "within JSON", "what looks like a secret", plain('{"clientSecret":"hunter2-and-more"}')
        ),
        open_case("unknown", "known only after apply", plain(UNKNOWN)),
    ],
    "no-secret-in-plan": [
        case(
            "an environment",
            "in clear",
            function(environment=[{"variables": {"API_KEY": "hunter2-and-more"}}]),
        ),
        case("a variable", "in clear", variables={"client_secret": {"value": "hunter2-and-more"}}),
        case(
            "an output", "in clear", output_changes={"o": {"actions": ["create"], "after": SECRET}}
        ),
        case(
            "a header", "in clear", Resource("aws_x", {"description": "Bearer abc123def456ghi789"})
        ),
        case(
            "a secret's version",
            "secret_string_wo",
            Resource("aws_secretsmanager_secret_version", {"secret_string": UNKNOWN}),
        ),
    ],
    "no-provisioner": [
        open_case(
            "perhaps in a removed block",
            "Whether a removed block",
            Resource(
                "aws_iam_role",
                None,
                before={},
                actions=("delete",),
                settings={"action_reason": "delete_because_no_resource_config"},
            ),
        ),
        case("local-exec", "local-exec", with_provisioner()),
        case(
            "in a module",
            "takes the provisioner out".replace("takes", "take"),
            with_provisioner(module="module.m"),
        ),
        case(
            "on a resource that goes",
            "local-exec",
            with_provisioner(actions=("delete",), before={"name": "x"}),
        ),
        case(
            "on one without change",
            "local-exec",
            with_provisioner(actions=("no-op",), before={"name": "x"}),
        ),
        case("of no shape", "unknown", Resource("aws_x", {}, configured={"provisioners": ["?"]})),
        case("a connection", "connection", Resource("aws_x", {}, configured={"connection": {}})),
    ],
    "no-back-door": [
        case(
            "Cloud Control as another",
            "act as another role",
            Resource(
                "aws_cloudcontrolapi_resource",
                {"type_name": "AWS::Connect::SecurityProfile", "role_arn": "arn"},
            ),
        ),
        case("actions of Terraform 1.14", "action_invocations", action_invocations=[{}]),
        case("something put off", "deferred_changes", deferred_changes=[{}]),
        case("external", "runs a program", data("external")),
        case("http", "web server", data("http")),
        case("remote state", "another state", data("terraform_remote_state")),
        case("null_resource", "only to run things", Resource("null_resource", {})),
        case("a stack", "does not show", Resource("aws_cloudformation_stack", {})),
        case(
            "Cloud Control",
            "no rule looks into",
            Resource("aws_cloudcontrolapi_resource", {"type_name": "AWS::IAM::Role"}),
        ),
        case(
            "Cloud Control, open",
            "no rule looks into",
            Resource("aws_cloudcontrolapi_resource", {"type_name": UNKNOWN}),
        ),
        case("a function run", "would run other", invocation("other")),
        case("a function run, open", "does not name", invocation(UNKNOWN)),
        case("a data invocation", "runs a function", data("aws_lambda_invocation")),
        case("a machine", "user data", Resource("aws_instance", {})),
    ],
    "types-known": [
        open_case(
            "a log subscription",
            "No rule has looked",
            Resource("aws_cloudwatch_log_subscription_filter", {}),
        ),
        open_case("a type of tomorrow", "No rule has looked", Resource("aws_connect_tomorrow", {})),
    ],
    "providers-listed": [
        case(
            "unlisted",
            "example.com/x/y is not listed",
            Resource("x_y", {}, provider="example.com/x/y"),
        ),
        case(
            "configured",
            "is not listed",
            provider_config={
                "null": {"name": "null", "full_name": "registry.terraform.io/hashicorp/null"}
            },
        ),
        case(
            "an endpoint",
            "given endpoints",
            provider_config={
                "aws": {
                    "name": "aws",
                    "full_name": "registry.terraform.io/hashicorp/aws",
                    "expressions": {"endpoints": [{"sts": {"constant_value": "https://x"}}]},
                }
            },
        ),
        case(
            "credentials",
            "given secret_key",
            provider_config={
                "aws": {
                    "name": "aws",
                    "full_name": "registry.terraform.io/hashicorp/aws",
                    "expressions": {"secret_key": {"references": ["var.x"]}},
                }
            },
        ),
        case(
            "a look-alike",
            "is not listed",
            provider_config={
                "aws": {"name": "aws", "full_name": "registry.terraform.io/hashic0rp/aws"}
            },
        ),
    ],
    "modules-local": [
        case(
            "the registry",
            "nobody reviews",
            modules={"x": {"source": "terraform-aws-modules/lambda/aws"}},
        ),
        case("git", "nobody reviews", modules={"x": {"source": "git::https://example.com/x.git"}}),
        case("outside", "nobody reviews", modules={"x": {"source": "./modules/../../x"}}),
        case("no source", "nobody reviews", modules={"x": {"source": None}}),
    ],
    "account-and-region": [
        case("a variable", "plan again for", variables={"account_id": {"value": "999999999999"}}),
        case("the region", "region = 'eu-west-1'", variables={"region": {"value": "eu-west-1"}}),
        case("the environment", "environment = 'dev'", variables={"environment": {"value": "dev"}}),
        case("a resource", "the account 999999999999", the_key(arn=FOREIGN_KEY)),
        case(
            "a resource that goes",
            "the account",
            Resource("aws_kms_key", None, before={"arn": FOREIGN_KEY}, actions=("delete",)),
        ),
        case("another region", "in eu-west-1", the_key(arn=KEY.replace(REGION, "eu-west-1"))),
        case(
            "any account",
            "set allowed_account_ids",
            provider_config={
                "aws": {
                    "name": "aws",
                    "full_name": "registry.terraform.io/hashicorp/aws",
                    "expressions": {},
                }
            },
        ),
    ],
    "account-only": [
        case(
            "a role",
            "of the account 999999999999",
            role_policy(allow("sts:AssumeRole", "arn:aws:iam::999999999999:role/theirs")),
        ),
        case(
            "a queue for what fails",
            "of the account",
            function(dead_letter_config=[{"target_arn": f"arn:aws:sqs:{REGION}:999999999999:q"}]),
        ),
        case(
            "a bucket of anybody's",
            "anybody's bucket",
            bucket(),
            role_policy(allow(resources="arn:aws:s3:::theirs/*")),
        ),
        case(
            "a grant",
            "of the account",
            grant(retiring_principal="arn:aws:iam::999999999999:role/x"),
        ),
    ],
    "lambda-settings-only": [
        case(
            name,
            f"Its environment has {name}",
            function(environment=[{"variables": {name: "/opt/x"}}]),
        )
        for name in ("AWS_LAMBDA_EXEC_WRAPPER", "LD_PRELOAD", "AWS_ENDPOINT_URL_SSM", "https_proxy")
    ],
    "lambda-role-own": [
        case("another", "runs as arn:aws:iam", function(role=f"arn:aws:iam::{ACCOUNT}:role/Admin")),
        case("none", "runs as nobody", function()),
        open_case("open", "Which role", function(role=UNKNOWN)),
    ],
    "tags": [
        case("none", "no tag Environment, ManagedBy, Project", the_key(tags_all=None)),
        case("one less", "no tag Project", the_key(tags_all={**TAGS, "Project": ""})),
        case(
            "another environment",
            "belongs to prod",
            the_key(tags_all={**TAGS, "Environment": "dev"}),
        ),
        case("open", "no tag", the_key(tags_all=UNKNOWN)),
        case(
            "Cloud Control",
            "no tag",
            Resource(
                "aws_cloudcontrolapi_resource",
                {"type_name": "AWS::Connect::SecurityProfile", "desired_state": "{}"},
            ),
        ),
    ],
    "checks-hold": [
        case(
            "fails",
            "Set the number",
            checks=[
                {
                    "address": {"kind": "check", "to_display": "check.c"},
                    "status": "fail",
                    "instances": [{"problems": [{"message": "Set the number."}]}],
                }
            ],
        ),
        case(
            "errs",
            "does not say why",
            checks=[{"address": {"to_display": "check.c"}, "status": "error"}],
        ),
        open_case("of no shape", "does not say", checks=["?"]),
    ],
    "destroy-protection": [
        case(
            "the instance",
            "delete_because".replace("delete_because", "its block is no longer"),
            Resource(
                "aws_connect_instance",
                None,
                before={},
                actions=("delete",),
                settings={"action_reason": "delete_because_no_resource_config"},
            ),
        ),
        case(
            "its module",
            "the module it was in",
            Resource(
                "aws_connect_instance",
                None,
                module="module.m",
                before={},
                actions=("delete",),
                settings={"action_reason": "delete_because_no_module"},
            ),
        ),
        case(
            "replaced",
            "instance_alias cannot be changed",
            Resource(
                "aws_connect_instance",
                {"instance_alias": "b"},
                before={"instance_alias": "a"},
                actions=("delete", "create"),
                settings={
                    "action_reason": "replace_because_cannot_update",
                    "replace_paths": [["instance_alias"]],
                },
            ),
        ),
        case(
            "made first, then deleted",
            "deletes it and makes it anew",
            Resource(
                "aws_kinesis_stream",
                {"name": "b"},
                before={"name": "a"},
                actions=("create", "delete"),
            ),
        ),
        case(
            "forgotten",
            "no longer look after",
            Resource("aws_kms_key", None, before={}, actions=("forget",)),
        ),
        case(
            "forgotten and made anew",
            "no longer look after",
            Resource("aws_dynamodb_table", {}, before={}, actions=("create", "forget")),
        ),
        case(
            "a number",
            "goes back to the carrier",
            Resource(
                "aws_connect_phone_number",
                None,
                before={},
                actions=("delete",),
                index="support",
                settings={"action_reason": "delete_because_each_key"},
            ),
        ),
        case(
            "left behind",
            "left it behind",
            Resource(
                "aws_dynamodb_table",
                None,
                before={},
                actions=("delete",),
                settings={"deposed": "abcd1234"},
            ),
        ),
        case(
            "a secret",
            "the secret would be lost",
            Resource(
                "aws_ssm_parameter", None, before={"type": "SecureString"}, actions=("delete",)
            ),
        ),
        case(
            "a parameter of no known type",
            "the secret",
            Resource("aws_ssm_parameter", None, before={}, actions=("delete",)),
        ),
        case(
            "by Cloud Control",
            "contact centre",
            Resource(
                "aws_cloudcontrolapi_resource",
                None,
                before={"type_name": "AWS::Connect::Instance"},
                actions=("delete",),
            ),
        ),
        case(
            "logs",
            "the logs in it",
            Resource("aws_cloudwatch_log_group", None, before={}, actions=("delete",)),
        ),
    ],
}
