# dev: of the same shape as prod, whose terraform.tfvars says what each value means, and smaller.

connect_instance = {
  create = false
  alias  = ""
}

media_streaming = { enabled = true, retention_hours = 1 }
data_streaming  = { enabled = false }

hours = {
  time_zone = "America/New_York"
  schedule = [
    { days = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"], start = "08:00", end = "18:00" },
  ]
}

queues = {
  default = { name = "Service desk" }
}

phone_numbers = {
  service-desk = { claim = { country_code = "US", prefix = "+1206" }, leads_to = "servicenow_voice" }
  support      = { claim = { country_code = "US", prefix = "+1415" }, leads_to = "kore_agent_assist/support" }
}

servicenow = {
  instance_id       = ""
  instance_name     = ""
  voice_service_id  = ""
  call_context_path = ""
  dnis_prefixes     = ["+1"]
}

servicenow_endpoints = {
  instance_host      = ""
  voice_service_host = ""
}

servicenow_flow = {
  greeting             = "Hello, and thank you for calling."
  flow_logging         = false
  reason_queues        = { user_requested = "default" }
  check_hours          = false
  check_staffing       = false
  callback_when_closed = false
  caller_id_mode       = "caller"
}

servicenow_lambda          = { reserved_concurrency = 5 }
servicenow_token_copy      = "off"
servicenow_secrets_version = 1

kore_bots = {
  support = {
    bot_id        = ""
    client_id     = ""
    account_id    = ""
    sip_uri       = ""
    language_code = "en-US"
    queue         = "default"
  }
}

kore_endpoints = {
  domain  = "agentassist.kore.ai"
  wss_url = "wss://savg-webserver.kore.ai"
}

# Unique in an account, which environments may share.
kore_application     = { name = "KoreAgentAssist-dev" }
kore_disposition     = { enabled = true, retention_days = 14 }
kore_flow_logging    = false
kore_lambda          = { reserved_concurrency = 5 }
kore_secrets_version = 1

log_retention_days       = 14
kms_deletion_window_days = 7
