"""An account to bootstrap and deploy to: the embedded AWS, reached as any AWS is."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from checkouts import Checkout, Ran

ACCOUNT = "123456789012"
REPOSITORY = "example/voice"
GITHUB = "token.actions.githubusercontent.com"
GITLAB = "gitlab.com"
ADMINISTRATOR = {"AccessKeyId": "admin", "SecretAccessKey": "admin"}
Keys = Mapping[str, str]


@dataclass(frozen=True)
class Account:
    """A checkout whose environments are filled in, and the AWS they are in."""

    checkout: Checkout
    endpoint: str
    stand_ins: Mapping[str, Any]

    def fill_in(self, name: str, *, pipeline: bool = True) -> None:
        """Make an environment usable: env.toml and bootstrap.toml as a user would fill them."""
        folder = f"terraform/environments/{name}"
        edit = self.checkout.edit
        edit(f"{folder}/env.toml", 'account_id = ""', f'account_id = "{ACCOUNT}"')
        edit(f"{folder}/env.toml", 'state_bucket = ""', f'state_bucket = "{name}-state"')
        if pipeline:
            # The embedded AWS answers lifecycles in a way that the provider waits minutes for.
            edit(f"{folder}/bootstrap.toml", "[github]", "snapshot_days = 0\n\n[github]")
            edit(f"{folder}/bootstrap.toml", 'repository = ""', f'repository = "{REPOSITORY}"')
            edit(f"{folder}/bootstrap.toml", 'project = ""', f'project = "{REPOSITORY}"')

    def settings(self, keys: Keys = ADMINISTRATOR) -> dict[str, str | None]:
        """What leads boto3 and Terraform to the account in somebody's name."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
            "AWS_SESSION_TOKEN": keys.get("SessionToken"),
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CA_BUNDLE": None,
            "AWS_PROFILE": None,
        }

    def run(self, *arguments: str, keys: Keys = ADMINISTRATOR, **extra: str) -> Ran:
        """A command in somebody's name."""
        return self.checkout.run(*arguments, env={**self.settings(keys), **extra})

    def client(self, service: str, keys: Keys = ADMINISTRATOR) -> Any:
        """A client in somebody's name."""
        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys.get("SessionToken"),
        )

    def assume(self, environment: str, role: str, subject: str, issuer: str = GITHUB) -> Keys:
        """The role as a job of a pipeline gets it, by the token that says what the job is."""
        answer = self.client("sts").assume_role_with_web_identity(
            RoleArn=f"arn:aws:iam::{ACCOUNT}:role/pipeline/connect-voice-{environment}-{role}",
            RoleSessionName="pipeline",
            WebIdentityToken=token(subject, issuer),
        )
        keys: Keys = answer["Credentials"]
        return keys


def open_account(checkout: Checkout) -> Account:
    """Start the embedded AWS of a checkout."""
    aws = checkout.ok("local", "up", "--json").json
    return Account(checkout, aws["endpoint"], aws["stand_ins"])


def token(subject: str, issuer: str = GITHUB, audience: str = "sts.amazonaws.com") -> str:
    """What GitHub or GitLab would sign for a job; the embedded AWS cannot check signatures."""
    claims = {"iss": f"https://{issuer}", "aud": audience, "sub": subject}
    parts = ({"alg": "RS256", "typ": "JWT"}, claims)
    encoded = [base64.urlsafe_b64encode(json.dumps(one).encode()).decode() for one in parts]
    return ".".join((*(one.rstrip("=") for one in encoded), "c2lnbmF0dXJl"))


def state_files(checkout: Checkout, environment: str) -> list[Path]:
    """Local states that a bootstrap has left."""
    folder = checkout.root / ".cache" / "terraform" / f"{environment}.bootstrap"
    return sorted(folder.glob("terraform.tfstate*"))
