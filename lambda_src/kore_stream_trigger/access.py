"""Credentials that read one stream for a while, and nothing else."""

import json
import re

from connect_core.aws.client import Aws, QueryService
from connect_core.aws.endpoint import dns_suffix
from connect_core.aws.fault import AwsFault
from connect_core.deadline import Deadline
from connect_core.fault import Fault
from connect_core.secret import Secret
from connect_core.value import Value, field

LIMIT_SECONDS = 1.5
_STS = QueryService("sts", "2011-06-15")
_READ = ("kinesisvideo:DescribeStream", "kinesisvideo:GetDataEndpoint", "kinesisvideo:GetMedia")
# The values of AssumeRoleResult's Credentials: base64, or a time. Nothing in them is ever escaped,
# so no XML parser is loaded for four words.
_VALUE = rb"<%s>([A-Za-z0-9+/=:.-]{1,4096})</%s>"
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?Z")


class StreamCredentials(Value):
    """What Kore reads the stream with.

    Args:
        access_key_id: Names the key.
        secret_access_key: The key.
        session_token: Goes with it.
        expiration: When it ends, ISO 8601.
    """

    access_key_id: str = field(shown=False)
    secret_access_key: Secret
    session_token: Secret
    expiration: str


def session_policy(stream_arn: str, key_arn: str, region: str) -> str:
    """The policy that narrows the reader role's session, JSON of less than 2048 characters.

    Args:
        stream_arn: The one stream, without wildcards.
        key_arn: The KMS key it is encrypted with.
        region: Theirs.
    """
    suffixes = dict.fromkeys(("amazonaws.com", dns_suffix(region)))
    services = [f"kinesisvideo.{region}.{suffix}" for suffix in suffixes]
    statements = [
        {"Effect": "Allow", "Action": _READ, "Resource": stream_arn},
        {
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": key_arn,
            "Condition": {"StringEquals": {"kms:ViaService": services}},
        },
    ]
    document = {"Version": "2012-10-17", "Statement": statements}
    return json.dumps(document, separators=(",", ":"))


class StreamAccess(Value):
    """Hands out access, one stream at a time.

    Args:
        aws: Sends the requests.
        role_arn: The role that may read all streams of the instance.
        key_arn: The KMS key of the streams.
        seconds: How long a session lives.
    """

    aws: Aws
    role_arn: str
    key_arn: str
    seconds: int

    def to_stream(self, stream_arn: str, contact_id: str, deadline: Deadline) -> StreamCredentials:
        """Credentials for exactly that stream.

        Args:
            stream_arn: The stream, checked.
            contact_id: Names the session in AWS's logs.
            deadline: The invocation's.

        Raises:
            Fault: STREAM_ACCESS_*.
        """
        fields = {
            "RoleArn": self.role_arn,
            "RoleSessionName": contact_id,
            "DurationSeconds": str(self.seconds),
            "Policy": session_policy(stream_arn, self.key_arn, self.aws.region),
        }
        try:
            answer = self.aws.query(_STS, "AssumeRole", fields, deadline.at_most(LIMIT_SECONDS))
        except AwsFault as fault:
            raise _fault(fault) from None
        expiration = _value(answer, "Expiration")
        if not _MOMENT.fullmatch(expiration):
            raise _unusable()
        return StreamCredentials(
            access_key_id=_value(answer, "AccessKeyId"),
            secret_access_key=Secret(_value(answer, "SecretAccessKey")),
            session_token=Secret(_value(answer, "SessionToken")),
            expiration=expiration,
        )


def _value(answer: bytes, name: str) -> str:
    tag = name.encode()
    found = re.search(_VALUE % (tag, tag), answer)
    if found is None:
        raise _unusable()
    return found[1].decode()


def _unusable() -> Fault:
    return Fault("STREAM_ACCESS_UNAVAILABLE", retryable=True, about="sts:AssumeRole InvalidReply")


def _fault(fault: AwsFault) -> Fault:
    if fault.denied:
        return Fault("STREAM_ACCESS_DENIED", retryable=False, about=fault.about)
    if fault.passing:
        return Fault("STREAM_ACCESS_UNAVAILABLE", retryable=True, about=fault.about)
    return Fault("STREAM_ACCESS_INVALID", retryable=False, about=fault.about)
