"""Kore's hosts and the team's webhook: names, TLS, an answer; and may the widget be framed?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path

from connect_voice.doctors import framing, net
from connect_voice.doctors.deployed import KoreDeployment
from connect_voice.doctors.look import Look
from connect_voice.doctors.shapes import is_https, is_wss, sip_fault, sip_host
from connect_voice.doctors.topic import Topic
from connect_voice.findings import Finding

ENDPOINTS = Topic("kore.endpoint", "kore endpoint")

_AT_ONCE = 4  # hosts asked at the same time, so that one that is silent does not hold up the rest

Check = Callable[[], list[Finding]]


def endpoints(look: Look) -> Iterator[Finding]:
    """Ask every host once; what fails for one says nothing of another."""
    with net.trusting(look.authorities) as bundle:
        asker = _Asker(look, bundle)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for findings in pool.map(lambda check: check(), list(_checks(look.kore, asker))):
                yield from findings
    yield _one_vendor(look)


def _checks(kore: KoreDeployment, asker: _Asker) -> Iterator[Check]:
    yield partial(asker.page, "access", kore.access_url, "kore_endpoints.access_url")
    yield partial(asker.url, "transcriber", kore.transcriber_url, "kore_endpoints.transcriber_url")
    for url in sorted({bot.wss_url for bot in kore.bots}):
        yield partial(asker.url, "wss", url, "kore_endpoints.wss_url")
    # A trunk's users differ from bot to bot, its host does not.
    for uri in {sip_host(bot.sip_uri) or bot.sip_uri: bot.sip_uri for bot in kore.bots}.values():
        yield partial(asker.sip, uri, "sip_uri in kore_bots")
    if kore.webhook_url is not None:
        yield partial(asker.url, "webhook", kore.webhook_url, "kore_webhook_url")


@dataclass(frozen=True)
class _Asker:
    """Asks hosts.

    Args:
        bundle: PEM file of the authorities to trust; None for those of this machine.
    """

    look: Look
    bundle: Path | None

    def page(self, name: str, url: str, variable: str) -> list[Finding]:
        """A page that must be there and be framed by the agent workspace."""
        topic, parent = _topic(name), self.look.origin
        findings, answer = self._ask(topic, url, variable)
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

    def url(self, name: str, url: str, variable: str) -> list[Finding]:
        """A host that must answer, whatever it answers."""
        return self._ask(_topic(name), url, variable)[0]

    def sip(self, uri: str, variable: str) -> list[Finding]:
        """A host of which only the name can be tried."""
        topic, fault, host = _topic("sip"), sip_fault(uri), sip_host(uri)
        if host is None:
            return [topic.bad("shape", f"The SIP URI is not one: {fault}; correct {variable}.")]
        if not self._may_ask(host):
            return [_left_alone(topic, host)]
        try:
            net.resolve(host)
        except net.UnreachableError as error:
            return [topic.bad("resolves", _sentence(host, error, variable))]
        return [topic.good("resolves", f"{host} resolves; only a call shows whether it answers")]

    def _ask(
        self, topic: Topic, url: str, variable: str
    ) -> tuple[list[Finding], net.Answer | None]:
        scheme = "wss" if topic.check.endswith(".wss") else "https"
        if not (is_wss(url) if scheme == "wss" else is_https(url)):
            sentence = f"{url} must be a {scheme} URL; correct {variable} and deploy again."
            return [topic.bad("shape", sentence)], None
        host = net.host_of(url)
        if not self._may_ask(host):
            return [_left_alone(topic, host)], None
        try:
            answer = net.get(url, self.bundle)
        except net.UnreachableError as error:
            return [topic.bad(error.trouble.value, _sentence(host, error, variable))], None
        return [topic.good("answers", f"{host} answers {answer.status} over verified TLS")], answer

    def _may_ask(self, host: str) -> bool:
        return not self.look.embedded or net.is_loopback(host)


def _one_vendor(look: Look) -> Finding:
    """Credentials for the audio go to the transcriber: it should be whose widget agents see."""
    topic = _topic("transcriber")
    transcriber = net.host_of(look.kore.transcriber_url)
    access = net.host_of(look.kore.access_url)
    if transcriber == access:
        return topic.good("host", "transcriber and widget are on one host")
    return topic.warn(
        "host",
        f"The audio goes to {transcriber} and the widget comes from {access}; see that both are "
        "Kore's.",
    )


def _topic(name: str) -> Topic:
    return Topic(f"{ENDPOINTS.check}.{name}", f"{ENDPOINTS.name} {name}")


def _left_alone(topic: Topic, host: str) -> Finding:
    return topic.good("shape", f"{host}: well formed; not asked from an embedded environment")


def _sentence(host: str, error: net.UnreachableError, variable: str) -> str:
    match error.trouble:
        case net.Trouble.NAME:
            return f"The name {host} cannot be resolved; correct {variable} and deploy again."
        case net.Trouble.TLS:
            return (
                f"TLS with {host} fails ({error}), as it would for Lambdas; correct {variable}, "
                "or give the authority of a private host in kore_endpoints.ca_bundle_pem."
            )
        case net.Trouble.SILENCE:
            return (
                f"{host} does not answer from here ({error}); see whether it is this network, and "
                f"otherwise correct {variable}."
            )
