"""Kore's hosts and the team's webhook: names, TLS, an answer; and may the widget be framed?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from http import HTTPStatus

from connect_voice.doctors import hosts, net
from connect_voice.doctors.kore import framing
from connect_voice.doctors.kore.look import KoreLook
from connect_voice.doctors.shapes import sip_fault, sip_host
from connect_voice.findings import Finding

ENDPOINTS = hosts.ENDPOINTS.under("kore")


def endpoints(look: KoreLook) -> Iterator[Finding]:
    """Ask every host once; what fails for one says nothing of another."""
    asker = hosts.Asker(look, ENDPOINTS)
    yield from hosts.at_once(_questions(look, asker))
    yield _one_vendor(look, asker)


def _questions(look: KoreLook, asker: hosts.Asker) -> Iterator[hosts.Question]:
    kore = look.kore
    yield partial(_page, look, asker)
    yield partial(asker.url, "transcriber", kore.transcriber_url, "kore_endpoints.transcriber_url")
    for url in sorted({bot.wss_url for bot in kore.bots}):
        yield partial(asker.url, "wss", url, "kore_endpoints.wss_url")
    # A trunk's users differ from bot to bot, its host does not.
    for uri in {sip_host(bot.sip_uri) or bot.sip_uri: bot.sip_uri for bot in kore.bots}.values():
        yield partial(_sip, asker, uri)
    if kore.webhook_url is not None:
        yield partial(asker.url, "webhook", kore.webhook_url, "kore_webhook_url")


def _page(look: KoreLook, asker: hosts.Asker) -> list[Finding]:
    """The widget: a page that must be there and be framed by the agent workspace."""
    url, variable, parent = look.kore.access_url, "kore_endpoints.access_url", look.origin
    topic = asker.about("access")
    findings, answer = asker.answered("access", url, variable)
    if answer is None:
        return findings
    if answer.status >= HTTPStatus.BAD_REQUEST:
        return [
            topic.bad(
                "status",
                f"{url} answers {answer.status} instead of the widget; correct {variable}, or "
                "ask Kore for the one of your region.",
            )
        ]
    reason = framing.refusal(answer.headers, url, parent)
    if reason is None:
        return [*findings, topic.good("framable", f"may be shown in a frame of {parent}")]
    return [
        topic.bad(
            "framable",
            f"Browsers will not show {url} in the agent workspace, because its {reason}; ask "
            f"Kore to allow {parent}.",
        )
    ]


def _sip(asker: hosts.Asker, uri: str) -> list[Finding]:
    """A trunk, of which only the host's name can be tried."""
    topic, fault, host = asker.about("sip"), sip_fault(uri), sip_host(uri)
    variable = "sip_uri in kore_bots"
    if host is None:
        return [topic.bad("shape", f"The SIP URI is not one: {fault}; correct {variable}.")]
    if not asker.may_ask(host):
        return [hosts.left_alone(topic, host)]
    try:
        net.resolve(host)
    except net.UnreachableError as error:
        return [topic.bad("resolves", asker.sentence(host, error, variable))]
    return [topic.good("resolves", f"{host} resolves; only a call shows whether it answers")]


def _one_vendor(look: KoreLook, asker: hosts.Asker) -> Finding:
    """Credentials for the audio go to the transcriber: it should be whose widget agents see."""
    topic = asker.about("transcriber")
    transcriber = net.host_of(look.kore.transcriber_url)
    access = net.host_of(look.kore.access_url)
    if transcriber == access:
        return topic.good("host", "transcriber and widget are on one host")
    return topic.warn(
        "host",
        f"The audio goes to {transcriber} and the widget comes from {access}; see that both are "
        "Kore's.",
    )
