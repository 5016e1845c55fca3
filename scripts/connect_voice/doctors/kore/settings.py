"""What a bot's Lambdas read from Parameter Store in clear."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping

from connect_voice.doctors.kore.deployment import Bot
from connect_voice.doctors.kore.look import KoreLook
from connect_voice.doctors.parameters import read
from connect_voice.doctors.shapes import is_https, is_language, is_wss, sip_fault
from connect_voice.doctors.topic import Topic
from connect_voice.findings import Finding

SETTINGS = Topic("kore.settings", "kore settings")

_TEXTS: Mapping[str, Callable[[str], bool]] = {
    "botId": lambda text: re.fullmatch(r"st-[\w-]+", text) is not None,
    "clientId": lambda text: re.fullmatch(r"cs-[\w-]+", text) is not None,
    "accountId": lambda text: re.fullmatch(r"\S+", text) is not None,
    "agentassistUrl": is_https,
    "wssUrl": is_wss,
    "sipUri": lambda text: sip_fault(text) is None,
    "languageCode": is_language,
}
_SWITCHES = ("streamAudioFromCustomer", "streamAudioToCustomer")


def settings(look: KoreLook) -> Iterator[Finding]:
    """Complete, well formed, and what the configuration declares."""
    values = read(look.aws.ssm, [bot.settings_parameter for bot in look.kore.bots], decrypt=False)
    for bot in look.kore.bots:
        topic = SETTINGS.of(bot.key)
        text = values.get(bot.settings_parameter)
        if text is None:
            yield topic.bad(
                "exists", f"The parameter {bot.settings_parameter} does not exist; deploy again."
            )
            continue
        problems = list(_problems(topic, bot, text))
        yield from problems or [topic.good("complete", "complete, and as declared")]


def _problems(topic: Topic, bot: Bot, text: str) -> Iterator[Finding]:
    try:
        told = json.loads(text)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        yield topic.bad(
            "complete",
            f"The parameter {bot.settings_parameter} does not hold a JSON object; deploy again.",
        )
        return
    lacking = [key for key in _TEXTS if not isinstance(told.get(key), str) or not told[key]]
    lacking += [key for key in _SWITCHES if not isinstance(told.get(key), bool)]
    if lacking:
        yield topic.bad(
            "complete",
            f"The parameter {bot.settings_parameter} lacks {', '.join(lacking)}; deploy again.",
        )
    for key, is_well_formed in _TEXTS.items():
        if key not in lacking and not is_well_formed(told[key]):
            yield topic.bad(
                "shape",
                f"{key} in {bot.settings_parameter} is not of the expected form"
                f"{_because(key, told[key])}; correct it in kore_bots or kore_endpoints and deploy "
                "again.",
            )
    declared = {
        "languageCode": bot.language_code,
        "sipUri": bot.sip_uri,
        "wssUrl": bot.wss_url,
    }
    other = [key for key, value in declared.items() if key not in lacking and told[key] != value]
    if other:
        yield topic.bad(
            "declared",
            f"{', '.join(other)} in {bot.settings_parameter} is not what the configuration "
            "declares: somebody changed it by hand; deploy again.",
        )


def _because(key: str, value: str) -> str:
    fault = sip_fault(value) if key == "sipUri" else None
    return f" ({fault})" if fault else ""
