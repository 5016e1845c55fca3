"""What is taken for a secret, by everybody who asks."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowkit.secrets import Secret, holds_secret, names_a_secret, secrets_in, withheld

RANDOM = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY9"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("AKIA" + "IOSFODNN7EXAMPLE", "an AWS access key"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMII", "a private key"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc", "a JWT"),
        ("ghp_" + "a1" * 18, "a GitHub token"),
        ("xoxb-" + "1234567890-ab", "a Slack token"),
        ("sk_live_" + "51HabcdefGHIJKL", "an API key"),
        ("Bearer 8f3a9c1e77b24d0c9e", "credentials in a header"),
        ("postgres://me:hunter2@db.example/x", "a password in a URL"),
        ("password=hunter2", "a secret"),
        ('{"clientSecret": "abcdefghij"}', "a secret"),
        (RANDOM, "what looks like a key"),
    ],
)
def test_secrets_are_known_by_their_form(text: str, kind: str) -> None:
    assert [secret.kind for secret in secrets_in(text)] == [kind]
    (inside,) = secrets_in(f"before  {text}  after")
    assert inside.kind == kind


@pytest.mark.parametrize(
    "text",
    [
        "Enter your password: please use the keypad.",
        "Basic information about your order",
        "arn:aws:lambda:eu-west-1:123456789012:function:get-token-for-callers-of-the-day",
        "6f1c2d3e-aaaa-bbbb-cccc-0123456789ab",
        "$.Attributes.accessToken",
        "${client_secret}",
        "a-long-name-of-something-in-many-words-and-without-an-end",
        "-----BEGIN CERTIFICATE-----\nMIIBqzCCAVGgAwIBAgIUGvbFbKbdQ2mOHeCpCVYUR4Cw5IAwCgYIKoZIzj0",
        "",
    ],
)
def test_words_names_and_what_is_filled_in_later_are_none(text: str) -> None:
    assert secrets_in(text) == []


def test_each_secret_has_its_place() -> None:
    text = f"first {RANDOM}, then password=hunter2"
    assert secrets_in(text) == [
        Secret("what looks like a key", (6, 6 + len(RANDOM))),
        Secret("a secret", (text.index("password"), len(text))),
    ]


@pytest.mark.parametrize(
    "name", ["clientSecret", "client_secret", "x-api-key", "DB_PASSWORD", "refreshToken", "apiKey"]
)
def test_names_of_secrets(name: str) -> None:
    assert names_a_secret(name)
    assert holds_secret(name, "s3cr3t")
    assert withheld(name, "s3cr3t") == "(a secret)"


@pytest.mark.parametrize(
    "name", ["secretName", "token_status", "passwordPrompt", "tokenArn", "keyboard", "tier", ""]
)
def test_names_of_what_is_about_secrets_or_of_anything_else(name: str) -> None:
    assert not names_a_secret(name)
    assert withheld(name, "gold") == "gold"


@pytest.mark.parametrize(
    "text",
    ["", " ", "true", "$.External.token", "${token}", "arn:aws:ssm:::parameter/x", "<token>"],
)
def test_switches_paths_and_placeholders_are_no_secrets_under_any_name(text: str) -> None:
    assert not holds_secret("token", text)


@given(st.text(max_size=300))
def test_spans_lie_in_the_text_in_order_and_apart(text: str) -> None:
    at = 0
    for _, (start, end) in secrets_in(f"token=a1b2c3d4 {text} password: 12345678"):
        assert at <= start < end
        at = end


@pytest.mark.parametrize("part", ["eyJ", "a", "basic ", "token:", "://a:", "Aa1", '"', "-"])
def test_hostile_text_is_looked_through_quickly(part: str) -> None:
    started = time.process_time()
    secrets_in(part * 300_000)
    assert time.process_time() - started < 2
