# Account, region and environment come from env.toml, and the vendors' hosts from the stand-ins that run.

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
  support      = { name = "Support", description = "Callers whom Kore Agent AI listens to." }
}

# Of different areas: to several claims at once that ask for the same, Amazon Connect offers the same number.
phone_numbers = {
  service-desk = { claim = { country_code = "US", prefix = "+1206" }, leads_to = "servicenow_voice" }
  support      = { claim = { country_code = "US", prefix = "+1415" }, leads_to = "kore_agent_assist/support" }
  soporte      = { claim = { country_code = "US", prefix = "+1512" }, leads_to = "kore_agent_assist/soporte" }
}

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
  # Without check_hours, so that no call of a laptop depends on when it is made.
  check_staffing       = true
  callback_when_closed = true
}

servicenow_lambda = {
  reserved_concurrency = 10
  log_level            = "DEBUG"
}

# Ids of the shape that Kore's console shows; they belong to nobody.
kore_bots = {
  support = {
    bot_id     = "st-6b1f0c1e-4a7d-5e3b-9c55-0d2f8a61e7b4"
    client_id  = "cs-2f7d9a40-8c13-5b6e-a1f2-7e90c4d3b8a5"
    account_id = "64f1c2a9b7e3d50012ab34cd"
    sip_uri    = "sip:support@voice.example.com"
    queue      = "support"
    greeting   = "Hello, and thank you for calling support."
  }
  soporte = {
    bot_id           = "st-91c4e2d7-3b58-5f0a-8e6d-4a7b1c9f2053"
    client_id        = "cs-5e8b3c17-6d94-5a2f-b7c0-1f48d2a6e93b"
    account_id       = "64f1c2a9b7e3d50012ab34cd"
    sip_uri          = "sip:soporte@voice.example.com"
    language_code    = "es-US"
    voice            = "Lupe"
    queue            = "default"
    greeting         = "Hola, gracias por llamar a soporte."
    handover_message = "Le comunico con una persona de nuestro equipo."
    apology_message  = "Lo siento, en este momento nadie puede atender su llamada."
  }
}

kore_lambda = {
  reserved_concurrency = 10
  log_level            = "DEBUG"
}

log_retention_days       = 7
kms_deletion_window_days = 7
