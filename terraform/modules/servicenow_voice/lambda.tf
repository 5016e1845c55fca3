locals {
  arn = "arn:${data.aws_partition.this.partition}"

  # By id, as the function is told by the flow; what is left out is as for the first.
  voice_services = {
    for service in values(var.voice_services) : service.voice_service_id => {
      for name, value in { host = service.voice_service_host, callContextPath = service.call_context_path } :
      name => value if value != null
    }
  }
}

data "aws_partition" "this" {}

module "lambda" {
  source = "../lambda_function"

  name                     = "${var.prefix}-servicenow-voice"
  description              = "Asks ServiceNow which number to dial for a call, and what came of it."
  account_id               = var.account_id
  region                   = var.region
  permissions_boundary_arn = var.permissions_boundary_arn

  package = var.package
  size    = var.lambda
  # Connect cuts a synchronous Lambda at 8 s. The function ends before that with an error of its own, and its
  # handler plans its HTTP calls within 6 s, so that what the flow gets is an answer.
  timeout_seconds = 7

  environment = {
    kms_key_arn = var.kms_key_arn
    variables = merge(
      {
        SERVICENOW_PARAMETER_PATH = local.parameter_path
        SERVICENOW_INSTANCE_HOST  = var.endpoints.instance_host
        SERVICENOW_INSTANCE_NAME  = var.servicenow.instance_name
        VOICE_SERVICE_HOST        = var.endpoints.voice_service_host
        VOICE_SERVICE_ID          = var.servicenow.voice_service_id
        CALL_CONTEXT_PATH         = var.servicenow.call_context_path
        DNIS_PREFIXES             = join(",", var.servicenow.dnis_prefixes)
        LOG_LEVEL                 = var.lambda.log_level
        POWERTOOLS_SERVICE_NAME   = "servicenow_voice"
      },
      { for pem in var.endpoints.ca_bundle_pem[*] : "CA_BUNDLE_PEM" => pem },
      { for services in [local.voice_services] : "VOICE_SERVICES" => jsonencode(services) if length(services) > 0 },
      local.token_copy.environment,
    )
  }

  policies = merge({ read-servicenow-client = local.secrets_policy }, local.token_copy.policies)

  connect = {
    instance_id  = var.instance_id
    instance_arn = var.instance_arn
    association  = var.association
  }

  logs_key_arn       = var.logs_key_arn
  log_retention_days = var.log_retention_days
}
