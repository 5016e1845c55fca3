"""Phone numbers: searched, claimed, released."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from local_aws.connect import numbering, quotas
from local_aws.connect.errors import (
    InvalidParameterError,
    LimitExceededError,
    ResourceInUseError,
    ResourceNotFoundError,
)
from local_aws.connect.model import NO_TAGS, new_id
from local_aws.connect.operations import Answer, Backend, operation
from local_aws.connect.resources import PhoneNumber

if TYPE_CHECKING:
    from mypy_boto3_connect.literals import PhoneNumberCountryCodeType, PhoneNumberTypeType
    from mypy_boto3_connect.type_defs import (
        ClaimPhoneNumberRequestTypeDef,
        DescribePhoneNumberRequestTypeDef,
        ListPhoneNumbersRequestTypeDef,
        ListPhoneNumbersV2RequestTypeDef,
        ReleasePhoneNumberRequestTypeDef,
        SearchAvailablePhoneNumbersRequestTypeDef,
        UpdatePhoneNumberMetadataRequestTypeDef,
        UpdatePhoneNumberRequestTypeDef,
    )

    from local_aws.connect.backend import ConnectInstance


@operation
def search_available_phone_numbers(
    backend: Backend, request: SearchAvailablePhoneNumbersRequestTypeDef
) -> Answer:
    """List numbers that nobody has claimed."""
    _target(backend, request)
    claimed = {number.name for number in backend.phone_numbers}
    found = numbering.offers(
        request["PhoneNumberCountryCode"],
        request["PhoneNumberType"],
        request.get("PhoneNumberPrefix", ""),
    )
    return {
        "AvailableNumbersList": [
            {
                "PhoneNumber": offer.number,
                "PhoneNumberCountryCode": offer.country,
                "PhoneNumberType": offer.type,
            }
            for offer in found
            if offer.number not in claimed
        ]
    }


@operation
def claim_phone_number(backend: Backend, request: ClaimPhoneNumberRequestTypeDef) -> Answer:
    """Claim a number for an instance."""
    instance = _target(backend, request)
    offer = numbering.recognise(request["PhoneNumber"])
    if offer is None or backend.phone_numbers.named(request["PhoneNumber"]):
        raise ResourceNotFoundError(f"{request['PhoneNumber']} is not available.")
    _check_quota(backend, instance)
    identifier = new_id()
    region, account = backend.region_name, backend.account_id
    arn = f"arn:{backend.partition}:connect:{region}:{account}:phone-number/{identifier}"
    backend.phone_numbers.add(
        PhoneNumber(
            id=identifier,
            arn=arn,
            name=offer.number,
            description=request.get("PhoneNumberDescription"),
            tags=request.get("Tags", NO_TAGS),
            region=region,
            target_arn=instance.arn,
            instance_id=instance.id,
            country=cast("PhoneNumberCountryCodeType", offer.country),
            type=cast("PhoneNumberTypeType", offer.type),
        )
    )
    return {"PhoneNumberId": identifier, "PhoneNumberArn": arn}


@operation
def describe_phone_number(backend: Backend, request: DescribePhoneNumberRequestTypeDef) -> Answer:
    """Describe a claimed number."""
    row = backend.phone_numbers.get(request["PhoneNumberId"])
    return {
        "ClaimedPhoneNumberSummary": {
            **_summary(row),
            "Tags": row.tags,
            "PhoneNumberStatus": {"Status": "CLAIMED", "Message": ""},
        }
    }


@operation
def list_phone_numbers_v2(backend: Backend, request: ListPhoneNumbersV2RequestTypeDef) -> Answer:
    """List claimed numbers, of one instance or of all."""
    instance = _target(backend, request) if _names_target(request) else None
    countries = request.get("PhoneNumberCountryCodes")
    types = request.get("PhoneNumberTypes")
    prefix = request.get("PhoneNumberPrefix", "").removeprefix("+")
    return {
        "ListPhoneNumbersSummaryList": [
            _summary(row)
            for row in backend.phone_numbers
            if (instance is None or row.instance_id == instance.id)
            and (not countries or row.country in countries)
            and (not types or row.type in types)
            and row.name[1:].startswith(prefix)
        ]
    }


@operation
def list_phone_numbers(backend: Backend, request: ListPhoneNumbersRequestTypeDef) -> Answer:
    """List the claimed numbers of one instance."""
    instance = backend.instance(request["InstanceId"])
    countries = request.get("PhoneNumberCountryCodes")
    types = request.get("PhoneNumberTypes")
    return {
        "PhoneNumberSummaryList": [
            {
                "Id": row.id,
                "Arn": row.arn,
                "PhoneNumber": row.name,
                "PhoneNumberType": row.type,
                "PhoneNumberCountryCode": row.country,
            }
            for row in backend.phone_numbers
            if row.instance_id == instance.id
            and (not countries or row.country in countries)
            and (not types or row.type in types)
        ]
    }


@operation
def update_phone_number(backend: Backend, request: UpdatePhoneNumberRequestTypeDef) -> Answer:
    """Move a number to another instance; the flow that answered it stays behind."""
    instance = _target(backend, request)
    row = backend.phone_numbers.get(request["PhoneNumberId"])
    if row.instance_id != instance.id:
        _check_quota(backend, instance)
        backend.phone_numbers.change(
            row.id, target_arn=instance.arn, instance_id=instance.id, contact_flow_arn=None
        )
    return {"PhoneNumberId": row.id, "PhoneNumberArn": row.arn}


@operation
def update_phone_number_metadata(
    backend: Backend, request: UpdatePhoneNumberMetadataRequestTypeDef
) -> Answer:
    """Describe a number anew."""
    changes: dict[str, object] = {}
    if "PhoneNumberDescription" in request:
        changes["description"] = request["PhoneNumberDescription"]
    backend.phone_numbers.change(request["PhoneNumberId"], **changes)
    return None


@operation
def release_phone_number(backend: Backend, request: ReleasePhoneNumberRequestTypeDef) -> Answer:
    """Give a number back that no queue shows to the people it calls."""
    row = backend.phone_numbers.get(request["PhoneNumberId"])
    for queue in backend.instance(row.instance_id).queues:
        if (queue.outbound_caller or {}).get("OutboundCallerIdNumberId") == row.id:
            raise ResourceInUseError(
                f"{row.name} is the outbound caller id of queue {queue.name}.",
                resource_type="PHONE_NUMBER",
                resource_id=row.id,
            )
    backend.phone_numbers.remove(row.id)
    return None


def _names_target(request: object) -> bool:
    given = cast("Mapping[str, str]", request)
    return "TargetArn" in given or "InstanceId" in given


def _target(backend: Backend, request: object) -> ConnectInstance:
    """Find the instance a request is about; it names it by ARN or by id, and not by both."""
    given = cast("Mapping[str, str]", request)
    if ("TargetArn" in given) == ("InstanceId" in given):
        raise InvalidParameterError("Exactly one of TargetArn and InstanceId is required.")
    return backend.instance(given.get("TargetArn") or given["InstanceId"])


def _check_quota(backend: Backend, instance: ConnectInstance) -> None:
    held = backend.phone_numbers.where(lambda number: number.instance_id == instance.id)
    if len(held) >= quotas.PHONE_NUMBERS:
        raise LimitExceededError(
            f"The instance has {quotas.PHONE_NUMBERS} phone numbers, which is its quota."
        )


def _summary(row: PhoneNumber) -> dict[str, object]:
    return {
        "PhoneNumberId": row.id,
        "PhoneNumberArn": row.arn,
        "PhoneNumber": row.name,
        "PhoneNumberCountryCode": row.country,
        "PhoneNumberType": row.type,
        "PhoneNumberDescription": row.description,
        "TargetArn": row.target_arn,
        "InstanceId": row.instance_id,
    }
