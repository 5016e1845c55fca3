resource "aws_lambda_alias" "live" {
  count = var.publish ? 1 : 0

  name             = "live"
  description      = "The version that calls get."
  function_name    = aws_lambda_function.this.function_name
  function_version = aws_lambda_function.this.version
}

resource "aws_lambda_provisioned_concurrency_config" "live" {
  count = var.publish && var.size.provisioned_concurrency > 0 ? 1 : 0

  function_name                     = aws_lambda_function.this.function_name
  qualifier                         = aws_lambda_alias.live[0].name
  provisioned_concurrent_executions = var.size.provisioned_concurrency
}
