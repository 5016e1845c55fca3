"""Requests to a code host: bounded in number, time and size, with the token in a header alone."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase

from connect_voice.brief.visible import visible
from connect_voice.errors import OutsideError, UsageError

_SECONDS = (10.0, 30.0)  # to connect, between two bytes
_TRIES = 4
_LONGEST_WAIT = 60.0  # seconds; a limit that lasts longer is for the next run of the pipeline
_PAUSE = 1.0
_MOST_PAGES = 50  # of a hundred each
_LONGEST_ANSWER = 20_000_000
_LONGEST_MESSAGE = 300
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_PASSING = frozenset({500, 502, 503, 504})
_REPEATABLE = frozenset({"GET", "PUT", "PATCH", "DELETE"})  # the same twice does the same

Wait = Callable[[float], object]


class _Token(AuthBase):
    """The token in its header. With it requests takes none from ``~/.netrc`` instead."""

    def __init__(self, header: str, value: str) -> None:
        self._header = header
        self._value = value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers[self._header] = self._value
        return request


@dataclass(frozen=True)
class Answer:
    """What a code host answered."""

    data: Any = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


@dataclass
class Client:
    """Requests to one API with one token.

    Args:
        base: the API's address without a slash at its end.
        host: what people call it: ``GitHub``.
        header: the header that the token goes into, with what goes before it.
        needs: what a token must be allowed to, for the sentence that it is not.
    """

    base: str
    host: str
    token: str = field(repr=False)
    token_name: str
    header: tuple[str, str]
    needs: str
    headers: Mapping[str, str] = field(default_factory=dict)
    wait: Wait = field(default=time.sleep, repr=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.base)
        safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
        if not safe or not parts.hostname or parts.username or parts.query or parts.fragment:
            raise UsageError(
                f"The address of {self.host}'s API must begin with https:// and hold no more than "
                f"a host and a path; it is {visible(self.base)!r}."
            )
        self._session = requests.Session()
        self._session.auth = _Token(self.header[0], f"{self.header[1]}{self.token}")

    def get(self, path: str, **query: str | int) -> Answer:
        """What is at a path."""
        return self._ask("GET", path, query=query)

    def pages(self, path: str, **query: str | int) -> Iterator[dict[str, Any]]:
        """Everything of a list that comes in pages.

        Raises:
            OutsideError: it has more than 5,000 entries, or is not a list of objects.
        """
        number = 1
        for _ in range(_MOST_PAGES):
            answer = self._ask("GET", path, query={**query, "per_page": 100, "page": number})
            if not isinstance(answer.data, list):
                raise OutsideError(f"{self.host} answers {path} with something else than a list.")
            yield from (entry for entry in answer.data if isinstance(entry, dict))
            if not _has_next(answer.headers):
                return
            number += 1
        raise OutsideError(
            f"{self.host} has more than {_MOST_PAGES * 100:,} entries at {path}; too many to look "
            "through."
        )

    def send(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Answer:
        """Change something. What may have been done is not done again.

        Raises:
            UnclearError: nobody knows whether it was done; look, and decide again.
        """
        return self._ask(method, path, body=body)

    def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Mapping[str, object] | None = None,
    ) -> Answer:
        again = method in _REPEATABLE
        for attempt in range(1, _TRIES + 1):
            pause = _PAUSE * 2 ** (attempt - 1)
            try:
                response, content = self._once(method, path, query, body)
            except requests.RequestException as error:
                self._try_again(self._lost(error), pause, again=again, last=attempt == _TRIES)
                continue
            limit = _limit(response)
            if limit is not None:
                self._stay_away(limit, last=attempt == _TRIES)
            elif response.status_code in _PASSING:
                said = self._refusal(response, content)
                self._try_again(said, pause, again=again, last=attempt == _TRIES)
            elif not response.ok or response.is_redirect:
                raise _refusal_of(response.status_code, self._refusal(response, content))
            else:
                return Answer(self._parsed(content, path), response.headers)
        raise AssertionError

    def _try_again(self, sentence: str, pause: float, *, again: bool, last: bool) -> None:
        if not again:
            raise UnclearError(sentence)
        if last:
            raise OutsideError(sentence)
        self.wait(pause)

    def _stay_away(self, seconds: float, *, last: bool) -> None:
        if last or seconds > _LONGEST_WAIT:
            raise OutsideError(
                f"{self.host} takes no more requests for {seconds:.0f} s; run this again after "
                "that."
            )
        self.wait(seconds)

    def _once(
        self,
        method: str,
        path: str,
        query: Mapping[str, str | int] | None,
        body: Mapping[str, object] | None,
    ) -> tuple[requests.Response, bytes]:
        with self._session.request(
            method,
            f"{self.base}{path}",
            params=query,
            json=body,
            headers={"User-Agent": "connect-voice", **self.headers},
            timeout=_SECONDS,
            allow_redirects=False,  # the token is for this host
            stream=True,
        ) as response:
            content = bytearray()
            for chunk in response.iter_content(65_536):
                content += chunk
                if len(content) > _LONGEST_ANSWER:
                    raise OutsideError(
                        f"{self.host} answers {path} with more than {_LONGEST_ANSWER:,} bytes."
                    )
            return response, bytes(content)

    def _parsed(self, content: bytes, path: str) -> Any:
        if not content:
            return None
        try:
            return json.loads(content)
        except (ValueError, RecursionError):
            raise OutsideError(
                f"{self.host} answers {path} with something else than JSON."
            ) from None

    def _lost(self, error: requests.RequestException) -> str:
        kind = type(error).__name__
        return f"{self.host} cannot be reached at {self.base} ({kind}); try again later."

    def _refusal(self, response: requests.Response, content: bytes) -> str:
        status = response.status_code
        said = self._said(content)
        if status == HTTPStatus.UNAUTHORIZED:
            return f"{self.host} does not know the token in {self.token_name} ({status}){said}."
        if status == HTTPStatus.FORBIDDEN:
            return (
                f"{self.host} does not allow this to the token in {self.token_name} ({status}); "
                f"it needs {self.needs}{said}."
            )
        if status == HTTPStatus.NOT_FOUND:
            return (
                f"{self.host} knows nothing at {urlsplit(response.url).path} ({status}), or the "
                f"token in {self.token_name} may not see it."
            )
        if response.is_redirect:
            return f"{self.host} says that it has moved ({status}); set the new address or name."
        if status in _PASSING:
            return f"{self.host} has a fault of its own ({status}); try again later{said}."
        return f"{self.host} refuses this ({status}){said}."

    def _said(self, content: bytes) -> str:
        """What the host said in a few words, without the token should it be among them."""
        try:
            data = json.loads(content)
        except (ValueError, RecursionError):
            return ""
        said = data.get("message") or data.get("error") if isinstance(data, dict) else None
        if not said:
            return ""
        text = said if isinstance(said, str) else json.dumps(said)
        return f": {visible(text.replace(self.token, '(token)'))[:_LONGEST_MESSAGE]}"


class UnclearError(OutsideError):
    """Nobody knows whether something was done."""


class MissingError(OutsideError):
    """There is nothing there."""


def _refusal_of(status: int, sentence: str) -> OutsideError:
    return (MissingError if status in {404, 410} else OutsideError)(sentence)


def _has_next(headers: Mapping[str, str]) -> bool:
    # https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api
    # https://docs.gitlab.com/api/rest/#pagination
    if "x-next-page" in headers:
        return bool(headers["x-next-page"].strip())
    return 'rel="next"' in headers.get("link", "")


def _limit(response: requests.Response) -> float | None:
    """How many seconds the host wants us to stay away; None where it does not say so."""
    headers = response.headers
    if response.status_code not in {403, 429}:
        return None
    after = headers.get("retry-after", "")
    if after.strip().isdecimal():
        return float(after)
    exhausted = headers.get("x-ratelimit-remaining", headers.get("ratelimit-remaining")) == "0"
    reset = headers.get("x-ratelimit-reset", headers.get("ratelimit-reset", ""))
    if exhausted and reset.strip().isdecimal():
        return max(1.0, float(reset) - time.time())
    return _PAUSE if response.status_code == HTTPStatus.TOO_MANY_REQUESTS else None
