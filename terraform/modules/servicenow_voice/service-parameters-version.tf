# As for the first voice service, but for each by its id: another id has parameters of its own, not yet written.
locals {
  services_written_path = "${local.version_path}/voice_services"

  service_ids_written = flatten([
    for found in data.aws_ssm_parameters_by_path.service_version : [
      for index, name in found.names : trimprefix(name, "${local.services_written_path}/")
      if nonsensitive(found.values)[index] == tostring(var.secrets_version)
    ]
  ])

  services_written = [for key, service in var.voice_services : key if contains(local.service_ids_written, service.voice_service_id)]
}

data "aws_ssm_parameters_by_path" "service_version" {
  count = var.manage_secrets && length(var.voice_services) > 0 ? 1 : 0

  path            = local.services_written_path
  with_decryption = false
}

resource "aws_ssm_parameter" "service_version" {
  for_each = aws_ssm_parameter.service_client_secret

  name           = "${local.services_written_path}/${var.voice_services[each.key].voice_service_id}"
  description    = "Version of the OAuth client for the voice service ${each.key} that Terraform wrote last."
  type           = "String"
  insecure_value = tostring(each.value.value_wo_version)

  depends_on = [aws_ssm_parameter.service_client_id]
}
