"""A vendor's hosts: well formed, with a certificate that can be verified, and answering."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from connect_voice.doctors import net
from connect_voice.doctors.look import Look
from connect_voice.doctors.shapes import is_https, is_wss
from connect_voice.doctors.topic import Topic
from connect_voice.findings import Finding

ENDPOINTS = Topic("endpoint", "endpoint")

_AT_ONCE = 4  # hosts asked at the same time, so that one that is silent does not hold up the rest

Question = Callable[[], list[Finding]]


@dataclass(frozen=True)
class Asker:
    """Asks a vendor's hosts, once each; what fails for one says nothing of another."""

    look: Look
    topic: Topic

    def about(self, name: str) -> Topic:
        """One host as a topic of its own."""
        return Topic(f"{self.topic.check}.{name}", f"{self.topic.name} {name}")

    def url(self, name: str, url: str, variable: str) -> list[Finding]:
        """A host that must answer, whatever it answers.

        Args:
            name: what the host is to the vendor; a ``wss`` one is asked like any other.
            variable: the Terraform variable that names it.
        """
        return self.answered(name, url, variable)[0]

    def answered(
        self, name: str, url: str, variable: str
    ) -> tuple[list[Finding], net.Answer | None]:
        """As `url`, with the answer, None where there is none."""
        topic = self.about(name)
        scheme = "wss" if name == "wss" else "https"
        if not (is_wss(url) if scheme == "wss" else is_https(url)):
            sentence = f"{url} must be a {scheme} URL; correct {variable} and deploy again."
            return [topic.bad("shape", sentence)], None
        host = net.host_of(url)
        if not self.may_ask(host):
            return [left_alone(topic, host)], None
        try:
            answer = self.look.network.get(url)
        except net.UnreachableError as error:
            sentence = self.sentence(host, error, variable)
            return [topic.bad(error.trouble.value, sentence)], None
        return [topic.good("answers", f"{host} answers {answer.status} over verified TLS")], answer

    def may_ask(self, host: str) -> bool:
        """Whether this environment may ask the host: an embedded one asks this machine only."""
        return not self.look.embedded or net.is_loopback(host)

    def sentence(self, host: str, error: net.UnreachableError, variable: str) -> str:
        """What is wrong with a host, and what to do."""
        match error.trouble:
            case net.Trouble.NAME:
                return f"The name {host} cannot be resolved; correct {variable} and deploy again."
            case net.Trouble.TLS:
                return (
                    f"TLS with {host} fails ({error}), as it would for Lambdas; correct "
                    f"{variable}, or give the authority of a private host in "
                    f"{self.look.vendor.private_authority}."
                )
            case net.Trouble.SILENCE:
                return (
                    f"{host} does not answer from here ({error}); see whether it is this network, "
                    f"and otherwise correct {variable}."
                )


def at_once(questions: Iterable[Question]) -> Iterator[Finding]:
    """Ask several hosts at the same time; the findings keep the order of the questions."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for findings in pool.map(lambda ask: ask(), list(questions)):
            yield from findings


def left_alone(topic: Topic, host: str) -> Finding:
    """A host that nobody asked."""
    return topic.good("shape", f"{host}: well formed; not asked from an embedded environment")
