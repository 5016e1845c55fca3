resource "aws_connect_instance" "this" {
  count = var.instance.create ? 1 : 0

  instance_alias           = var.instance.alias
  identity_management_type = var.instance.identity_management_type

  inbound_calls_enabled = true
  # The flow hands the caller over by dialling the number ServiceNow names.
  outbound_calls_enabled    = true
  contact_flow_logs_enabled = true

  # Connect makes the log group itself unless it is there.
  depends_on = [aws_cloudwatch_log_group.flows]
}
