"""Hands a function's log to CloudWatch Logs, in the function's own name."""

from __future__ import annotations

from moto.logs.models import logs_backends

from local_aws.iam.directory import BrokenPolicyError, role_caller, role_may
from local_aws.iam.evaluation import Request
from local_aws.lambda_runtime import LogBatch


def write(batch: LogBatch) -> None:
    """Put the events into the function's log group, where AWS would.

    A role that may not write, or a group that is not there (roles with least privilege cannot
    create one), loses the log without a word, as on AWS; the log file has it in any case.
    """
    logs = logs_backends[batch.account_id][batch.region]
    if batch.group not in logs.groups or not _may_write(batch, logs.partition):
        return
    logs.ensure_log_stream(batch.group, batch.stream)
    events = sorted(batch.events, key=lambda event: event.timestamp_ms)
    logs.put_log_events(
        batch.group,
        batch.stream,
        [
            {"timestamp": event.timestamp_ms, "message": event.message}
            for event in events
            if event.message  # CloudWatch Logs takes no empty event
        ],
    )


def _may_write(batch: LogBatch, partition: str) -> bool:
    stream = (
        f"arn:{partition}:logs:{batch.region}:{batch.account_id}:"
        f"log-group:{batch.group}:log-stream:{batch.stream}"
    )
    caller = role_caller(batch.role_arn, batch.function)
    try:
        return all(
            role_may(batch.role_arn, Request(caller, action, stream)).allowed
            for action in ("logs:CreateLogStream", "logs:PutLogEvents")
        )
    except BrokenPolicyError:
        return False
