"""URLs, tokens and what people typed."""

import json

import jwt as pyjwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connect_core import jwt, moments, text, url
from connect_core.secret import Secret
from connect_core.url import Url

KEY = "a-key-of-at-least-thirty-two-bytes-00"


class TestUrl:
    @pytest.mark.parametrize(
        ("typed", "found"),
        [
            ("https://agentassist.kore.ai/voice/", Url("agentassist.kore.ai", "/voice/")),
            (" HTTPS://EXAMPLE.com ", Url("example.com", "/")),
            ("https://localhost:8443/a?b=c", Url("localhost:8443", "/a?b=c")),
        ],
    )
    def test_url_is_taken_apart(self, typed: str, found: Url) -> None:
        assert url.parse(typed) == found

    @pytest.mark.parametrize(
        "typed",
        [
            "",
            "example.com/x",
            "http://example.com/",
            "wss://example.com/",
            "https://",
            "https:///x",
            "https://user:canary@example.com/",
            "https://example.com/#canary",
            "https://example.com/a b",
            "https://example.com//other",
            "https://example.com/\r\nHost: canary",
            "https://example.com/caf\u00e9",
        ],
    )
    def test_anything_else_is_refused_in_one_sentence(self, typed: str) -> None:
        with pytest.raises(ValueError) as caught:  # noqa: PT011 - its sentence is looked at below
            url.parse(typed)
        assert str(caught.value).endswith(".")
        assert "canary" not in str(caught.value)


class TestJwt:
    @given(
        st.dictionaries(
            st.sampled_from(["iss", "sub", "botId", "n"]), st.text(max_size=20) | st.booleans()
        ),
        st.text(min_size=32, max_size=60).filter(lambda key: key.isprintable()),
    )
    def test_another_library_verifies_what_we_sign(
        self, claims: dict[str, object], key: str
    ) -> None:
        token = jwt.signed(claims, Secret(key))
        options = {"verify_iss": False, "verify_sub": False}
        assert pyjwt.decode(token, key, ["HS256"], options=options) == claims  # type: ignore[arg-type]
        assert jwt.claims_of(token) == claims

    def test_signature_is_that_of_the_secret(self) -> None:
        token = jwt.signed({"a": 1}, Secret(KEY))
        assert token == pyjwt.encode({"a": 1}, KEY, "HS256")
        assert jwt.signed({"a": 1}, Secret(KEY + "x")) != token

    @given(st.text(max_size=60) | st.from_regex(r"[\w=+/-]{0,9}(\.[\w=+/-]{0,30}){2}"))
    def test_any_text_is_claims_or_one_error(self, token: str) -> None:
        try:
            claims = jwt.claims_of(token)
        except ValueError:
            return
        assert isinstance(claims, dict)


class TestTexts:
    @given(st.text(max_size=60), st.integers(0, 40))
    def test_cut_is_the_beginning_and_short_enough(self, typed: str, most: int) -> None:
        kept = text.cut(typed, most)
        assert typed.startswith(kept)
        assert len(kept) <= max(most, 0)
        assert kept == typed or len(typed) > most or not typed

    @given(st.text(max_size=30), st.sampled_from(["", "\ud83d", "\udc00"]))
    def test_well_formed_text_can_be_written_and_keeps_the_rest(
        self, typed: str, half: str
    ) -> None:
        assert text.well_formed(typed) == typed
        text.well_formed(typed + half).encode()

    def test_two_halves_become_one_sign(self) -> None:
        spelt = json.loads('"\\ud83d\\ude00"')
        assert text.well_formed(spelt) == "\U0001f600"
        assert text.well_formed("\ud83d\ude00") == "\U0001f600"

    @given(st.text(max_size=30))
    def test_single_never_fails(self, typed: str) -> None:
        assert isinstance(text.single(typed), str)
        assert isinstance(text.is_true(typed), bool)

    @pytest.mark.parametrize(
        ("typed", "one"),
        [
            ("[a]", "a"),
            ('["a"]', "a"),
            ('[ "a, b" ]', "a, b"),
            ("[a, b]", "[a, b]"),
            ("a", "a"),
            ("[", "["),
            ("[[a]]", "[[a]]"),
        ],
    )
    def test_list_of_one_is_the_one(self, typed: str, one: str) -> None:
        assert text.single(typed) == one


def test_moment_is_written_in_utc() -> None:
    assert moments.iso(1_900_000_000.9) == "2030-03-17T17:46:40Z"
