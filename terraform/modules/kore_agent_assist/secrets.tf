resource "aws_ssm_parameter" "client_secret" {
  for_each = { for bot in keys(var.bots) : bot => local.client_secret_names[bot] if var.manage_secrets }

  name             = each.value
  description      = "Client secret of the Kore Agent AI bot ${each.key}."
  type             = "SecureString"
  tier             = "Standard"
  key_id           = var.kms_key_arn
  value_wo         = lookup(var.client_secrets, each.key, lookup(var.client_secrets, "*", ""))
  value_wo_version = var.secrets_version

  lifecycle {
    precondition {
      condition     = contains(local.bots_written, each.key) || lookup(var.client_secrets, each.key, lookup(var.client_secrets, "*", "")) != ""
      error_message = "Set KORE_CLIENT_SECRET_${upper(replace(each.key, "-", "_"))}, or KORE_CLIENT_SECRET for all bots alike (for bare Terraform TF_VAR_kore_client_secrets), because version ${var.secrets_version} of the client secret of bot ${each.key} is not written yet."
    }
  }
}

resource "aws_ssm_parameter" "webhook_secret" {
  count = local.has_webhook && var.manage_secrets ? 1 : 0

  name             = local.webhook_secret_name
  description      = "What the webhook for dispositions is signed with."
  type             = "SecureString"
  tier             = "Standard"
  key_id           = var.kms_key_arn
  value_wo         = var.webhook_secret
  value_wo_version = var.secrets_version

  lifecycle {
    precondition {
      condition     = local.webhook_written || var.webhook_secret != ""
      error_message = "Set KORE_WEBHOOK_SECRET (for bare Terraform TF_VAR_kore_webhook_secret), because version ${var.secrets_version} of the webhook's secret is not written yet."
    }
  }
}
