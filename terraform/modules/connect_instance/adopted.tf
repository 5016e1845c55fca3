data "aws_connect_instance" "adopted" {
  count = var.instance.create ? 0 : 1

  instance_id    = var.instance.id
  instance_alias = var.instance.alias

  lifecycle {
    postcondition {
      condition     = self.outbound_calls_enabled
      error_message = "Enable outbound calls on the Connect instance, because the flow hands callers over by dialling."
    }
  }
}
