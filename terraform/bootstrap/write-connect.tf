locals {
  makes_instance = var.connect_instance_id == null

  write_connect = concat(
    [
      {
        Sid    = "ChangeConnect"
        Effect = "Allow"
        Action = [
          "connect:AssociateInstanceStorageConfig",
          "connect:AssociateLambdaFunction",
          "connect:ClaimPhoneNumber",
          "connect:CreateContactFlow",
          "connect:CreateHoursOfOperation",
          "connect:CreateIntegrationAssociation",
          "connect:CreateQueue",
          "connect:CreateSecurityProfile",
          "connect:CreateUser",
          "connect:DeleteContactFlow",
          "connect:DeleteHoursOfOperation",
          "connect:DeleteIntegrationAssociation",
          "connect:DeleteQueue",
          "connect:DeleteSecurityProfile",
          "connect:DeleteUser",
          "connect:DisassociateInstanceStorageConfig",
          "connect:DisassociateLambdaFunction",
          "connect:ReleasePhoneNumber",
          "connect:SearchAvailablePhoneNumbers",
          "connect:TagResource",
          "connect:UntagResource",
          "connect:UpdateContactFlow*",
          "connect:UpdateHoursOfOperation",
          "connect:UpdateInstanceAttribute",
          "connect:UpdateInstanceStorageConfig",
          "connect:UpdatePhoneNumber*",
          "connect:UpdateQueue*",
          "connect:UpdateSecurityProfile",
          "connect:UpdateUser*",
        ]
        Resource = local.connect_arns
      },
      {
        # Cloud Control knows no resources; what it then does, it does with the rights of the caller.
        Sid      = "UseCloudControl"
        Effect   = "Allow"
        Action   = ["cloudformation:CreateResource", "cloudformation:DeleteResource", "cloudformation:UpdateResource"]
        Resource = "*"
      },
      {
        Sid      = "ChangeApplications"
        Effect   = "Allow"
        Action   = ["app-integrations:CreateApplication", "app-integrations:CreateApplicationAssociation", "app-integrations:DeleteApplication", "app-integrations:DeleteApplicationAssociation", "app-integrations:TagResource", "app-integrations:UntagResource", "app-integrations:UpdateApplication"]
        Resource = local.application_arns
      },
      {
        # Connect keeps its own role up to date with the rights of whoever changes an instance.
        Sid      = "ConnectsOwnRole"
        Effect   = "Allow"
        Action   = ["iam:AttachRolePolicy", "iam:CreateServiceLinkedRole", "iam:PutRolePolicy"]
        Resource = "${local.arn}:iam::${var.account_id}:role/aws-service-role/connect.amazonaws.com/*"
      },
    ],
    [for action in local.makes_instance ? ["connect:CreateInstance"] : [] : {
      Sid      = "MakeInstance"
      Effect   = "Allow"
      Action   = [action, "ds:AuthorizeApplication", "ds:CheckAlias", "ds:CreateAlias", "ds:CreateIdentityPoolDirectory", "ds:DeleteDirectory", "ds:DescribeDirectories", "ds:UnauthorizeApplication"]
      Resource = "*"
    }],
    [for action in local.makes_instance ? ["connect:DeleteInstance"] : [] : {
      Sid      = "DeleteInstance"
      Effect   = "Allow"
      Action   = action
      Resource = local.instance_arn
    }],
  )
}
