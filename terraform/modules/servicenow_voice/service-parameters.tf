# Id and secret go together: a voice service that has one of its own takes neither from the first.
locals {
  client_keys = {
    for key in keys(var.voice_services) :
    key => contains(keys(var.client_ids), key) || contains(keys(var.client_secrets), key) ? key : "*"
  }
}

resource "aws_ssm_parameter" "service_client_id" {
  for_each = { for key, names in local.service_parameter_names : key => names.client_id if var.manage_secrets }

  name             = each.value
  description      = "Client id of ServiceNow's OAuth client for the voice service ${each.key}."
  type             = "SecureString"
  tier             = "Standard"
  key_id           = var.kms_key_arn
  value_wo         = lookup(var.client_ids, local.client_keys[each.key], "")
  value_wo_version = var.secrets_version

  lifecycle {
    precondition {
      condition     = contains(local.services_written, each.key) || lookup(var.client_ids, local.client_keys[each.key], "") != ""
      error_message = "Set SERVICENOW_CLIENT_ID_${upper(replace(each.key, "-", "_"))}, or SERVICENOW_CLIENT_ID for all voice services alike (for bare Terraform TF_VAR_servicenow_client_ids), because version ${var.secrets_version} of the client id of voice service ${each.key} is not written yet."
    }
  }
}

resource "aws_ssm_parameter" "service_client_secret" {
  for_each = { for key, names in local.service_parameter_names : key => names.client_secret if var.manage_secrets }

  name             = each.value
  description      = "Client secret of ServiceNow's OAuth client for the voice service ${each.key}."
  type             = "SecureString"
  tier             = "Standard"
  key_id           = var.kms_key_arn
  value_wo         = lookup(var.client_secrets, local.client_keys[each.key], "")
  value_wo_version = var.secrets_version

  lifecycle {
    precondition {
      condition     = contains(local.services_written, each.key) || lookup(var.client_secrets, local.client_keys[each.key], "") != ""
      error_message = "Set SERVICENOW_CLIENT_SECRET_${upper(replace(each.key, "-", "_"))}, or SERVICENOW_CLIENT_SECRET for all voice services alike (for bare Terraform TF_VAR_servicenow_client_secrets), because version ${var.secrets_version} of the client secret of voice service ${each.key} is not written yet."
    }
  }
}
