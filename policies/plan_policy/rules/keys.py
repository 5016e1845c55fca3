"""Whether something is encrypted by a key of ours: one that this configuration makes."""

from __future__ import annotations

from plan_policy.rule import Finding, fails, passes, unproven
from plan_policy.values import Step
from plan_policy.world import Resource

KEYS = ("aws_kms_key", "aws_kms_external_key", "aws_kms_replica_key")
_ALIAS = "aws_kms_alias"


def encrypted_by_our_key(resource: Resource, what: str, *path: Step) -> Finding:
    """The finding on an attribute that names a key.

    Args:
        what: what is encrypted, as the start of a sentence: ``The stream``.
        path: the attribute.
    """
    name = ".".join(str(step) for step in path if isinstance(step, str))
    pointer = resource.world.pointed_at(resource, path, *KEYS, _ALIAS)
    keys = {key for each in pointer.found for key in _keys(each)}
    if pointer.nothing:
        return fails(
            resource.address, f"{what} has no key of its own; set {name} to the stack's key."
        )
    if keys:
        return passes(resource.address, f"{what} is encrypted by {' or '.join(sorted(keys))}.")
    if pointer.found:
        return unproven(
            resource.address,
            f"{what} is encrypted by the alias {pointer.found[0].address}, and the plan does not "
            f"say for which key it stands; set {name} to the key's ARN.",
        )
    if pointer.open:
        return unproven(
            resource.address,
            f"{what} gets its key only when it is applied, {_from(pointer.candidates)}; set {name} "
            "to the ARN of the stack's key.",
        )
    whose = "a key of AWS's" if "alias/aws/" in (pointer.known or "") else "a key from elsewhere"
    return fails(
        resource.address,
        f"{what} is encrypted by {whose}, {pointer.known}; set {name} to the stack's key.",
    )


def _keys(resource: Resource) -> list[str]:
    if resource.type != _ALIAS:
        return [resource.address]
    target = resource.world.pointed_at(resource, ("target_key_id",), *KEYS)
    return [key.address for key in target.found]


def _from(candidates: tuple[str, ...]) -> str:
    if not candidates:
        return "and the plan does not say from where"
    return f"perhaps from {' or '.join(candidates[:3])}"
