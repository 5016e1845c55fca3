"""Advisories from a service that speaks OSV's protocol (https://google.github.io/osv.dev/api/)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Final, cast
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

from lambda_build.audit.advisory import ECOSYSTEM, Advisory, parse
from lambda_build.errors import Unavailable
from lambda_build.lockfile import Pin, canonical

SERVICE: Final = "https://api.osv.dev"
_SECONDS: Final = 20.0  # for each request; a batch for some two hundred packages takes about one
_MOST_QUERIES: Final = 1000  # the protocol's limit of a batch


@dataclass(frozen=True)
class Service:
    """The service at an address."""

    url: str = SERVICE

    def about(self, pins: Iterable[Pin]) -> tuple[Advisory, ...]:
        """Return the advisories about these packages at these versions.

        Raises:
            Unavailable: the service did not answer in full.
        """
        queries: list[Mapping[str, object]] = [
            {
                "package": {"name": canonical(pin.name), "ecosystem": ECOSYSTEM},
                "version": pin.version,
            }
            for pin in pins
        ]
        ids: dict[str, None] = {}
        try:
            while queries:
                batch, queries = queries[:_MOST_QUERIES], queries[_MOST_QUERIES:]
                answer = _ask(f"{self.url}/v1/querybatch", {"queries": batch})
                results = cast("list[dict[str, object]]", answer["results"])
                for query, result in zip(batch, results, strict=True):
                    vulns = cast("list[dict[str, object]]", result.get("vulns") or [])
                    ids |= dict.fromkeys(str(vuln["id"]) for vuln in vulns)
                    if token := result.get("next_page_token"):
                        queries.append({**query, "page_token": token})
            parsed = [parse(_ask(f"{self.url}/v1/vulns/{quote(name)}")) for name in ids]
        except (OSError, HTTPException, ValueError, KeyError, TypeError, AttributeError) as error:
            reason = error.reason if isinstance(error, URLError) else error
            raise Unavailable(
                f"The advisory service {self.url} could not be asked ({reason}), so nothing is "
                "known about the packages: check the network, or give a database with --database."
            ) from error
        return tuple(advisory for advisory in parsed if advisory)


def _ask(url: str, question: object = None) -> Mapping[str, object]:
    body = None if question is None else json.dumps(question).encode()
    # The address is the user's own choice, or OSV's.
    request = Request(url, body, {"Content-Type": "application/json"})  # noqa: S310
    with urlopen(request, timeout=_SECONDS) as reply:  # noqa: S310
        answer = json.load(reply)
    if not isinstance(answer, dict):
        raise TypeError("its answer is not an object")
    return answer
