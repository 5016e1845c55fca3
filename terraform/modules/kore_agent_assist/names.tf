data "aws_partition" "this" {}

locals {
  arn = "arn:${data.aws_partition.this.partition}"

  parameters    = "/${var.prefix}/kore"
  bots_path     = "${local.parameters}/bots"
  parameter_arn = "${local.arn}:ssm:${var.region}:${var.account_id}:parameter"

  # From the names, because a team may keep the secrets itself.
  settings_names      = { for bot in keys(var.bots) : bot => "${local.bots_path}/${bot}/settings" }
  client_secret_names = { for bot in keys(var.bots) : bot => "${local.bots_path}/${bot}/client_secret" }
  webhook_secret_name = "${local.parameters}/webhook_secret"

  has_webhook = var.disposition.enabled && var.webhook_url != null

  # What Connect calls the video stream of a contact begins with this.
  stream_name_prefix = "${var.media_streams.prefix}-connect-${var.instance.alias}-contact-"

  # What every function of this module has in common.
  connect = {
    instance_id  = var.instance.id
    instance_arn = var.instance.arn
    association  = var.association
  }

  # Connect cuts a synchronous Lambda at 8 s. The functions end before that with an error of their own, and
  # plan their work within 6 s, so that what the flow gets is an answer.
  timeout_seconds = 7

  ca_bundle = { for pem in var.endpoints.ca_bundle_pem[*] : "CA_BUNDLE_PEM" => pem }
}
