"""Kore's hosts and the team's webhook: names, TLS, an answer; and may the widget be framed?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

from connect_voice.doctors import framing, net
from connect_voice.doctors.look import Look
from connect_voice.doctors.shapes import is_https, is_wss, sip_fault, sip_host
from connect_voice.doctors.topic import Topic
from connect_voice.findings import Finding

ENDPOINTS = Topic("kore.endpoint", "kore endpoint")

_AT_ONCE = 4  # hosts asked at the same time, so that one that is silent does not hold up the rest

Check = Callable[[], list[Finding]]


def endpoints(look: Look) -> Iterator[Finding]:
    """Ask every host once; what fails for one says nothing of another."""
    kore = look.kore
    checks: list[Check] = [
        lambda: _page(look),
        lambda: _url(look, "transcriber", kore.transcriber_url, "kore_endpoints.transcriber_url"),
    ]
    checks += [
        lambda url=url: _url(look, "wss", url, "kore_endpoints.wss_url")  # type: ignore[misc]
        for url in sorted({bot.wss_url for bot in kore.bots})
    ]
    checks += [
        lambda uri=uri: _sip(look, uri)  # type: ignore[misc]
        for uri in sorted({bot.sip_uri for bot in kore.bots})
    ]
    if kore.webhook_url is not None:
        webhook = kore.webhook_url
        checks.append(lambda: _url(look, "webhook", webhook, "kore_webhook_url"))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for findings in pool.map(lambda check: check(), checks):
            yield from findings
    yield _one_vendor(look)


def _page(look: Look) -> list[Finding]:
    url, variable, topic = (
        look.kore.access_url,
        "kore_endpoints.access_url",
        _topic("access"),
    )
    findings, answer = _ask(look, topic, url, variable)
    if answer is None:
        return findings
    if answer.status >= HTTPStatus.BAD_REQUEST:
        findings.append(
            topic.bad(
                "status",
                f"{url} answers {answer.status} instead of the widget; correct {variable}, or ask "
                "Kore for the one of your region.",
            )
        )
        return findings
    reason = framing.refusal(answer.headers, url, look.origin)
    if reason is None:
        findings.append(topic.good("framable", f"may be shown in a frame of {look.origin}"))
    else:
        findings.append(
            topic.bad(
                "framable",
                f"Browsers will not show {url} in the agent workspace, because its {reason}; ask "
                f"Kore to allow {look.origin}.",
            )
        )
    return findings


def _url(look: Look, name: str, url: str, variable: str) -> list[Finding]:
    return _ask(look, _topic(name), url, variable)[0]


def _ask(
    look: Look, topic: Topic, url: str, variable: str
) -> tuple[list[Finding], net.Answer | None]:
    if not (is_wss(url) if topic.check.endswith(".wss") else is_https(url)):
        scheme = "wss" if topic.check.endswith(".wss") else "https"
        return [
            topic.bad(
                "shape", f"{url} must be a {scheme} URL; correct {variable} and deploy again."
            )
        ], None
    host = net.host_of(url)
    if not _may_ask(look, host):
        return [_left_alone(topic, host)], None
    try:
        answer = net.get(url, look.ca_bundle)
    except net.UnreachableError as error:
        return [topic.bad(error.trouble.value, _sentence(host, error, variable))], None
    return [topic.good("answers", f"{host} answers {answer.status} over verified TLS")], answer


def _sip(look: Look, uri: str) -> list[Finding]:
    topic, variable = _topic("sip"), "sip_uri in kore_bots"
    fault, host = sip_fault(uri), sip_host(uri)
    if fault is not None or host is None:
        return [topic.bad("shape", f"The SIP URI is not one: {fault}; correct {variable}.")]
    if not _may_ask(look, host):
        return [_left_alone(topic, host)]
    try:
        net.resolve(host)
    except net.UnreachableError as error:
        return [topic.bad("resolves", _sentence(host, error, variable))]
    return [topic.good("resolves", f"{host} resolves; only a call shows whether it answers")]


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


def _may_ask(look: Look, host: str) -> bool:
    return not look.embedded or net.is_loopback(host)


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
