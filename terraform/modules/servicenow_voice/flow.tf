resource "aws_connect_contact_flow" "inbound" {
  instance_id = var.instance_id
  name        = "${var.prefix} ServiceNow voice"
  description = "Connects callers with a ServiceNow AI voice agent, and with a queue whenever that fails or they ask for a person."
  type        = "CONTACT_FLOW"
  content     = module.flow.content

  # A published flow can be called at once: by then the Lambda must find its secrets.
  depends_on = [aws_ssm_parameter.client_id, aws_ssm_parameter.client_secret]
}
