output "function_name" {
  description = "Name of the Lambda."
  value       = module.lambda.function_name
}

output "function_arn" {
  description = "ARN of the Lambda, without a version."
  value       = module.lambda.function_arn
}

output "alias_arn" {
  description = "ARN of the alias that the flow invokes."
  value       = module.lambda.alias_arn
}

output "role_arn" {
  description = "ARN of the Lambda's role."
  value       = module.lambda.role_arn
}

output "log_group_name" {
  description = "Name of the Lambda's log group."
  value       = module.lambda.log_group_name
}

output "parameter_names" {
  description = "Names of the SSM parameters with ServiceNow's OAuth client, by secret."
  value       = local.parameter_names
}

output "flow_id" {
  description = "Id of the inbound flow."
  value       = aws_connect_contact_flow.inbound.contact_flow_id
}

output "flow_arn" {
  description = "ARN of the inbound flow."
  value       = aws_connect_contact_flow.inbound.arn
}

output "flow_content" {
  description = "The inbound flow as it was published."
  value       = module.flow.content
}
