"""Connect at its edge: model constraints, error formats, pages, tags, what is not emulated."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config
from connect_support import basic_queue, refused
from embedded import Embedded

from local_aws.appintegrations.responses import LocalAppIntegrations
from local_aws.connect.responses import LocalConnect

if TYPE_CHECKING:
    from mypy_boto3_connect import ConnectClient

AS_ADMINISTRATOR = (
    "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/connect/aws4_request, "
    "SignedHeaders=host, Signature=0"
)


def send(
    services: Embedded, method: str, path: str, body: str | None = None
) -> tuple[int, dict[str, str], Any]:
    """Send what no SDK would send."""
    connection = http.client.HTTPConnection(services.endpoint.removeprefix("http://"), timeout=30)
    headers = {"Authorization": AS_ADMINISTRATOR, "Content-Type": "application/json"}
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    text = response.read()
    connection.close()
    told = {name.lower(): value for name, value in response.getheaders()}
    return response.status, told, json.loads(text)


@pytest.mark.parametrize(
    ("changes", "clause"),
    [
        ({"Name": "x" * 128}, "'name' failed .* less than or equal to 127"),
        ({"MaxContacts": -1}, "'maxContacts' failed .* greater than or equal to 0"),
        ({"Tags": {"aws:x": "y"}}, "regular expression"),
        ({"Tags": {f"t{n}": "" for n in range(51)}}, "'tags' failed .* equal to 50"),
        ({"QuickConnectIds": []}, "'quickConnectIds' failed"),
    ],
)
def test_what_breaks_the_model_is_refused_as_the_service_does(
    services: Embedded, instance: str, changes: dict[str, Any], clause: str
) -> None:
    unchecked = services.client("connect", config=Config(parameter_validation=False))
    asked = {"Name": "agents", "HoursOfOperationId": "x", **changes}
    with refused("InvalidParameterException", clause):
        unchecked.create_queue(InstanceId=instance, **asked)


def test_all_broken_constraints_are_told_at_once(services: Embedded, instance: str) -> None:
    unchecked = services.client("connect", config=Config(parameter_validation=False))
    with refused("InvalidParameterException", "2 validation errors detected: .*; .*"):
        unchecked.create_contact_flow(InstanceId=instance, Name="x", Type="NO_FLOW")


def test_an_error_says_its_code_in_header_and_body(services: Embedded) -> None:
    status, headers, body = send(services, "GET", "/instance/none")
    assert status == 404
    assert headers["x-amzn-errortype"] == body["__type"] == "ResourceNotFoundException"
    assert body["Message"]


@pytest.mark.parametrize("body", ["[]", '"text"', '{"Tags": "none"}'])
def test_a_body_of_another_shape_is_the_callers_fault(services: Embedded, body: str) -> None:
    status, headers, _ = send(services, "PUT", "/instance", body)
    assert status == 400
    assert headers["x-amzn-errortype"] in ("SerializationException", "InvalidRequestException")


def test_what_is_not_emulated_says_so_and_is_not_retried(
    connect: ConnectClient, instance: str
) -> None:
    with refused("NotImplementedException", "no connect ListRules"):
        connect.list_rules(InstanceId=instance)


def test_every_operation_of_ours_is_one_of_the_service(connect: ConnectClient) -> None:
    names = LocalConnect.operations.names
    assert names
    assert [name for name in sorted(names) if not callable(getattr(connect, name, None))] == []


def test_what_checks_of_a_deployment_ask_is_there() -> None:
    needed = {
        *("describe_instance", "describe_instance_attribute", "list_instance_storage_configs"),
        *("list_lambda_functions", "list_integration_associations", "list_flow_associations"),
        *("search_users", "describe_user", "update_user_security_profiles"),
        *("list_security_profile_applications", "list_routing_profile_queues"),
        *("describe_contact_flow", "describe_queue", "describe_phone_number"),
        *("list_views", "describe_view"),
    }
    assert needed <= LocalConnect.operations.names
    assert {"get_application", "list_applications"} <= LocalAppIntegrations.operations.names


def test_operations_that_moto_has_still_work(connect: ConnectClient, instance: str) -> None:
    connect.associate_analytics_data_set(InstanceId=instance, DataSetId="users")
    listed = connect.list_analytics_data_associations(InstanceId=instance)["Results"]
    assert [row["DataSetId"] for row in listed] == ["users"]


def test_a_list_comes_in_pages(connect: ConnectClient, instance: str) -> None:
    whole = connect.list_prompts(InstanceId=instance)["PromptSummaryList"]
    pages = connect.get_paginator("list_prompts").paginate(
        InstanceId=instance, PaginationConfig={"PageSize": 2}
    )
    sizes, names = [], []
    for page in pages:
        sizes.append(len(page["PromptSummaryList"]))
        names += [row["Name"] for row in page["PromptSummaryList"]]
    assert sizes == [2, 2, 2, 1]
    assert names == [row["Name"] for row in whole]


def test_a_page_token_is_good_for_its_own_request(connect: ConnectClient, instance: str) -> None:
    first = connect.list_prompts(InstanceId=instance, MaxResults=1)
    with refused("InvalidParameterException", "token"):
        connect.list_queues(InstanceId=instance, NextToken=first["NextToken"])
    with refused("InvalidParameterException", "token"):
        connect.list_prompts(InstanceId=instance, NextToken="no token")


def test_tags_come_back_in_descriptions(connect: ConnectClient, instance: str) -> None:
    queue = basic_queue(connect, instance)
    where: Any = {"InstanceId": instance, "QueueId": queue}
    arn = connect.describe_queue(**where)["Queue"]["QueueArn"]
    connect.tag_resource(resourceArn=arn, tags={"a": "1", "b": "2"})
    connect.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert connect.describe_queue(**where)["Queue"]["Tags"] == {"b": "2"}
    assert connect.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "2"}


def test_tags_need_something_to_stick_to(connect: ConnectClient, instance: str) -> None:
    arn = connect.describe_instance(InstanceId=instance)["Instance"]["Arn"]
    connect.tag_resource(resourceArn=arn, tags={"a": "1"})
    assert connect.describe_instance(InstanceId=instance)["Instance"]["Tags"] == {"a": "1"}
    with refused("ResourceNotFoundException"):
        connect.tag_resource(resourceArn=f"{arn}/queue/none", tags={"a": "1"})
