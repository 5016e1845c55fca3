variable "kore_bots" {
  description = <<-EOT
    The Kore Agent AI bots by a key of your choice; without any, Kore is not deployed. Each has its own settings, secret and
    flows. `bot_id`, `client_id` and `account_id` are in the JWT App Details of Agent AI's web channel, `sip_uri` is what its
    Voice Gateway shows for the SIP trunk. `queue` is a key of queues. The bot hears the caller, whom it
    `stream_from_customer`s, and what the caller hears, `stream_to_customer`.
  EOT
  type = map(object({
    bot_id               = string
    client_id            = string
    account_id           = string
    sip_uri              = string
    language_code        = optional(string, "en-US")
    queue                = optional(string, "default")
    voice                = optional(string, "Ruth")
    voice_engine         = optional(string, "Neural")
    greeting             = optional(string, "Hello, and thank you for calling.")
    handover_message     = optional(string, "I am connecting you with a colleague.")
    apology_message      = optional(string, "I am sorry, nobody can take your call right now.")
    stream_from_customer = optional(bool, true)
    stream_to_customer   = optional(bool, true)
  }))
  default  = {}
  nullable = false

  validation {
    # The role's policies name every bot's parameters, and IAM gives them 10,240 characters.
    condition     = length(var.kore_bots) <= 15
    error_message = "Keep kore_bots to 15 bots, because the policies that name their parameters fit no more."
  }

  validation {
    # The key is part of a flow's name, of SSM parameters and, in capitals, of an environment variable.
    condition     = alltrue([for key in keys(var.kore_bots) : can(regex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", key)) && length(key) <= 30])
    error_message = "Use at most 30 lower-case letters, digits and inner hyphens, a letter first, for each key of kore_bots."
  }

  validation {
    condition     = alltrue([for bot in values(var.kore_bots) : can(regex("^st-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", bot.bot_id))])
    error_message = "Set bot_id in kore_bots to the bot's id as Kore shows it: st- and a UUID."
  }

  validation {
    condition     = alltrue([for bot in values(var.kore_bots) : can(regex("^cs-[0-9A-Za-z-]{8,64}$", bot.client_id))])
    error_message = "Set client_id in kore_bots to the Client ID of the JWT app in Kore: cs- and what follows."
  }

  validation {
    condition     = alltrue([for bot in values(var.kore_bots) : can(regex("^[0-9A-Za-z][0-9A-Za-z_-]{3,63}$", bot.account_id))])
    error_message = "Set account_id in kore_bots to the Account ID in Kore's JWT App Details, which is letters, digits, underscores and hyphens."
  }

  # Kore's guide shows the SIP URI wrapped in a mail link, with XXXX for the user: what is copied from there works nowhere.
  validation {
    condition     = alltrue([for bot in values(var.kore_bots) : !strcontains(lower(bot.sip_uri), "mailto:")])
    error_message = "Write sip_uri in kore_bots without mailto:, as Kore's Voice Gateway shows it under SIP Numbers: sip:user@host."
  }

  validation {
    condition     = alltrue([for bot in values(var.kore_bots) : !can(regex("[][]", bot.sip_uri))])
    error_message = "Write sip_uri in kore_bots without square brackets, as Kore's Voice Gateway shows it under SIP Numbers: sip:user@host."
  }

  validation {
    condition     = alltrue([for bot in values(var.kore_bots) : !can(regex("[()]", bot.sip_uri))])
    error_message = "Write sip_uri in kore_bots without parentheses, as Kore's Voice Gateway shows it under SIP Numbers: sip:user@host."
  }

  validation {
    condition     = alltrue([for bot in values(var.kore_bots) : !strcontains(upper(bot.sip_uri), "XXXX")])
    error_message = "Write the user of your own SIP trunk in sip_uri of kore_bots instead of XXXX; Kore's Voice Gateway shows the whole SIP URI under SIP Numbers."
  }

  validation {
    condition = alltrue([
      for bot in values(var.kore_bots) :
      can(regex("^sips?:[^@\\s<>]+@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?(;[^\\s<>]+)?$", bot.sip_uri))
      # Those have been told already.
      || can(regex("(?i)mailto:|[][()]|XXXX", bot.sip_uri))
    ])
    error_message = "Set sip_uri in kore_bots to sip:user@host, as Kore's Voice Gateway shows it under SIP Numbers."
  }

  validation {
    condition     = alltrue([for bot in values(var.kore_bots) : can(regex("^[a-z]{2,3}-([A-Z]{2}|[0-9]{3})$", bot.language_code))])
    error_message = "Set language_code in kore_bots to language and country, such as en-US."
  }

  validation {
    condition     = length(setsubtract([for bot in values(var.kore_bots) : bot.queue], keys(var.queues))) == 0
    error_message = "Set queue in kore_bots only to keys of queues; missing: ${join(", ", setsubtract([for bot in values(var.kore_bots) : bot.queue], keys(var.queues)))}."
  }

  validation {
    condition     = alltrue([for bot in values(var.kore_bots) : can(regex("^[A-Z][A-Za-z]+$", bot.voice))])
    error_message = "Set voice in kore_bots to the name of an Amazon Polly voice, such as Ruth."
  }

  validation {
    condition     = alltrue([for bot in values(var.kore_bots) : contains(["standard", "neural", "long-form", "generative"], lower(bot.voice_engine))])
    error_message = "Set voice_engine in kore_bots to Standard, Neural, Long-form or Generative."
  }

  validation {
    # Connect refuses an empty text, and Amazon Polly speaks at most 3,000 characters.
    condition = alltrue([
      for text in flatten([for bot in values(var.kore_bots) : [bot.greeting, bot.handover_message, bot.apology_message]]) :
      length(trimspace(text)) > 0 && length(text) <= 3000
    ])
    error_message = "Give every message in kore_bots 1 to 3000 characters to speak."
  }

  validation {
    condition     = alltrue([for bot in values(var.kore_bots) : bot.stream_from_customer || bot.stream_to_customer])
    error_message = "Set stream_from_customer or stream_to_customer in each of kore_bots, because a bot that hears neither side has nothing to transcribe."
  }

  validation {
    condition = (
      length(var.kore_bots) == 0
      || var.media_streaming.enabled
      || (var.media_streaming.prefix != null && var.media_streaming.kms_key_arn != null)
    )
    error_message = "Set enabled in media_streaming, or prefix and kms_key_arn to those of the instance's own setting, because Kore listens to the live media stream."
  }
}

variable "kore_endpoints" {
  description = <<-EOT
    Where Kore Agent AI answers. Outside its US region set `domain`: the URLs of Agent AI, of the transcriber and of the
    widget follow from it unless they are given themselves. `ca_bundle_pem` is for hosts whose certificate comes from a
    private authority; the webhook is trusted by it too.
  EOT
  type = object({
    domain          = optional(string, "agentassist.kore.ai")
    agentassist_url = optional(string)
    transcriber_url = optional(string)
    access_url      = optional(string)
    wss_url         = optional(string, "wss://savg-webserver.kore.ai")
    ca_bundle_pem   = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = can(regex("^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?$", var.kore_endpoints.domain))
    error_message = "Write domain in kore_endpoints as a bare host name, without https:// and without a path."
  }

  validation {
    condition = alltrue([
      for url in [var.kore_endpoints.agentassist_url, var.kore_endpoints.transcriber_url, var.kore_endpoints.access_url] :
      url == null || can(regex("^https://[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?(/[^\\s\"<>#]*)?$", url))
    ])
    error_message = "Write agentassist_url, transcriber_url and access_url in kore_endpoints as https:// URLs."
  }

  validation {
    condition     = can(regex("^wss://[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?$", var.kore_endpoints.wss_url))
    error_message = "Write wss_url in kore_endpoints as wss:// and a host name, without a path."
  }

  validation {
    # Lambda allows 4 KB for all environment variables of a function together.
    condition = var.kore_endpoints.ca_bundle_pem == null || try(
      startswith(trimspace(var.kore_endpoints.ca_bundle_pem), "-----BEGIN CERTIFICATE-----")
      && length(var.kore_endpoints.ca_bundle_pem) <= 3000,
      false,
    )
    error_message = "Set ca_bundle_pem in kore_endpoints to PEM certificates of at most 3000 characters, or leave it out for public authorities."
  }
}

variable "kore_application" {
  description = <<-EOT
    The widget as a third-party application of the agent workspace. Its `name` is what agents see and its `namespace` what
    security profiles grant; both are unique in an account and region. `contact_scope` is whether the widget lives across
    contacts or is opened anew for each. `permissions` are what the workspace tells it; without the three it always has,
    it knows nothing of the call.
  EOT
  type = object({
    name                      = optional(string, "KoreAgentAssist")
    namespace                 = optional(string)
    contact_scope             = optional(string, "CROSS_CONTACTS")
    initialization_timeout_ms = optional(number, 10000)
    permissions               = optional(set(string), ["Contact.Attributes.View", "Contact.Details.View", "User.Details.View"])
  })
  default  = {}
  nullable = false

  validation {
    condition     = can(regex("^[A-Za-z0-9/._ -]{1,255}$", var.kore_application.name))
    error_message = "Set name in kore_application to at most 255 letters, digits, spaces, dots, slashes, underscores and hyphens."
  }

  validation {
    # AppIntegrations would take more, security profiles take 128.
    condition     = var.kore_application.namespace == null || can(regex("^[A-Za-z0-9/._-]{1,128}$", var.kore_application.namespace))
    error_message = "Set namespace in kore_application to at most 128 letters, digits, dots, slashes, underscores and hyphens."
  }

  validation {
    condition     = contains(["CROSS_CONTACTS", "PER_CONTACT"], var.kore_application.contact_scope)
    error_message = "Set contact_scope in kore_application to CROSS_CONTACTS or PER_CONTACT."
  }

  validation {
    condition = (
      var.kore_application.initialization_timeout_ms >= 1
      && var.kore_application.initialization_timeout_ms <= 600000
      && floor(var.kore_application.initialization_timeout_ms) == var.kore_application.initialization_timeout_ms
    )
    error_message = "Set initialization_timeout_ms in kore_application to a whole number from 1 to 600000."
  }

  validation {
    condition     = length(setsubtract(["Contact.Attributes.View", "Contact.Details.View", "User.Details.View"], var.kore_application.permissions)) == 0
    error_message = "Keep Contact.Attributes.View, Contact.Details.View and User.Details.View among the permissions in kore_application, because the widget needs them."
  }

  validation {
    condition     = alltrue([for permission in var.kore_application.permissions : can(regex("^[A-Za-z0-9/._*-]{1,255}$", permission))])
    error_message = "Write each of the permissions in kore_application as AWS does, such as User.Status.View."
  }
}

variable "kore_disposition" {
  description = <<-EOT
    Whether agents are asked at the end of a call how it went, what they can choose from, and days that an answer is kept.
  EOT
  type = object({
    enabled = optional(bool, true)
    choices = optional(list(object({ value = string, label = string })), [
      { value = "resolved", label = "Case resolved" },
      { value = "followup", label = "Follow-up required" },
      { value = "dropped", label = "Dropped midway" },
      { value = "accident", label = "Accidental call" },
      { value = "changequeue", label = "Department change" },
    ])
    retention_days = optional(number, 90)
  })
  default  = {}
  nullable = false

  validation {
    condition = (
      length(var.kore_disposition.choices) > 0
      && length(distinct(var.kore_disposition.choices[*].value)) == length(var.kore_disposition.choices)
    )
    error_message = "Give choices in kore_disposition at least one entry, and each a value of its own."
  }

  validation {
    condition = alltrue([
      for choice in var.kore_disposition.choices :
      can(regex("^[A-Za-z0-9_-]{1,64}$", choice.value)) && can(regex("^\\S(.{0,98}\\S)?$", choice.label))
    ])
    error_message = "Give each of the choices in kore_disposition a value of letters, digits, underscores and hyphens, and a label of at most 100 characters."
  }

  validation {
    condition = (
      var.kore_disposition.retention_days >= 1
      && var.kore_disposition.retention_days <= 3653
      && floor(var.kore_disposition.retention_days) == var.kore_disposition.retention_days
    )
    error_message = "Set retention_days in kore_disposition to a whole number from 1 to 3653."
  }
}

variable "kore_webhook_url" {
  description = "Where each disposition is posted to, signed with KORE_WEBHOOK_SECRET: a CRM, for example. Null for nowhere."
  type        = string
  default     = null

  validation {
    condition     = var.kore_webhook_url == null || can(regex("^https://[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?(/[^\\s\"<>#]*)?$", var.kore_webhook_url))
    error_message = "Set kore_webhook_url to an https:// URL, because what agents write about callers is private, or leave it out."
  }

  validation {
    condition     = var.kore_webhook_url == null || var.kore_disposition.enabled
    error_message = "Leave kore_webhook_url out, or set enabled in kore_disposition, because only dispositions are posted."
  }
}

variable "kore_flow_logging" {
  description = "Whether Connect logs the flows of Kore, with callers' numbers in it. The log is off in any case while a token is about, and for what agents write."
  type        = bool
  default     = true
  nullable    = false
}

variable "kore_lambda" {
  description = <<-EOT
    Size and readiness of each of the three Lambdas. `reserved_concurrency` keeps that many executions for each alone;
    `snap_start` and `provisioned_concurrency` are two ways to shorten the first call, of which Lambda allows one. The one
    that stores dispositions has no provisioned concurrency, because no caller waits for it.
  EOT
  type = object({
    memory_mb               = optional(number, 512)
    reserved_concurrency    = optional(number)
    provisioned_concurrency = optional(number, 0)
    snap_start              = optional(bool, false)
    log_level               = optional(string, "INFO")
  })
  default  = {}
  nullable = false

  validation {
    condition = (
      var.kore_lambda.memory_mb >= 128
      && var.kore_lambda.memory_mb <= 10240
      && floor(var.kore_lambda.memory_mb) == var.kore_lambda.memory_mb
    )
    error_message = "Set memory_mb in kore_lambda to a whole number from 128 to 10240."
  }

  validation {
    # 0 would stop every call from reaching the function.
    condition     = var.kore_lambda.reserved_concurrency == null || try(var.kore_lambda.reserved_concurrency >= 1, false)
    error_message = "Set reserved_concurrency in kore_lambda to 1 or more, or leave it out to share the account's."
  }

  validation {
    condition     = var.kore_lambda.provisioned_concurrency >= 0
    error_message = "Set provisioned_concurrency in kore_lambda to 0 or more."
  }

  validation {
    condition     = !(var.kore_lambda.snap_start && var.kore_lambda.provisioned_concurrency > 0)
    error_message = "Choose snap_start or provisioned_concurrency in kore_lambda, because Lambda does not combine them."
  }

  validation {
    condition = var.kore_lambda.reserved_concurrency == null || try(
      var.kore_lambda.provisioned_concurrency <= var.kore_lambda.reserved_concurrency,
      false,
    )
    error_message = "Keep provisioned_concurrency in kore_lambda within reserved_concurrency."
  }

  validation {
    condition     = contains(["DEBUG", "INFO", "WARN", "ERROR"], var.kore_lambda.log_level)
    error_message = "Set log_level in kore_lambda to DEBUG, INFO, WARN or ERROR."
  }
}

variable "kore_tokens" {
  description = <<-EOT
    Minutes that what Kore is handed is good for: `socket_minutes` the token of the audio socket, `widget_minutes` that of
    the widget, `stream_access_minutes` the credentials that read the call's media stream.
  EOT
  type = object({
    socket_minutes        = optional(number, 60)
    widget_minutes        = optional(number, 120)
    stream_access_minutes = optional(number, 60)
  })
  default  = {}
  nullable = false

  validation {
    condition = alltrue([
      for minutes in [var.kore_tokens.socket_minutes, var.kore_tokens.widget_minutes] :
      minutes >= 1 && minutes <= 1440 && floor(minutes) == minutes
    ])
    error_message = "Set socket_minutes and widget_minutes in kore_tokens to whole numbers from 1 to 1440."
  }

  validation {
    # STS: 15 minutes at least, and an hour at most for a role that is assumed by a role.
    condition = (
      var.kore_tokens.stream_access_minutes >= 15
      && var.kore_tokens.stream_access_minutes <= 60
      && floor(var.kore_tokens.stream_access_minutes) == var.kore_tokens.stream_access_minutes
    )
    error_message = "Set stream_access_minutes in kore_tokens to a whole number from 15 to 60, the range of AWS STS here."
  }
}

variable "kore_secrets_key_arn" {
  description = "The KMS key of Kore's SSM parameters, where a team keeps its own parameters under a key of its own."
  type        = string
  default     = null

  validation {
    condition     = var.kore_secrets_key_arn == null || !var.manage_secrets
    error_message = "Leave kore_secrets_key_arn out unless manage_secrets is false, because parameters written here are under the key made here."
  }

  validation {
    condition     = var.kore_secrets_key_arn == null || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.kore_secrets_key_arn))
    error_message = "Set kore_secrets_key_arn to the ARN of a KMS key, not of an alias."
  }
}

variable "kore_secrets_version" {
  description = "Raise it together with new secrets: they are written only when this number changes, and for a new bot."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.kore_secrets_version >= 1 && floor(var.kore_secrets_version) == var.kore_secrets_version
    error_message = "Set kore_secrets_version to a whole number from 1."
  }
}

variable "kore_client_secrets" {
  description = "Client secrets of the bots by key, and by * that of every other bot; needed only by a plan that writes them."
  type        = map(string)
  default     = {}
  ephemeral   = true
  sensitive   = true
  nullable    = false
}

variable "kore_webhook_secret" {
  description = "What dispositions are signed with on their way to the webhook; needed only by a plan that writes it."
  type        = string
  default     = ""
  ephemeral   = true
  sensitive   = true
  nullable    = false
}
