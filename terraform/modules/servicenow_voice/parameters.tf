locals {
  # ServiceNow's own layout: its code looks for the parameters under these names.
  parameter_path = "/com.servicenow.cti/${var.servicenow.instance_id}"

  voice_service_ids = concat([var.servicenow.voice_service_id], [for service in values(var.voice_services) : service.voice_service_id])

  parameter_names = {
    for secret in ["client_id", "client_secret"] :
    secret => "${local.parameter_path}/${var.servicenow.voice_service_id}/${secret}"
  }

  service_parameter_names = {
    for key, service in var.voice_services : key => {
      for secret in ["client_id", "client_secret"] :
      secret => "${local.parameter_path}/${service.voice_service_id}/${secret}"
    }
  }

  # From the names, because a team may keep the parameters itself.
  parameter_arn = "${local.arn}:ssm:${var.region}:${var.account_id}:parameter"
  parameter_arns = [
    for name in concat(values(local.parameter_names), flatten([for names in values(local.service_parameter_names) : values(names)])) :
    "${local.parameter_arn}${name}"
  ]
}

resource "aws_ssm_parameter" "client_id" {
  count = var.manage_secrets ? 1 : 0

  name             = local.parameter_names.client_id
  description      = "Client id of ServiceNow's OAuth client."
  type             = "SecureString"
  tier             = "Standard"
  key_id           = var.kms_key_arn
  value_wo         = lookup(var.client_ids, "*", "")
  value_wo_version = var.secrets_version

  lifecycle {
    precondition {
      condition     = local.secrets_written || lookup(var.client_ids, "*", "") != ""
      error_message = "Set SERVICENOW_CLIENT_ID (for bare Terraform * in TF_VAR_servicenow_client_ids), because version ${var.secrets_version} of ServiceNow's secrets is not written yet."
    }
  }
}

resource "aws_ssm_parameter" "client_secret" {
  count = var.manage_secrets ? 1 : 0

  name             = local.parameter_names.client_secret
  description      = "Client secret of ServiceNow's OAuth client."
  type             = "SecureString"
  tier             = "Standard"
  key_id           = var.kms_key_arn
  value_wo         = lookup(var.client_secrets, "*", "")
  value_wo_version = var.secrets_version

  lifecycle {
    precondition {
      condition     = local.secrets_written || lookup(var.client_secrets, "*", "") != ""
      error_message = "Set SERVICENOW_CLIENT_SECRET (for bare Terraform * in TF_VAR_servicenow_client_secrets), because version ${var.secrets_version} of ServiceNow's secrets is not written yet."
    }
  }
}
