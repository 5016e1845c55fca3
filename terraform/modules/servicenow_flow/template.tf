locals {
  template_values = {
    lambda_arn                     = var.lambda_arn
    default_queue_arn              = var.queue_arns["default"]
    voice_service_id               = var.voice_service_id
    greeting                       = var.flow.greeting
    one_moment_message             = var.flow.one_moment_message
    handover_message               = var.flow.handover_message
    goodbye_message                = var.flow.goodbye_message
    apology_message                = var.flow.apology_message
    closed_message                 = var.flow.closed_message
    unstaffed_message              = var.flow.unstaffed_message
    try_later_message              = var.flow.try_later_message
    callback_offer                 = local.callback_offer
    callback_arranged_message      = var.flow.callback_arranged_message
    callback_initial_delay_seconds = tostring(var.flow.callback.initial_delay_seconds)
    callback_retry_delay_seconds   = tostring(var.flow.callback.retry_delay_seconds)
    callback_attempts              = tostring(var.flow.callback.attempts)
    caller_id_number               = var.flow.caller_id_number == null ? "" : var.flow.caller_id_number
    voice                          = var.flow.voice
    voice_engine                   = var.flow.voice_engine
    language_code                  = var.flow.language_code
    flow_logging                   = var.flow.flow_logging ? "Enabled" : "Disabled"
    transfer_time_limit_seconds    = tostring(var.flow.transfer_time_limit_seconds)
  }

  # Read out digit by digit, inside SSML: there the sentence around it must be text and no mark-up.
  callback_sentence = replace(replace(replace(var.flow.callback_message, "&", "&amp;"), "<", "&lt;"), ">", "&gt;")
  callback_offer    = replace(local.callback_sentence, "{number}", "<say-as interpret-as=\"telephone\">$.CustomerEndpoint.Address</say-as>")

  # The placeholders stand inside JSON strings, so a quote or a line break in a value must not end the string.
  template = jsondecode(templatefile(var.flow.template, {
    for name, value in local.template_values : name => trimsuffix(trimprefix(jsonencode(value), "\""), "\"")
  }))
}
