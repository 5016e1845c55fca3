"""What Connect looks up in other services of the embedded AWS."""

from __future__ import annotations

from moto.backends import get_backend
from moto.core.exceptions import ServiceException
from werkzeug.exceptions import HTTPException

from local_aws.appintegrations.backend import appintegrations_backends


def _account_and_region(arn: str) -> tuple[str, str]:
    _, _, _, region, account, *_ = arn.split(":", 5)
    return account, region


def kinesis_stream_exists(arn: str) -> bool:
    """Tell whether a data stream is there."""
    account, region = _account_and_region(arn)
    streams = get_backend("kinesis")[account][region].streams.values()
    return any(stream.arn == arn for stream in streams)


def firehose_exists(arn: str) -> bool:
    """Tell whether a delivery stream is there."""
    account, region = _account_and_region(arn)
    streams = get_backend("firehose")[account][region].delivery_streams.values()
    return any(stream.delivery_stream_arn == arn for stream in streams)


def bucket_exists(name: str, account: str) -> bool:
    """Tell whether a bucket is there."""
    return name in get_backend("s3")[account]["aws"].buckets


def symmetric_key_is_usable(arn: str) -> bool:
    """Tell whether a KMS key, named by its full ARN, is symmetric and enabled."""
    account, region = _account_and_region(arn)
    key = get_backend("kms")[account][region].keys.get(arn.rsplit("/", 1)[-1])
    return key is not None and key.key_state == "Enabled" and key.key_spec == "SYMMETRIC_DEFAULT"


def lambda_function_exists(arn: str) -> bool:
    """Tell whether a function, a version or an alias of it is there."""
    account, region = _account_and_region(arn)
    function, _, qualifier = arn.split(":function:", 1)[1].partition(":")
    try:
        get_backend("lambda")[account][region].get_function(function, qualifier=qualifier or None)
    except (ServiceException, HTTPException):
        return False
    return True


def application_exists(arn: str) -> bool:
    """Tell whether a third-party application is registered with AppIntegrations."""
    account, region = _account_and_region(arn)
    return arn in appintegrations_backends[account][region].applications
