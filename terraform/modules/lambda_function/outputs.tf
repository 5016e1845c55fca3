output "function_name" {
  description = "Name of the function."
  value       = aws_lambda_function.this.function_name
}

output "function_arn" {
  description = "ARN of the function, without a version."
  value       = aws_lambda_function.this.arn
}

output "alias_arn" {
  description = "ARN of the alias; null for a function that publishes no versions."
  value       = one(aws_lambda_alias.live[*].arn)
}

output "invocation_arn" {
  description = "ARN of the alias, to be had once Connect may invoke it and it may do all that it does: for flows."
  value       = one(aws_lambda_alias.live[*].arn)

  # A published flow can be called at once.
  depends_on = [
    aws_lambda_permission.connect,
    aws_connect_lambda_function_association.this,
    aws_lambda_provisioned_concurrency_config.live,
    aws_iam_role_policy.own,
  ]
}

output "role_name" {
  description = "Name of the function's role, to attach more to."
  value       = aws_iam_role.this.name
}

output "role_arn" {
  description = "ARN of the function's role."
  value       = aws_iam_role.this.arn
}

output "log_group_name" {
  description = "Name of the function's log group."
  value       = aws_cloudwatch_log_group.this.name
}
