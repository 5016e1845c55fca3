"""DynamoDB tables under a key of the account: whoever touches items needs the key as well."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from embedded import Embedded, embedded_aws
from runtime_helpers import ACCOUNT

TABLES = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table"
CLAIM = {"contactId": {"S": "c-1"}}


def allow(action: object, resource: object, **more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def condition(table: str, service: str = "dynamodb") -> dict[str, object]:
    return {
        "StringEquals": {
            "kms:ViaService": f"{service}.us-east-1.amazonaws.com",
            "kms:EncryptionContext:aws:dynamodb:tableName": table,
            "kms:EncryptionContext:aws:dynamodb:subscriberId": ACCOUNT,
        }
    }


class World:
    """Tables, and roles that use them."""

    def __init__(self, aws: Embedded) -> None:
        self.aws = aws
        self._count = 0
        self.key = self.make_key()
        self.make_table("claims", {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": self.key})
        self.make_table("plain")
        self.make_table("managed", {"Enabled": True, "SSEType": "KMS"})

    def make_key(self) -> str:
        return str(self.aws.client("kms").create_key()["KeyMetadata"]["Arn"])

    def make_table(self, name: str, encryption: dict[str, object] | None = None) -> None:
        self.aws.client("dynamodb").create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": "contactId", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "contactId", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
            **({"SSESpecification": encryption} if encryption else {}),
        )

    def client(self, *statements: dict[str, object]) -> Any:
        """DynamoDB as a role that may do what the statements say."""
        self._count += 1
        trusted = json.dumps(
            {
                "Statement": {
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                    "Action": "sts:AssumeRole",
                }
            }
        )
        arn = self.aws.role(f"uses-tables-{self._count}", *statements, trust=trusted)
        answer = self.aws.client("sts").assume_role(RoleArn=arn, RoleSessionName="tests")
        return self.aws.client("dynamodb", answer["Credentials"])


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with embedded_aws(tmp_path_factory.mktemp("tables") / "state") as aws:
        yield World(aws)


def test_items_need_the_key_for_this_very_table(world: World) -> None:
    uses = allow("dynamodb:*", f"{TABLES}/claims")
    right = world.client(uses, allow("kms:Decrypt", world.key, Condition=condition("claims")))
    right.put_item(TableName="claims", Item=CLAIM)
    right.put_item(TableName=f"{TABLES}/claims", Item=CLAIM)
    assert right.get_item(TableName="claims", Key=CLAIM)["Item"] == CLAIM
    for wrong in (
        world.client(uses),
        world.client(uses, allow("kms:Decrypt", world.key, Condition=condition("other"))),
        world.client(uses, allow("kms:Decrypt", world.key, Condition=condition("claims", "ssm"))),
        world.client(uses, allow("kms:Decrypt", world.make_key())),
    ):
        with pytest.raises(
            ClientError, match=r"KMS key access denied error.* kms:Decrypt on"
        ) as no:
            wrong.put_item(TableName="claims", Item=CLAIM)
        assert no.value.response["Error"]["Code"] == "AccessDeniedException"
        with pytest.raises(ClientError, match="kms:Decrypt"):
            wrong.batch_get_item(RequestItems={"claims": {"Keys": [CLAIM]}})
        put = {"Put": {"TableName": "claims", "Item": CLAIM}}
        with pytest.raises(ClientError, match="kms:Decrypt"):
            wrong.transact_write_items(TransactItems=[put])
        # Only the items are encrypted.
        assert wrong.describe_table(TableName="claims")["Table"]["TableName"] == "claims"


@pytest.mark.parametrize("table", ["plain", "managed"])
def test_a_table_under_no_key_of_the_account_needs_none(world: World, table: str) -> None:
    world.client(allow("dynamodb:PutItem", f"{TABLES}/{table}")).put_item(
        TableName=table, Item=CLAIM
    )


def test_a_disabled_key_stops_even_the_administrator(world: World) -> None:
    key = world.make_key()
    world.make_table("locked", {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key})
    administrator = world.aws.client("dynamodb")
    administrator.put_item(TableName="locked", Item=CLAIM)
    world.aws.client("kms").disable_key(KeyId=key.rpartition("/")[2])
    with pytest.raises(ClientError, match="is disabled"):
        administrator.get_item(TableName="locked", Key=CLAIM)


def test_a_table_tells_how_it_is_kept(world: World) -> None:
    dynamodb = world.aws.client("dynamodb")
    told = dynamodb.describe_table(TableName="claims")["Table"]
    assert told["SSEDescription"]["KMSMasterKeyArn"] == world.key
    dynamodb.update_time_to_live(
        TableName="claims",
        TimeToLiveSpecification={"Enabled": True, "AttributeName": "expiresAt"},
    )
    expiry = dynamodb.describe_time_to_live(TableName="claims")["TimeToLiveDescription"]
    assert expiry == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expiresAt"}
    dynamodb.update_continuous_backups(
        TableName="claims",
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
    )
    backups = dynamodb.describe_continuous_backups(TableName="claims")
    recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"
