# Account, region and environment come from env.toml, and ServiceNow's hosts from the stand-in that runs.

connect_instance = { alias = "connect-voice-local" }

# Nobody on a laptop reads the stream; it is on so that what an account would get is tried.
data_streaming = { enabled = true }

hours = {
  time_zone = "America/New_York"
  schedule = [
    { days = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"], start = "08:00", end = "20:00" },
    { days = ["SATURDAY"], start = "09:00", end = "13:00" },
  ]
}

queues = {
  default      = { name = "Front desk", description = "Callers whom no reason routes elsewhere, and whenever something failed." }
  service-desk = { name = "Service desk", description = "Callers who asked the AI agent for a person." }
}

phone_number = { claim = { country_code = "US" } }

servicenow = {
  instance_id       = "0f4e8bd70103210f87732f6ceab0a2f1"
  instance_name     = "local"
  voice_service_id  = "6d1c0a52c3a54f10b7a1d2e94f1b8c33"
  call_context_path = "/api/sn_voice/call_context"
  dnis_prefixes     = ["+1"]
}

servicenow_flow = {
  greeting = "Hello, and thank you for calling the service desk."
  reason_queues = {
    user_requested = "service-desk"
  }
}

servicenow_lambda = {
  reserved_concurrency = 10
  log_level            = "DEBUG"
}

log_retention_days       = 7
kms_deletion_window_days = 7
