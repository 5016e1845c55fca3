"""The role that Kore's credentials come from: whom it trusts, what it may read, for how long."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import unquote

from connect_voice.doctors.aws import found
from connect_voice.doctors.kore.look import KoreLook
from connect_voice.doctors.topic import Topic
from connect_voice.findings import Finding

if TYPE_CHECKING:
    from mypy_boto3_iam.type_defs import ContextEntryTypeDef

ROLE = Topic("kore.reader-role", "kore reader role")
POLICY = Topic("kore.reader-policy", "kore reader role's policy")
ASSUMING = Topic("kore.reader-assumed", "kore reader role, assumed")

_READ = ("kinesisvideo:DescribeStream", "kinesisvideo:GetDataEndpoint", "kinesisvideo:GetMedia")
_NEVER = ("kinesisvideo:DeleteStream", "kinesisvideo:PutMedia", "kinesisvideo:UpdateStream")
_LONGEST_SECONDS = 3600  # a session by role chaining lasts no longer (STS)
_A_CONTACT = "00000000-0000-4000-8000-000000000000"


def role(look: KoreLook) -> Iterator[Finding]:
    """It exists, trusts the trigger's role alone, and for an hour at most."""
    name = look.kore.reader_role_arn.rpartition("/")[2]
    answer = found(lambda: look.aws.iam.get_role(RoleName=name))
    if answer is None:
        yield ROLE.bad("exists", f"The role {name} does not exist; deploy again.")
        return
    made = answer["Role"]
    trigger = look.function(look.kore.stream_trigger)
    trusted = _trusted(made.get("AssumeRolePolicyDocument"))
    if trigger is not None and trusted != {trigger["Role"]}:
        yield ROLE.bad(
            "trust",
            f"The role {name} trusts {', '.join(sorted(trusted)) or 'nobody'} instead of the "
            "stream trigger's role alone; deploy again.",
        )
    elif trigger is not None:
        yield ROLE.good("trust", "trusts the stream trigger's role alone")
    seconds = made.get("MaxSessionDuration", _LONGEST_SECONDS)
    if seconds > _LONGEST_SECONDS:
        yield ROLE.bad(
            "session",
            f"Sessions of the role {name} may last {seconds} s, and one hour is all that Kore "
            "needs; deploy again.",
        )
    else:
        yield ROLE.good("session", f"sessions last {seconds} s at most")


def policy(look: KoreLook) -> Iterator[Finding]:
    """It reads streams of calls, and nothing beyond them."""
    own = look.stream_arn(f"{look.stream_names}{_A_CONTACT}")
    region = look.deployed.region
    through_video: list[ContextEntryTypeDef] = [
        {
            "ContextKeyName": "kms:ViaService",
            "ContextKeyValues": [f"kinesisvideo.{region}.amazonaws.com"],
            "ContextKeyType": "string",
        }
    ]
    key = look.stream_key_arn
    on_own = _allowed(look, (*_READ, *_NEVER), own)
    by_video = _allowed(look, ("kms:Decrypt",), key, through_video)
    if on_own is None or by_video is None:
        return  # no such role: a finding of its own
    refused = [name for name in _READ if name not in on_own]
    refused += [name for name in ("kms:Decrypt",) if name not in by_video]
    if refused:
        yield POLICY.bad(
            "allows",
            f"The reader role may not do {', '.join(refused)} for a stream of a call, so that Kore "
            "hears nothing; deploy again.",
        )
    else:
        yield POLICY.good("allows", "may read the streams of calls")
    other = look.stream_arn(f"somebody-elses-{_A_CONTACT}")
    allowed = [
        *(_allowed(look, _READ, other) or ()),
        *(name for name in _NEVER if name in on_own),
        *(_allowed(look, ("kms:Decrypt",), key) or ()),
    ]
    if allowed:
        yield POLICY.bad(
            "denies",
            f"The reader role may do {', '.join(allowed)} beyond reading the streams of calls; "
            "remove what was added to it and deploy again.",
        )
    else:
        yield POLICY.good("denies", "may do nothing beyond that")


def assumed(look: KoreLook) -> Iterator[Finding]:
    """Whether the trigger's own policy lets it assume the role."""
    trigger = look.function(look.kore.stream_trigger)
    if trigger is None:
        return
    answer = found(
        lambda: look.aws.iam.simulate_principal_policy(
            PolicySourceArn=trigger["Role"],
            ActionNames=["sts:AssumeRole"],
            ResourceArns=[look.kore.reader_role_arn],
        )
    )
    if answer is None or answer["EvaluationResults"][0]["EvalDecision"] != "allowed":
        yield ASSUMING.bad(
            "allowed",
            "The stream trigger may not assume the reader role, so that it has no credentials to "
            "give to Kore; deploy again.",
        )
    else:
        yield ASSUMING.good("allowed", "the stream trigger may assume it")


def _allowed(
    look: KoreLook,
    actions: Sequence[str],
    resource: str,
    context: Sequence[ContextEntryTypeDef] = (),
) -> list[str] | None:
    """Which of the actions the reader role may do; None when there is no such role."""
    answer = found(
        lambda: look.aws.iam.simulate_principal_policy(
            PolicySourceArn=look.kore.reader_role_arn,
            ActionNames=list(actions),
            ResourceArns=[resource],
            ContextEntries=list(context),
        )
    )
    if answer is None:
        return None
    return [
        result["EvalActionName"]
        for result in answer["EvaluationResults"]
        if result["EvalDecision"] == "allowed"
    ]


def _trusted(document: object) -> set[str]:
    """The principals of a trust policy, whatever it lets them do."""
    if isinstance(document, str):
        document = json.loads(unquote(document))
    statements = document.get("Statement", []) if isinstance(document, Mapping) else []
    principals: set[str] = set()
    for statement in [statements] if isinstance(statements, Mapping) else statements:
        if statement.get("Effect") != "Allow":
            continue
        principal = statement.get("Principal", "*")
        for value in principal.values() if isinstance(principal, Mapping) else [principal]:
            principals |= {value} if isinstance(value, str) else set(value)
    return principals
