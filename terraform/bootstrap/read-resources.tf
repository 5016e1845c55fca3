# What a refresh of the environment's root reads, call by call of hashicorp/aws 5.100, and what doctor looks at. No data
# of callers, and without the right to decrypt no secret: Parameter Store gives the text of a SecureString only to who may.
locals {
  read_resources = [
    {
      Sid    = "ReadConnect"
      Effect = "Allow"
      Action = [
        "connect:BatchGetFlowAssociation",
        "connect:Describe*",
        "connect:GetFlowAssociation",
        "connect:ListContactFlows",
        "connect:ListFlowAssociations",
        "connect:ListHoursOfOperations",
        "connect:ListInstanceAttributes",
        "connect:ListInstanceStorageConfigs",
        "connect:ListIntegrationAssociations",
        "connect:ListLambdaFunctions",
        "connect:ListPhoneNumbersV2",
        "connect:ListQueueQuickConnects",
        "connect:ListQueues",
        "connect:ListRoutingProfile*",
        "connect:ListSecurityProfile*",
        "connect:ListTagsForResource",
        "connect:ListUsers",
      ]
      Resource = local.connect_arns
    },
    {
      # Contacts are the callers'.
      Sid      = "NoContacts"
      Effect   = "Deny"
      Action   = ["connect:DescribeContact", "connect:DescribeContactEvaluation"]
      Resource = "*"
    },
    {
      # None of these knows resources.
      Sid      = "Find"
      Effect   = "Allow"
      Action   = ["app-integrations:ListApplications", "cloudformation:DescribeType", "cloudformation:GetResource", "cloudformation:GetResourceRequestStatus", "connect:ListInstances", "kms:ListAliases", "logs:DescribeLogGroups", "ssm:DescribeParameters"]
      Resource = "*"
    },
    {
      Sid      = "ReadApplications"
      Effect   = "Allow"
      Action   = ["app-integrations:GetApplication", "app-integrations:ListApplicationAssociations", "app-integrations:ListTagsForResource"]
      Resource = local.application_arns
    },
    {
      Sid    = "ReadFunctions"
      Effect = "Allow"
      Action = [
        "lambda:GetAlias",
        "lambda:GetFunction*",
        "lambda:GetPolicy",
        "lambda:GetProvisionedConcurrencyConfig",
        "lambda:GetRuntimeManagementConfig",
        "lambda:ListTags",
        "lambda:ListVersionsByFunction",
      ]
      Resource = local.function_arns
    },
    {
      Sid      = "ReadRoles"
      Effect   = "Allow"
      Action   = ["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListInstanceProfilesForRole", "iam:ListRolePolicies", "iam:SimulatePrincipalPolicy"]
      Resource = local.role_arns
    },
    {
      Sid      = "ReadLogGroups"
      Effect   = "Allow"
      Action   = ["logs:ListTagsForResource", "logs:ListTagsLogGroup"]
      Resource = concat(local.group_arns, [for arn in local.group_arns : trimsuffix(arn, ":*")])
    },
    {
      Sid      = "ReadTables"
      Effect   = "Allow"
      Action   = ["dynamodb:DescribeContinuousBackups", "dynamodb:DescribeTable", "dynamodb:DescribeTimeToLive", "dynamodb:ListTagsOfResource"]
      Resource = local.table_arns
    },
    {
      Sid      = "ReadStream"
      Effect   = "Allow"
      Action   = ["kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:ListTagsFor*"]
      Resource = local.stream_arn
    },
    {
      Sid      = "ReadParameters"
      Effect   = "Allow"
      Action   = ["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath", "ssm:ListTagsForResource"]
      Resource = local.parameter_arns
    },
    {
      Sid       = "ReadKey"
      Effect    = "Allow"
      Action    = ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListGrants", "kms:ListResourceTags"]
      Resource  = local.key_arns
      Condition = { StringEquals = local.own_key }
    },
  ]
}
