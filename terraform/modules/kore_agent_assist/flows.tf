resource "aws_connect_contact_flow" "agent_assist" {
  for_each = var.bots

  instance_id = var.instance.id
  name        = "${var.prefix} Kore agent assist ${each.key}"
  description = "Has Kore Agent AI listen to the call, and brings the caller to a queue whether or not it does."
  type        = "CONTACT_FLOW"
  content     = local.agent_assist_content[each.key]

  # A published flow can be called at once: by then the Lambdas must find the bot and its secret.
  depends_on = [aws_ssm_parameter.settings, aws_ssm_parameter.client_secret]
}

resource "aws_connect_contact_flow" "queue" {
  for_each = var.bots

  instance_id = var.instance.id
  name        = "${var.prefix} Kore queue ${each.key}"
  description = "Puts callers whom Kore Agent AI listens to into their queue."
  type        = "CONTACT_FLOW"
  content     = local.queue_content[each.key]
}

# Runs in the agent workspace when the call is over, as a guide.
resource "aws_connect_contact_flow" "disposition" {
  count = var.disposition.enabled ? 1 : 0

  instance_id = var.instance.id
  name        = "${var.prefix} Kore disposition"
  description = "Asks the agent how a call went, and stores the answer."
  type        = "CONTACT_FLOW"
  content     = local.disposition_content[0]

  depends_on = [aws_ssm_parameter.webhook_secret]
}
