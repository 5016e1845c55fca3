"""``bootstrap``: the state's bucket and key, and the roles that pipelines deploy with, as code.

The bucket cannot keep the state of its own making before it is there. So the first state is a local
file, and moves into the bucket as soon as there is one. Every step finds out by itself what an
earlier run has left, so the command can be interrupted anywhere and run again.
"""

from __future__ import annotations

import fcntl
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from connect_voice.console import Progress
from connect_voice.environment import Environment, environment_names, load_environment
from connect_voice.errors import CheckFailed, OutsideError, UsageError
from connect_voice.pipeline_settings import PipelineSettings, load_pipeline_settings
from connect_voice.project import Project
from connect_voice.state import bucket_exists
from connect_voice.terraform import FLAG, Terraform
from connect_voice.workspace import check_account, open_workspace

_NO_CHANGES, _CHANGES = 0, 2  # terraform plan -detailed-exitcode
_ROLES = ("plan", "drift", "apply")
_ABSENT = {"404", "NoSuchBucket", "NoSuchEntity", "NoSuchTagSet", "NotFoundException", "NoSuchKey"}
_LOCAL_BACKEND = 'terraform {\n  backend "local" {}\n}\n'
_LOCAL_STATE = "terraform.tfstate"


@dataclass(frozen=True)
class Bootstrapped:
    """What there is now.

    Args:
        changed: whether this run changed anything.
        role_arns: the pipeline's roles by name; none where no pipeline is named.
        permissions_boundary_arn: what ``terraform.tfvars`` should name, if there is a pipeline.
    """

    environment: Environment
    changed: bool
    state_kms_key_arn: str
    role_arns: dict[str, str]
    permissions_boundary_arn: str | None


def bootstrap(
    project: Project,
    environment: Environment,
    progress: Progress,
    *,
    confirm: Callable[[str], bool],
) -> Bootstrapped:
    """Bring the state's bucket, its key and the pipeline's roles to what the environment says.

    Args:
        confirm: is shown the plan, and says whether to go on; asked only when there is anything
            to change.

    Raises:
        UsageError: a setting or the credentials are wrong, or the plan was not confirmed.
        CommandError: AWS or Terraform refuses; the same command goes on from there.
    """
    if environment.embedded:
        raise UsageError(
            f"{environment.name} needs no bootstrap: make deploy makes the embedded AWS's bucket."
        )
    settings = load_pipeline_settings(environment)
    with _work_folder(project, environment) as folder:
        with progress.stage("check") as stage:
            workspace = open_workspace(project, environment)
            stage.note = check_account(workspace)
            session = workspace.session()
            has_bucket = bucket_exists(environment, session)
            existing = find_existing(environment, settings, session, has_bucket=has_bucket)
        _write(folder, project, environment, settings, existing)
        terraform = Terraform(
            binary=workspace.binary.path,
            root=folder,
            env={**workspace.settings, "TF_DATA_DIR": str(folder / ".terraform")},
        )
        with progress.stage("init") as stage:
            stage.note = _initialise(terraform, environment, session, has_bucket=has_bucket)
            _untaint(terraform)
        changed = _change(terraform, progress, confirm)
        if not has_bucket:
            with progress.stage("move") as stage:
                stage.note = _initialise(terraform, environment, session, has_bucket=True)
        outputs = json.loads(terraform.run("output", json=FLAG).output)
    return Bootstrapped(
        environment=environment,
        changed=changed,
        state_kms_key_arn=str(outputs["state_kms_key_arn"]["value"]),
        role_arns={name: str(arn) for name, arn in outputs["role_arns"]["value"].items()},
        permissions_boundary_arn=outputs.get("permissions_boundary_arn", {}).get("value"),
    )


