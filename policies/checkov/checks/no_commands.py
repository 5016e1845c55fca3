"""Nothing runs on the machine that plans or applies."""

from __future__ import annotations

from typing import Any

from checkov.common.models.enums import CheckCategories, CheckResult
from checkov.terraform.checks.data.base_check import BaseDataCheck
from checkov.terraform.checks.resource.base_resource_check import BaseResourceCheck


class NoProvisioner(BaseResourceCheck):
    """Asked of every resource, so its answers also show that none was overlooked."""

    def __init__(self) -> None:
        super().__init__(
            name="Ensure no resource has a provisioner",
            id="CKV_CONNECT_2",
            categories=(CheckCategories.GENERAL_SECURITY,),
            supported_resources=("*",),
        )

    def scan_entity_conf(self, conf: dict[str, list[Any]], entity_type: str) -> CheckResult:
        """Answer for resources whose count is 0 too: what stands in the code may run one day."""
        self.entity_type = entity_type
        return self.scan_resource_conf(conf)

    def scan_resource_conf(self, conf: dict[str, list[Any]]) -> CheckResult:
        """Look for the block."""
        return CheckResult.FAILED if conf.get("provisioner") else CheckResult.PASSED


class NoExternalData(BaseDataCheck):
    """The data source `external` runs a program in every plan."""

    def __init__(self) -> None:
        super().__init__(
            name="Ensure no data source runs a program",
            id="CKV_CONNECT_4",
            categories=(CheckCategories.GENERAL_SECURITY,),
            supported_data=("external",),
        )

    def scan_data_conf(self, conf: dict[str, list[Any]]) -> CheckResult:  # noqa: ARG002
        """Refuse it whatever it runs."""
        return CheckResult.FAILED

    def scan_entity_conf(self, conf: dict[str, list[Any]], entity_type: str) -> CheckResult:
        """Refuse it where its count is 0 too."""
        self.entity_type = entity_type
        return self.scan_data_conf(conf)


provisioners = NoProvisioner()
external = NoExternalData()
