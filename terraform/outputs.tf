output "connect_instance_id" {
  description = "Id of the Connect instance."
  value       = module.connect_instance.id
}

output "connect_instance_arn" {
  description = "ARN of the Connect instance."
  value       = module.connect_instance.arn
}

output "connect_instance_alias" {
  description = "Alias of the Connect instance."
  value       = module.connect_instance.alias
}

output "phone_number" {
  description = "The number that callers dial, in E.164 form."
  value       = module.contact_center.phone_number.number
}

output "phone_number_id" {
  description = "Id of the number that callers dial."
  value       = module.contact_center.phone_number.id
}

output "hours_of_operation_id" {
  description = "Id of the hours of operation of the queues."
  value       = module.contact_center.hours_of_operation_id
}

output "queue_arns" {
  description = "ARNs of the queues by key."
  value       = module.contact_center.queue_arns
}

output "inbound_flow_id" {
  description = "Id of the flow that the number leads to."
  value       = module.servicenow_voice.flow_id
}

output "inbound_flow_arn" {
  description = "ARN of the flow that the number leads to."
  value       = module.servicenow_voice.flow_arn
}

output "servicenow_lambda_name" {
  description = "Name of the ServiceNow Lambda."
  value       = module.servicenow_voice.function_name
}

output "servicenow_lambda_arn" {
  description = "ARN of the ServiceNow Lambda, without a version."
  value       = module.servicenow_voice.function_arn
}

output "servicenow_lambda_alias_arn" {
  description = "ARN of the alias of the ServiceNow Lambda that the flow invokes."
  value       = module.servicenow_voice.alias_arn
}

output "servicenow_log_group" {
  description = "Name of the log group of the ServiceNow Lambda."
  value       = module.servicenow_voice.log_group_name
}

output "servicenow_parameter_names" {
  description = "Names of the SSM parameters with ServiceNow's OAuth client, by secret."
  value       = module.servicenow_voice.parameter_names
}

output "phone_number_flow_lambda_name" {
  description = "Name of the Lambda that leads the number to the flow."
  value       = module.phone_number_flow.function_name
}

output "kms_key_arn" {
  description = "ARN of the key that everything is encrypted with."
  value       = module.encryption.key_arn
}

output "data_stream_arn" {
  description = "ARN of the Kinesis stream with contact records and agent events; null when data streaming is off."
  value       = module.instance_storage.data_stream_arn
}

output "reason_queues" {
  description = "Key of the queue for each transfer reason of ServiceNow."
  value       = var.servicenow_flow.reason_queues
}
