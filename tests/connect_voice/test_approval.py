"""An approval counts for one change in one environment, by somebody else, for a time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jwt.utils import base64url_decode, base64url_encode
from seals import (
    AUTHOR,
    MANIFEST,
    NOW,
    approved,
    environment,
    key,
    manifest,
    p256_key,
    private_pem,
    public,
    rsa_key,
)

from connect_voice.approval import check_approval, sign_with
from connect_voice.bundle.manifest import Author, PlannedState
from connect_voice.environment import Approver
from connect_voice.errors import CheckFailed, UsageError

TYPE = "plan-approval+jwt"
LOCK = "tree/terraform/.terraform.lock.hcl"
CLAIMS = {
    "iss": "reviewer",
    "aud": "prod",
    "sub": MANIFEST.digest,
    "change": MANIFEST.change,
    "purpose": "deploy",
    "iat": int(NOW.timestamp()),
    "exp": int((NOW + timedelta(hours=1)).timestamp()),
    "jti": "0" * 32,
}


def forged(private: Any = None, algorithm: str = "EdDSA", **changes: Any) -> str:
    """A token by somebody who knows what one looks like; a claim set to None is left out."""
    header = changes.pop("header", {"typ": TYPE})
    claims = {name: value for name, value in {**CLAIMS, **changes}.items() if value is not None}
    return jwt.encode(claims, private or key(), algorithm, headers=header)


def refusal(token: str | None, **arguments: Any) -> str:
    given = {"manifest": MANIFEST, "environment": environment(), "now": NOW} | arguments
    with pytest.raises(CheckFailed) as refused:
        check_approval(token, **given)
    return str(refused.value)


def test_a_reviewers_approval_counts() -> None:
    approval = check_approval(approved(), MANIFEST, environment(), now=NOW)
    assert approval.approver == "reviewer"
    assert approval.change == MANIFEST.change
    assert approval.expires_at == NOW + timedelta(hours=24)


def test_the_hand_made_token_of_these_tests_is_one() -> None:
    assert check_approval(forged(), MANIFEST, environment(), now=NOW).id == "0" * 32


@pytest.mark.parametrize("private", [key(), p256_key(), rsa_key()], ids=["Ed25519", "P-256", "RSA"])
def test_each_kind_of_key_signs(private: Any) -> None:
    place = environment(Approver("reviewer", public(private)))
    token = approved(place=place, private=private)
    assert check_approval(token, MANIFEST, place, now=NOW).approver == "reviewer"


def test_a_fresh_plan_that_would_do_the_same_keeps_it() -> None:
    fresh = manifest(
        made_at=NOW + timedelta(hours=2),
        expires_at=NOW + timedelta(hours=14),
        state=PlannedState("lineage", 8),
        ledger_head="9" * 64,
    )
    assert fresh.digest != MANIFEST.digest
    later = NOW + timedelta(hours=3)
    assert check_approval(approved(), fresh, environment(), now=later).digest == MANIFEST.digest


@pytest.mark.parametrize("token", [None, "", " \n"])
def test_a_missing_one_is_asked_for(token: str | None) -> None:
    assert "make approve" in refusal(token)


@pytest.mark.parametrize(
    "change",
    [
        {"canonical": "0" * 64},
        {"lambdas": {"kore_widget_token": "0" * 64}},
        {"purpose": "destroy"},
        {"backend": "s3://other/prod.tfstate us-east-1"},
        {"files": {"plan.bin": "4" * 64, LOCK: "0" * 64}},
        {"state": PlannedState("another lineage", 7)},
        {"account_id": "210987654321"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_one_of_another_change_is_refused(change: dict[str, Any]) -> None:
    assert "another change" in refusal(approved(), manifest=manifest(**change))


ATTACKS: dict[str, tuple[str, str]] = {
    "garbage": ("garbage", "no JWT"),
    "cut off": (approved()[:-10], "signature"),
    "no signature": (approved().rpartition(".")[0] + ".", "signature"),
    "header only": (approved().partition(".")[0], "no JWT"),
    "too long": ("a" * 10_000, "too long"),
    "an unknown key": (forged(key("stranger")), "signature"),
    "an unknown approver": (forged(iss="stranger"), "stranger may not approve"),
    "an approver without a name": (forged(iss=None), "may not approve"),
    "an unsigned token": (
        jwt.encode(CLAIMS, None, "none", headers={"typ": TYPE}),
        "its header is not",
    ),
    "HMAC by the public key": (
        jwt.api_jws.PyJWS(algorithms=["HS256"]).encode(  # PyJWT itself refuses to do this
            b"{}", b"x" * 32, "HS256", headers={"typ": TYPE}
        ),
        "may not approve",
    ),
    "another algorithm": (forged(rsa_key(), "RS256"), "its header is not"),
    "another kind of token": (forged(header={"typ": "at+jwt"}), "its header is not"),
    "a key of its own choice": (
        forged(header={"typ": TYPE, "jwk": {"kty": "OKP"}}),
        "its header is not",
    ),
    "another environment": (forged(aud="staging"), "for staging, not for prod"),
    "several environments": (forged(aud=["prod", "staging"]), "not for prod"),
    "another change": (forged(change="0" * 64), "another change"),
    "another purpose": (forged(purpose="destroy"), "another change"),
    "no change": (forged(change=None), "does not say change"),
    "no expiry": (forged(exp=None), "does not say exp"),
    "no id": (forged(jti=None), "does not say jti"),
    "an id that is a path": (forged(jti="../../prod.tfstate"), "jti is not one of ours"),
    "an id that is none": (forged(jti="A" * 32), "jti is not one of ours"),
    "a digest that is none": (forged(sub="everything"), "sub is not one of ours"),
    "an endless life": (forged(exp=2**62), "exp is no time"),
    "a true expiry": (forged(exp=True), "exp is no time"),
    "a worded expiry": (forged(exp="never"), "exp is no time"),
    "a fractional expiry": (forged(exp=1e300), "exp is no time"),
    "expired": (forged(exp=int(NOW.timestamp())), "expired"),
    "begins later": (forged(iat=int(NOW.timestamp()) + 90), "begins at"),
    "not yet": (forged(nbf=int(NOW.timestamp()) + 90), "begins at"),
    "lasts too long": (
        forged(exp=int((NOW + timedelta(hours=24, seconds=1)).timestamp())),
        "lasts longer than the 24 hours",
    ),
    "older than its bundle": (
        forged(iat=int((NOW - timedelta(minutes=12)).timestamp())),
        "older than the bundle",
    ),
}


@pytest.mark.parametrize(("token", "reason"), ATTACKS.values(), ids=ATTACKS.keys())
def test_a_forgery_is_refused_with_its_reason(token: str, reason: str) -> None:
    assert reason in refusal(token)


def test_the_public_key_is_no_password() -> None:
    """HMAC with the public key as its secret, which a naive verifier takes for a signature."""
    pem = public(rsa_key()).encode()
    hmac = jwt.get_algorithm_by_name("HS256")
    head, body, _ = forged(rsa_key(), "RS256").split(".")
    head = base64url_encode(b'{"alg":"HS256","typ":"plan-approval+jwt"}').decode()
    signature = hmac.sign(f"{head}.{body}".encode(), pem)
    token = f"{head}.{body}.{base64url_encode(signature).decode()}"
    place = environment(Approver("reviewer", public(rsa_key())))
    assert "its header is not" in refusal(token, environment=place)


def test_the_clocks_of_two_machines_may_differ_a_little() -> None:
    ahead = int(NOW.timestamp()) + 30
    assert check_approval(forged(iat=ahead, nbf=ahead), MANIFEST, environment(), now=NOW)


def test_it_expires() -> None:
    later = NOW + timedelta(hours=24)
    bundle = manifest(expires_at=later + timedelta(hours=1))
    assert "expired" in refusal(approved(bundle), manifest=bundle, now=later)


def test_an_expired_bundle_is_neither_approved_nor_applied() -> None:
    later = MANIFEST.expires_at
    assert "plan again" in refusal(approved(), now=later)
    with pytest.raises(CheckFailed, match="bundle expired"):
        approved(now=later)


def test_a_bundle_of_another_environment_is_neither_approved_nor_applied() -> None:
    staging = manifest(environment="staging")
    assert "for staging, not for prod" in refusal(approved(), manifest=staging)
    with pytest.raises(CheckFailed, match="for staging, not for prod"):
        approved(staging)


def test_where_nobody_may_approve_nobody_does() -> None:
    place = environment(Approver("somebody-else", public(key("else"))))
    assert "somebody-else" in refusal(approved(), environment=place)
    with pytest.raises(CheckFailed, match="Nobody who may approve for prod has this key"):
        approved(place=place)


NAMES = {
    "their user name": "dev-one",
    "in another case": "Dev-One",
    "with white space": " dev-one ",
    "in other letters": "ｄｅｖ-ｏｎｅ",  # noqa: RUF001 (that is the point)
    "their ARN": AUTHOR.identity,
    "their session": "dev-one-session",
    "their address": "ONE@example.com",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_nobody_approves_what_they_made_under_any_of_their_names(name: str) -> None:
    place = environment(Approver("reviewer", public(key()), (name,)))
    with pytest.raises(CheckFailed, match="has made this plan"):
        approved(place=place)
    assert "has made this plan" in refusal(forged(), environment=place)


HIDDEN = ["1234+Rev@users.noreply.github.com", "Rev@users.noreply.github.com"]
HIDDEN += ["1234-Rev@users.noreply.gitlab.com"]


@pytest.mark.parametrize("address", HIDDEN)
def test_a_hidden_address_is_a_name_too(address: str) -> None:
    place = environment(Approver("reviewer", public(key()), ("rev",)))
    made = manifest(author=Author("pipeline", "arn:aws:iam::123456789012:user/ci", address))
    with pytest.raises(CheckFailed, match="has made this plan"):
        approved(made, place)


def test_the_approvers_own_name_counts() -> None:
    place = environment(Approver("dev-one", public(key())))
    with pytest.raises(CheckFailed, match="has made this plan"):
        approved(place=place)


def test_one_key_under_two_names_is_one_person() -> None:
    place = environment(
        Approver("reviewer", public(key())), Approver("second-hat", public(key()), ("dev-one",))
    )
    with pytest.raises(CheckFailed, match="has made this plan"):
        approved(place=place)
    assert "has made this plan" in refusal(forged(), environment=place)


def test_a_fresh_plan_by_the_approver_is_not_approved_by_them() -> None:
    fresh = manifest(author=Author("reviewer", "arn:aws:iam::123456789012:user/reviewer"))
    assert "has made this plan" in refusal(approved(), manifest=fresh)


@pytest.mark.parametrize("hours", [0, -1, 25, float("nan"), float("inf")])
def test_nobody_signs_for_longer_than_the_environment_allows(hours: float) -> None:
    with pytest.raises(UsageError, match="24 hours at most"):
        sign_with(MANIFEST, environment(), key(), now=NOW, hours=hours)


def test_a_shorter_life_can_be_asked_for() -> None:
    token = sign_with(MANIFEST, environment(), key(), now=NOW, hours=0.5)
    assert "expired" in refusal(token, now=NOW + timedelta(minutes=30))


@pytest.mark.filterwarnings("ignore:The RSA key is 1024 bits long")
def test_a_weak_key_in_the_environment_counts_for_nothing() -> None:
    weak = rsa_key(1024)
    place = environment(Approver("reviewer", public(weak)))
    assert "RSA of 1024 bits" in refusal(forged(weak, "RS256"), environment=place)


def test_no_two_approvals_are_the_same() -> None:
    assert approved() != approved()


def test_nothing_of_the_key_is_in_the_token() -> None:
    assert private_pem(key()).decode().split("\n")[1] not in approved()


@given(st.text(max_size=300) | st.binary(max_size=300).map(lambda data: data.decode("latin-1")))
def test_whatever_comes_is_refused_in_one_sentence(text: str) -> None:
    sentence = refusal(text)
    assert sentence.endswith(".")
    assert "\n" not in sentence


TOKEN = approved()
HEAD, SIGNATURE = TOKEN.rsplit(".", 1)


@given(st.integers(0, len(TOKEN) - 1), st.sampled_from("ABCDEFabcdef0123-_."))
def test_no_letter_of_it_can_be_changed(place: int, letter: str) -> None:
    changed = TOKEN[:place] + letter + TOKEN[place + 1 :]
    # The last letter of base64 has bits that carry nothing: the same signature in other words.
    head, _, signature = changed.rpartition(".")
    if head == HEAD and base64url_decode(signature) == base64url_decode(SIGNATURE):
        return
    refusal(changed)
