locals {
  function_name = "${var.prefix}-phone-number-flow"
}

# hashicorp/aws 5.100 has no resource that leads a number to a flow (6.6 has). A Lambda, because that works from
# any Terraform runner, stands in the plan and is undone on destroy.
resource "aws_lambda_function" "this" {
  function_name = local.function_name
  description   = "Leads a phone number to a flow, for Terraform."
  role          = aws_iam_role.this.arn

  filename         = var.package.zip
  source_code_hash = var.package.sha256_base64
  handler          = var.package.handler
  runtime          = var.package.runtime
  architectures    = ["arm64"]

  memory_size = 256
  # Long enough for Connect's limit of two requests a second, shared by everybody, to let us through.
  timeout = 60

  logging_config {
    log_format            = "JSON"
    log_group             = aws_cloudwatch_log_group.this.name
    application_log_level = "INFO"
    system_log_level      = "INFO"
  }

  lifecycle {
    precondition {
      condition     = filebase64sha256(var.package.zip) == var.package.sha256_base64
      error_message = "Build the Lambdas again with make build, because ${var.package.zip} is not the zip its manifest describes."
    }
  }

  depends_on = [aws_iam_role_policy.logs]
}
