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

output "phone_numbers" {
  description = "The numbers that callers dial by key: id, the number in E.164 form, and where it leads."
  value = {
    for key, number in module.contact_center.phone_numbers : key => {
      id       = number.id
      number   = number.number
      leads_to = var.phone_numbers[key].leads_to
    }
  }
}

output "hours_of_operation_id" {
  description = "Id of the hours of operation of the queues."
  value       = module.contact_center.hours_of_operation_id
}

output "queue_arns" {
  description = "ARNs of the queues by key."
  value       = module.contact_center.queue_arns
}

output "inbound_flows" {
  description = "The flows that numbers can lead to, by what a number's leads_to says: id and ARN."
  value       = local.inbound_flows
}

output "servicenow_lambda_name" {
  description = "Name of the ServiceNow Lambda; null without ServiceNow."
  value       = one(module.servicenow_voice[*].function_name)
}

output "servicenow_lambda_arn" {
  description = "ARN of the ServiceNow Lambda, without a version; null without ServiceNow."
  value       = one(module.servicenow_voice[*].function_arn)
}

output "servicenow_lambda_alias_arn" {
  description = "ARN of the alias of the ServiceNow Lambda that the flow invokes; null without ServiceNow."
  value       = one(module.servicenow_voice[*].alias_arn)
}

output "servicenow_log_group" {
  description = "Name of the log group of the ServiceNow Lambda; null without ServiceNow."
  value       = one(module.servicenow_voice[*].log_group_name)
}

output "servicenow_parameter_names" {
  description = "Names of the SSM parameters with ServiceNow's OAuth client, by secret; null without ServiceNow."
  value       = one(module.servicenow_voice[*].parameter_names)
}

output "servicenow_voice_services" {
  description = "ServiceNow's further voice services by key: id, and names of the SSM parameters with the OAuth client by secret."
  value       = merge(module.servicenow_voice[*].voice_services...)
}

output "servicenow_instance_host" {
  description = "Host of the ServiceNow instance, with a port if it is not 443; null without ServiceNow."
  value       = try(var.servicenow_endpoints.instance_host, null)
}

output "servicenow_voice_service_host" {
  description = "Host of ServiceNow's call context API; null without ServiceNow."
  value       = try(var.servicenow_endpoints.voice_service_host, null)
}

output "servicenow_flow_sha256" {
  description = "SHA-256 of the blocks of ServiceNow's flow as they were published, so that a later change by hand shows; null without ServiceNow."
  value = one([
    for content in [for voice in module.servicenow_voice : jsondecode(voice.flow_content)] :
    sha256(jsonencode({ Actions = content.Actions, StartAction = content.StartAction }))
  ])
}

output "phone_number_flow_lambda_name" {
  description = "Name of the Lambda that leads numbers to flows."
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
  value       = var.servicenow == null ? {} : var.servicenow_flow.reason_queues
}

output "kore" {
  description = "All that is deployed for Kore Agent AI, without secrets; null without bots."
  value       = one(module.kore_agent_assist[*].summary)
}
