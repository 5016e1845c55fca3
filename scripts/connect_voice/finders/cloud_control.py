"""What an interrupted run made through Cloud Control.

It can be found and not be adopted: ``aws_cloudcontrolapi_resource`` of hashicorp/aws 5.100 takes no
import. What is there is removed before the next apply makes it again: nobody can have come to rely
on it, because the run that made it never ended.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from connect_voice.finders.lookup import Found, Lookup, made_for
from connect_voice.in_doubt import Doubt
from connect_voice.leftovers import Leftover

if TYPE_CHECKING:
    from mypy_boto3_appintegrations.client import AppIntegrationsServiceClient
    from mypy_boto3_connect.client import ConnectClient

_KIND = "aws_cloudcontrolapi_resource"
_APPLICATION = "AWS::AppIntegrations::Application"
_ASSOCIATION = "AWS::Connect::IntegrationAssociation"
_PROFILE = "AWS::Connect::SecurityProfile"

# Type and identifier, as Cloud Control takes them.
_Object = tuple[str, str]


def resource(doubt: Doubt, lookup: Lookup) -> Found | None:
    """Nothing: what there is cannot be adopted, and becomes one of the look-up's leftovers."""
    candidates = _CANDIDATES.get(doubt.identity["type_name"])
    if candidates is None:
        return None
    known = lookup.ids(_KIND) | lookup.tainted
    known |= {leftover.identifier for leftover in lookup.leftovers}
    for type_name, identifier in candidates(doubt, lookup):
        if identifier not in known:
            lookup.leftovers.append(Leftover(doubt.address, type_name, identifier))
    return None


def _applications(doubt: Doubt, lookup: Lookup) -> Iterator[_Object]:
    """Applications of that namespace with our tags, after what has to go before they can."""
    client: AppIntegrationsServiceClient = lookup.session.client("appintegrations")
    for page in client.get_paginator("list_applications").paginate():
        for entry in page["Applications"]:
            if entry.get("Namespace") != doubt.identity.get("Namespace"):
                continue
            arn = entry["Arn"]
            tags = client.list_tags_for_resource(resourceArn=arn)["tags"]
            if made_for(doubt, tags, entry.get("CreatedTime")):
                if arn not in lookup.ids(_KIND) | lookup.tainted:
                    yield from _associated(doubt, lookup, {arn})
                yield _APPLICATION, arn


def _associations(doubt: Doubt, lookup: Lookup) -> Iterator[_Object]:
    """Associations of the instance with an application of ours; they need no tags to be ours."""
    return _associated(doubt, lookup, lookup.ids(_KIND))


def _associated(doubt: Doubt, lookup: Lookup, applications: Collection[str]) -> Iterator[_Object]:
    client: ConnectClient = lookup.session.client("connect")
    instance_id = lookup.instance_id(doubt)
    if instance_id is None:
        return
    pages = client.get_paginator("list_integration_associations").paginate(
        InstanceId=instance_id, IntegrationType="APPLICATION"
    )
    for entry in (entry for page in pages for entry in page["IntegrationAssociationSummaryList"]):
        application = entry["IntegrationArn"]
        if application in applications:
            instance_arn = entry["IntegrationAssociationArn"].partition("/integration-")[0]
            yield _ASSOCIATION, f"{instance_arn}|APPLICATION|{application}"


def _security_profiles(doubt: Doubt, lookup: Lookup) -> Iterator[_Object]:
    """Security profiles of the instance with our tags, and of that name where it is known."""
    client: ConnectClient = lookup.session.client("connect")
    instance_id = lookup.instance_id(doubt)
    if instance_id is None:
        return
    name = doubt.identity.get("SecurityProfileName")
    pages = client.get_paginator("list_security_profiles").paginate(InstanceId=instance_id)
    for entry in (entry for page in pages for entry in page["SecurityProfileSummaryList"]):
        if name is not None and entry.get("Name") != name:
            continue
        described = client.describe_security_profile(
            InstanceId=instance_id, SecurityProfileId=entry["Id"]
        )["SecurityProfile"]
        if made_for(doubt, described.get("Tags", {}), described.get("LastModifiedTime")):
            yield _PROFILE, described["Arn"]


_CANDIDATES: Mapping[str, Callable[[Doubt, Lookup], Iterator[_Object]]] = {
    _APPLICATION: _applications,
    _ASSOCIATION: _associations,
    _PROFILE: _security_profiles,
}
