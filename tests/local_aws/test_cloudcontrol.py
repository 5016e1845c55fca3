"""Cloud Control: third-party applications, their association and the profile that grants them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from connect_support import refused
from embedded import Embedded

if TYPE_CHECKING:
    from mypy_boto3_connect import ConnectClient

APPLICATION = "AWS::AppIntegrations::Application"
ASSOCIATION = "AWS::Connect::IntegrationAssociation"
PROFILE = "AWS::Connect::SecurityProfile"

DESIRED = {
    "Name": "Agent help",
    "Namespace": "vendor.example",
    "ApplicationSourceConfig": {"ExternalUrlConfig": {"AccessUrl": "https://vendor.example/"}},
    "Permissions": ["Contact.Details.View"],
    "Tags": [{"Key": "team", "Value": "voice"}],
}


class Control:
    """Cloud Control as a client that waits for its requests."""

    def __init__(self, services: Embedded) -> None:
        self.client = services.client("cloudcontrol")

    def ended(self, event: dict[str, Any]) -> dict[str, Any]:
        assert event["ProgressEvent"]["OperationStatus"] == "IN_PROGRESS"
        token = event["ProgressEvent"]["RequestToken"]
        answer: dict[str, Any] = self.client.get_resource_request_status(RequestToken=token)
        ended: dict[str, Any] = answer["ProgressEvent"]
        return ended

    def create(self, kind: str, desired: dict[str, Any], **more: Any) -> dict[str, Any]:
        text = json.dumps(desired)
        return self.ended(self.client.create_resource(TypeName=kind, DesiredState=text, **more))

    def patch(self, kind: str, identifier: str, *operations: dict[str, Any]) -> dict[str, Any]:
        return self.ended(
            self.client.update_resource(
                TypeName=kind, Identifier=identifier, PatchDocument=json.dumps(operations)
            )
        )

    def delete(self, kind: str, identifier: str) -> dict[str, Any]:
        return self.ended(self.client.delete_resource(TypeName=kind, Identifier=identifier))

    def read(self, kind: str, identifier: str) -> dict[str, Any]:
        answer = self.client.get_resource(TypeName=kind, Identifier=identifier)
        model: dict[str, Any] = json.loads(answer["ResourceDescription"]["Properties"])
        return model


@pytest.fixture
def control(services: Embedded) -> Control:
    return Control(services)


@pytest.fixture
def application(control: Control) -> Iterator[str]:
    event = control.create(APPLICATION, DESIRED)
    assert event["OperationStatus"] == "SUCCESS", event
    yield event["Identifier"]
    control.delete(APPLICATION, event["Identifier"])


@pytest.fixture
def instance_arn(connect: ConnectClient, instance: str) -> str:
    return connect.describe_instance(InstanceId=instance)["Instance"]["Arn"]


def test_an_application_is_one_thing_in_both_apis(
    services: Embedded, control: Control, application: str
) -> None:
    told = services.client("appintegrations").get_application(Arn=application)
    model = control.read(APPLICATION, application)
    assert told["Namespace"] == model["Namespace"] == "vendor.example"
    assert told["Permissions"] == model["Permissions"] == ["Contact.Details.View"]
    assert told["Tags"] == {"team": "voice"}
    assert {name: model[name] for name in DESIRED} == DESIRED
    assert model["ApplicationArn"] == told["Arn"] == application
    listed = control.client.list_resources(TypeName=APPLICATION)["ResourceDescriptions"]
    assert [row["Identifier"] for row in listed] == [application]


def test_a_namespace_belongs_to_one_application(
    services: Embedded, control: Control, application: str
) -> None:
    event = control.create(APPLICATION, {**DESIRED, "Name": "Another"})
    assert (event["OperationStatus"], event["ErrorCode"]) == ("FAILED", "AlreadyExists")
    assert "vendor.example" in event["StatusMessage"]
    assert control.read(APPLICATION, application)["Name"] == "Agent help"
    with refused("DuplicateResourceException"):
        services.client("appintegrations").create_application(
            Name="Another",
            Namespace="vendor.example",
            ApplicationSourceConfig=DESIRED["ApplicationSourceConfig"],
        )


def test_a_patch_changes_what_it_names(control: Control, application: str) -> None:
    event = control.patch(
        APPLICATION,
        application,
        {"op": "replace", "path": "/Name", "value": "Agent helper"},
        {"op": "remove", "path": "/Tags"},
        {"op": "add", "path": "/Permissions/-", "value": "User.Details.View"},
    )
    assert event["OperationStatus"] == "SUCCESS", event
    model = control.read(APPLICATION, application)
    assert model["Name"] == "Agent helper"
    assert model["Permissions"] == ["Contact.Details.View", "User.Details.View"]
    assert "Tags" not in model


def test_a_namespace_is_for_life(control: Control, application: str) -> None:
    change = {"op": "replace", "path": "/Namespace", "value": "other.example"}
    event = control.patch(APPLICATION, application, change)
    assert (event["OperationStatus"], event["ErrorCode"]) == ("FAILED", "InvalidRequest")


@pytest.mark.parametrize(
    ("desired", "message"),
    [
        ({**DESIRED, "Surprise": 1}, "Surprise"),
        ({**DESIRED, "Id": "mine"}, "Id is read-only"),
        ({"Name": "no namespace"}, "Namespace"),
        ({**DESIRED, "InitializationTimeout": 0}, "minimum"),
    ],
)
def test_a_state_must_satisfy_the_registrys_schema(
    control: Control, desired: dict[str, Any], message: str
) -> None:
    with refused("ValidationException", f"Model validation failed .*{message}"):
        control.create(APPLICATION, desired)


def test_the_association_holds_the_application(
    connect: ConnectClient, control: Control, application: str, instance_arn: str
) -> None:
    event = control.create(
        ASSOCIATION,
        {
            "InstanceId": instance_arn,
            "IntegrationType": "APPLICATION",
            "IntegrationArn": application,
        },
    )
    identifier = f"{instance_arn}|APPLICATION|{application}"
    assert event["Identifier"] == identifier
    listed = connect.list_integration_associations(
        InstanceId=instance_arn, IntegrationType="APPLICATION"
    )["IntegrationAssociationSummaryList"]
    assert [row["IntegrationArn"] for row in listed] == [application]
    held = control.delete(APPLICATION, application)
    assert (held["OperationStatus"], held["ErrorCode"]) == ("FAILED", "InvalidRequest")
    assert control.delete(ASSOCIATION, identifier)["OperationStatus"] == "SUCCESS"
    with refused("ResourceNotFoundException"):
        control.read(ASSOCIATION, identifier)


def test_an_application_must_be_there_to_be_associated(
    control: Control, application: str, instance_arn: str
) -> None:
    event = control.create(
        ASSOCIATION,
        {
            "InstanceId": instance_arn,
            "IntegrationType": "APPLICATION",
            "IntegrationArn": f"{application}0",
        },
    )
    assert (event["OperationStatus"], event["ErrorCode"]) == ("FAILED", "NotFound")


def test_a_profile_grants_the_application(
    connect: ConnectClient, control: Control, instance_arn: str
) -> None:
    event = control.create(
        PROFILE,
        {
            "InstanceArn": instance_arn,
            "SecurityProfileName": "AgentHelp",
            "Permissions": ["BasicAgentAccess"],
            "Applications": [{"Namespace": "vendor.example", "ApplicationPermissions": ["ACCESS"]}],
        },
    )
    identifier = event["Identifier"]
    granted = connect.list_security_profile_applications(
        InstanceId=instance_arn, SecurityProfileId=identifier
    )["Applications"]
    assert granted == [{"Namespace": "vendor.example", "ApplicationPermissions": ["ACCESS"]}]
    with refused("NotUpdatableException", "SecurityProfileName"):
        control.patch(
            PROFILE, identifier, {"op": "replace", "path": "/SecurityProfileName", "value": "B"}
        )
    control.patch(PROFILE, identifier, {"op": "remove", "path": "/Applications"})
    assert "Applications" not in control.read(PROFILE, identifier)
    listed = control.client.list_resources(
        TypeName=PROFILE, ResourceModel=json.dumps({"InstanceArn": instance_arn})
    )["ResourceDescriptions"]
    assert identifier in [row["Identifier"] for row in listed]
    assert control.delete(PROFILE, identifier)["OperationStatus"] == "SUCCESS"


def test_a_repeated_request_creates_once(control: Control) -> None:
    first = control.create(APPLICATION, {**DESIRED, "Namespace": "once"}, ClientToken="t1")
    again = control.create(APPLICATION, {**DESIRED, "Namespace": "once"}, ClientToken="t1")
    assert first["OperationStatus"] == again["OperationStatus"] == "SUCCESS"
    assert first["Identifier"] == again["Identifier"]
    with refused("ClientTokenConflictException"):
        control.create(APPLICATION, {**DESIRED, "Namespace": "twice"}, ClientToken="t1")
    control.delete(APPLICATION, first["Identifier"])


def test_the_registry_describes_types_and_knows_which_exist(services: Embedded) -> None:
    registry = services.client("cloudformation")
    told = registry.describe_type(Type="RESOURCE", TypeName=PROFILE)
    assert json.loads(told["Schema"])["typeName"] == PROFILE
    with refused("TypeNotFoundException"):
        registry.describe_type(Type="RESOURCE", TypeName="AWS::Connect::Nothing")


def test_a_type_without_a_handler_says_so(control: Control) -> None:
    with refused("UnsupportedActionException", "AWS::S3::Bucket"):
        control.create("AWS::S3::Bucket", {})
