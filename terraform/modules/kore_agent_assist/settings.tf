# What the functions must know of a bot. A parameter and not an environment variable, so that another bot is
# another parameter and no new version of a function.
resource "aws_ssm_parameter" "settings" {
  for_each = var.bots

  name        = local.settings_names[each.key]
  description = "Settings of the Kore Agent AI bot ${each.key}."
  type        = "String"
  tier        = "Standard"

  insecure_value = jsonencode({
    botId                   = each.value.bot_id
    clientId                = each.value.client_id
    accountId               = each.value.account_id
    agentassistUrl          = var.endpoints.agentassist_url
    wssUrl                  = var.endpoints.wss_url
    sipUri                  = each.value.sip_uri
    languageCode            = each.value.language_code
    streamAudioFromCustomer = each.value.stream_from_customer
    streamAudioToCustomer   = each.value.stream_to_customer
  })
}
