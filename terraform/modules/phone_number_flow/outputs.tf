output "function_name" {
  description = "Name of the Lambda that leads numbers to flows."
  value       = module.lambda.function_name
}

output "results" {
  description = "What the Lambda answered, by key of the number."
  value       = { for key, invocation in aws_lambda_invocation.this : key => invocation.result }
}
