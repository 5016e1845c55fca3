"""What calls ask of an embedded AWS beside AWS's own API, over its control paths."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import requests

from callsim.world import MediaStream, Refusal
from connect_voice.errors import OutsideError, UsageError

_TIMEOUT_SECONDS = 10
# Whose leg of a call the vendor itself hears the end of.
_AGENTS_OF = ("servicenow",)


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
        """The leg of a call with a vendor's agent is over; the vendor whose it is hears of it."""
        for vendor in _AGENTS_OF:
            answer = self._send("POST", f"/_local/{vendor}/calls/{contact_id}/ended")
            # It has not heard of a call whose flow dialled without asking it.
            if answer.status_code != HTTPStatus.NOT_FOUND:
                self._expect_done(answer)

    def count_requests(self, vendor: str, contact_id: str) -> dict[str, int]:
        """How many requests of each name a vendor had for a call, accepted or not."""
        entries = self._answer("GET", f"/_local/{vendor}/requests").get("requests", [])
        return Counter(
            str(entry.get("name"))
            for entry in (entries if isinstance(entries, list) else [])
            if entry.get("contact_id") == contact_id
        )

    def open_media_stream(self, contact_id: str, instance_id: str) -> MediaStream | Refusal:
        """Make the Kinesis video stream of a call, as Connect does when its flow asks for it."""
        answer = self._send(
            "POST",
            f"/_local/connect/contacts/{contact_id}/media-stream",
            {"instance_id": instance_id},
        )
        if answer.status_code == HTTPStatus.CONFLICT:
            return Refusal("NoMatchingError", _error(answer))
        self._expect_done(answer)
        said = _object(answer)
        return MediaStream(
            stream_arn=str(said["stream_arn"]),
            start_timestamp=str(said["start_timestamp"]),
            start_fragment_number=str(said["start_fragment_number"]),
        )

    @contextlib.contextmanager
    def without_parameters(self, names: Sequence[str]) -> Iterator[None]:
        """Let SSM parameters seem absent for as long as the block lasts, however it ends.

        Args:
            names: of the parameters; ``*`` and ``?`` as in file names.
        """
        try:
            # Also with no names: a command that was killed outright may have left some behind.
            self._hide(names)
            yield
        finally:
            if names:
                self._hide(())

    def _hide(self, names: Sequence[str]) -> None:
        self._expect_done(self._send("PUT", "/_local/ssm/absent", {"names": list(names)}))

    def _answer(self, method: str, path: str) -> dict[str, Any]:
        answer = self._send(method, path)
        self._expect_done(answer)
        return _object(answer)

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


def _object(answer: requests.Response) -> dict[str, Any]:
    try:
        said = answer.json()
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise OutsideError(
            f"The embedded AWS answers {answer.request.path_url} with something else than a JSON "
            "object; run make deploy again."
        )
    return said


def _error(answer: requests.Response) -> str:
    try:
        said = answer.json()
    except ValueError:
        return answer.reason or "no reason given"
    return str(said.get("error", said)) if isinstance(said, dict) else str(said)
