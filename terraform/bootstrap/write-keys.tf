locals {
  write_keys = [
    {
      Sid       = "MakeKey"
      Effect    = "Allow"
      Action    = "kms:CreateKey"
      Resource  = "*"
      Condition = { StringEquals = { for name, value in local.own_key : replace(name, "ResourceTag", "RequestTag") => value } }
    },
    {
      # A key is tagged as it is made, and then has no tags yet that could be compared.
      Sid       = "TagKey"
      Effect    = "Allow"
      Action    = "kms:TagResource"
      Resource  = local.key_arns
      Condition = { StringEqualsIfExists = local.own_key }
    },
    {
      Sid       = "ChangeKey"
      Effect    = "Allow"
      Action    = ["kms:CreateAlias", "kms:DeleteAlias", "kms:DisableKeyRotation", "kms:EnableKeyRotation", "kms:PutKeyPolicy", "kms:RevokeGrant", "kms:ScheduleKeyDeletion", "kms:UntagResource", "kms:UpdateAlias", "kms:UpdateKeyDescription"]
      Resource  = local.key_arns
      Condition = { StringEquals = local.own_key }
    },
    {
      Sid      = "NameKey"
      Effect   = "Allow"
      Action   = ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"]
      Resource = local.alias_arn
    },
    {
      # Services ask with the rights of whoever hands them the key.
      Sid      = "UseKeyThroughServices"
      Effect   = "Allow"
      Action   = ["kms:CreateGrant", "kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
      Resource = local.key_arns
      Condition = {
        StringEquals = local.own_key
        StringLike = {
          "kms:ViaService" = [for service in ["connect", "dynamodb", "kinesis", "lambda", "ssm"] : "${service}.${var.region}.amazonaws.com"]
        }
      }
    },
    {
      # By which Connect writes to the stream.
      Sid      = "GrantKeyToConnect"
      Effect   = "Allow"
      Action   = "kms:CreateGrant"
      Resource = local.key_arns
      Condition = {
        StringEquals                = local.own_key
        "ForAllValues:StringEquals" = { "kms:GrantOperations" = ["GenerateDataKey"] }
      }
    },
    {
      # Not even by tags that somebody puts on it.
      Sid       = "KeyOfStateIsOnlyUsed"
      Effect    = "Deny"
      NotAction = ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"]
      Resource  = aws_kms_key.state.arn
    },
  ]
}
