"""One environment, ready to work in: its Terraform, its AWS settings, its state.

For ``embedded = true`` the settings point at the embedded AWS of this checkout and nowhere else;
otherwise they are the user's own. Nothing but these settings differs between the two.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from connect_voice import embedded
from connect_voice.embedded import EmbeddedAws
from connect_voice.environment import Environment
from connect_voice.errors import CheckFailed, OutsideError, UsageError
from connect_voice.project import Project
from connect_voice.secrets import as_terraform_variables
from connect_voice.terraform import FLAG, Option, Running, Terraform, base_environment
from connect_voice.tools import (
    TerraformBinary,
    cli_config,
    find_mirror,
    find_terraform,
    user_has_cli_config,
)
from connect_voice.vendors import VENDORS
from connect_voice.web_identity import with_token_file

if TYPE_CHECKING:
    import boto3  # it takes a fifth of a second, which is spent best while Terraform works

# What decides whether `terraform init` has anything to do.
_INIT_LINES = re.compile(r"^\s*(source|version|required_version|backend\s|module\s)", re.MULTILINE)


@dataclass(frozen=True)
class Workspace:
    """One environment of one checkout.

    Args:
        settings: environment variables that lead boto3 and Terraform to its AWS.
        aws: the embedded AWS where the environment is embedded, else None.
        root: the root module that Terraform works in: the checkout's, or a private copy of it.
        identity: the ARN that AWS knows this command by; empty for the embedded AWS.
    """

    project: Project
    environment: Environment
    binary: TerraformBinary
    settings: Mapping[str, str] = field(repr=False)
    aws: EmbeddedAws | None = None
    root: Path = Path()
    identity: str = ""
    _made: list[boto3.Session] = field(default_factory=list, repr=False, compare=False)

    def in_tree(self, root: Path) -> Workspace:
        """The same environment, with another copy of the root module."""
        return replace(self, root=root)

    @property
    def backend(self) -> str:
        """Where the state is, in words that differ whenever that does."""
        environment = self.environment
        key = environment.state_kms_key_id or "the account's key for S3"
        return (
            f"s3://{environment.state_bucket}/{environment.state_key} in {environment.region}, "
            f"encrypted with {key}"
        )

    @property
    def bundles(self) -> Path:
        """Where plans are sealed."""
        return self.project.dist / "bundles"

    def private(self, name: str) -> Path:
        """A folder for a private tree."""
        return self.project.cache / "terraform" / f"{self.environment.name}.{name}"

    @property
    def data_dir(self) -> Path:
        """Terraform's data folder; Terraform's own default for the embedded environment, so that
        plain ``terraform`` in the root finds itself initialised."""
        if self.environment.embedded:
            return self.project.terraform / ".terraform"
        return self.project.cache / "terraform" / self.environment.name

    @property
    def inputs_file(self) -> Path:
        """Variables that are facts of the environment rather than choices."""
        return self.project.cache / "terraform" / f"{self.environment.name}.tfvars.json"

    def session(self) -> boto3.Session:
        """The boto3 session in the environment's region.

        There is one, since each reads botocore's data anew. Its clients may be used by several
        threads, itself by one only.
        """
        import boto3  # noqa: PLC0415

        if not self._made:
            self._made.append(boto3.Session(region_name=self.environment.region))
        return self._made[0]

    def terraform(self, secrets: Mapping[str, str] | None = None) -> Terraform:
        """Terraform in the root module, with secrets as ephemeral variables if given."""
        return Terraform(
            binary=self.binary.path,
            root=self.root,
            env={**self.settings, **as_terraform_variables(secrets or {})},
            environment=self.environment.name,
        )

    def showing(self, plan: Path) -> AbstractContextManager[Running]:
        """``terraform show -json`` of a plan file, beside the body of the context. What it says
        holds sensitive values in clear."""
        return self.terraform().running("show", str(plan), json=FLAG)

    def variables(self) -> dict[str, Option]:
        """The options that plan and destroy take their variables from."""
        files = [str(self.environment.var_file), str(self.inputs_file)]
        return {"var_file": files, **({} if self.environment.refresh else {"refresh": False})}

    def command_defaults(self) -> dict[str, str]:
        """What makes plain ``terraform plan`` in the root take this environment's variables."""
        files = " ".join(
            f"-var-file={file}" for file in (self.environment.var_file, self.inputs_file)
        )
        return {f"TF_CLI_ARGS_{name}": files for name in ("plan", "refresh", "import", "console")}

    def initialise(self) -> bool:
        """Run ``terraform init`` unless nothing it depends on has changed.

        Returns:
            whether it had to run.
        """
        marker = self.data_dir / "initialised"
        fingerprint = self._fingerprint()
        if marker.is_file() and marker.read_text(encoding="utf-8") == fingerprint:
            return False
        backend = {
            "bucket": self.environment.state_bucket,
            "key": self.environment.state_key,
            "region": self.environment.region,
            "use_lockfile": "true",
        }
        if self.environment.state_kms_key_id:
            # Alone, encrypt would ask for less than the bucket's own default, which is its key.
            backend |= {"encrypt": "true", "kms_key_id": self.environment.state_kms_key_id}
        self.in_tree(self.project.terraform).terraform().run(
            "init",
            input=False,
            no_color=FLAG,
            reconfigure=FLAG,
            lockfile="readonly",
            backend_config=backend,
        )
        marker.write_text(fingerprint, encoding="utf-8")
        return True

    def _fingerprint(self) -> str:
        digest = hashlib.sha256()
        lock = self.project.terraform / ".terraform.lock.hcl"
        digest.update(lock.read_bytes() if lock.is_file() else b"")
        digest.update(repr((self.binary, self.environment)).encode())
        digest.update(self.settings.get("TF_CLI_CONFIG_FILE", "").encode())
        sources = [*self.project.terraform.glob("*.tf")]
        sources += self.project.terraform.glob("modules/*/*.tf")
        for path in sorted(sources):
            for line in path.read_text(encoding="utf-8").splitlines():
                if _INIT_LINES.match(line):
                    digest.update(f"{path.relative_to(self.project.root)}:{line}\n".encode())
        return digest.hexdigest()


