variable "prefix" {
  description = "What the names begin with."
  type        = string
  nullable    = false
}

variable "account_id" {
  description = "The account of the Connect instance, which alone may invoke the Lambda through it."
  type        = string
  nullable    = false
}

variable "region" {
  description = "The region of the Lambda and its parameters."
  type        = string
  nullable    = false
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the role, or null."
  type        = string
}

variable "instance_id" {
  description = "Id of the Connect instance."
  type        = string
  nullable    = false
}

variable "instance_arn" {
  description = "ARN of the Connect instance."
  type        = string
  nullable    = false
}

variable "queue_arns" {
  description = "ARNs of the queues by key; `default` is among them."
  type        = map(string)
  nullable    = false
}

variable "kms_key_arn" {
  description = "ARN of the key for the parameters and the Lambda's environment."
  type        = string
  nullable    = false
}

variable "logs_key_arn" {
  description = "ARN of the key for the log group, once CloudWatch Logs may use it."
  type        = string
  nullable    = false
}

variable "log_retention_days" {
  description = "Days that CloudWatch keeps the logs."
  type        = number
  nullable    = false
}

variable "package" {
  description = "The built Lambda: path of its zip, handler, runtime, processor and the SHA-256 of the zip in base64."
  type = object({
    zip           = string
    handler       = string
    runtime       = string
    architecture  = string
    sha256_base64 = string
  })
  nullable = false
}

variable "lambda" {
  description = "Size and readiness of the Lambda."
  type = object({
    memory_mb               = number
    reserved_concurrency    = optional(number)
    provisioned_concurrency = number
    snap_start              = bool
    log_level               = string
  })
  nullable = false
}

variable "servicenow" {
  description = "Names on the ServiceNow side, and the beginnings of numbers that may be dialled."
  type = object({
    instance_id       = string
    instance_name     = string
    voice_service_id  = string
    call_context_path = string
    dnis_prefixes     = list(string)
  })
  nullable = false
}

variable "voice_services" {
  description = <<-EOT
    Further voice services by key: the id on the ServiceNow side, what differs from the first's call context API, and what
    callers hear first if it is not what the flow says.
  EOT
  type = map(object({
    voice_service_id   = string
    voice_service_host = optional(string)
    call_context_path  = optional(string)
    greeting           = optional(string)
  }))
  nullable = false
}

variable "endpoints" {
  description = "Hosts of ServiceNow, and the certificates to trust for them where they are private."
  type = object({
    instance_host      = string
    voice_service_host = string
    ca_bundle_pem      = optional(string)
  })
  nullable = false
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

variable "association" {
  description = "Which ARN is associated with the instance: `alias` or `function`."
  type        = string
  nullable    = false
}

variable "token_copy" {
  description = "Tier of the parameters in which copies of tokens are kept, or `off` for none."
  type        = string
  nullable    = false
}

variable "manage_secrets" {
  description = "Whether the parameters are written here."
  type        = bool
  nullable    = false
}

variable "secrets_key_arn" {
  description = "ARN of the key of parameters that are kept elsewhere; null for our key."
  type        = string
}

variable "secrets_version" {
  description = "The parameters are written when this number changes."
  type        = number
  nullable    = false
}

variable "client_ids" {
  description = "Client ids of ServiceNow's OAuth clients by voice service, and by * the first's; empty unless the parameters are to be written."
  type        = map(string)
  ephemeral   = true
  sensitive   = true
  nullable    = false
}

variable "client_secrets" {
  description = "Client secrets of ServiceNow's OAuth clients by voice service, and by * the first's; empty unless the parameters are to be written."
  type        = map(string)
  ephemeral   = true
  sensitive   = true
  nullable    = false
}
