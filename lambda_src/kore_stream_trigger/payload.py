"""What Kore's transcriber is sent, to the letter."""

import json
import urllib.parse

from connect_core import jwt
from connect_core.secret import Secret
from kore_stream_trigger.access import StreamCredentials
from kore_stream_trigger.bot import Bot
from kore_stream_trigger.media_stream import MediaStream


def socket_token(bot: Bot, secret: Secret, *, now: int, seconds: int, jti: str) -> Secret:
    """The token that opens the audio socket.

    Args:
        bot: Whose socket.
        secret: The bot's client secret.
        now: Seconds since 1970.
        seconds: How long the token lives.
        jti: An id no other token has.
    """
    claims = {"appId": bot.client_id, "iat": now, "exp": now + seconds, "jti": jti}
    return Secret(jwt.signed(claims, secret))


def audio_socket_url(bot: Bot, token: Secret) -> str:
    """Where the audio goes; every value is percent-encoded, for a SIP URI holds ":" and "@"."""
    query = {
        "sipuri": bot.sip_uri,
        "token": token.reveal(),
        "botId": bot.bot_id,
        "accountId": bot.account_id,
        "agentassist": "true",
    }
    encoded = urllib.parse.urlencode(query, safe="", quote_via=urllib.parse.quote)
    return f"{bot.wss_url}/audiosocket/amazonconnect/?{encoded}"


def payload(
    bot: Bot, token: Secret, stream: MediaStream, contact_id: str, credentials: StreamCredentials
) -> bytes:
    """The body of the request, JSON with the names that Kore's side reads."""
    body = {
        "streamARN": stream.arn,
        "startFragmentNum": stream.start_fragment,
        "connectContactId": contact_id,
        "languageCode": bot.language_code,
        "streamAudioFromCustomer": bot.from_customer,
        "streamAudioToCustomer": bot.to_customer,
        "awsTokenData": {
            "Credentials": {
                "AccessKeyId": credentials.access_key_id,
                "SecretAccessKey": credentials.secret_access_key.reveal(),
                "SessionToken": credentials.session_token.reveal(),
                "Expiration": credentials.expiration,
            }
        },
        "koreConfig": {
            "botId": bot.bot_id,
            "token": token.reveal(),
            "agentassistUrl": bot.agentassist_url,
            "audioSocketURL": audio_socket_url(bot, token),
        },
    }
    return json.dumps(body).encode()
