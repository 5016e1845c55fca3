locals {
  boundary_arn = coalesce(var.permissions_boundary_arn, "${local.arn}:iam::${var.account_id}:policy/pipeline/${local.prefix}-boundary")

  write_functions = [
    {
      Sid    = "ChangeFunctions"
      Effect = "Allow"
      Action = [
        "lambda:AddPermission",
        "lambda:CreateAlias",
        "lambda:CreateFunction",
        "lambda:DeleteAlias",
        "lambda:DeleteFunction*",
        "lambda:DeleteProvisionedConcurrencyConfig",
        "lambda:PublishVersion",
        "lambda:PutFunctionConcurrency",
        "lambda:PutProvisionedConcurrencyConfig",
        "lambda:RemovePermission",
        "lambda:TagResource",
        "lambda:UntagResource",
        "lambda:UpdateAlias",
        "lambda:UpdateFunction*",
      ]
      Resource = local.function_arns
    },
    {
      # The one function that Terraform itself invokes.
      Sid      = "LeadNumbers"
      Effect   = "Allow"
      Action   = "lambda:InvokeFunction"
      Resource = ["${local.lambda_arn}-phone-number-flow", "${local.lambda_arn}-phone-number-flow:*"]
    },
    {
      # Nothing that is made here can do more than the boundary says, whatever its policies say.
      Sid       = "ChangeRolesWithinBoundary"
      Effect    = "Allow"
      Action    = ["iam:CreateRole", "iam:DeleteRolePolicy", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"]
      Resource  = local.role_arns
      Condition = { StringEquals = { "iam:PermissionsBoundary" = local.boundary_arn } }
    },
    {
      Sid      = "ChangeRoles"
      Effect   = "Allow"
      Action   = ["iam:DeleteRole", "iam:TagRole", "iam:UntagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole", "iam:UpdateRoleDescription"]
      Resource = local.role_arns
    },
    {
      Sid       = "PassRolesToLambda"
      Effect    = "Allow"
      Action    = "iam:PassRole"
      Resource  = local.role_arns
      Condition = { StringEquals = { "iam:PassedToService" = "lambda.amazonaws.com" } }
    },
    {
      Sid      = "ChangeLogGroups"
      Effect   = "Allow"
      Action   = ["logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:DeleteRetentionPolicy", "logs:DisassociateKmsKey", "logs:PutRetentionPolicy", "logs:TagLogGroup", "logs:TagResource", "logs:UntagResource"]
      Resource = concat(local.group_arns, [for arn in local.group_arns : trimsuffix(arn, ":*")])
    },
  ]
}
