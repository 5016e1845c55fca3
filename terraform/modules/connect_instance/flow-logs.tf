# Flow logs hold callers' numbers. Connect writes to the group of this name, and one that it makes itself keeps
# everything for ever.
resource "aws_cloudwatch_log_group" "flows" {
  count = var.instance.create ? 1 : 0

  name              = "/aws/connect/${var.instance.alias}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.logs_key_arn
}
