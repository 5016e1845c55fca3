"""Keys that sign: the kinds that count, kept where nobody else can read them."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from seals import key, p256_key, private_pem, public, rsa_key

from connect_voice.approval_keys import (
    WeakKey,
    algorithm_of,
    make_private,
    public_pem,
    read_private,
    read_public,
    same_key,
)
from connect_voice.errors import UsageError

PHRASE = "a pass phrase of several words"


def nobody() -> None:
    return None


def keep(folder: Path, data: bytes, mode: int = 0o600) -> Path:
    file = folder / "key.pem"
    file.write_bytes(data)
    file.chmod(mode)
    return file


def test_each_kind_has_one_algorithm() -> None:
    assert algorithm_of(key().public_key()) == "EdDSA"
    assert algorithm_of(p256_key().public_key()) == "ES256"
    assert algorithm_of(rsa_key().public_key()) == "RS256"


WEAK: dict[str, Callable[[], object]] = {
    "RSA of 1024 bits": lambda: rsa_key(1024).public_key(),
    "RSA with a small exponent": lambda: rsa.generate_private_key(3, 2048).public_key(),
    "P-384": lambda: ec.generate_private_key(ec.SECP384R1()).public_key(),
    "secp256k1": lambda: ec.generate_private_key(ec.SECP256K1()).public_key(),
    "Ed448": lambda: ed448.Ed448PrivateKey.generate().public_key(),
    "a private key": key,
    "text": lambda: "-----BEGIN PUBLIC KEY-----",
}


@pytest.mark.parametrize("make", WEAK.values(), ids=WEAK.keys())
def test_other_kinds_do_not_count(make: Callable[[], object]) -> None:
    with pytest.raises(WeakKey):
        algorithm_of(make())


@pytest.mark.parametrize(
    "pem", ["", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"]
)
def test_what_is_no_public_key_cannot_be_read(pem: str) -> None:
    with pytest.raises(WeakKey, match="cannot be read"):
        read_public(pem)


def test_a_key_is_read_from_its_file(tmp_path: Path) -> None:
    found = read_private(keep(tmp_path, private_pem(key())), nobody)
    assert same_key(found.public_key(), key().public_key())


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o620, 0o644])
def test_a_key_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    file = keep(tmp_path, private_pem(key()), mode)
    with pytest.raises(UsageError, match=f"chmod 600 {file}"):
        read_private(file, nobody)


def test_a_key_can_come_through_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o644)
    writer = Thread(target=pipe.write_bytes, args=(private_pem(key()),))
    writer.start()
    found = read_private(pipe, nobody)
    writer.join()
    assert same_key(found.public_key(), key().public_key())


def test_an_encrypted_key_asks_for_its_pass_phrase(tmp_path: Path) -> None:
    data = key().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(PHRASE.encode())
    )
    file = keep(tmp_path, data)
    found = read_private(file, lambda: PHRASE)
    assert same_key(found.public_key(), key().public_key())
    with pytest.raises(UsageError, match="the pass phrase is wrong"):
        read_private(file, lambda: "wrong")
    with pytest.raises(UsageError, match="CONNECT_VOICE_APPROVAL_PASSPHRASE"):
        read_private(file, nobody)


def test_a_key_of_ssh_keygen_will_do(tmp_path: Path) -> None:
    data = key().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    found = read_private(keep(tmp_path, data), nobody)
    assert same_key(found.public_key(), key().public_key())


BAD = {
    "empty": b"",
    "no PEM": b"\x00\xff" * 100,
    "cut off": private_pem(key())[:60],
    "a public key": public(key()).encode(),
    "too long": b"a" * 100_000,
    "a weak key": private_pem(rsa_key(1024)),
    "of another curve": private_pem(ec.generate_private_key(ec.SECP384R1())),
    "of another kind": private_pem(ed448.Ed448PrivateKey.generate()),
}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD.keys())
def test_what_is_no_key_is_said_in_one_sentence(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(UsageError) as refused:
        read_private(keep(tmp_path, data), nobody)
    assert str(refused.value).endswith(".")


def test_a_missing_key_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        read_private(tmp_path / "none.pem", nobody)


def test_a_new_key_is_the_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "new.pem"
    before = os.umask(0)
    try:
        made = make_private(file)
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    found = read_private(file, nobody)
    assert isinstance(found, Ed25519PrivateKey)
    assert public_pem(found.public_key()) == public_pem(made)


def test_a_new_key_can_have_a_pass_phrase_that_openssl_understands(tmp_path: Path) -> None:
    file = tmp_path / "new.pem"
    made = make_private(file, PHRASE)
    done = subprocess.run(
        ["openssl", "pkey", "-in", file, "-passin", "stdin", "-pubout"],
        input=PHRASE.encode(),
        capture_output=True,
        check=True,
    )
    assert done.stdout.decode() == public_pem(made)


def test_a_new_key_never_replaces_a_file(tmp_path: Path) -> None:
    file = keep(tmp_path, b"something")
    with pytest.raises(UsageError, match="exists"):
        make_private(file)
    assert file.read_bytes() == b"something"
