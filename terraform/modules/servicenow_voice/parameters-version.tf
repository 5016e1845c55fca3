# A plan cannot see what a write-only argument holds, nor whether it is about to be written. So the version
# that was written last is kept beside the secrets, and a plan that would write without a secret is refused.
locals {
  version_path = "/${var.prefix}/servicenow"

  secrets_written = one([
    for found in data.aws_ssm_parameters_by_path.version : contains(nonsensitive(found.values), tostring(var.secrets_version))
  ])
}

data "aws_ssm_parameters_by_path" "version" {
  count = var.manage_secrets ? 1 : 0

  path            = local.version_path
  with_decryption = false
}

resource "aws_ssm_parameter" "version" {
  count = var.manage_secrets ? 1 : 0

  name           = "${local.version_path}/secrets_version"
  description    = "Version of ServiceNow's OAuth client that Terraform wrote last."
  type           = "String"
  insecure_value = tostring(var.secrets_version)

  depends_on = [aws_ssm_parameter.client_id, aws_ssm_parameter.client_secret]
}
