# Copies of tokens are the function's own: it writes them at calls, and Terraform never sees one.
locals {
  copies_tokens = var.token_copy != "off"

  access_token_arns = [
    for id in local.voice_service_ids : "${local.parameter_arn}${local.parameter_path}/${id}/access_token"
  ]

  # Standard parameters are encrypted with the key itself, advanced ones under a data key; Parameter Store chooses
  # by the length of the value where it is left to. Source: KMS developer guide, "AWS Systems Manager Parameter Store".
  encrypting_actions = {
    Standard            = ["kms:Encrypt"]
    Advanced            = ["kms:GenerateDataKey"]
    Intelligent-Tiering = ["kms:Encrypt", "kms:GenerateDataKey"]
  }

  token_copy = {
    environment = { for name, value in { TOKEN_COPY = var.token_copy, TOKEN_COPY_KEY = var.kms_key_arn } : name => value if local.copies_tokens }
    policies    = { for name, policy in { copy-servicenow-tokens = local.token_copy_policy } : name => policy if local.copies_tokens }
  }

  token_copy_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "KeepTokenCopies"
        Effect   = "Allow"
        Action   = ["ssm:GetParameters", "ssm:PutParameter"]
        Resource = local.access_token_arns
      },
      {
        # Only for these parameters, and only when Parameter Store asks.
        Sid      = "EncryptTokenCopies"
        Effect   = "Allow"
        Action   = concat(["kms:Decrypt"], lookup(local.encrypting_actions, var.token_copy, []))
        Resource = var.kms_key_arn
        Condition = {
          StringEquals = {
            "kms:ViaService"                      = "ssm.${var.region}.amazonaws.com"
            "kms:EncryptionContext:PARAMETER_ARN" = local.access_token_arns
          }
        }
      },
    ]
  })
}
