"""The Lambda API: moto's control plane, and Invoke that runs the deployed zip."""

from local_aws.lambda_service.service import LambdaService, control, register

__all__ = ["LambdaService", "control", "register"]
