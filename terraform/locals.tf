locals {
  # Every name in the account starts with this, so that environments can share an account.
  prefix = "${var.project}-${var.environment}"

  tags = merge(var.tags, {
    Project     = var.project
    Environment = var.environment
    ManagedBy   = "terraform"
  })

  # By name, because the key comes before the groups. Connect's is ours to make only with the instance.
  log_groups = concat(
    ["/aws/lambda/${local.prefix}-*"],
    [for alias in var.connect_instance.alias[*] : "/aws/connect/${alias}" if var.connect_instance.create],
  )

  dist = "${path.root}/${var.dist_dir}"

  # What the build made, with the digests that bind a plan to these very zips. Pure Python runs on both processors,
  # of which arm64 is the cheaper; compiled code runs on its own.
  lambdas = {
    for name, built in jsondecode(file("${local.dist}/manifest.json")).lambdas : name => {
      zip           = "${local.dist}/${built.zip}"
      handler       = built.handler
      runtime       = "python${built.python}"
      architecture  = contains(built.architectures, "arm64") ? "arm64" : one(built.architectures)
      sha256_base64 = built.sha256_base64
    }
  }

  # Where a number can lead: a vendor, or one of several that a vendor's module holds. No try here: of a flow that
  # is yet to be made it would make all of them unknown, and every number would be led to its flow again.
  inbound_flows = merge(concat(
    [for voice in module.servicenow_voice : { servicenow_voice = { id = voice.flow_id, arn = voice.flow_arn } }],
    [for voice in module.servicenow_voice : { for key, flow in voice.service_flows : "servicenow_voice/${key}" => flow }],
    [for kore in module.kore_agent_assist : { for bot, flow in kore.flows : "kore_agent_assist/${bot}" => flow }],
  )...)

  # What ServiceNow's AI agent sees as the number that calls. One of ours, unless another is named, is the one that the
  # caller dialled, which only the flow knows.
  servicenow_caller_id_number = var.servicenow_flow.caller_id_mode == "caller" ? null : (
    var.servicenow_flow.caller_id_number == null ? "$.SystemEndpoint.Address" : try(
      module.contact_center.phone_numbers[var.servicenow_flow.caller_id_number].number,
      var.servicenow_flow.caller_id_number,
    )
  )

  # The instance's live media streams, whoever keeps the setting.
  media_streams = {
    prefix      = coalesce(var.media_streaming.prefix, local.prefix)
    kms_key_arn = var.media_streaming.enabled ? module.encryption.key_arn : var.media_streaming.kms_key_arn
  }

  # Kore is at one domain a region, unless told otherwise.
  kore_endpoints = {
    agentassist_url = coalesce(var.kore_endpoints.agentassist_url, "https://${var.kore_endpoints.domain}")
    transcriber_url = coalesce(var.kore_endpoints.transcriber_url, "https://${var.kore_endpoints.domain}/integrations/amzn/voice/")
    access_url      = coalesce(var.kore_endpoints.access_url, "https://${var.kore_endpoints.domain}/integrations/amzn/tpa-voice/")
    wss_url         = var.kore_endpoints.wss_url
    ca_bundle_pem   = var.kore_endpoints.ca_bundle_pem
  }
}
