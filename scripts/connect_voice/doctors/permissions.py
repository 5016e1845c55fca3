"""What a doctor may do: reading, and nothing else.

The tuples are the policy of a role for it. ``docs/vendors/kore.md`` and ``servicenow.md`` show them
to whoever grants it, and tests see that a doctor calls nothing that is not here, and needs all of
it.
"""

from __future__ import annotations

from collections.abc import Sequence

KORE_ACTIONS = (
    "app-integrations:GetApplication",
    "connect:DescribeContactFlow",
    "connect:DescribeInstance",
    "connect:DescribePhoneNumber",
    "connect:DescribeQueue",
    "connect:DescribeView",
    "connect:ListFlowAssociations",
    "connect:ListInstanceStorageConfigs",
    "connect:ListIntegrationAssociations",
    "connect:ListLambdaFunctions",
    "connect:ListRoutingProfileQueues",
    "connect:ListSecurityProfileApplications",
    "connect:SearchUsers",
    "dynamodb:DescribeContinuousBackups",
    "dynamodb:DescribeTable",
    "dynamodb:DescribeTimeToLive",
    "iam:GetRole",
    "iam:ListAccessKeys",
    "iam:ListUsers",
    "iam:SimulatePrincipalPolicy",
    "kinesis:DescribeStreamSummary",
    "kinesisvideo:ListStreams",
    "lambda:GetFunctionConfiguration",
    "lambda:GetPolicy",
    "lambda:ListFunctions",
    "logs:DescribeLogGroups",
    "ssm:DescribeParameters",
    "ssm:GetParameters",
)

# Without it the doctor cannot see what secrets and the environment of Lambdas hold, and says so.
KORE_OPTIONAL_ACTIONS = ("kms:Decrypt",)

# Not called by the doctor: the service does it in the caller's name (the service authorization
# reference names them as dependent actions of DescribeInstance and SearchUsers).
KORE_DEPENDENT_ACTIONS = ("connect:DescribeUser", "ds:DescribeDirectories")

SERVICENOW_ACTIONS = (
    "connect:DescribeContactFlow",
    "connect:DescribeInstance",
    "connect:DescribePhoneNumber",
    "connect:DescribeQueue",
    "connect:ListFlowAssociations",
    "connect:ListLambdaFunctions",
    "iam:SimulatePrincipalPolicy",
    "lambda:GetFunctionConfiguration",
    "lambda:GetPolicy",
    "logs:DescribeLogGroups",
    "ssm:DescribeParameters",
    "ssm:GetParameters",
)

# Without it the doctor has no OAuth client to ask ServiceNow for a token with, and says so.
SERVICENOW_OPTIONAL_ACTIONS = ("kms:Decrypt",)


def action_of(operation: str, actions: Sequence[str] = (*KORE_ACTIONS, *SERVICENOW_ACTIONS)) -> str:
    """The IAM action that an API operation needs, by the operation's name.

    Args:
        operation: as botocore names it, such as ``DescribeInstance``.
        actions: among which; no two services here share an operation's name.
    """
    return next((action for action in actions if action.partition(":")[2] == operation), operation)
