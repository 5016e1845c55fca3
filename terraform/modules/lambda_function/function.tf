resource "aws_lambda_function" "this" {
  function_name = var.name
  description   = var.description
  role          = aws_iam_role.this.arn

  filename         = var.package.zip
  source_code_hash = var.package.sha256_base64
  handler          = var.package.handler
  runtime          = var.package.runtime
  architectures    = [var.package.architecture]
  publish          = var.publish

  memory_size                    = var.size.memory_mb
  timeout                        = var.timeout_seconds
  reserved_concurrent_executions = coalesce(var.size.reserved_concurrency, -1)
  kms_key_arn                    = one(var.environment[*].kms_key_arn)

  dynamic "environment" {
    for_each = var.environment[*]

    content {
      variables = environment.value.variables
    }
  }

  logging_config {
    log_format            = "JSON"
    log_group             = aws_cloudwatch_log_group.this.name
    application_log_level = var.size.log_level
    system_log_level      = "INFO"
  }

  dynamic "snap_start" {
    for_each = var.size.snap_start ? [true] : []

    content {
      apply_on = "PublishedVersions"
    }
  }

  lifecycle {
    precondition {
      condition     = filebase64sha256(var.package.zip) == var.package.sha256_base64
      error_message = "Build the Lambdas again with make build, because ${var.package.zip} is not the zip its manifest describes."
    }
  }

  # Lambda tries the role when the function is made, and a first call may follow at once.
  depends_on = [aws_iam_role_policy.logs, aws_iam_role_policy.environment]
}
