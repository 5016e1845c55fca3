"""Cloud Control at its HTTP edge, and CloudFormation's registry beside it."""

from __future__ import annotations

from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult

from local_aws.cloudcontrol import schemas
from local_aws.cloudcontrol.backend import CloudControlBackend, cloudcontrol_backends
from local_aws.cloudcontrol.resources import operation
from local_aws.errors import ApiError
from local_aws.service import ModelService


class LocalCloudControl(ModelService):
    """Cloud Control."""

    model = "cloudcontrol"
    operations = operation
    invalid = ("InvalidRequestException",)

    def backend(self) -> CloudControlBackend:
        """Return the backend of the caller's account and region."""
        return cloudcontrol_backends[self.current_account][self.region]


class LocalCloudFormation(CloudFormationResponse):
    """moto's CloudFormation, with the registry that Terraform plans Cloud Control resources by."""

    def describe_type(self) -> ActionResult:
        """Describe a resource type of AWS's own."""
        name = self._get_param("TypeName") or str(self._get_param("Arn", "")).rpartition("/")[2]
        schema = schemas.find(name.replace("-", "::"))
        if schema is None:
            raise ApiError(f"The type {name} cannot be found.", "TypeNotFoundException")
        place = f"{self.region}::type/resource/{schema.type_name.replace('::', '-')}"
        return ActionResult(
            {
                "Arn": f"arn:{self.partition}:cloudformation:{place}",
                "Type": "RESOURCE",
                "TypeName": schema.type_name,
                "Description": schema.document.get("description"),
                "Schema": schema.text,
                "ProvisioningType": "FULLY_MUTABLE",
                "DeprecatedStatus": "LIVE",
                "Visibility": "PUBLIC",
            }
        )
