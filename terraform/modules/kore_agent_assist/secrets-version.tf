# A plan cannot see what a write-only argument holds, nor whether it is about to be written. So the version that
# was written last is kept for each secret, and a plan that would write without a secret is refused. On paths of
# their own: reading the path of the secrets would bring their ciphertext into the state.
locals {
  bots_written_path    = "${local.parameters}/written"
  webhook_written_path = "${local.parameters}/written-webhook"

  bots_written = flatten([
    for found in data.aws_ssm_parameters_by_path.written : [
      for index, name in found.names : trimprefix(name, "${local.bots_written_path}/")
      if nonsensitive(found.values)[index] == tostring(var.secrets_version)
    ]
  ])

  webhook_written = anytrue([
    for found in data.aws_ssm_parameters_by_path.written_webhook : contains(nonsensitive(found.values), tostring(var.secrets_version))
  ])
}

data "aws_ssm_parameters_by_path" "written" {
  count = var.manage_secrets ? 1 : 0

  path            = local.bots_written_path
  with_decryption = false
}

data "aws_ssm_parameters_by_path" "written_webhook" {
  count = local.has_webhook && var.manage_secrets ? 1 : 0

  path            = local.webhook_written_path
  with_decryption = false
}

resource "aws_ssm_parameter" "written" {
  for_each = aws_ssm_parameter.client_secret

  name           = "${local.bots_written_path}/${each.key}"
  description    = "Version of the client secret of bot ${each.key} that Terraform wrote last."
  type           = "String"
  insecure_value = tostring(each.value.value_wo_version)
}

resource "aws_ssm_parameter" "written_webhook" {
  count = length(aws_ssm_parameter.webhook_secret)

  name           = "${local.webhook_written_path}/secret"
  description    = "Version of the webhook's secret that Terraform wrote last."
  type           = "String"
  insecure_value = tostring(aws_ssm_parameter.webhook_secret[count.index].value_wo_version)
}
