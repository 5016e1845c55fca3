module "flow" {
  source = "../servicenow_flow"

  lambda_arn       = module.lambda.invocation_arn
  voice_service_id = var.servicenow.voice_service_id
  queue_arns       = var.queue_arns
  flow             = var.flow
}
