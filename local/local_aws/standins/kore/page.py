"""The page that stands for Kore's widget in the agent workspace, and what it asks for."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from importlib.resources import files

from local_aws.standins.https import Request, Response
from local_aws.standins.kore import forms
from local_aws.standins.kore.answers import Answer, bad, json_object, success
from local_aws.standins.kore.calls import Calls
from local_aws.standins.kore.members import Members
from local_aws.standins.kore.tokens import Tokens

PATH = "/integrations/amzn/tpa-voice/"
CALLS_PATH = f"{PATH}calls"
TOKEN_PATH = f"{PATH}token"

# Where agents have their workspace (Connect administrator guide, the two forms of its address),
# and this machine, so that the page can be tried in a frame.
_FRAMED_BY = (
    "https://*.my.connect.aws",
    "https://*.awsapps.com",
    "http://localhost:*",
    "http://127.0.0.1:*",
    "https://localhost:*",
)


def page() -> Response:
    """The page, in one piece and allowed to load nothing but what it says about calls."""
    text, policy = _page()
    return Response(
        HTTPStatus.OK,
        text,
        content_type="text/html; charset=utf-8",
        headers={
            "Content-Security-Policy": policy,
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        },
    )


def calls(known: Calls) -> Response:
    """The calls that the page lists."""
    content = {"calls": [call.as_listed() for call in known.latest()]}
    headers = {"Cache-Control": "no-store"}
    return Response(HTTPStatus.OK, json.dumps(content).encode(), headers=headers)


def verified(request: Request, tokens: Tokens) -> Answer:
    """Verify a widget token, and say whose it is.

    Raises:
        RefusedError: 400 for what is malformed, 401 for a token that does not hold.
    """
    if request.media_type != "application/json":
        raise bad("The content type is not application/json.")
    members = Members(json_object(request.body), "", ("token",))
    token = tokens.widget(members.text("token", forms.TOKEN, "a JWT"))
    return success(
        iss=token.claims["iss"],
        botId=token.claims["botId"],
        expiresAt=datetime.fromtimestamp(token.expires_at, UTC).isoformat(),
    )


@cache
def _page() -> tuple[bytes, str]:
    """The document, and the policy that allows its own style and script by their digests."""
    folder = files("local_aws.standins.kore") / "widget"
    style, script, document = (
        (folder / name).read_text(encoding="utf-8") for name in ("page.css", "page.js", "page.html")
    )
    text = document.replace("{{style}}", style).replace("{{script}}", script)
    policy = {
        "default-src": "'none'",
        "script-src": _digest(script),
        "style-src": _digest(style),
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": " ".join(_FRAMED_BY),
    }
    return text.encode(), "; ".join(f"{name} {value}" for name, value in policy.items())


def _digest(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"
