# Account, region and environment come from env.toml. Every value below is yours to set; those with no
# sensible default are empty, and the first plan says so.

# Most companies have an instance: adopt it by alias or id. To make one: { alias = "…" }.
connect_instance = {
  create = false
  alias  = ""
}

# Connect keeps one setting for live media streaming: false where the instance has its own.
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

# A number the instance has already: { existing = { id = "…", number = "+1…" } }.
phone_number = { claim = { country_code = "US", type = "DID" } }

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

servicenow_flow = {
  greeting      = "Hello, and thank you for calling."
  flow_logging  = false # flow logs hold callers' numbers
  reason_queues = { user_requested = "default" }
}

servicenow_lambda = {
  reserved_concurrency    = 50 # about 50 calls in the same second
  provisioned_concurrency = 2  # no caller waits for a cold start
}

# Raise it with every new client id or secret; they come as SERVICENOW_CLIENT_ID and SERVICENOW_CLIENT_SECRET.
servicenow_secrets_version = 1

log_retention_days       = 90
kms_deletion_window_days = 30
