locals {
  secrets_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ReadServiceNowClient"
        Effect   = "Allow"
        Action   = "ssm:GetParameters"
        Resource = local.parameter_arns
      },
      {
        # Only for these parameters, and only when Parameter Store asks.
        Sid      = "DecryptServiceNowClient"
        Effect   = "Allow"
        Action   = "kms:Decrypt"
        Resource = coalesce(var.secrets_key_arn, var.kms_key_arn)
        Condition = {
          StringEquals = {
            "kms:ViaService"                      = "ssm.${var.region}.amazonaws.com"
            "kms:EncryptionContext:PARAMETER_ARN" = local.parameter_arns
          }
        }
      },
    ]
  })
}
