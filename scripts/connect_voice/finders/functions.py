"""Lambda functions that an interrupted run made, and what belongs to a function."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

from connect_voice.finders.lookup import Found, Lookup, made_for, none_if_absent
from connect_voice.in_doubt import Doubt

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient

_ABSENT = "ResourceNotFoundException"


def function(doubt: Doubt, lookup: Lookup) -> Found | None:
    """The function of that name, once it can be changed."""
    client: LambdaClient = lookup.session.client("lambda")
    name = doubt.identity["function_name"]
    answer = none_if_absent(lambda: client.get_function_configuration(FunctionName=name), _ABSENT)
    if answer is None:
        return None
    tags = client.list_tags(Resource=answer["FunctionArn"])["Tags"]
    modified = datetime.fromisoformat(answer["LastModified"])
    if not made_for(doubt, tags, modified):
        return None
    lookup.settle(
        f"the function {name}",
        lambda: client.get_function_configuration(FunctionName=name).get("State", "Active"),
        {"Pending"},
    )
    return Found(name, answer["FunctionArn"])


def alias(doubt: Doubt, lookup: Lookup) -> Found | None:
    """The alias of that name of a function of ours; aliases have no tags."""
    client: LambdaClient = lookup.session.client("lambda")
    of, name = doubt.identity["function_name"], doubt.identity["name"]
    if of not in lookup.ids("aws_lambda_function"):
        return None
    answer = none_if_absent(lambda: client.get_alias(FunctionName=of, Name=name), _ABSENT)
    return Found(f"{of}/{name}", answer["AliasArn"]) if answer else None


def permission(doubt: Doubt, lookup: Lookup) -> Found | None:
    """The statement of that id in the policy of a function of ours."""
    client: LambdaClient = lookup.session.client("lambda")
    of, statement = doubt.identity["function_name"], doubt.identity["statement_id"]
    qualifier = doubt.identity.get("qualifier")
    if of not in lookup.ids("aws_lambda_function"):
        return None
    where = {"Qualifier": qualifier} if qualifier else {}
    answer = none_if_absent(lambda: client.get_policy(FunctionName=of, **where), _ABSENT)
    statements = json.loads(answer["Policy"])["Statement"] if answer else []
    if not any(entry.get("Sid") == statement for entry in statements):
        return None
    return Found(f"{of}:{qualifier}/{statement}" if qualifier else f"{of}/{statement}")
