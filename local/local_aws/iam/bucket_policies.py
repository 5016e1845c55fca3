"""Policies of S3 buckets: kept here and asked by the gate.

moto keeps them too, but takes a statement whose conditions do not hold for a refusal of everything.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import parse_qs
from weakref import WeakKeyDictionary
from xml.sax.saxutils import escape

from moto.s3.models import FakeBucket, s3_backends
from werkzeug.wrappers import Request, Response

from local_aws.iam.evaluation import Request as Asked
from local_aws.iam.evaluation import Standing, standing
from local_aws.iam.policy import PolicyError, parse

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# Buckets go, and their policies with them.
_POLICIES: WeakKeyDictionary[FakeBucket, str] = WeakKeyDictionary()


class BucketPolicies:
    """WSGI middleware that answers Put-, Get- and DeleteBucketPolicy.

    Args:
        app: what answers everything else.
        account_id: whose buckets they are.
    """

    def __init__(self, app: WSGIApplication, account_id: str) -> None:
        self._app = app
        self._account_id = account_id

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        if not _asks_for_policy(environ):
            return self._app(environ, start_response)
        name = environ.get("PATH_INFO", "").strip("/")
        bucket = _bucket(name, self._account_id)
        if bucket is None:
            return _error(404, "NoSuchBucket", "The specified bucket does not exist")(
                environ, start_response
            )
        return _answer(bucket, Request(environ))(environ, start_response)


def bucket_standing(request: Asked, account_id: str) -> Standing:
    """What the policy of the bucket behind an S3 ARN says; without one, the account decides."""
    bucket = _bucket(request.resource.rpartition(":::")[2].partition("/")[0], account_id)
    policy = _POLICIES.get(bucket) if bucket is not None else None
    if policy is None:
        return Standing.DELEGATED
    said = standing(parse(policy), request)
    return Standing.DELEGATED if said is Standing.NONE else said


def _asks_for_policy(environ: WSGIEnvironment) -> bool:
    query = environ.get("QUERY_STRING", "")
    if "policy" not in query or "/s3/aws4_request" not in environ.get("HTTP_AUTHORIZATION", ""):
        return False
    return "policy" in parse_qs(query, keep_blank_values=True)


def _bucket(name: str, account_id: str) -> FakeBucket | None:
    return s3_backends[account_id]["aws"].buckets.get(name)


def _answer(bucket: FakeBucket, request: Request) -> Response:
    if request.method == "PUT":
        document = request.get_data(as_text=True)
        try:
            parse(document)
        except PolicyError as fault:
            return _error(400, "MalformedPolicy", str(fault))
        _POLICIES[bucket] = document
        return Response(status=204)
    if request.method == "DELETE":
        _POLICIES.pop(bucket, None)
        return Response(status=204)
    policy = _POLICIES.get(bucket)
    if policy is None:
        return _error(404, "NoSuchBucketPolicy", "The bucket policy does not exist")
    return Response(policy, content_type="application/json")


def _error(status: int, code: str, message: str) -> Response:
    body = f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'
    return Response(text, status=status, content_type="text/xml")
