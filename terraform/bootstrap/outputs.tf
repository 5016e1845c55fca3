output "state_kms_key_arn" {
  description = "ARN of the key that the state is encrypted with."
  value       = aws_kms_key.state.arn
}

output "role_arns" {
  description = "ARNs of the pipeline's roles by name; empty where no pipeline is named."
  value       = { for name, role in aws_iam_role.pipeline : name => role.arn }
}

output "permissions_boundary_arn" {
  description = "Permissions boundary to set in the environment's terraform.tfvars; null where no pipeline is named."
  value       = local.has_pipeline ? local.boundary_arn : null
}
