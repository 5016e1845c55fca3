locals {
  # The same answers, whichever way the instance came.
  instance = one(concat(aws_connect_instance.this[*], data.aws_connect_instance.adopted[*]))
}

output "id" {
  description = "Id of the instance."
  value       = local.instance.id
}

output "arn" {
  description = "ARN of the instance."
  value       = local.instance.arn
}

output "alias" {
  description = "Alias of the instance."
  value       = local.instance.instance_alias
}

output "service_role_arn" {
  description = "ARN of the role that the instance itself acts under."
  value       = local.instance.service_role
}

output "identity_management_type" {
  description = "Where the instance's users come from."
  value       = local.instance.identity_management_type
}
