"""Telling the stand-in vendors of an embedded AWS what to do, over its control paths."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from http import HTTPStatus

import requests

from connect_voice.errors import OutsideError, UsageError

_TIMEOUT_SECONDS = 10


class StandIns:
    """The control paths of one embedded AWS.

    Args:
        url: of its main endpoint.
    """

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._http = requests.Session()
        self._http.trust_env = False  # a proxy has no business with the loopback

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def play(self, vendor: str, script: Mapping[str, object]) -> None:
        """Give a vendor's stand-in its script; what it was told before is forgotten.

        Raises:
            UsageError: the script says something it does not understand.
        """
        answer = self._send("PUT", f"/_local/{vendor}/script", dict(script))
        if answer.status_code == HTTPStatus.BAD_REQUEST:
            raise UsageError(f"stand_in.{vendor} of the scenario is not usable: {_error(answer)}")
        self._expect_done(answer)

    def recycle_lambdas(self) -> None:
        """End the warm Lambda workers, so that the next invocation is a cold start."""
        self._expect_done(self._send("POST", "/_local/lambda/recycle"))

    def agent_hung_up(self, contact_id: str) -> None:
        """The vendor's leg of a call is over."""
        answer = self._send("POST", f"/_local/servicenow/calls/{contact_id}/ended")
        # It has not heard of a call whose flow dialled without asking it.
        if answer.status_code != HTTPStatus.NOT_FOUND:
            self._expect_done(answer)

    def _send(self, method: str, path: str, body: object = None) -> requests.Response:
        try:
            return self._http.request(
                method, f"{self._url}{path}", json=body, timeout=_TIMEOUT_SECONDS
            )
        except requests.RequestException as error:
            raise OutsideError(
                f"The embedded AWS at {self._url} does not answer ({type(error).__name__}); "
                "run make deploy again."
            ) from None

    def _expect_done(self, answer: requests.Response) -> None:
        if not answer.ok:
            raise OutsideError(
                f"The embedded AWS refuses {answer.request.method} {answer.request.path_url} "
                f"({answer.status_code}): {_error(answer)}"
            )


@contextlib.contextmanager
def stand_ins(url: str) -> Iterator[StandIns]:
    """The stand-ins of the embedded AWS at that address."""
    control = StandIns(url)
    try:
        yield control
    finally:
        control.close()


def _error(answer: requests.Response) -> str:
    try:
        said = answer.json()
    except ValueError:
        return answer.reason or "no reason given"
    return str(said.get("error", said)) if isinstance(said, dict) else str(said)
