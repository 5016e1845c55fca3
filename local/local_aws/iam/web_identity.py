"""Who takes on a role by a token of another issuer, as a pipeline's job does: GitHub's, GitLab's.

The issuer has to be one of the account's providers, and the role's trust policy decides by the
token's claims. Its signature is not verified: nobody here has the issuers' keys.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from urllib.parse import parse_qs

from moto.iam.models import iam_backends

from local_aws.iam import trust
from local_aws.iam.denial import Refusal
from local_aws.iam.directory import find_role
from local_aws.iam.evaluation import Caller, Standing

_ACTION = "AssumeRoleWithWebIdentity"


def refused_web_identity(body: bytes) -> Refusal | None:
    """Return why an unsigned request may not assume its role; None also for any other request."""
    if _ACTION.encode() not in body:
        return None
    told = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
    if told.get("Action") != _ACTION:
        return None
    claims = _claims(told.get("WebIdentityToken", ""))
    if claims is None:
        return Refusal("InvalidIdentityToken", "The ID Token provided is not a valid JWT.")
    issuer = str(claims.get("iss", "")).removeprefix("https://")
    role_arn = told.get("RoleArn", "")
    provider = _provider(role_arn, issuer)
    if provider is None or claims.get("aud") not in provider[1]:
        return Refusal("InvalidIdentityToken", "No OpenIDConnect provider found in your account.")
    context = {
        f"{issuer}:{name}".lower(): (str(claims[name]),)
        for name in ("aud", "sub")
        if name in claims
    }
    caller = Caller(arn=provider[0], issuer=provider[0], account_id="", federated=provider[0])
    role = find_role(role_arn)
    said = (
        trust.trusted(role.assume_role_policy_document, caller, role_arn, context, f"sts:{_ACTION}")
        if role is not None
        else Standing.NONE
    )
    if said is Standing.GRANTED:
        return None
    return Refusal("AccessDeniedException", f"Not authorized to perform sts:{_ACTION}")


def _claims(token: str) -> Mapping[str, object] | None:
    try:
        part = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, ValueError):
        return None
    return claims if isinstance(claims, dict) else None


def _provider(role_arn: str, issuer: str) -> tuple[str, list[str]] | None:
    """The account's provider for an issuer: its ARN and audiences."""
    parts = role_arn.split(":")
    if len(parts) < 6:  # noqa: PLR2004 - an ARN has six parts
        return None
    arn = f"arn:{parts[1]}:iam::{parts[4]}:oidc-provider/{issuer}"
    found = iam_backends[parts[4]][parts[1]].open_id_providers.get(arn)
    return (arn, list(found.client_id_list)) if found else None