def open_workspace(
    project: Project, environment: Environment, aws: EmbeddedAws | None = None
) -> Workspace:
    """Make an environment ready to work in.

    From here on this process itself speaks to the environment's AWS: boto3 reads its endpoint and
    credentials from the process's environment.

    Raises:
        UsageError: Terraform is missing or too old, or a named mirror lacks the provider.
    """
    binary = find_terraform(os.environ, project.terraform_version)
    settings = base_environment(os.environ)
    if aws is not None:
        settings = {
            **embedded.clean_environment(settings),
            **embedded.aws_settings(aws.endpoint, environment.region),
        }
    settings = with_token_file(settings, project.cache / "terraform")
    settings.setdefault("AWS_REGION", environment.region)
    if not user_has_cli_config(settings):
        settings["TF_CLI_CONFIG_FILE"] = str(_write_cli_config(project))
    workspace = Workspace(project, environment, binary, settings, aws, project.terraform)
    settings["TF_DATA_DIR"] = str(workspace.data_dir)
    _write_inputs(workspace)
    _adopt(settings)
    return workspace


def check_account(workspace: Workspace) -> str:
    """The identity that would deploy, once it is known to be in the environment's account.

    Raises:
        UsageError: there are no credentials.
        CheckFailed: they belong to another account.
        OutsideError: AWS does not answer.
    """
    from botocore.exceptions import (  # noqa: PLC0415
        BotoCoreError,
        ClientError,
        NoCredentialsError,
    )

    environment = workspace.environment
    try:
        identity = workspace.session().client("sts").get_caller_identity()
    except NoCredentialsError:
        raise UsageError(
            f"There are no AWS credentials for {environment.name}; sign in to account "
            f"{environment.account_id} first (for instance with `aws sso login`)."
        ) from None
    except ClientError as error:
        raise UsageError(f"AWS refuses the credentials for {environment.name}: {error}") from None
    except BotoCoreError as error:
        raise OutsideError(f"AWS cannot be reached: {error}") from None
    if identity["Account"] != environment.account_id:
        raise CheckFailed(
            f"The credentials are for account {identity['Account']}, but {environment.name} is "
            f"account {environment.account_id}; nothing was touched."
        )
    return str(identity["Arn"])


def _adopt(settings: Mapping[str, str]) -> None:
    for name in os.environ.keys() - settings.keys():
        if name.startswith("AWS_"):
            del os.environ[name]
    os.environ.update({name: value for name, value in settings.items() if name[:4] == "AWS_"})
    for name in ("NO_PROXY", "no_proxy"):
        if name in settings:
            os.environ[name] = settings[name]


def _write_cli_config(project: Project) -> Path:
    plugins = project.cache / "terraform" / "plugins"
    plugins.mkdir(parents=True, exist_ok=True)
    file = project.cache / "terraform" / "cli.tfrc"
    _write(file, cli_config(find_mirror(os.environ), plugins))
    return file


def _write_inputs(workspace: Workspace) -> None:
    environment = workspace.environment
    inputs: dict[str, object] = {
        "environment": environment.name,
        "account_id": environment.account_id,
        "region": environment.region,
    }
    if workspace.aws is not None:
        for vendor in VENDORS:
            stand_in = workspace.aws.stand_ins[vendor.name]
            authority = stand_in.ca_bundle.read_text(encoding="ascii")
            inputs |= vendor.stand_in_variables(stand_in.host, authority)
    _write(workspace.inputs_file, json.dumps(inputs, indent=2) + "\n")


def _write(file: Path, text: str) -> None:
    """Replace a file at once, so that a killed run never leaves half of it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(f"{file.name}.{os.getpid()}")
    new.write_text(text, encoding="utf-8")
    new.replace(file)
