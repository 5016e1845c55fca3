# Account, region and environment come from env.toml. Every value below is yours to set; those with no
# sensible default are empty, and the first plan says so.

# Most companies have an instance: adopt it by alias or id. To make one: { alias = "…" }.
connect_instance = {
  create = false
  alias  = ""
}

# Connect keeps one setting for live media streaming. Where the instance has its own, Kore needs to know it:
# { enabled = false, prefix = "…", kms_key_arn = "…" }.
media_streaming = { enabled = true, retention_hours = 1 }

# Contact records and agent events to a Kinesis stream: only if something of yours reads it.
data_streaming = { enabled = false }

hours = {
  time_zone = "America/New_York"
  schedule = [
    { days = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"], start = "08:00", end = "18:00" },
  ]
}

# A queue the instance has already: { existing_id = "…" }.
queues = {
  default = { name = "Service desk" }
}

# Who answers which number. A number the instance has already: { existing = { id = "…", number = "+1…" }, leads_to = "…" }.
# To several claims at once that ask for the same, Amazon Connect offers the same number, and all but one fail: give
# them different prefixes, or deploy again until all are claimed.
phone_numbers = {
  service-desk = { claim = { country_code = "US", prefix = "+1206" }, leads_to = "servicenow_voice" }
  support      = { claim = { country_code = "US", prefix = "+1415" }, leads_to = "kore_agent_assist/support" }
}

# Leave servicenow out for Kore alone, and kore_bots for ServiceNow alone, with the numbers that lead there.
servicenow = {
  instance_id       = "" # system property instance_id
  instance_name     = "" # dev12345 in dev12345.service-now.com
  voice_service_id  = "" # sys_id of the voice assistant
  call_context_path = "" # path of the call context URL that the voice assistant shows
  dnis_prefixes     = ["+1"]
}

servicenow_endpoints = {
  instance_host      = "" # dev12345.service-now.com
  voice_service_host = "" # host of the call context URL
}

# Further voice assistants on the same function, each with a number that leads to servicenow_voice/<key>:
# servicenow_voice_services = { billing = { voice_service_id = "…", call_context_path = "…", greeting = "…" } }.

servicenow_flow = {
  greeting      = "Hello, and thank you for calling."
  flow_logging  = false # flow logs hold callers' numbers
  reason_queues = { user_requested = "default" }

  # Before a caller waits: is the queue open, does anybody work in it, and is a call back offered where not? Agents
  # call back from the queue's outbound number, so give it one first.
  check_hours          = false
  check_staffing       = false
  callback_when_closed = false

  # What the AI agent sees: the caller's number, as ServiceNow wants it, or one of yours ("number"), which carriers
  # outside the United States may insist on.
  caller_id_mode = "caller"
}

servicenow_lambda = {
  reserved_concurrency    = 50 # about 50 calls in the same second
  provisioned_concurrency = 2  # no caller waits for a cold start
}

# Where ServiceNow counts requests for tokens: "Standard", "Advanced" or "Intelligent-Tiering" lets the Lambda's
# environments share them, as encrypted parameters of that tier.
servicenow_token_copy = "off"

# Raise it with every new client id or secret; they come as SERVICENOW_CLIENT_ID and SERVICENOW_CLIENT_SECRET, and for
# a further voice assistant as SERVICENOW_CLIENT_ID_BILLING and so on.
servicenow_secrets_version = 1

# One entry a bot; the key is yours, and the number above leads to it.
kore_bots = {
  support = {
    bot_id        = "" # st-…, in Kore's JWT App Details
    client_id     = "" # cs-…, beside it
    account_id    = "" # beside it
    sip_uri       = "" # sip:…@…, under Voice Gateway, SIP Numbers
    language_code = "en-US"
    queue         = "default"
  }
}

# Kore's US region; elsewhere the domain of your Agent AI, and its media gateway.
kore_endpoints = {
  domain  = "agentassist.kore.ai"
  wss_url = "wss://savg-webserver.kore.ai"
}

# What agents see in the workspace, and what their security profile grants: unique in the account.
kore_application = { name = "KoreAgentAssist" }

kore_disposition = { enabled = true, retention_days = 90 }

# A CRM that takes dispositions, signed with KORE_WEBHOOK_SECRET: kore_webhook_url = "https://…".

kore_flow_logging = false # flow logs hold callers' numbers

kore_lambda = {
  reserved_concurrency    = 50
  provisioned_concurrency = 2
}

# Raise it with every new client secret; they come as KORE_CLIENT_SECRET_SUPPORT for the bot support and so on, or as
# KORE_CLIENT_SECRET for all bots alike.
kore_secrets_version = 1

# What make bootstrap prints where a pipeline deploys: its role makes no other role than within these bounds.
# permissions_boundary_arn = "…"

log_retention_days       = 90
kms_deletion_window_days = 30
