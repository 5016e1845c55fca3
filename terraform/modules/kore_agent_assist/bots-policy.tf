locals {
  client_secret_arns = [for name in values(local.client_secret_names) : "${local.parameter_arn}${name}"]

  # Of both functions that act for a bot.
  bots_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ReadBots"
        Effect   = "Allow"
        Action   = "ssm:GetParameters"
        Resource = concat([for name in values(local.settings_names) : "${local.parameter_arn}${name}"], local.client_secret_arns)
      },
      {
        # Only for these secrets, and only when Parameter Store asks.
        Sid      = "DecryptClientSecrets"
        Effect   = "Allow"
        Action   = "kms:Decrypt"
        Resource = local.secrets_key_arn
        Condition = {
          StringEquals = {
            "kms:ViaService"                      = "ssm.${var.region}.amazonaws.com"
            "kms:EncryptionContext:PARAMETER_ARN" = local.client_secret_arns
          }
        }
      },
    ]
  })

  secrets_key_arn = coalesce(var.secrets_key_arn, var.kms_key_arn)
}