def find_existing(
    environment: Environment,
    settings: PipelineSettings,
    session: boto3.Session,
    *,
    has_bucket: bool,
) -> dict[str, Any]:
    """What is there already by the names that the bootstrap uses, as its variable ``existing``.

    Raises:
        UsageError: the bucket belongs to another environment.
        OutsideError: AWS refuses to tell.
    """
    prefix = f"{settings.project}-{environment.name}"
    found: dict[str, Any] = {"providers": {}, "foreign": [], "roles": {}, "policies": {}}
    kms, iam = session.client("kms"), session.client("iam")
    partition = session.get_partition_for_region(environment.region)
    account = f"arn:{partition}:iam::{environment.account_id}"
    if has_bucket:
        _refuse_foreign_bucket(environment, session)
        found["bucket"] = environment.state_bucket
    alias = f"alias/{prefix}-state"
    key = _ask(kms.describe_key, KeyId=alias)
    if key is not None:
        found |= {"alias": alias, "key": key["KeyMetadata"]["KeyId"]}
    for name, host in settings.issuers.items():
        arn = f"{account}:oidc-provider/{host}"
        provider = _ask(iam.get_open_id_connect_provider, OpenIDConnectProviderArn=arn)
        if provider is None:
            continue
        if {"Key": "Bootstrap", "Value": prefix} in provider.get("Tags", []):
            found["providers"][name] = arn
        else:
            found["foreign"].append(name)
    for name in _ROLES if settings.issuers else ():
        role = f"{prefix}-{name}"
        there = _ask(iam.get_role, RoleName=role)
        if there is not None and there["Role"]["Path"] == "/pipeline/":
            found["roles"][name] = role
    policies = ["reads", "connect"] if settings.issuers else []
    policies += ["boundary"] * settings.own_boundary
    for name in policies:
        arn = f"{account}:policy/pipeline/{prefix}-{name}"
        if _ask(iam.get_policy, PolicyArn=arn) is not None:
            found["policies"][name] = arn
    return found


def state_environment(environment: Environment) -> Environment:
    """The environment with the key under which the bootstrap itself keeps its state."""
    return replace(environment, state_key=f"{environment.state_key}.bootstrap")


def _refuse_foreign_bucket(environment: Environment, session: boto3.Session) -> None:
    bucket = environment.state_bucket
    answer = _ask(session.client("s3").get_bucket_tagging, Bucket=bucket) or {}
    tags = {tag["Key"]: tag["Value"] for tag in answer.get("TagSet", [])}
    owner = tags.get("Environment")
    if tags.get("ManagedBy") == "bootstrap" and owner != environment.name:
        raise UsageError(
            f"The bucket {bucket} belongs to the environment {owner}; set state_bucket in "
            f"terraform/environments/{environment.name}/env.toml to a bucket of its own."
        )


def _ask(call: Callable[..., Any], **parameters: str) -> Any:
    """What AWS answers, None for what is not there."""
    try:
        return call(**parameters)
    except ClientError as error:
        if error.response["Error"]["Code"] in _ABSENT:
            return None
        raise OutsideError(f"AWS refuses what a bootstrap has to look at: {error}") from None
    except BotoCoreError as error:
        raise OutsideError(f"AWS cannot be reached: {error}") from None


@contextmanager
def _work_folder(project: Project, environment: Environment) -> Iterator[Path]:
    """Where Terraform works, one bootstrap at a time; its local state outlives the command."""
    folder = project.cache / "terraform" / f"{environment.name}.bootstrap"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder.parent / f"{environment.name}.bootstrap.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OutsideError(
                f"Another bootstrap of {environment.name} is at work in this checkout; wait for it."
            ) from None
        yield folder


def _write(
    folder: Path,
    project: Project,
    environment: Environment,
    settings: PipelineSettings,
    existing: dict[str, Any],
) -> None:
    """The root as it is in the checkout, and its variables."""
    for old in folder.glob("*.tf"):
        old.unlink()
    for source in sorted((project.terraform / "bootstrap").glob("*.tf")):
        shutil.copyfile(source, folder / source.name)
    lock = project.terraform / ".terraform.lock.hcl"
    shutil.copyfile(lock, folder / lock.name)
    neighbours = _neighbours(project, environment)
    before = neighbours.get(environment.promotes_from or "")
    variables = {
        **settings.variables,
        "environment": environment.name,
        "account_id": environment.account_id,
        "region": environment.region,
        "state_bucket": environment.state_bucket,
        "state_key": environment.state_key,
        "promotes_to": [
            {"environment": other.name, "account_id": other.account_id}
            for other in neighbours.values()
            if other.promotes_from == environment.name
        ],
        "promotes_from": before
        and {
            "environment": before.name,
            "account_id": before.account_id,
            "region": before.region,
            "state_bucket": before.state_bucket,
            "state_key": before.state_key,
        },
        "existing": existing,
    }
    text = json.dumps(variables, indent=2) + "\n"
    (folder / "bootstrap.auto.tfvars.json").write_text(text, encoding="utf-8")


