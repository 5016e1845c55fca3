"""DynamoDB: items of texts, whole numbers and truths, and the conditional writes on them."""

from collections.abc import Mapping

from connect_core.aws.client import Aws, JsonService
from connect_core.aws.fault import AwsFault
from connect_core.deadline import Deadline
from connect_core.value import Value

AttributeValue = str | int | bool
Item = Mapping[str, AttributeValue]

_DYNAMODB = JsonService("dynamodb", "DynamoDB_20120810", "1.0")
_CONDITION = "ConditionalCheckFailedException"


class Condition(Value):
    """What must hold for a write.

    Args:
        expression: A condition expression; names in it as they are, values as ``:name``.
        values: The values, without the colon.
    """

    expression: str
    values: Item


class Table:
    """One table.

    Args:
        aws: Sends the requests.
        name: The table's name.
    """

    def __init__(self, aws: Aws, name: str) -> None:
        self._aws = aws
        self._name = name

    def put(self, item: Item, condition: Condition, deadline: Deadline) -> Item | None:
        """Write an item if the condition holds.

        Returns:
            None when it was written, else the item that is there.

        Raises:
            AwsFault: Neither is known.
        """
        payload = {
            "TableName": self._name,
            "Item": _typed(item),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            **_condition(condition),
        }
        return self._write("PutItem", payload, deadline)

    def update(
        self, key: Item, changes: Item, condition: Condition, deadline: Deadline
    ) -> Item | None:
        """Change attributes of an item if the condition holds.

        Returns:
            None when it was changed, else the item as it is.

        Raises:
            AwsFault: Neither is known.
        """
        conditions = _condition(Condition(condition.expression, {**condition.values, **changes}))
        payload = {
            "TableName": self._name,
            "Key": _typed(key),
            "UpdateExpression": "SET " + ", ".join(f"#{name} = :{name}" for name in changes),
            # Some names are reserved words to DynamoDB.
            "ExpressionAttributeNames": {f"#{name}": name for name in changes},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            **conditions,
        }
        return self._write("UpdateItem", payload, deadline)

    def delete(self, key: Item, condition: Condition, deadline: Deadline) -> None:
        """Remove an item if the condition holds.

        Raises:
            AwsFault: It is not known whether it was removed.
        """
        payload = {"TableName": self._name, "Key": _typed(key), **_condition(condition)}
        self._write("DeleteItem", payload, deadline)

    def _write(
        self, operation: str, payload: Mapping[str, object], deadline: Deadline
    ) -> Item | None:
        try:
            self._aws.json(_DYNAMODB, operation, payload, deadline)
        except AwsFault as fault:
            if fault.code != _CONDITION:
                raise
            return _untyped(fault.details.get("Item"))
        return None


def _condition(condition: Condition) -> Mapping[str, object]:
    values = {f":{name}": value for name, value in _typed(condition.values).items()}
    given: dict[str, object] = {"ConditionExpression": condition.expression}
    if values:
        given["ExpressionAttributeValues"] = values
    return given


def _typed(item: Item) -> dict[str, Mapping[str, str | bool]]:
    return {name: _attribute(value) for name, value in item.items()}


def _attribute(value: AttributeValue) -> Mapping[str, str | bool]:
    if isinstance(value, bool):
        return {"BOOL": value}
    return {"N": str(value)} if isinstance(value, int) else {"S": value}


def _untyped(item: object) -> Item:
    """An item as it came; attributes of other types than ours are left out."""
    found: dict[str, AttributeValue] = {}
    for name, attribute in item.items() if isinstance(item, dict) else ():
        match attribute:
            case {"BOOL": bool(value)} | {"S": str(value)}:
                found[name] = value
            case {"N": str(digits)} if digits.isascii() and digits.isdigit():
                found[name] = int(digits[:18])
    return found
