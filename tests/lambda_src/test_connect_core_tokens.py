"""How long tokens are believed, and that one caller fetches for all."""

import base64
import json
import math
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lambda_support import NOW, FakeClock, access_token

from connect_core.deadline import Deadline
from connect_core.fault import Fault
from connect_core.secret import Secret
from connect_core.tokens import Token, TokenCache, issued

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=5,
)


def jwt_of(payload: bytes) -> str:
    """A JWT as a vendor's library might make it, its payload not even JSON."""
    parts = (b'{"alg":"RS256","typ":"JWT"}', payload, b"signature")
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


class TestLifetime:
    def test_jwt_says_when_it_ends(self) -> None:
        assert issued(access_token(NOW + 1800), None, now=NOW).lifetime == 1800

    def test_signature_of_an_algorithm_we_do_not_know_does_not_matter(self) -> None:
        token = jwt_of(json.dumps({"exp": NOW + 600}).encode())
        assert issued(token, None, now=NOW).lifetime == 600

    def test_opaque_token_lives_as_the_response_says(self) -> None:
        assert issued("opaque", 900, now=NOW).lifetime == 900
        assert issued("opaque", "900", now=NOW).lifetime == 900

    def test_shorter_of_two_statements_counts(self) -> None:
        assert issued(access_token(NOW + 1800), 600, now=NOW).lifetime == 600
        assert issued(access_token(NOW + 600), 1800, now=NOW).lifetime == 600

    def test_token_that_says_nothing_is_believed_for_a_minute(self) -> None:
        assert issued("opaque", None, now=NOW).lifetime == 60

    def test_token_that_has_ended_is_not_kept(self) -> None:
        assert issued(access_token(NOW - 10), None, now=NOW).lifetime == 0

    @pytest.mark.parametrize("exp", [True, "soon", None, [], math.inf, -math.inf, math.nan])
    def test_end_that_is_no_moment_is_ignored(self, exp: object) -> None:
        token = jwt_of(json.dumps({"exp": exp}).encode())
        assert issued(token, 900, now=NOW).lifetime == 900

    @given(st.binary(max_size=60) | ANY_JSON.map(lambda value: json.dumps(value).encode()))
    def test_any_payload_gives_a_lifetime(self, payload: bytes) -> None:
        assert 0 <= issued(jwt_of(payload), None, now=NOW).lifetime <= 86_400

    @given(st.dictionaries(st.sampled_from(["exp", "iat"]), ANY_JSON), ANY_JSON)
    def test_any_claims_give_a_lifetime(self, claims: object, expires_in: object) -> None:
        token = issued(jwt_of(json.dumps(claims).encode()), expires_in, now=NOW)
        assert 0 <= token.lifetime <= 86_400

    @given(ANY_JSON | st.text())
    def test_token_can_be_sent_or_is_refused(self, text: object) -> None:
        try:
            sent = issued(text, None, now=NOW).secret.reveal()
        except ValueError:
            return
        assert sent.isascii()
        assert sent.isprintable()
        assert " " not in sent


class TestCache:
    def cache(self, clock: FakeClock, chance: float = 0.0) -> TokenCache:
        return TokenCache(clock=clock, chance=lambda: chance)

    @pytest.mark.parametrize(("chance", "early"), [(0.0, 60), (0.5, 90), (0.999, 119.94)])
    def test_renewal_comes_one_to_two_minutes_early(
        self, clock: FakeClock, chance: float, early: float
    ) -> None:
        cache, fetched = self.cache(clock, chance), []

        def fetch() -> Token:
            fetched.append(clock.now)
            return Token(Secret(f"t{len(fetched)}"), 1800)

        started = clock.now
        cache.get("k", fetch, clock.deadline())
        clock.now = started + 1800 - early - 0.01
        cache.get("k", fetch, clock.deadline())
        assert len(fetched) == 1
        clock.now = started + 1800 - early + 0.01
        assert cache.get("k", fetch, clock.deadline()) == Secret("t2")

    def test_short_token_is_used_for_half_its_life(self, clock: FakeClock) -> None:
        cache, fetched = self.cache(clock), []

        def fetch() -> Token:
            fetched.append(1)
            return Token(Secret("t"), 40)

        for seconds in (0, 19, 2):
            clock.now += seconds
            cache.get("k", fetch, clock.deadline())
        assert len(fetched) == 2

    def test_time_the_fetch_took_counts_against_the_token(self, clock: FakeClock) -> None:
        cache, fetched = self.cache(clock), []

        def fetch() -> Token:
            fetched.append(1)
            clock.now += 5
            return Token(Secret("t"), 20)

        cache.get("k", fetch, clock.deadline())
        clock.now += 6
        cache.get("k", fetch, clock.deadline())
        assert len(fetched) == 2

    def test_keys_do_not_share_tokens(self, clock: FakeClock) -> None:
        cache = self.cache(clock)
        for key in ("a", "b"):
            found = cache.get(key, lambda key=key: Token(Secret(key), 1800), clock.deadline())  # type: ignore[misc]
            assert found == Secret(key)

    def test_failed_fetch_leaves_nothing_behind(self, clock: FakeClock) -> None:
        cache = self.cache(clock)

        def fail() -> Token:
            raise Fault("OAUTH_UNAVAILABLE", retryable=True)

        with pytest.raises(Fault):
            cache.get("k", fail, clock.deadline())
        assert cache.get("k", lambda: Token(Secret("t"), 1), clock.deadline()) == Secret("t")

    def test_many_callers_fetch_once(self) -> None:
        cache, fetched = TokenCache(), []
        release, results = threading.Event(), []

        def fetch() -> Token:
            release.wait(5)
            fetched.append(1)
            return Token(Secret("t"), 1800)

        def call() -> None:
            results.append(cache.get("k", fetch, Deadline.after(5)))

        threads = [threading.Thread(target=call) for _ in range(8)]
        for thread in threads:
            thread.start()
        release.set()
        for thread in threads:
            thread.join()
        assert (len(fetched), len(results)) == (1, 8)

    def test_refused_token_is_replaced_by_one_caller_for_all(self, clock: FakeClock) -> None:
        cache, fetched = self.cache(clock), []

        def fetch() -> Token:
            fetched.append(1)
            return Token(Secret(f"t{len(fetched)}"), 1800)

        old = cache.get("k", fetch, clock.deadline())
        for _ in range(3):
            assert cache.get("k", fetch, clock.deadline(), refused=old) == Secret("t2")
        assert len(fetched) == 2

    def test_waiting_for_another_caller_ends_with_the_deadline(self) -> None:
        cache, fetching, release = TokenCache(), threading.Event(), threading.Event()

        def slow() -> Token:
            fetching.set()
            release.wait(5)
            return Token(Secret("t"), 1)

        other = threading.Thread(target=lambda: cache.get("k", slow, Deadline.after(5)))
        other.start()
        assert fetching.wait(5)
        with pytest.raises(Fault) as caught:
            cache.get("k", slow, Deadline.after(0.05))
        assert (caught.value.code, caught.value.retryable) == ("OAUTH_TIMEOUT", True)
        release.set()
        other.join()
