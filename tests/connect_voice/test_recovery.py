"""What an interrupted apply may have made is told apart from what others made."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from connect_voice import recovery
from connect_voice.errors import CheckFailed, OutsideError
from connect_voice.finders import FINDERS, Found, Lookup, Unsure
from connect_voice.finders import lookup as lookup_module
from connect_voice.finders.removal import remove
from connect_voice.in_doubt import Doubt, creations
from connect_voice.leftovers import Leftover
from connect_voice.recovery import explained, import_blocks, look
from connect_voice.state import Managed

TAGS = {"Project": "connect-voice", "Environment": "staging", "ManagedBy": "terraform"}
OTHERS = {**TAGS, "Environment": "prod"}
NOW = datetime.now(UTC)


@pytest.fixture
def session() -> Iterator[boto3.Session]:
    with mock_aws():
        yield boto3.Session("testing", "testing", region_name="us-east-1")


def doubt(kind: str, *, since: datetime = NOW, **identity: str) -> Doubt:
    return Doubt(f"module.m.{kind}.this", kind, since, identity, TAGS)


def tag_list(tags: Mapping[str, str], key: str = "Key", value: str = "Value") -> Any:
    return [{key: name, value: text} for name, text in tags.items()]


def find(session: boto3.Session, *doubts: Doubt, managed: tuple[Managed, ...] = ()) -> list[str]:
    return [found.id for found in look(doubts, managed, Lookup(session)).values()]


def leftovers(
    session: boto3.Session, made: Doubt, managed: tuple[Managed, ...] = ()
) -> list[Leftover]:
    lookup = Lookup(session)
    assert look((made,), managed, lookup) == {}
    return lookup.leftovers


def test_a_state_that_cannot_be_set_right_says_who_can() -> None:
    def run(*_: str) -> None:
        raise OutsideError("terraform untaint ended with 1: Error: AccessDenied.")

    workspace: Any = SimpleNamespace(terraform=lambda: SimpleNamespace(run=run))
    with pytest.raises(OutsideError, match=r"left a\.b half made.* AccessDenied\. Where this role"):
        recovery._settle(workspace, "untaint", "a.b")


def put_parameter(session: boto3.Session, tags: Mapping[str, str]) -> None:
    session.client("ssm").put_parameter(
        Name="/x/client_id", Value="secret", Type="SecureString", Tags=tag_list(tags)
    )


PARAMETER = doubt("aws_ssm_parameter", name="/x/client_id")


def test_what_does_not_exist_is_not_found(session: boto3.Session) -> None:
    doubts = [
        PARAMETER,
        doubt("aws_iam_role", name="r"),
        doubt("aws_cloudwatch_log_group", name="/g"),
        doubt("aws_kms_key", description="d"),
        doubt("aws_kms_alias", name="alias/a"),
        doubt("aws_kinesis_stream", name="s"),
        TABLE,
        doubt("aws_connect_user", name="no instance yet"),
        doubt("aws_lambda_function", function_name="f"),
        doubt("aws_lambda_alias", function_name="f", name="live"),
        doubt("aws_lambda_permission", function_name="f", statement_id="s"),
        doubt("aws_connect_queue", name="no instance yet"),
    ]
    assert find(session, *doubts) == []


def test_a_parameter_with_our_tags_is_made_anew(session: boto3.Session) -> None:
    """Imported, its value would stand in the state and in every plan."""
    put_parameter(session, TAGS)
    left = leftovers(session, PARAMETER)
    assert left == [Leftover(PARAMETER.address, "AWS::SSM::Parameter", "/x/client_id")]


def test_a_tainted_parameter_is_made_anew(session: boto3.Session) -> None:
    """Refreshed, its value would stand in the state too."""
    put_parameter(session, TAGS)
    tainted = Managed(PARAMETER.address, PARAMETER.type, "/x/client_id", "", tainted=True)
    left = leftovers(session, PARAMETER, (tainted,))
    assert left == [Leftover(PARAMETER.address, "AWS::SSM::Parameter", "/x/client_id")]


@pytest.mark.parametrize("tags", [OTHERS, {}])
def test_a_parameter_of_somebody_else_is_left_alone(
    session: boto3.Session, tags: dict[str, str]
) -> None:
    put_parameter(session, tags)
    assert leftovers(session, PARAMETER) == []


def test_what_is_older_than_the_run_is_left_alone(session: boto3.Session) -> None:
    put_parameter(session, TAGS)
    late = NOW + timedelta(hours=1)
    late_parameter = doubt("aws_ssm_parameter", since=late, name="/x/client_id")
    assert leftovers(session, late_parameter) == []


def test_what_the_state_has_is_not_looked_for(session: boto3.Session) -> None:
    put_parameter(session, TAGS)
    known = Managed(PARAMETER.address, PARAMETER.type, "/x/client_id", "", tainted=False)
    assert leftovers(session, PARAMETER, (known,)) == []


def make_key(session: boto3.Session, tags: Mapping[str, str] = TAGS) -> str:
    made = session.client("kms").create_key(
        Description="ours", Tags=tag_list(tags, "TagKey", "TagValue")
    )
    return made["KeyMetadata"]["KeyId"]


KEY = doubt("aws_kms_key", description="ours")


def test_a_key_is_found_by_description_and_tags(session: boto3.Session) -> None:
    make_key(session, OTHERS)
    key = make_key(session)
    assert find(session, KEY) == [key]


def test_a_key_on_its_way_out_is_not_adopted(session: boto3.Session) -> None:
    session.client("kms").schedule_key_deletion(KeyId=make_key(session))
    assert find(session, KEY) == []


def test_a_key_that_the_state_has_elsewhere_is_not_adopted_twice(session: boto3.Session) -> None:
    elsewhere = "module.other.aws_kms_key.this"
    known = Managed(elsewhere, "aws_kms_key", make_key(session), "", tainted=False)
    assert find(session, KEY, managed=(known,)) == []


def test_two_keys_are_not_guessed_between(session: boto3.Session) -> None:
    keys = [make_key(session), make_key(session)]
    with pytest.raises(Unsure) as caught:
        find(session, KEY)
    for word in (KEY.address, *keys, "remove"):
        assert word in str(caught.value)


def test_an_alias_is_ours_when_its_key_is(session: boto3.Session) -> None:
    alias = doubt("aws_kms_alias", name="alias/a")
    key = make_key(session)
    session.client("kms").create_alias(AliasName="alias/a", TargetKeyId=key)
    assert find(session, alias) == []
    assert find(session, alias, KEY) == [key, "alias/a"]  # the key first, whatever the record says


def test_a_role_and_its_log_group(session: boto3.Session) -> None:
    session.client("iam").create_role(
        RoleName="r", AssumeRolePolicyDocument="{}", Tags=tag_list(TAGS)
    )
    session.client("logs").create_log_group(logGroupName="/g", tags=TAGS)
    session.client("logs").create_log_group(logGroupName="/g-other", tags=TAGS)
    doubts = (doubt("aws_iam_role", name="r"), doubt("aws_cloudwatch_log_group", name="/g"))
    assert find(session, *doubts) == ["r", "/g"]


def test_a_stream_that_was_never_tagged_is_ours_by_its_age(session: boto3.Session) -> None:
    session.client("kinesis").create_stream(StreamName="s", ShardCount=1)
    assert find(session, doubt("aws_kinesis_stream", name="s")) == ["s"]
    late = NOW + timedelta(hours=1)
    assert find(session, doubt("aws_kinesis_stream", since=late, name="s")) == []


def make_table(session: boto3.Session, tags: Mapping[str, str]) -> None:
    session.client("dynamodb").create_table(
        TableName="t",
        KeySchema=[{"AttributeName": "contactId", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "contactId", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        Tags=tag_list(tags),
    )


TABLE = doubt("aws_dynamodb_table", name="t")


def test_a_table_with_our_tags_is_ours(session: boto3.Session) -> None:
    make_table(session, TAGS)
    assert find(session, TABLE) == ["t"]
    late = NOW + timedelta(hours=1)
    assert find(session, doubt("aws_dynamodb_table", since=late, name="t")) == []


def test_a_table_of_somebody_else_is_left_alone(session: boto3.Session) -> None:
    make_table(session, OTHERS)
    assert find(session, TABLE) == []


def test_a_tainted_resource_is_looked_for(session: boto3.Session) -> None:
    key = make_key(session)
    tainted = Managed(KEY.address, KEY.type, key, "", tainted=True)
    assert find(session, KEY, managed=(tainted,)) == [key]


def answering(code: str) -> Callable[[Doubt, Lookup], None]:
    def refuse(_doubt: Doubt, _lookup: Lookup) -> None:
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, "ListQueues")

    return refuse


QUEUE = doubt("aws_connect_queue", name="q", instance_id="i")


def test_a_refusal_of_aws_names_the_resource(
    monkeypatch: pytest.MonkeyPatch, session: boto3.Session
) -> None:
    finders = {QUEUE.type: answering("AccessDeniedException")}
    monkeypatch.setattr("connect_voice.recovery.FINDERS", finders)
    with pytest.raises(OutsideError, match=QUEUE.address):
        find(session, QUEUE)


def test_what_was_in_an_instance_that_is_gone_is_gone(
    monkeypatch: pytest.MonkeyPatch, session: boto3.Session
) -> None:
    finders = {QUEUE.type: answering("ResourceNotFoundException")}
    monkeypatch.setattr("connect_voice.recovery.FINDERS", finders)
    assert find(session, QUEUE) == []


def test_waiting_ends(monkeypatch: pytest.MonkeyPatch, session: boto3.Session) -> None:
    monkeypatch.setattr(lookup_module, "SETTLE_SECONDS", 0.0)
    monkeypatch.setattr(lookup_module, "_POLL_SECONDS", 0.0)
    with pytest.raises(OutsideError, match=r"the instance x.*still CREATING.*again"):
        Lookup(session).settle("the instance x", lambda: "CREATING", {"CREATING"})


class Answers:
    """A client of AWS that knows its answers by operation, paginated ones too."""

    def __init__(self, **answers: Any) -> None:
        self._answers = answers

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        return lambda **_request: self._answers[operation]

    def get_paginator(self, operation: str) -> Answers:
        return Answers(paginate=[self._answers[operation]])


class Stand:
    """A session whose clients are `Answers`."""

    def __init__(self, **clients: Answers) -> None:
        self._clients = clients

    def client(self, service: str) -> Answers:
        return self._clients[service]


INSTANCE = "arn:aws:connect:us-east-1:123456789012:instance/i"
APPLICATION = "arn:aws:app-integrations:us-east-1:123456789012:application/a"
PROFILE = f"{INSTANCE}/security-profile/p"


def stand(tags: Mapping[str, str] = TAGS) -> Any:
    entry = {"Namespace": "ours", "Arn": APPLICATION, "CreatedTime": NOW}
    profile = {"Arn": PROFILE, "Tags": tags, "LastModifiedTime": NOW}
    association = {
        "IntegrationArn": APPLICATION,
        "IntegrationAssociationArn": f"{INSTANCE}/integration-association/x",
    }
    functions = [f"arn:aws:lambda:us-east-1:1:function:{name}:live" for name in ("one", "two")]
    return Stand(
        appintegrations=Answers(
            list_applications={"Applications": [entry]}, list_tags_for_resource={"tags": tags}
        ),
        connect=Answers(
            list_security_profiles={
                "SecurityProfileSummaryList": [{"Id": "p", "Name": "ours", "Arn": PROFILE}]
            },
            describe_security_profile={"SecurityProfile": profile},
            list_integration_associations={"IntegrationAssociationSummaryList": [association]},
            list_lambda_functions={"LambdaFunctions": functions},
            list_users={"UserSummaryList": [{"Id": "u", "Username": "ada"}]},
            describe_user={"User": {"Arn": "arn:u", "Tags": tags}},
        ),
    )


def cloud_control(type_name: str, **identity: str) -> Doubt:
    return doubt("aws_cloudcontrolapi_resource", type_name=type_name, **identity)


def managed(kind: str, id_: str, *, tainted: bool = False, address: str = "") -> Managed:
    return Managed(address or f"module.x.{kind}.y", kind, id_, id_, tainted=tainted)


HOURS = managed("aws_connect_hours_of_operation", "i:h")
OF_CLOUD_CONTROL = [
    (cloud_control("AWS::Connect::SecurityProfile", SecurityProfileName="ours"), PROFILE),
    # Where the plan did not know the instance, it knew no name either.
    (cloud_control("AWS::Connect::SecurityProfile"), PROFILE),
]


@pytest.mark.parametrize(("made", "identifier"), OF_CLOUD_CONTROL)
def test_what_cannot_be_adopted_is_left_to_be_removed(made: Doubt, identifier: str) -> None:
    (leftover,) = leftovers(stand(), made, managed=(HOURS,))
    assert leftover == Leftover(made.address, made.identity["type_name"], identifier)


@pytest.mark.parametrize(("made", "identifier"), OF_CLOUD_CONTROL)
def test_it_stays_when_it_is_somebody_elses_or_about_to_be_replaced(
    made: Doubt, identifier: str
) -> None:
    assert leftovers(stand(OTHERS), made, managed=(HOURS,)) == []
    for tainted in (True, False):
        known = managed(made.type, identifier, tainted=tainted)
        assert leftovers(stand(), made, managed=(HOURS, known)) == []


def test_an_application_goes_after_its_association() -> None:
    made = cloud_control("AWS::AppIntegrations::Application", Namespace="ours")
    association = f"{INSTANCE}|APPLICATION|{APPLICATION}"
    left = leftovers(stand(), made, managed=(HOURS,))
    assert [one.identifier for one in left] == [association, APPLICATION]
    # Without an instance it can be associated with none.
    assert [one.identifier for one in leftovers(stand(), made)] == [APPLICATION]
    assert leftovers(stand(OTHERS), made, managed=(HOURS,)) == []
    for tainted in (True, False):
        known = managed(made.type, APPLICATION, tainted=tainted)
        assert leftovers(stand(), made, managed=(HOURS, known)) == []


def test_an_association_is_ours_when_its_application_is() -> None:
    association = cloud_control("AWS::Connect::IntegrationAssociation")
    application = managed(association.type, APPLICATION)
    assert leftovers(stand(), association, managed=(HOURS,)) == []
    identifier = f"{INSTANCE}|APPLICATION|{APPLICATION}"
    (leftover,) = leftovers(stand(), association, managed=(HOURS, application))
    assert leftover.identifier == identifier
    known = managed(association.type, identifier, address="module.x.known")
    assert leftovers(stand(), association, managed=(HOURS, application, known)) == []


def test_leftovers_go_in_their_order_and_absence_is_no_matter() -> None:
    asked: list[str] = []

    class CloudControl:
        def delete_resource(self, *, TypeName: str, Identifier: str) -> Any:  # noqa: N803 - AWS's
            asked.append(Identifier)
            if TypeName == "gone":
                raise ClientError(
                    {"Error": {"Code": "ResourceNotFoundException"}}, "DeleteResource"
                )
            if TypeName == "kept":
                raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "x")
            return {"ProgressEvent": {"RequestToken": "t"}}

        def get_waiter(self, _name: str) -> Any:
            return Answers(wait=None)

    class Session:
        def client(self, _service: str) -> CloudControl:
            return CloudControl()

    session: Any = Session()
    remove([Leftover("a", "there", "1"), Leftover("b", "gone", "2")], session)
    assert asked == ["1", "2"]
    with pytest.raises(OutsideError, match="--type-name kept --identifier '3'"):
        remove([Leftover("c", "kept", "3")], session)


def test_a_parameter_in_clear_is_made_anew(session: boto3.Session) -> None:
    ssm = session.client("ssm")
    ssm.put_parameter(Name="/x/version", Value="1", Type="String", Tags=tag_list(TAGS))
    made = doubt("aws_ssm_parameter", name="/x/version")
    left = leftovers(session, made)
    assert left == [Leftover(made.address, "AWS::SSM::Parameter", "/x/version")]
    assert leftovers(session, made, (managed(made.type, "/x/version", address="x.known"),)) == []
    remove(left + left, session)
    assert ssm.describe_parameters()["Parameters"] == []


def test_a_user_with_our_tags_is_ours() -> None:
    user = doubt("aws_connect_user", name="ada", instance_id="i")
    assert find(stand(), user) == ["i:u"]
    assert find(stand(OTHERS), user) == []


def test_each_association_goes_with_the_function_beside_it() -> None:
    arns = {name: f"arn:aws:lambda:us-east-1:1:function:{name}:live" for name in ("one", "two")}
    aliases = tuple(
        managed("aws_lambda_alias", arn, address=f"module.{name}.aws_lambda_alias.live[0]")
        for name, arn in arns.items()
    )
    kind = "aws_connect_lambda_function_association"
    associations = [
        Doubt(f"module.{name}.{kind}.this[0]", kind, NOW, {"instance_id": "i"}) for name in arns
    ]
    assert find(stand(), *associations, managed=aliases) == [f"i,{arn}" for arn in arns.values()]


def planned(actions: list[str], after: dict[str, object], *hidden: str) -> Any:
    sensitive = dict.fromkeys(hidden, True)
    change = {"actions": actions, "after": after, "after_sensitive": sensitive}
    kind = "aws_ssm_parameter"
    return {"address": f"{kind}.x", "mode": "managed", "type": kind, "change": change}


def test_only_what_identifies_is_kept_of_a_plan() -> None:
    after = {"name": "/x", "value": "secret", "key_id": "k", "tags_all": TAGS}
    (kept,) = creations({"resource_changes": [planned(["create"], after)]}, NOW)
    assert kept == Doubt("aws_ssm_parameter.x", "aws_ssm_parameter", NOW, {"name": "/x"}, TAGS)


@pytest.mark.parametrize("actions", [["create"], ["delete", "create"], ["create", "delete"]])
def test_a_replacement_creates_too(actions: list[str]) -> None:
    assert creations({"resource_changes": [planned(actions, {"name": "/x"})]}, NOW)


@pytest.mark.parametrize("actions", [["update"], ["no-op"], ["delete"]])
def test_what_creates_nothing_leaves_no_doubt(actions: list[str]) -> None:
    assert not creations({"resource_changes": [planned(actions, {"name": "/x"})]}, NOW)


def test_of_cloud_control_the_plan_tells_what_it_knows() -> None:
    kind = "aws_cloudcontrolapi_resource"

    def creating(name: str, after: dict[str, object]) -> dict[str, object]:
        change = {"actions": ["create"], "after": after}
        return {"address": f"{kind}.{name}", "mode": "managed", "type": kind, "change": change}

    type_name = "AWS::Connect::SecurityProfile"
    stated = {"SecurityProfileName": "ours", "Applications": [{"Namespace": "n"}]}
    known = creating("known", {"type_name": type_name, "desired_state": json.dumps(stated)})
    unknown = creating("unknown", {"type_name": type_name})
    tagged = planned(["create"], {"name": "/x", "tags_all": {**TAGS, "own": "tag"}})
    also = planned(["create"], {"name": "/y", "tags_all": TAGS})
    doubts = creations({"resource_changes": [known, unknown, tagged, also]}, NOW)
    assert [kept for kept in doubts if kept.type == kind] == [
        Doubt(
            f"{kind}.known",
            kind,
            NOW,
            {"type_name": type_name, "SecurityProfileName": "ours"},
            TAGS,
        ),
        Doubt(f"{kind}.unknown", kind, NOW, {"type_name": type_name}, TAGS),
    ]


def test_a_sensitive_or_unknown_name_is_not_kept() -> None:
    hidden = planned(["create"], {"name": "/x"}, "name")
    unknown = planned(["create"], {})
    assert not creations({"resource_changes": [hidden, unknown]}, NOW)


def test_import_blocks_keep_any_id_as_it_is() -> None:
    text = import_blocks({'aws_x.y["a"]': Found('we "${ird}" %{if}')})
    assert 'to = aws_x.y["a"]' in text
    assert r'id = "we \"$${ird}\" %%{if}"' in text


def test_what_the_configuration_no_longer_has_is_said_with_what_to_do() -> None:
    # Terraform 1.11's words, as the runner gives them.
    refused = CheckFailed(
        "terraform plan failed: Configuration for import target does not exist. The configuration "
        'for the given import aws_x.y["b"] does not exist.'
    )
    found = {'aws_x.y["a"]': Found("1"), 'aws_x.y["b"]': Found("2")}
    said = str(explained(refused, found))
    assert 'aws_x.y["b"]' in said
    assert "remove 2 in AWS" in said
    other = CheckFailed("something else")
    assert explained(other, found) is other


def test_every_finder_has_a_doubt_to_work_on() -> None:
    after = {
        "name": "n",
        "function_name": "f",
        "statement_id": "s",
        "instance_alias": "a",
        "resource_type": "MEDIA_STREAMS",
        "country_code": "US",
        "type": "DID",
        "description": "d",
        "type_name": "AWS::Connect::SecurityProfile",
    }
    changes = [
        {
            "address": f"{kind}.x",
            "mode": "managed",
            "type": kind,
            "change": {"actions": ["create"], "after": after},
        }
        for kind in FINDERS
    ]
    plan = json.loads(json.dumps({"resource_changes": changes}))
    assert {kept.type for kept in creations(plan, NOW)} == set(FINDERS)
