output "function_name" {
  description = "Name of the Lambda that leads the number to the flow."
  value       = aws_lambda_function.this.function_name
}

output "result" {
  description = "What the Lambda answered."
  value       = aws_lambda_invocation.this.result
}
