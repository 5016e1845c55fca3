output "flows" {
  description = "The flows that numbers can lead to, by bot: id and ARN."
  value = {
    for bot, flow in aws_connect_contact_flow.agent_assist : bot => {
      id  = flow.contact_flow_id
      arn = flow.arn
    }
  }
}

output "summary" {
  description = "All that is deployed for Kore, for those who look after it; no secrets."
  value = {
    application_arn            = aws_cloudcontrolapi_resource.application[var.application.namespace].id
    application_namespace      = var.application.namespace
    access_url                 = var.endpoints.access_url
    integration_association_id = try(jsondecode(aws_cloudcontrolapi_resource.association[var.application.namespace].properties).IntegrationAssociationId, null)
    security_profile_id        = local.security_profile_id
    transcriber_url            = var.endpoints.transcriber_url
    reader_role_arn            = aws_iam_role.stream_reader.arn
    claims_table               = aws_dynamodb_table.claims.name
    dispositions_table         = one(aws_dynamodb_table.dispositions[*].name)
    disposition_flow_id        = one(aws_connect_contact_flow.disposition[*].contact_flow_id)
    webhook_url                = var.webhook_url
    media_stream_prefix        = local.stream_name_prefix

    lambdas = {
      stream_trigger = local.lambda_summaries.stream_trigger
      widget_token   = local.lambda_summaries.widget_token
      disposition    = lookup(local.lambda_summaries, "disposition", null)
    }

    bots = {
      for key, bot in var.bots : key => {
        flow_id            = aws_connect_contact_flow.agent_assist[key].contact_flow_id
        flow_arn           = aws_connect_contact_flow.agent_assist[key].arn
        queue_flow_id      = aws_connect_contact_flow.queue[key].contact_flow_id
        queue              = bot.queue
        language_code      = bot.language_code
        settings_parameter = local.settings_names[key]
        secret_parameter   = local.client_secret_names[key]
        sip_uri            = bot.sip_uri
        wss_url            = var.endpoints.wss_url
      }
    }
  }
}

output "security_profile_id" {
  description = "Id of the security profile that shows agents the widget."
  value       = local.security_profile_id
}

locals {
  # arn:…:instance/id/security-profile/id
  security_profile_id = reverse(split("/", aws_cloudcontrolapi_resource.security_profile.id))[0]

  lambda_summaries = {
    for name, lambda in merge(
      { stream_trigger = module.stream_trigger, widget_token = module.widget_token },
      { for lambda in module.disposition : "disposition" => lambda },
      ) : name => {
      name      = lambda.function_name
      arn       = lambda.function_arn
      alias_arn = lambda.alias_arn
      log_group = lambda.log_group_name
    }
  }
}
