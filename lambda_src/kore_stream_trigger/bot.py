"""A bot's settings, as far as the transcriber needs them."""

import re
from collections.abc import Mapping

from connect_core import fields, url
from connect_core.value import Value

# No spaces, no control characters; what else a value may hold is Kore's to know.
_WORD = re.compile(r"[^\s\x00-\x1f\x7f]{1,256}")
# What the vendor's guide shows is wrapped in a mail link and holds XXXX where the user goes.
_SIP_URI = re.compile(
    r"sips?:(?!X+@)[^\s\x00-\x1f\x7f@<>\[\]()]{1,200}@[^\s\x00-\x1f\x7f@<>\[\]()]{1,255}",
    re.IGNORECASE,
)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")


class Bot(Value):
    """What Kore has to be told about a bot.

    Args:
        bot_id: Kore's id of the bot, "st-…".
        client_id: The id of its JWT app, "cs-…".
        account_id: The account it belongs to.
        agentassist_url: Where Agent AI is.
        wss_url: Where the voice gateway takes audio, without a slash at the end.
        sip_uri: The bot's address at the voice gateway.
        language_code: What is spoken, BCP 47.
        from_customer: Whether what the customer says is transcribed.
        to_customer: Whether what the customer hears is transcribed.
    """

    bot_id: str
    client_id: str
    account_id: str
    agentassist_url: str
    wss_url: str
    sip_uri: str
    language_code: str
    from_customer: bool
    to_customer: bool

    @classmethod
    def of(cls, settings: Mapping[str, object]) -> "Bot":
        """Read the settings that Terraform stored.

        Raises:
            Fault: SETTINGS_INVALID, about the setting's name.
        """
        return cls(
            bot_id=fields.text(settings, "botId", _WORD),
            client_id=fields.text(settings, "clientId", _WORD),
            account_id=fields.text(settings, "accountId", _WORD),
            agentassist_url=_url(settings, "agentassistUrl", "https"),
            wss_url=_url(settings, "wssUrl", "wss").rstrip("/"),
            sip_uri=fields.text(settings, "sipUri", _SIP_URI),
            language_code=fields.text(settings, "languageCode", _LANGUAGE),
            from_customer=fields.switch(settings, "streamAudioFromCustomer"),
            to_customer=fields.switch(settings, "streamAudioToCustomer"),
        )


def _url(settings: Mapping[str, object], name: str, scheme: str) -> str:
    text = fields.text(settings, name, _WORD)
    try:
        url.parse(text, scheme=scheme)
    except ValueError:
        raise fields.invalid(name) from None
    return text
