variable "lambda_arn" {
  description = "What the flow invokes: the Lambda, or an alias of it."
  type        = string
  nullable    = false
}

variable "voice_service_id" {
  description = "The voice service on the ServiceNow side that answers these calls."
  type        = string
  nullable    = false
}

variable "queue_arns" {
  description = "ARNs of the queues by key; `default` is among them."
  type        = map(string)
  nullable    = false
}

variable "flow" {
  description = <<-EOT
    The flow's template, what it says, where it sends callers, and which of its options are on. `caller_id_number` is
    null where the AI agent shall see the caller's own number.
  EOT
  type = object({
    template                    = string
    greeting                    = string
    one_moment_message          = string
    handover_message            = string
    goodbye_message             = string
    apology_message             = string
    closed_message              = string
    unstaffed_message           = string
    try_later_message           = string
    callback_message            = string
    callback_arranged_message   = string
    voice                       = string
    voice_engine                = string
    language_code               = string
    flow_logging                = bool
    transfer_time_limit_seconds = number
    reason_queues               = map(string)
    caller_id_number            = optional(string)
    check_hours                 = bool
    check_staffing              = bool
    callback_when_closed        = bool
    callback = object({
      initial_delay_seconds = number
      retry_delay_seconds   = number
      attempts              = number
    })
  })
  nullable = false
}
