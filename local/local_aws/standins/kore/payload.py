"""What the transcriber is posted, checked to the letter."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit

from local_aws.standins.kore import forms
from local_aws.standins.kore.answers import bad, denied
from local_aws.standins.kore.members import Members
from local_aws.standins.kore.tokens import Clock, Tokens

_BODY = (
    *("streamARN", "startFragmentNum", "connectContactId", "languageCode"),
    *("streamAudioFromCustomer", "streamAudioToCustomer", "awsTokenData", "koreConfig"),
)
_KEYS = ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration")
_CONFIG = ("botId", "token", "agentassistUrl", "audioSocketURL")
_SOCKET_PATH = "/audiosocket/amazonconnect/"
_SOCKET_QUERY = ("sipuri", "token", "botId", "accountId", "agentassist")
# Everything but letters, digits and the four marks that stand for themselves (RFC 3986).
_ENCODED = re.compile(r"(?:[A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})+")
# A session of a role that another role has assumed lasts an hour at most (IAM user guide).
_LONGEST_ACCESS_SECONDS = 3600
_SKEW_SECONDS = 60


@dataclass(frozen=True)
class Access:
    """What the stream is read with."""

    access_key_id: str = field(repr=False)
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)


@dataclass(frozen=True)
class Payload:
    """A call to transcribe."""

    stream_arn: str
    start_fragment: str
    contact_id: str
    language_code: str
    access: Access

    @property
    def region(self) -> str:
        """Where the stream is."""
        return self.stream_arn.split(":")[3]


def read(body: Mapping[str, object], tokens: Tokens, clock: Clock) -> Payload:
    """Check a payload, and use its socket token up.

    Args:
        body: the decoded request.
        tokens: verifies the tokens in it.
        clock: seconds since the epoch.

    Raises:
        RefusedError: 400 for what is malformed, 401 for a token that does not hold.
    """
    members = Members(body, "", _BODY)
    payload = Payload(
        stream_arn=members.text("streamARN", forms.STREAM_ARN, "the ARN of a stream"),
        start_fragment=members.text("startFragmentNum", forms.DIGITS, "a fragment number"),
        contact_id=members.text("connectContactId", forms.UUID, "a UUID"),
        language_code=members.text("languageCode", forms.LANGUAGE, "a language code"),
        access=_access(members.members("awsTokenData", ("Credentials",)), clock),
    )
    directions = [members.flag(f"streamAudio{way}Customer") for way in ("From", "To")]
    if not any(directions):
        raise bad("Neither streamAudioFromCustomer nor streamAudioToCustomer is true.")
    config = members.members("koreConfig", _CONFIG)
    bot = config.text("botId", forms.WORD, "a word")
    config.text("agentassistUrl", forms.HTTPS, "an https URL")
    token = config.text("token", forms.TOKEN, "a JWT")
    socket_token = _socket_token(config.text("audioSocketURL", forms.WORD_URL, "a URL"), bot)
    first = tokens.socket(token, "koreConfig.token")
    second = tokens.socket(socket_token, "The token in koreConfig.audioSocketURL")
    if first.claims["appId"] != second.claims["appId"]:
        raise denied("The two tokens in koreConfig are for different apps (appId).")
    tokens.use(first, second)
    return payload


def _access(data: Members, clock: Clock) -> Access:
    keys = data.members("Credentials", _KEYS)
    ends = keys.text("Expiration", forms.WORD, "a time")
    try:
        moment = datetime.fromisoformat(ends)
    except ValueError:
        raise bad("awsTokenData.Credentials.Expiration is not a time in ISO 8601.") from None
    left = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - clock()
    if left <= 0:
        raise bad("awsTokenData.Credentials.Expiration is past.")
    if left > _LONGEST_ACCESS_SECONDS + _SKEW_SECONDS:
        raise bad("awsTokenData.Credentials.Expiration is more than an hour ahead.")
    return Access(
        access_key_id=keys.text("AccessKeyId", forms.TEMPORARY_KEY, "the id of a temporary key"),
        secret_access_key=keys.text("SecretAccessKey", forms.SECRET, "a key"),
        session_token=keys.text("SessionToken", forms.SECRET, "a session token"),
    )


def _socket_token(url: str, bot: str) -> str:
    """The token in the address of the audio socket, once the rest of it holds."""
    name = "koreConfig.audioSocketURL"
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        raise bad(f"{name} cannot be parsed.") from None
    if parts.scheme != "wss" or not host or parts.username is not None or parts.fragment:
        raise bad(f"{name} is not a wss URL of a host alone.")
    if not parts.path.endswith(_SOCKET_PATH):
        raise bad(f"{name} does not lead to {_SOCKET_PATH}.")
    pairs = [pair.partition("=") for pair in parts.query.split("&")]
    if [key for key, _, _ in pairs] != list(_SOCKET_QUERY):
        raise bad(f"{name} does not have the parameters {', '.join(_SOCKET_QUERY)}.")
    for key, _, value in pairs:
        if not _ENCODED.fullmatch(value):
            raise bad(f"{name} has no percent-encoded {key}.")
    values = {key: unquote(value) for key, _, value in pairs}
    if not forms.SIP.fullmatch(values["sipuri"]):
        raise bad(f"sipuri in {name} is not a SIP URI.")
    if values["agentassist"] != "true":
        raise bad(f"agentassist in {name} is not true.")
    if values["botId"] != bot:
        raise bad(f"botId in {name} is another than koreConfig.botId.")
    return values["token"]
