module "service_flow" {
  source   = "../servicenow_flow"
  for_each = var.voice_services

  lambda_arn       = module.lambda.invocation_arn
  voice_service_id = each.value.voice_service_id
  queue_arns       = var.queue_arns
  flow             = merge(var.flow, { greeting = coalesce(each.value.greeting, var.flow.greeting) })
}

resource "aws_connect_contact_flow" "service" {
  for_each = var.voice_services

  instance_id = var.instance_id
  name        = "${var.prefix} ServiceNow voice ${each.key}"
  description = "Connects callers with the ServiceNow AI voice agent ${each.key}, and with a queue whenever that fails or they ask for a person."
  type        = "CONTACT_FLOW"
  content     = module.service_flow[each.key].content

  # A published flow can be called at once: by then the Lambda must find its secrets.
  depends_on = [aws_ssm_parameter.service_client_id, aws_ssm_parameter.service_client_secret]
}
