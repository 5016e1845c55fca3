"""Secrets reach a parameter without standing in a plan or a state."""

from __future__ import annotations

from typing import Any

from checkov.common.models.enums import CheckCategories, CheckResult
from checkov.terraform.checks.resource.base_resource_check import BaseResourceCheck


class WriteOnlySecrets(BaseResourceCheck):
    """A SecureString takes its value from ``value_wo``, which Terraform forgets."""

    def __init__(self) -> None:
        super().__init__(
            name="Ensure a SecureString parameter is written with value_wo",
            id="CKV_CONNECT_3",
            categories=(CheckCategories.SECRETS,),
            supported_resources=("aws_ssm_parameter",),
        )

    def scan_resource_conf(self, conf: dict[str, list[Any]]) -> CheckResult:
        """Look for a value that Terraform keeps."""
        if conf.get("type", [None])[0] in ("String", "StringList"):
            return CheckResult.PASSED
        # A parameter that was written with value_wo has an empty value in the state.
        kept = [conf.get(name, [None])[0] for name in ("value", "insecure_value")]
        return CheckResult.FAILED if any(kept) else CheckResult.PASSED


check = WriteOnlySecrets()
