"""The plan is for this account, region and environment, and what it promises holds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from plan_policy.context import Context
from plan_policy.rule import Finding, Rule, fails, passes, unproven
from plan_policy.values import as_json
from plan_policy.world import Resource, World

_TAGS = ("Environment", "ManagedBy", "Project")
_ARN = re.compile(r"arn:[\w-]+:[\w-]+:([\w-]*):(\d{12}|aws|cloudfront)?:.+")
# Service, account and what comes after of an ARN within a text; AWS's own have no account number.
_ANY_ARN = re.compile(r"\barn:[\w-]+:([\w-]+):[\w*-]*:(\d{12})?:([^\s\"',\\\\]+)")
_SHOWN = 3
_GLOBAL = {"", "us-east-1", "aws-global"}


def _place(world: World) -> Iterator[Finding]:
    wrong = list(dict.fromkeys(_place_problems(world)))
    for address, sentence in wrong:
        yield fails(address, sentence)
    if not wrong:
        yield passes("", f"The plan is for {world.context.account_id} in {world.context.region}.")


def _place_problems(world: World) -> Iterator[tuple[str, str]]:
    context = world.context
    wanted = {
        "account_id": context.account_id,
        "region": context.region,
        "environment": context.environment,
    }
    for name, value in wanted.items():
        given = world.variables.get(name)
        if given is not None and given != value:
            yield "", f"The plan was made with {name} = {given!r}; plan again for {value}."
    for key, config in _mapping(world.plan.configuration.get("provider_config")).items():
        of_aws = _mapping(config).get("name") == "aws"
        if of_aws and "allowed_account_ids" not in _mapping(_mapping(config).get("expressions")):
            yield "", f"The provider {key} would work in any account; set allowed_account_ids."
    for change in world.plan.changes:
        arns = [str((values or {}).get("arn")) for values in (change.before, change.after)]
        for arn in arns if change.managed else ():
            if where := _elsewhere(arn, context):
                yield change.address, f"It is in {where}; use the state of this environment."


def _elsewhere(arn: str, context: Context) -> str | None:
    match = _ARN.fullmatch(arn)
    if match and match[2] not in {context.account_id, None}:
        return f"the account {match[2]}, and the environment's is {context.account_id}"
    if match and match[1] not in {context.region, *_GLOBAL}:
        return f"{match[1]}, and the environment's region is {context.region}"
    return None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _inside(world: World) -> Iterator[Finding]:
    ours = world.by_identity("aws_s3_bucket")
    found = False
    for resource in world.managed():
        strange: dict[str, None] = {}
        for place, _, value in resource.values():
            if isinstance(value, str) and not place.startswith("schema"):
                for match in _ANY_ARN.finditer(value):
                    if match[2] and match[2] != world.context.account_id:
                        strange[f"{match[0][:80]} of the account {match[2]}"] = None
                    elif match[1] == "s3" and not match[2] and _bucket(match[3]) not in ours:
                        strange[f"{match[0][:80]}, which may be anybody's bucket"] = None
        if strange:
            found = True
            yield fails(
                resource.address,
                f"It names {'; '.join(list(strange)[:_SHOWN])}; name what this account has.",
            )
    if not found:
        yield passes("", "Nothing in the plan reaches into another account.")


def _bucket(path: str) -> str:
    return path.partition("/")[0]


def _tags(world: World) -> Iterator[Finding]:
    for resource in world.managed():
        tags = _tags_of(resource)
        if tags is None:
            continue
        missing = [name for name in _TAGS if not tags.get(name)]
        if missing:
            yield fails(
                resource.address,
                f"It has no tag {', '.join(missing)}; leave the provider's default_tags in place.",
            )
        elif tags["Environment"] != world.context.environment:
            yield fails(
                resource.address,
                f"Its tag Environment is {tags['Environment']!r}; it belongs to "
                f"{world.context.environment}.",
            )
        else:
            yield passes(resource.address, "It says whose it is.")


def _tags_of(resource: Resource) -> Mapping[str, Any] | None:
    """The tags it will have; None where its type has none, or the plan cannot know them."""
    if resource.type == "aws_cloudcontrolapi_resource":
        state = as_json(resource.value("desired_state").text or "")
        entries = state.get("Tags") if isinstance(state, dict) else None
        if state is None:
            return None
        entries = entries if isinstance(entries, list) else []
        return {
            str(each.get("Key")): each.get("Value") for each in entries if isinstance(each, dict)
        }
    after = resource.change.after or {}
    mask = resource.change.after_unknown
    unknown = mask.get("tags_all") if isinstance(mask, Mapping) else mask
    if "tags_all" not in after and not unknown:
        return None
    if unknown is True:
        return {}
    found = after.get("tags_all")
    return found if isinstance(found, dict) else {}


def _checks(world: World) -> Iterator[Finding]:
    checks = world.plan.data.get("checks")
    failed = False
    for check in checks if isinstance(checks, list) else ():
        each = check if isinstance(check, Mapping) else {}
        address = each.get("address")
        place = address if isinstance(address, Mapping) else {}
        shown = str(place.get("to_display") or "a check")
        status = str(each.get("status"))
        if status in {"fail", "error"}:
            failed = True
            said = "; ".join(_messages(each.get("instances"))) or "it does not say why."
            yield fails(shown, f"It does not hold: {said}")
        elif status not in {"pass", "unknown"}:  # what is unknown stops the apply, or is told then
            failed = True
            yield unproven(shown, "The plan does not say whether it holds; plan again.")
    if not failed:
        yield passes("", "Every check of the configuration holds.")


def _messages(instances: Any) -> Iterator[str]:
    for instance in instances if isinstance(instances, list) else ():
        problems = instance.get("problems") if isinstance(instance, Mapping) else None
        for problem in problems if isinstance(problems, list) else ():
            if isinstance(problem, Mapping) and problem.get("message"):
                yield str(problem["message"])


RULES = (
    Rule(
        "account-and-region",
        "The plan is for the environment's account and region",
        "A plan for another account would make a second contact centre there, or destroy one.",
        "Plan again with the environment's credentials and variables.",
        _place,
    ),
    Rule(
        "account-only",
        "Nothing reaches into another account",
        "A stream, a bucket or a role of somebody else's is where calls leave the company.",
        "Name what this account has; where another is meant, waive it by its address.",
        _inside,
    ),
    Rule(
        "tags",
        "Everything says which project and environment it belongs to",
        "What has no tag is nobody's when the bill comes, or an incident.",
        "Leave the provider's default_tags in place.",
        _tags,
    ),
    Rule(
        "checks-hold",
        "Every check of the configuration holds",
        "Terraform only warns of a check that fails, and applies.",
        "Do what the check's message says.",
        _checks,
    ),
)