def _neighbours(project: Project, environment: Environment) -> dict[str, Environment]:
    """The other environments that are filled in."""
    found = {}
    for name in environment_names(project):
        if name != environment.name:
            try:
                found[name] = load_environment(project, name)
            except UsageError:
                continue  # still as it was shipped
    return found


def _initialise(
    terraform: Terraform, environment: Environment, session: boto3.Session, *, has_bucket: bool
) -> str:
    """Make Terraform's backend the local file or the bucket, and the state follow.

    Returns:
        a note where the state is.
    """
    folder = terraform.root
    override = folder / "backend_override.tf"
    local = folder / _LOCAL_STATE
    common = {"input": False, "no_color": FLAG, "lockfile": "readonly"}
    if not has_bucket:
        override.write_text(_LOCAL_BACKEND, encoding="utf-8")
        terraform.run("init", reconfigure=FLAG, **common)
        return "state in a local file until there is a bucket"
    override.unlink(missing_ok=True)
    backend = {
        "bucket": environment.state_bucket,
        "key": state_environment(environment).state_key,
        "region": environment.region,
        "use_lockfile": "true",
    }
    if not _has_to_move(local, environment, session):
        terraform.run("init", reconfigure=FLAG, backend_config=backend, **common)
        _forget(local)
        return f"state in {environment.state_bucket}"
    terraform.run("init", migrate_state=FLAG, force_copy=FLAG, backend_config=backend, **common)
    _forget(local)
    return f"state moved into {environment.state_bucket}"


def _has_to_move(local: Path, environment: Environment, session: boto3.Session) -> bool:
    """Whether the local file holds a state that the bucket lacks.

    Raises:
        CheckFailed: each holds a state of its own.
    """
    ours = json.loads(local.read_text(encoding="utf-8")) if _filled(local) else {}
    if not ours.get("resources"):
        return False
    where = {
        "Bucket": environment.state_bucket,
        "Key": state_environment(environment).state_key,
    }
    answer = _ask(session.client("s3").get_object, **where)
    if answer is None:
        return True
    theirs = json.loads(answer["Body"].read())
    if theirs["lineage"] != ours["lineage"]:
        raise CheckFailed(
            f"{local} and s3://{where['Bucket']}/{where['Key']} are two different states of the "
            "bootstrap; find out which one is right and delete the other."
        )
    return bool(ours["serial"] > theirs["serial"])


def _untaint(terraform: Terraform) -> None:
    """Keep what was made while somebody interrupted: Terraform would replace it, the bucket too."""
    state = terraform.run("state pull").output
    for resource in json.loads(state)["resources"] if state.strip() else ():
        for instance in resource["instances"]:
            if instance.get("status") == "tainted":
                key = f"[{json.dumps(instance['index_key'])}]" if "index_key" in instance else ""
                address = f"{resource['type']}.{resource['name']}{key}"
                terraform.run("untaint", address, no_color=FLAG)


def _filled(file: Path) -> bool:
    return file.is_file() and file.stat().st_size > 0


def _forget(local: Path) -> None:
    """Remove the local state, which is in the bucket now, and the copy that Terraform keeps."""
    for file in (local, local.with_name(f"{local.name}.backup")):
        file.unlink(missing_ok=True)


def _change(terraform: Terraform, progress: Progress, confirm: Callable[[str], bool]) -> bool:
    """Plan, show, ask and apply; whether anything was changed."""
    file = terraform.root / "bootstrap.tfplan"
    with progress.stage("plan") as stage:
        done = terraform.run(
            "plan",
            good=(_NO_CHANGES, _CHANGES),
            json=FLAG,
            input=False,
            detailed_exitcode=FLAG,
            out=str(file),
        )
        stage.note = "changes" if done.exit_code == _CHANGES else "no changes"
    if done.exit_code == _NO_CHANGES:
        return False
    shown = terraform.run("show", str(file), no_color=FLAG).output
    if not confirm(shown):
        raise UsageError("That was no yes; nothing was changed.")
    with progress.stage("apply") as stage:
        terraform.run(
            "apply",
            str(file),
            json=FLAG,
            input=False,
            on_event=lambda event: stage.update(str(event["@message"])),
        )
        stage.note = "done"
    file.unlink(missing_ok=True)
    return True
