variable "prefix" {
  description = "What the names begin with."
  type        = string
  nullable    = false
}

variable "account_id" {
  description = "The account of the Connect instance, which alone may invoke the Lambdas through it."
  type        = string
  nullable    = false
}

variable "region" {
  description = "The region of the Lambdas, the streams and the parameters."
  type        = string
  nullable    = false
}

variable "tags" {
  description = "Tags for what is made through Cloud Control, which the provider's default tags do not reach."
  type        = map(string)
  nullable    = false
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the roles, or null."
  type        = string
}

variable "instance" {
  description = "The Connect instance: id, ARN and alias."
  type = object({
    id    = string
    arn   = string
    alias = string
  })
  nullable = false
}

variable "association" {
  description = "Which ARN of a function is associated with the instance: `alias` or `function`."
  type        = string
  nullable    = false
}

variable "queue_arns" {
  description = "ARNs of the queues by key; `default` is among them."
  type        = map(string)
  nullable    = false
}

variable "media_streams" {
  description = "Live media streaming of the instance: the prefix of the streams' names and the key they are encrypted with."
  type = object({
    prefix      = string
    kms_key_arn = string
  })
  nullable = false
}

variable "kms_key_arn" {
  description = "ARN of the key for the parameters, the tables and the Lambdas' environments."
  type        = string
  nullable    = false
}

variable "logs_key_arn" {
  description = "ARN of the key for the log groups, once CloudWatch Logs may use it."
  type        = string
  nullable    = false
}

variable "log_retention_days" {
  description = "Days that CloudWatch keeps the logs."
  type        = number
  nullable    = false
}

variable "packages" {
  description = "The built Lambdas: path of the zip, handler, runtime, processor and the SHA-256 of the zip in base64."
  type = object({
    stream_trigger = object({ zip = string, handler = string, runtime = string, architecture = string, sha256_base64 = string })
    widget_token   = object({ zip = string, handler = string, runtime = string, architecture = string, sha256_base64 = string })
    disposition    = object({ zip = string, handler = string, runtime = string, architecture = string, sha256_base64 = string })
  })
  nullable = false
}

variable "lambda" {
  description = "Size and readiness of each Lambda."
  type = object({
    memory_mb               = number
    reserved_concurrency    = optional(number)
    provisioned_concurrency = number
    snap_start              = bool
    log_level               = string
  })
  nullable = false
}

variable "bots" {
  description = "The bots by key: what Kore calls them, their language and queue, what callers hear, and which audio they get."
  type = map(object({
    bot_id               = string
    client_id            = string
    account_id           = string
    sip_uri              = string
    language_code        = string
    queue                = string
    voice                = string
    voice_engine         = string
    greeting             = string
    handover_message     = string
    apology_message      = string
    stream_from_customer = bool
    stream_to_customer   = bool
  }))
  nullable = false
}

variable "endpoints" {
  description = "Where Kore answers, and the certificates to trust there where they are private."
  type = object({
    agentassist_url = string
    transcriber_url = string
    access_url      = string
    wss_url         = string
    ca_bundle_pem   = optional(string)
  })
  nullable = false
}

variable "application" {
  description = "The third-party application: names, what the workspace tells it, whether it lives for a contact or across them, and how long it may take to start."
  type = object({
    name                      = string
    namespace                 = string
    contact_scope             = string
    initialization_timeout_ms = number
    permissions               = set(string)
  })
  nullable = false
}

variable "disposition" {
  description = "Dispositions: whether agents are asked, the choices, and days that an answer is kept."
  type = object({
    enabled        = bool
    choices        = list(object({ value = string, label = string }))
    retention_days = number
  })
  nullable = false
}

variable "webhook_url" {
  description = "Where dispositions are posted to, or null for nowhere."
  type        = string
}

variable "tokens" {
  description = "Minutes that the tokens and the access to a stream are good for."
  type = object({
    socket_minutes        = number
    widget_minutes        = number
    stream_access_minutes = number
  })
  nullable = false
}

variable "templates" {
  description = "Paths of the flows' templates."
  type = object({
    agent_assist = string
    queue        = string
    disposition  = string
  })
  nullable = false
}

variable "flow_logging" {
  description = "Whether Connect logs the flow, with callers' numbers in it."
  type        = bool
  nullable    = false
}

variable "manage_secrets" {
  description = "Whether the secrets are written here."
  type        = bool
  nullable    = false
}

variable "secrets_key_arn" {
  description = "ARN of the key of secrets that are kept elsewhere; null for our key."
  type        = string
}

variable "secrets_version" {
  description = "The secrets are written when this number changes."
  type        = number
  nullable    = false
}

variable "client_secrets" {
  description = "Client secrets by bot, and by * that of every other bot; empty unless secrets are to be written."
  type        = map(string)
  ephemeral   = true
  sensitive   = true
  nullable    = false
}

variable "webhook_secret" {
  description = "What the webhook is signed with; empty unless secrets are to be written."
  type        = string
  ephemeral   = true
  sensitive   = true
  nullable    = false
}
