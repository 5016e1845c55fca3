# hashicorp/aws reads every parameter decrypted, those with write-only values too, so a full plan of a root that writes
# the vendors' secrets takes the right to decrypt them. Not for pull requests: their plans are made without a refresh.
locals {
  read_secrets = var.manage_secrets ? [{
    Sid      = "ReadSecretsBack"
    Effect   = "Allow"
    Action   = "kms:Decrypt"
    Resource = local.key_arns
    Condition = {
      StringEquals = merge(local.own_key, { "kms:ViaService" = "ssm.${var.region}.amazonaws.com" })
    }
  }] : null
}
