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

output "voice_services" {
  description = "The further voice services by key: id, and names of the SSM parameters with the OAuth client by secret."
  value = {
    for key, service in var.voice_services : key => {
      voice_service_id = service.voice_service_id
      parameter_names  = local.service_parameter_names[key]
    }
  }
}

output "service_flows" {
  description = "The inbound flows of the further voice services by key: id and ARN."
  value       = { for key, flow in aws_connect_contact_flow.service : key => { id = flow.contact_flow_id, arn = flow.arn } }
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
