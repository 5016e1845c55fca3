output "key_arn" {
  description = "ARN of the key."
  value       = aws_kms_key.this.arn
}

output "logs_key_arn" {
  description = "ARN of the key, for log groups: to be had once CloudWatch Logs may use it."
  value       = aws_kms_key.this.arn
  depends_on  = [aws_kms_key_policy.this]
}

output "alias" {
  description = "Name of the key's alias."
  value       = aws_kms_alias.this.name
}
