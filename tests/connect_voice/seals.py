"""Environments, bundles' manifests and keys for what signs and records them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import boto3
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from moto import mock_aws

from connect_voice.approval import sign_with
from connect_voice.approval_keys import PrivateKey
from connect_voice.bundle.manifest import Author, BundleManifest, Commit, PlannedState
from connect_voice.environment import ApprovalRule, Approver, Environment

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
AUTHOR = Author(
    "dev-one", "arn:aws:sts::123456789012:assumed-role/deployer/dev-one-session", "one@example.com"
)

MANIFEST = BundleManifest(
    purpose="deploy",
    environment="prod",
    account_id="123456789012",
    region="us-east-1",
    backend="s3://prod-state/prod.tfstate us-east-1",
    state=PlannedState("lineage", 7),
    commit=Commit("c" * 40, clean=True),
    author=AUTHOR,
    made_at=NOW - timedelta(minutes=10),
    expires_at=NOW + timedelta(hours=12),
    tools={"terraform": "1.11.0"},
    canonical="1" * 64,
    lambdas={"kore_widget_token": "2" * 64},
    lock_file="3" * 64,
    files={"plan.bin": "4" * 64, "tree/terraform/.terraform.lock.hcl": "3" * 64},
    summary="3 to create, 1 to update",
)


@lru_cache
def key(name: str = "reviewer") -> Ed25519PrivateKey:
    """A key of somebody's own, the same within one run."""
    assert name
    return Ed25519PrivateKey.generate()


@lru_cache
def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


@lru_cache
def p256_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def public(private: Any) -> str:
    pem: bytes = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem.decode()


def private_pem(private: Any) -> bytes:
    pem: bytes = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem


def environment(*approvers: Approver, name: str = "prod", hours: float = 24) -> Environment:
    """An environment that wants approvals, of the reviewer where nobody else is named."""
    listed = approvers or (Approver("reviewer", public(key())),)
    return Environment(
        name=name,
        account_id="123456789012",
        region="us-east-1",
        state_bucket=f"{name}-state",
        state_key=f"{name}.tfstate",
        state_kms_key_id=None,
        embedded=False,
        folder=Path("terraform/environments") / name,
        approval=ApprovalRule(required=True, hours=hours, approvers=listed),
    )


def manifest(**changes: Any) -> BundleManifest:
    return replace(MANIFEST, **changes)


def approved(
    bundle: BundleManifest = MANIFEST,
    place: Environment | None = None,
    private: PrivateKey | None = None,
    now: datetime = NOW,
) -> str:
    return sign_with(bundle, place or environment(), private or key(), now=now)


@contextmanager
def state_bucket() -> Iterator[boto3.Session]:
    """An AWS in which there is nothing but the bucket of `environment`'s state."""
    with mock_aws():
        session = boto3.Session("testing", "testing", region_name="us-east-1")
        session.client("s3").create_bucket(Bucket=environment().state_bucket)
        yield session
