"""IAM's own API: moto's, and the policy simulator, which decides as the gate does."""

from __future__ import annotations

from moto.core.responses import ActionResult
from moto.iam.responses import IamResponse

from local_aws.iam import simulation
from local_aws.iam.directory import BrokenPolicyError, grants_of
from local_aws.iam.errors import InvalidInputError, NoSuchEntityError, PolicyEvaluationError
from local_aws.iam.policy import PolicyError

_UNKNOWN = ("PermissionsBoundaryPolicyInputList", "ResourcePolicy", "ResourceHandlingOption")


class LocalIam(IamResponse):
    """moto's IAM with SimulatePrincipalPolicy."""

    def simulate_principal_policy(self) -> ActionResult:
        """Say what a user, group or role may do."""
        for name in _UNKNOWN:
            if self._get_param(name):
                raise InvalidInputError(f"The embedded AWS simulates policies without {name}.")
        arn = self._get_param("PolicySourceArn")
        try:
            grants = grants_of(arn)
            if grants is None:
                raise NoSuchEntityError(f"The entity {arn} cannot be found.")
            results = simulation.simulate(
                grants,
                arn,
                actions=self._get_param("ActionNames"),
                resources=self._get_param("ResourceArns") or ["*"],
                context=self._get_param("ContextEntries") or [],
                more_policies=self._get_param("PolicyInputList") or [],
            )
        except PolicyError as fault:
            raise InvalidInputError(str(fault)) from fault
        except BrokenPolicyError as fault:
            raise PolicyEvaluationError(str(fault)) from fault
        return ActionResult({"EvaluationResults": results, "IsTruncated": False})
