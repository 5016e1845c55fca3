"""What a plan would destroy that cannot be had again, and Terraform's reason in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from plan_policy.exceptions import PROTECTION as _ID
from plan_policy.plan import Action, Plan, ResourceChange
from plan_policy.rule import Finding, Rule, fails
from plan_policy.world import World

__all__ = ["PROTECTED", "PROTECTION", "Loss", "losses", "reason_in_words"]

PROTECTED: Mapping[str, str] = {
    "aws_cloudformation_stack": "whatever the stack holds",
    "aws_cloudwatch_log_group": "the logs in it, which say what happened in calls",
    "aws_connect_instance": "the contact centre with its users, numbers and contact records",
    "aws_connect_phone_number": "the number, which goes back to the carrier for anybody to claim",
    "aws_dynamodb_table": "the items in it",
    "aws_kinesis_stream": "the records in it that nobody has read yet",
    "aws_kinesis_video_stream": "the recordings in it",
    "aws_kms_external_key": "everything that is encrypted with the key",
    "aws_kms_key": "everything that is encrypted with the key",
    "aws_kms_replica_key": "everything that is encrypted with the key",
    "aws_s3_bucket": "the objects in it",
    "aws_secretsmanager_secret": "the secret",
    "aws_ssm_parameter": "the secret",
}
"""What is lost with a resource, by type; of SSM parameters only SecureStrings count."""

# Cloud Control makes resources of any kind under one type of Terraform's.
_CLOUD_CONTROL: Mapping[str, str] = {
    "AWS::CloudFormation::Stack": "aws_cloudformation_stack",
    "AWS::Connect::Instance": "aws_connect_instance",
    "AWS::Connect::PhoneNumber": "aws_connect_phone_number",
    "AWS::DynamoDB::GlobalTable": "aws_dynamodb_table",
    "AWS::DynamoDB::Table": "aws_dynamodb_table",
    "AWS::KMS::Key": "aws_kms_key",
    "AWS::KMS::ReplicaKey": "aws_kms_replica_key",
    "AWS::Kinesis::Stream": "aws_kinesis_stream",
    "AWS::KinesisVideo::Stream": "aws_kinesis_video_stream",
    "AWS::Logs::LogGroup": "aws_cloudwatch_log_group",
    "AWS::S3::Bucket": "aws_s3_bucket",
    "AWS::SSM::Parameter": "aws_ssm_parameter",
    "AWS::SecretsManager::Secret": "aws_secretsmanager_secret",
}

# Source: Terraform's JSON output format, "Change Representation", action_reason.
_REASONS: Mapping[str, str] = {
    "replace_because_tainted": "an earlier apply of it failed half-way",
    "replace_by_request": "somebody asked for it with -replace",
    "replace_by_triggers": "something that it is to be replaced with changes",
    "delete_because_no_resource_config": "its block is no longer in the configuration",
    "delete_because_no_module": "the module it was in is no longer in the configuration",
    "delete_because_wrong_repetition": "its block has count or for_each now, or has them no more",
    "delete_because_count_index": "count is lower now",
    "delete_because_each_key": "for_each no longer has its key",
    "delete_because_no_move_target": "a moved block sends it to where nothing is",
}
_VERBS: Mapping[Action, str] = {
    Action.DELETE: "deletes it",
    Action.REPLACE: "deletes it and makes it anew",
    Action.FORGET: "lets go of it",
}


@dataclass(frozen=True)
class Loss:
    """Something that a plan destroys or lets go of, and that cannot be had again.

    Attributes:
        address: the resource; for an object that a replacement left behind, with its key.
        what: what is lost with it.
    """

    address: str
    action: Action
    what: str
    because: str

    @property
    def sentence(self) -> str:
        """What happens, why, and what to do."""
        because = f", because {self.because}" if self.because else ""
        lost = (
            f"Terraform would no longer look after {self.what}"
            if self.action is Action.FORGET
            else f"{self.what} would be lost"
        )
        return (
            f"The plan {_VERBS[self.action]}{because}: {lost}; if that is meant, put an "
            "override for this change into policies/overrides.toml."
        )


def losses(plan: Plan) -> Iterator[Loss]:
    """What a plan destroys that is protected, in the plan's order."""
    for change in plan.changes:
        what = _lost(change)
        if change.managed and change.action in _VERBS and what:
            address = change.address
            if change.deposed is not None:
                address = f"{address} (deposed {change.deposed})"
            yield Loss(address, change.action, what, reason_in_words(change))


def reason_in_words(change: ResourceChange) -> str:
    """Terraform's reason for a replacement or a deletion, to go after "because"; may be empty."""
    if change.deposed is not None:
        return "an earlier replacement left it behind"
    if change.reason == "replace_because_cannot_update":
        paths = dict.fromkeys(_path(path) for path in change.replace_paths)
        return f"{' and '.join(paths) or 'what changes of it'} cannot be changed in place"
    return _REASONS.get(change.reason or "", "")


def _lost(change: ResourceChange) -> str | None:
    kind = change.type
    if kind == "aws_cloudcontrolapi_resource":
        name = _before(change).get("type_name")
        if not isinstance(name, str):
            return "what nobody can tell"
        kind = _CLOUD_CONTROL.get(name, "")
    if kind == "aws_ssm_parameter" and str(_before(change).get("type")) in {
        "String",
        "StringList",
    }:
        return None
    return PROTECTED.get(kind)


def _before(change: ResourceChange) -> Mapping[str, Any]:
    return change.before or {}


def _path(path: tuple[str | int, ...]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)[1:]


def _judge(world: World) -> Iterator[Finding]:
    for loss in losses(world.plan):
        yield fails(loss.address, loss.sentence)


PROTECTION = Rule(
    _ID,
    "Nothing is destroyed that cannot be had again",
    "A deleted block or a changed name takes the instance, a number or a key with it, and with it "
    "the contact centre.",
    "Keep the block, or give an override in policies/overrides.toml for this one change.",
    _judge,
)
