"""The tables: claims on contacts, and what agents said of their calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from connect_voice.doctors.aws import found
from connect_voice.doctors.kore.deployment import short_name
from connect_voice.doctors.kore.look import KoreLook
from connect_voice.doctors.topic import Topic
from connect_voice.findings import Finding

TABLE = Topic("kore.table", "kore table")
EXPIRY = Topic("kore.table-expiry", "kore table expiry")
BACKUPS = Topic("kore.table-backups", "kore table backups")

_EXPIRES = "expiresAt"


def tables(look: KoreLook) -> Iterator[Finding]:
    """Active, and encrypted with our key."""
    for name in _names(look):
        topic = TABLE.of(short_name(name))
        answer = found(partial(look.aws.dynamodb.describe_table, TableName=name))
        if answer is None:
            yield topic.bad("exists", f"The table {name} does not exist; deploy again.")
            continue
        table = answer["Table"]
        status, sse = table.get("TableStatus"), table.get("SSEDescription", {})
        if status not in {"ACTIVE", "UPDATING"}:
            yield topic.bad(
                "active", f"The table {name} is {status}, not ACTIVE; wait, and look again."
            )
        key = sse.get("KMSMasterKeyArn") if isinstance(sse, Mapping) else None
        if key != look.deployed.kms_key_arn:
            yield topic.bad(
                "encrypted",
                f"The table {name} is encrypted with {key or 'a key that DynamoDB owns'} instead "
                "of this environment's; deploy again.",
            )
        else:
            yield topic.good("encrypted", "active, encrypted with this environment's key")


def expiry(look: KoreLook) -> Iterator[Finding]:
    """Items go by themselves."""
    for name in _names(look):
        topic = EXPIRY.of(short_name(name))
        answer = found(partial(look.aws.dynamodb.describe_time_to_live, TableName=name))
        if answer is None:
            continue
        told = answer["TimeToLiveDescription"]
        on = told.get("TimeToLiveStatus") in {"ENABLED", "ENABLING"}
        if on and told.get("AttributeName") == _EXPIRES:
            yield topic.good("enabled", f"items go at their {_EXPIRES}")
        else:
            yield topic.bad(
                "enabled",
                f"Items of the table {name} are kept for ever, because time to live is not on for "
                f"{_EXPIRES}; deploy again.",
            )


def backups(look: KoreLook) -> Iterator[Finding]:
    """What agents wrote can be had back; claims live for hours and need none."""
    name = look.kore.dispositions_table
    if name is None:
        return
    answer = found(lambda: look.aws.dynamodb.describe_continuous_backups(TableName=name))
    if answer is None:
        return
    recovery = answer["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
    status = recovery.get("PointInTimeRecoveryStatus") if isinstance(recovery, Mapping) else None
    if status == "ENABLED":
        yield BACKUPS.of(short_name(name)).good("enabled", "point-in-time recovery is on")
    else:
        yield BACKUPS.of(short_name(name)).bad(
            "enabled", f"Point-in-time recovery of the table {name} is off; deploy again."
        )


def _names(look: KoreLook) -> list[str]:
    return [
        name for name in (look.kore.claims_table, look.kore.dispositions_table) if name is not None
    ]
