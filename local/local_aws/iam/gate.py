"""WSGI middleware that lets a request through to moto only if AWS would."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from moto.core.request import Request
from moto.utilities.utils import get_partition

from local_aws.iam.authorization import authorize, keys_in_use
from local_aws.iam.calls import Call, protocol_of, read_call
from local_aws.iam.context import context_of
from local_aws.iam.denial import Refusal, respond
from local_aws.iam.directory import BrokenPolicyError, Identity, identity_of
from local_aws.iam.evaluation import Caller, Grants
from local_aws.iam.key_uses import may_use_keys
from local_aws.iam.policy import parse
from local_aws.iam.signature import (
    Received,
    Signature,
    is_genuine,
    read_old_key,
    read_signature,
)
from local_aws.iam.web_identity import refused_web_identity

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_EVERYTHING = parse('{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}')
_WRONG_TOKEN = Refusal(
    "UnrecognizedClientException", "The security token included in the request is invalid."
)
_EXPIRED = Refusal("ExpiredTokenException", "The security token included in the request is expired")
_WRONG_SIGNATURE = Refusal(
    "InvalidSignatureException",
    "The request signature we calculated does not match the signature you provided. Check your "
    "AWS Secret Access Key and signing method. Consult the service documentation for details.",
)
_OLD_SIGNATURE = Refusal(
    "InvalidRequest",
    "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
)


class IamGate:
    """Stands in front of moto and our services.

    Access keys that IAM and STS have issued bind their holders to their policies. Any other key
    is the laptop's administrator, whatever its secret: only trust policies, key policies and the
    state of keys can stop that one. Requests without a signature pass; AWS clients sign theirs.

    Args:
        app: what to guard.
        account_id: the administrator's account.
    """

    def __init__(self, app: WSGIApplication, account_id: str) -> None:
        self._app = app
        root = f"arn:aws:iam::{account_id}:root"
        self._administrator = Identity(
            caller=Caller(arn=root, issuer=root, account_id=account_id),
            grants=Grants((_EVERYTHING,)),
            secret_access_key="",
            context={"aws:principalarn": (root,), "aws:principalaccount": (account_id,)},
        )

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request: a refusal, or what the guarded application answers."""
        authorization = environ.get("HTTP_AUTHORIZATION", "")
        query = environ.get("QUERY_STRING", "")
        signature = read_signature(authorization, query)
        if signature is None:
            known = identity_of(read_old_key(authorization, query) or "")
            if known is not None:
                return respond(_OLD_SIGNATURE, "rest-xml")(environ, start_response)
            if refusal := _refused_unsigned(environ):
                return respond(refusal, "query")(environ, start_response)
        elif refusal := self._refusal(environ, signature):
            return respond(refusal, protocol_of(signature.service))(environ, start_response)
        return self._app(environ, start_response)

    def _refusal(self, environ: WSGIEnvironment, signature: Signature) -> Refusal | None:
        try:
            identity = identity_of(signature.access_key_id)
            if identity is None:
                return self._administrators(environ, signature)
            received = _receive(environ)
            refusal = _unproven(received, signature, identity)
            if refusal is None:
                call = self._call(environ, signature, identity)
                context = context_of(call, identity.context, environ.get("HTTP_USER_AGENT", ""))
                refusal = authorize(call, identity, context)
        except BrokenPolicyError as fault:
            return Refusal("AccessDeniedException", str(fault))
        return refusal

    def _administrators(self, environ: WSGIEnvironment, signature: Signature) -> Refusal | None:
        """What stops even the administrator; nearly every request passes here unread."""
        named = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
        keys = may_use_keys(signature.service, named, environ.get("PATH_INFO", ""))
        if not keys and signature.service != "sts":
            return None
        _receive(environ)
        call = self._call(environ, signature, self._administrator)
        context = context_of(call, self._administrator.context, environ.get("HTTP_USER_AGENT", ""))
        decide = keys_in_use if keys else authorize
        return decide(call, self._administrator, context)

    def _call(self, environ: WSGIEnvironment, signature: Signature, identity: Identity) -> Call:
        """Read the request from a copy, so that moto finds it untouched."""
        body: BytesIO = environ["wsgi.input"]
        request = Request({**environ, "wsgi.input": BytesIO(body.getvalue())})
        return read_call(
            request, signature, identity.caller.account_id, get_partition(signature.region)
        )


def _refused_unsigned(environ: WSGIEnvironment) -> Refusal | None:
    """AssumeRoleWithWebIdentity is the one request that needs no signature and yet a permission."""
    if environ.get("PATH_INFO") != "/" or "form" not in environ.get("CONTENT_TYPE", ""):
        return None
    return refused_web_identity(_receive(environ).body)


def _receive(environ: WSGIEnvironment) -> Received:
    """Take the body off the wire and leave it to be read again."""
    request = Request(environ, populate_request=False)
    body = request.get_data(cache=False)
    environ["wsgi.input"] = BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    # moto's request knows the names as they were sent, underscores in S3 metadata included.
    headers = {name.lower(): value for name, value in request.headers}
    return Received(
        method=environ["REQUEST_METHOD"],
        path=str(environ.get("RAW_URI") or environ.get("PATH_INFO") or "/").partition("?")[0],
        query=environ.get("QUERY_STRING", ""),
        headers=headers,
        body=body,
    )


def _unproven(received: Received, signature: Signature, identity: Identity) -> Refusal | None:
    """What is wrong with the proof of identity."""
    if not identity.active or _token(received, signature) != identity.session_token:
        return _WRONG_TOKEN
    if identity.expires_at is not None and identity.expires_at <= datetime.now(UTC):
        return _EXPIRED
    if not is_genuine(received, signature, identity.secret_access_key):
        return _WRONG_SIGNATURE
    return None


def _token(received: Received, signature: Signature) -> str | None:
    if signature.in_query:
        return parse_qs(received.query).get("X-Amz-Security-Token", [None])[0]
    return received.headers.get("x-amz-security-token")
