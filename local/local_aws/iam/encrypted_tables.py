"""What DynamoDB asks of KMS for whoever reads or writes an encrypted table."""

from __future__ import annotations

from moto.backends import get_backend

from local_aws.iam.calls import Call
from local_aws.iam.key_use import KeyUse
from local_aws.iam.resources import table_arns

OPERATIONS = frozenset(
    {
        "BatchGetItem",
        "BatchWriteItem",
        "DeleteItem",
        "GetItem",
        "PutItem",
        "Query",
        "Scan",
        "TransactGetItems",
        "TransactWriteItems",
        "UpdateItem",
    }
)
"""The operations that touch items, by which alone the table's key is decrypted."""


def key_uses(call: Call) -> tuple[KeyUse, ...]:
    """Return the uses of KMS keys that reading or writing items entails.

    DynamoDB decrypts the table's key for each principal that calls it, with the table's name and
    the account as encryption context (DynamoDB developer guide, "DynamoDB encryption at rest: how
    it works" and "Using AWS KMS keys in DynamoDB"). A table under the key that DynamoDB owns has no
    key of the account, and the key that AWS manages for the account lets everybody in it through.
    """
    if call.operation not in OPERATIONS:
        return ()
    found = []
    for arn in table_arns(call):
        parts, name = arn.split(":"), arn.rpartition("/")[2]
        table = get_backend("dynamodb")[parts[4]][parts[3]].tables.get(name)
        encryption = (table.sse_specification if table else None) or {}
        if encryption.get("Enabled") is True:
            found.append(
                KeyUse(
                    "kms:Decrypt",
                    str(encryption["KMSMasterKeyId"]),
                    {"aws:dynamodb:tableName": name, "aws:dynamodb:subscriberId": parts[4]},
                    unusable="ValidationException",
                    preamble="KMS key access denied error: ",
                )
            )
    return tuple(found)
