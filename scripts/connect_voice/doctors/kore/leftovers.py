"""What an installation by the vendor's own guide leaves behind: keys that last for ever."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from connect_voice.doctors.kore.look import KoreLook
from connect_voice.doctors.look import listed
from connect_voice.doctors.topic import Topic
from connect_voice.findings import Finding

FUNCTIONS = Topic("kore.leftover-lambda", "kore leftovers: Lambdas", optional=True)
USERS = Topic("kore.leftover-user", "kore leftovers: IAM users", optional=True)

# What the vendor's guide has an operator type into a Lambda's environment.
_KEYS = ("kvsAccessKeyId", "kvsSecretAccessKey")
_GUIDE = "docs/vendors/kore-migration.md"
_MOST_USERS = 500  # two requests each: more would take minutes


def functions(look: KoreLook) -> Iterator[Finding]:
    """Lambdas of this region with an IAM user's key in their environment."""
    pages = look.aws.functions.get_paginator("list_functions").paginate()
    old = [
        row["FunctionName"]
        for page in pages
        for row in page["Functions"]
        if any(key in row.get("Environment", {}).get("Variables", {}) for key in _KEYS)
    ]
    if old:
        yield FUNCTIONS.warn(
            "key",
            f"The environment of {listed(old)} holds an IAM user's key ({', '.join(_KEYS)}); take "
            f"the Lambda out of use and delete the key, as {_GUIDE} describes.",
        )
    else:
        yield FUNCTIONS.good("key", "no Lambda holds a key for Kinesis video")


def users(look: KoreLook) -> Iterator[Finding]:
    """IAM users with keys who may read the audio of calls."""
    stream = look.stream_arn(f"{look.stream_names}00000000-0000-4000-8000-000000000000")
    pages = look.aws.iam.get_paginator("list_users").paginate()
    every = list(islice((user for page in pages for user in page["Users"]), _MOST_USERS + 1))
    old = [
        user["UserName"]
        for user in every[:_MOST_USERS]
        if _has_key(look, user["UserName"]) and _reads(look, user["Arn"], stream)
    ]
    if old:
        yield USERS.warn(
            "key",
            f"{listed(old)} can read every call's audio with a key that never ends; if nothing but "
            f"Kore's original Lambda used it, delete the key as {_GUIDE} describes.",
        )
    else:
        yield USERS.good("key", "no IAM user with a key may read the audio of calls")
    if len(every) > _MOST_USERS:
        yield USERS.warn(
            "unknown", f"Only the first {_MOST_USERS} IAM users were looked at; there are more."
        )


def _has_key(look: KoreLook, user: str) -> bool:
    pages = look.aws.iam.get_paginator("list_access_keys").paginate(UserName=user)
    return any(key.get("Status") == "Active" for page in pages for key in page["AccessKeyMetadata"])


def _reads(look: KoreLook, user_arn: str, stream_arn: str) -> bool:
    answer = look.aws.iam.simulate_principal_policy(
        PolicySourceArn=user_arn,
        ActionNames=["kinesisvideo:GetMedia"],
        ResourceArns=[stream_arn],
    )
    return any(result["EvalDecision"] == "allowed" for result in answer["EvaluationResults"])
