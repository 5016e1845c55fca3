"""What a bootstrap says at its end, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator

from connect_voice.bootstrap import Bootstrapped


def bootstrap_text(report: Bootstrapped) -> str:
    """What there is, and where its names belong."""
    return "\n".join(_lines(report))


def bootstrap_json(report: Bootstrapped) -> dict[str, object]:
    """The same for programs."""
    return {
        "environment": report.environment.name,
        "changed": report.changed,
        "state_bucket": report.environment.state_bucket,
        "state_kms_key_arn": report.state_kms_key_arn,
        "role_arns": report.role_arns,
        "permissions_boundary_arn": report.permissions_boundary_arn,
    }


def _lines(report: Bootstrapped) -> Iterator[str]:
    name = report.environment.name
    bucket = report.environment.state_bucket
    yield f"State: s3://{bucket}, encrypted with {report.state_kms_key_arn}"
    if not report.role_arns:
        yield (
            f"No pipeline may deploy to {name}: name its repository in "
            f"terraform/environments/{name}/bootstrap.toml and run this again, if one shall."
        )
        return
    for role, arn in sorted(report.role_arns.items()):
        yield f"Role for {role}: {arn}"
    yield (
        f"In terraform/environments/{name}/terraform.tfvars the roles that Lambdas get need:\n"
        f'  permissions_boundary_arn = "{report.permissions_boundary_arn}"'
    )
