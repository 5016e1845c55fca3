locals {
  function_name = "${var.prefix}-servicenow-voice"

  # Connect cuts a synchronous Lambda at 8 s. The function ends before that with an error of its own, and its
  # handler plans its HTTP calls within 6 s, so that what the flow gets is an answer.
  timeout_seconds = 7
}

data "aws_partition" "this" {}

resource "aws_lambda_function" "this" {
  function_name = local.function_name
  description   = "Asks ServiceNow which number to dial for a call, and what came of it."
  role          = aws_iam_role.this.arn

  filename         = var.package.zip
  source_code_hash = var.package.sha256_base64
  handler          = var.package.handler
  runtime          = var.package.runtime
  # The zip is pure Python, so the cheaper processor will do.
  architectures = ["arm64"]
  publish       = true

  memory_size                    = var.lambda.memory_mb
  timeout                        = local.timeout_seconds
  reserved_concurrent_executions = coalesce(var.lambda.reserved_concurrency, -1)
  kms_key_arn                    = var.kms_key_arn

  environment {
    variables = merge(
      {
        SERVICENOW_PARAMETER_PATH = local.parameter_path
        SERVICENOW_INSTANCE_HOST  = var.endpoints.instance_host
        SERVICENOW_INSTANCE_NAME  = var.servicenow.instance_name
        VOICE_SERVICE_HOST        = var.endpoints.voice_service_host
        VOICE_SERVICE_ID          = var.servicenow.voice_service_id
        CALL_CONTEXT_PATH         = var.servicenow.call_context_path
        DNIS_PREFIXES             = join(",", var.servicenow.dnis_prefixes)
        LOG_LEVEL                 = var.lambda.log_level
        POWERTOOLS_SERVICE_NAME   = "servicenow_voice"
      },
      { for pem in var.endpoints.ca_bundle_pem[*] : "CA_BUNDLE_PEM" => pem },
    )
  }

  logging_config {
    log_format            = "JSON"
    log_group             = aws_cloudwatch_log_group.this.name
    application_log_level = var.lambda.log_level
    system_log_level      = "INFO"
  }

  dynamic "snap_start" {
    for_each = var.lambda.snap_start ? [true] : []

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

resource "aws_lambda_alias" "live" {
  name             = "live"
  description      = "The version that calls get."
  function_name    = aws_lambda_function.this.function_name
  function_version = aws_lambda_function.this.version
}

resource "aws_lambda_provisioned_concurrency_config" "live" {
  count = var.lambda.provisioned_concurrency > 0 ? 1 : 0

  function_name                     = aws_lambda_function.this.function_name
  qualifier                         = aws_lambda_alias.live.name
  provisioned_concurrent_executions = var.lambda.provisioned_concurrency
}
