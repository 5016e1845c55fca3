variable "servicenow" {
  description = <<-EOT
    Names on the ServiceNow side; null for a deployment without ServiceNow. `instance_id` is the system property of that
    name and `voice_service_id` the sys_id of the voice assistant: together they name the SSM parameters. `dnis_prefixes`
    are the beginnings a number may have that the flow is told to dial.
  EOT
  type = object({
    instance_id       = string
    instance_name     = string
    voice_service_id  = string
    call_context_path = string
    dnis_prefixes     = list(string)
  })
  default = null

  validation {
    condition = var.servicenow == null || try(alltrue([
      for id in [var.servicenow.instance_id, var.servicenow.voice_service_id] : can(regex("^[A-Za-z0-9_-]{1,64}$", id))
    ]), false)
    error_message = "Set instance_id and voice_service_id in servicenow to the identifiers ServiceNow shows, which are letters, digits, underscores and hyphens."
  }

  validation {
    condition     = var.servicenow == null || can(regex("^[A-Za-z0-9][A-Za-z0-9_.-]*$", var.servicenow.instance_name))
    error_message = "Set instance_name in servicenow to the bare name of the instance, such as dev12345."
  }

  validation {
    condition     = var.servicenow == null || can(regex("^/([A-Za-z0-9._~!$&'()*+,;=:@%?-][A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?$", var.servicenow.call_context_path))
    error_message = "Set call_context_path in servicenow to the path of the call context API, which begins with one slash."
  }

  validation {
    # An empty list would let a wrong or hostile answer dial any number in the world.
    condition = var.servicenow == null || try(length(var.servicenow.dnis_prefixes) > 0 && alltrue([
      for prefix in var.servicenow.dnis_prefixes : can(regex("^\\+[1-9][0-9]{0,14}$", prefix))
    ]), false)
    error_message = "Give dnis_prefixes in servicenow at least one beginning of a number in E.164 form, such as +1."
  }
}

variable "servicenow_voice_services" {
  description = <<-EOT
    Further voice assistants of the same ServiceNow instance by a key of your choice: each has its own OAuth client and its
    own flow, which `leads_to = "servicenow_voice/<key>"` of a number leads to. Where the call context URL has another host or
    path than the first's, they are `voice_service_host` and `call_context_path`; `greeting` is what callers hear instead of
    the one in servicenow_flow.
  EOT
  type = map(object({
    voice_service_id   = string
    voice_service_host = optional(string)
    call_context_path  = optional(string)
    greeting           = optional(string)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = length(var.servicenow_voice_services) == 0 || var.servicenow != null
    error_message = "Set servicenow to the first voice service, or leave servicenow_voice_services out."
  }

  validation {
    # The role's policies name every parameter, and IAM gives them 10,240 characters.
    condition     = length(var.servicenow_voice_services) <= 5
    error_message = "Keep servicenow_voice_services to 5, because the policies that name their parameters fit no more."
  }

  validation {
    # The key is part of a flow's name and, in capitals, of environment variables.
    condition     = alltrue([for key in keys(var.servicenow_voice_services) : can(regex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", key)) && length(key) <= 30])
    error_message = "Use at most 30 lower-case letters, digits and inner hyphens, a letter first, for each key of servicenow_voice_services."
  }

  validation {
    condition     = alltrue([for service in values(var.servicenow_voice_services) : can(regex("^[A-Za-z0-9_-]{1,64}$", service.voice_service_id))])
    error_message = "Set voice_service_id in servicenow_voice_services to the identifier ServiceNow shows, which is letters, digits, underscores and hyphens."
  }

  validation {
    condition = length(distinct(concat(
      [for first in var.servicenow[*] : first.voice_service_id],
      values(var.servicenow_voice_services)[*].voice_service_id,
    ))) == length(var.servicenow[*]) + length(var.servicenow_voice_services)
    error_message = "Name each voice_service_id once in servicenow and servicenow_voice_services, because its parameters are named by it."
  }

  validation {
    condition = alltrue([
      for service in values(var.servicenow_voice_services) : service.voice_service_host == null
      || can(regex("^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?$", service.voice_service_host))
    ])
    error_message = "Write voice_service_host in servicenow_voice_services as a bare host name, without https:// and without a path."
  }

  validation {
    condition = alltrue([
      for service in values(var.servicenow_voice_services) : service.call_context_path == null
      || can(regex("^/([A-Za-z0-9._~!$&'()*+,;=:@%?-][A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?$", service.call_context_path))
    ])
    error_message = "Set call_context_path in servicenow_voice_services to the path of the call context API, which begins with one slash."
  }

  validation {
    condition = alltrue([
      for service in values(var.servicenow_voice_services) : service.greeting == null
      || try(length(trimspace(service.greeting)) > 0 && length(service.greeting) <= 3000, false)
    ])
    error_message = "Give each greeting in servicenow_voice_services 1 to 3000 characters to speak, or leave it out."
  }

  validation {
    # Lambda allows 4 KB for all environment variables of a function together; the JSON around them is 40 at most.
    condition = try(length(var.servicenow_endpoints.ca_bundle_pem), 0) + sum(concat([0], [
      for service in values(var.servicenow_voice_services) :
      40 + length(join("", compact([service.voice_service_id, service.voice_service_host, service.call_context_path])))
    ])) <= 3000
    error_message = "Keep servicenow_voice_services and ca_bundle_pem of servicenow_endpoints within 3000 characters together, because Lambda takes 4 KB of settings."
  }
}

variable "servicenow_endpoints" {
  description = <<-EOT
    Where ServiceNow answers: host names, with a port if it is not 443. `ca_bundle_pem` is for hosts whose certificate
    comes from a private authority. Null for a deployment without ServiceNow.
  EOT
  type = object({
    instance_host      = string
    voice_service_host = string
    ca_bundle_pem      = optional(string)
  })
  default = null

  validation {
    condition     = var.servicenow == null || var.servicenow_endpoints != null
    error_message = "Set servicenow_endpoints to the hosts of ServiceNow, or leave servicenow out."
  }

  validation {
    condition = var.servicenow_endpoints == null || try(alltrue([
      for host in [var.servicenow_endpoints.instance_host, var.servicenow_endpoints.voice_service_host] :
      can(regex("^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?$", host))
    ]), false)
    error_message = "Write the hosts in servicenow_endpoints as bare host names, without https:// and without a path."
  }

  validation {
    # Lambda allows 4 KB for all environment variables of a function together.
    condition = try(var.servicenow_endpoints.ca_bundle_pem, null) == null || try(
      startswith(trimspace(var.servicenow_endpoints.ca_bundle_pem), "-----BEGIN CERTIFICATE-----")
      && length(var.servicenow_endpoints.ca_bundle_pem) <= 3000,
      false,
    )
    error_message = "Set ca_bundle_pem in servicenow_endpoints to PEM certificates of at most 3000 characters, or leave it out for public authorities."
  }
}

variable "servicenow_flow" {
  description = <<-EOT
    What the caller hears and where the caller goes. `reason_queues` maps the transfer reasons of ServiceNow to keys of
    queues; a reason it does not name goes to the queue `default`.

    `caller_id_mode` is what the AI agent sees as the number that calls: `caller`, the caller's own, as ServiceNow wants it,
    or `number`, one of the instance's: the key in phone_numbers or the number itself in `caller_id_number`, without it the
    number that the caller dialled.

    `check_hours` and `check_staffing` ask, before a caller is put into a queue, whether it is open by its hours and
    whether anybody works in it. Otherwise the caller hears `closed_message` or `unstaffed_message`, and with
    `callback_when_closed` is offered a call back: `callback_message` says to which number, where `{number}` stands.
  EOT
  type = object({
    greeting                    = optional(string, "Hello, and thank you for calling.")
    one_moment_message          = optional(string, "One moment, please.")
    handover_message            = optional(string, "I am connecting you with a colleague.")
    goodbye_message             = optional(string, "Thank you for calling. Goodbye.")
    apology_message             = optional(string, "I am sorry, something is not working on our side.")
    closed_message              = optional(string, "I am sorry, our team has closed for now.")
    unstaffed_message           = optional(string, "I am sorry, none of my colleagues is on duty at the moment.")
    try_later_message           = optional(string, "Please call again later. Goodbye.")
    callback_message            = optional(string, "We can call you back at {number}. If you want that, press 1.")
    callback_arranged_message   = optional(string, "Thank you. We will call you back. Goodbye.")
    voice                       = optional(string, "Joanna")
    voice_engine                = optional(string, "Neural")
    language_code               = optional(string, "en-US")
    flow_logging                = optional(bool, true)
    transfer_time_limit_seconds = optional(number, 30)
    reason_queues               = optional(map(string), {})
    caller_id_mode              = optional(string, "caller")
    caller_id_number            = optional(string)
    check_hours                 = optional(bool, false)
    check_staffing              = optional(bool, false)
    callback_when_closed        = optional(bool, false)
    callback = optional(object({
      initial_delay_seconds = optional(number, 5)
      retry_delay_seconds   = optional(number, 600)
      attempts              = optional(number, 3)
    }), {})
  })
  default  = {}
  nullable = false

  validation {
    # Connect refuses an empty text, and Amazon Polly speaks at most 3,000 characters.
    condition = alltrue([
      for text in [
        var.servicenow_flow.greeting,
        var.servicenow_flow.one_moment_message,
        var.servicenow_flow.handover_message,
        var.servicenow_flow.goodbye_message,
        var.servicenow_flow.apology_message,
        var.servicenow_flow.closed_message,
        var.servicenow_flow.unstaffed_message,
        var.servicenow_flow.try_later_message,
        var.servicenow_flow.callback_message,
        var.servicenow_flow.callback_arranged_message,
      ] : length(trimspace(text)) > 0 && length(text) <= 3000
    ])
    error_message = "Give every message in servicenow_flow 1 to 3000 characters to speak."
  }

  validation {
    condition     = can(regex("^[A-Z][A-Za-z]+$", var.servicenow_flow.voice))
    error_message = "Set voice in servicenow_flow to the name of an Amazon Polly voice, such as Joanna."
  }

  validation {
    condition     = contains(["standard", "neural", "long-form", "generative"], lower(var.servicenow_flow.voice_engine))
    error_message = "Set voice_engine in servicenow_flow to Standard, Neural, Long-form or Generative."
  }

  validation {
    condition     = can(regex("^[a-z]{2,3}(-[A-Z]{2}|-[0-9]{3})?$", var.servicenow_flow.language_code))
    error_message = "Set language_code in servicenow_flow to a code such as en-US."
  }

  validation {
    condition = (
      var.servicenow_flow.transfer_time_limit_seconds >= 0
      && var.servicenow_flow.transfer_time_limit_seconds <= 600
      && floor(var.servicenow_flow.transfer_time_limit_seconds) == var.servicenow_flow.transfer_time_limit_seconds
    )
    error_message = "Set transfer_time_limit_seconds in servicenow_flow to a whole number from 0 to 600, the range of Connect."
  }

  validation {
    condition     = alltrue([for reason in keys(var.servicenow_flow.reason_queues) : can(regex("^\\S(.*\\S)?$", reason))])
    error_message = "Name a reason for every entry of reason_queues in servicenow_flow, because Connect compares with no empty text."
  }

  validation {
    condition     = length(setsubtract(values(var.servicenow_flow.reason_queues), keys(var.queues))) == 0
    error_message = "Route reason_queues in servicenow_flow only to keys of queues; missing: ${join(", ", setsubtract(values(var.servicenow_flow.reason_queues), keys(var.queues)))}."
  }

  validation {
    condition     = contains(["caller", "number"], var.servicenow_flow.caller_id_mode)
    error_message = "Set caller_id_mode in servicenow_flow to caller or number."
  }

  validation {
    condition     = var.servicenow_flow.caller_id_number == null || var.servicenow_flow.caller_id_mode == "number"
    error_message = "Leave caller_id_number out of servicenow_flow unless caller_id_mode is number."
  }

  validation {
    # Connect refuses a flow with a number in it that the instance does not have.
    condition = var.servicenow_flow.caller_id_number == null || try(
      contains(keys(var.phone_numbers), var.servicenow_flow.caller_id_number)
      || can(regex("^\\+[1-9][0-9]{6,14}$", var.servicenow_flow.caller_id_number)),
      false,
    )
    error_message = "Set caller_id_number in servicenow_flow to a key of phone_numbers (${join(", ", keys(var.phone_numbers))}) or to a number of the instance in E.164 form, such as +12065550100."
  }

  validation {
    condition     = !var.servicenow_flow.callback_when_closed || var.servicenow_flow.check_hours || var.servicenow_flow.check_staffing
    error_message = "Set check_hours or check_staffing in servicenow_flow for callback_when_closed, because nothing else finds out that a queue is closed."
  }

  validation {
    # The caller agrees to a number, so the caller has to hear which.
    condition     = strcontains(var.servicenow_flow.callback_message, "{number}")
    error_message = "Write {number} into callback_message in servicenow_flow, where the caller shall hear the number that is called back."
  }

  validation {
    condition = alltrue([
      for seconds in [var.servicenow_flow.callback.initial_delay_seconds, var.servicenow_flow.callback.retry_delay_seconds] :
      seconds >= 1 && seconds <= 259200 && floor(seconds) == seconds
    ])
    error_message = "Set the delays of callback in servicenow_flow to whole numbers from 1 to 259200, the range of Connect."
  }

  validation {
    # Each is a call to somebody who did not answer the one before.
    condition = (
      var.servicenow_flow.callback.attempts >= 1
      && var.servicenow_flow.callback.attempts <= 10
      && floor(var.servicenow_flow.callback.attempts) == var.servicenow_flow.callback.attempts
    )
    error_message = "Set attempts of callback in servicenow_flow to a whole number from 1 to 10."
  }
}

variable "servicenow_lambda" {
  description = <<-EOT
    Size and readiness of the Lambda. `reserved_concurrency` keeps that many executions for this function alone;
    `snap_start` and `provisioned_concurrency` are two ways to shorten the first call, of which Lambda allows one.
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
      var.servicenow_lambda.memory_mb >= 128
      && var.servicenow_lambda.memory_mb <= 10240
      && floor(var.servicenow_lambda.memory_mb) == var.servicenow_lambda.memory_mb
    )
    error_message = "Set memory_mb in servicenow_lambda to a whole number from 128 to 10240."
  }

  validation {
    # 0 would stop every call from reaching the function.
    condition     = var.servicenow_lambda.reserved_concurrency == null || try(var.servicenow_lambda.reserved_concurrency >= 1, false)
    error_message = "Set reserved_concurrency in servicenow_lambda to 1 or more, or leave it out to share the account's."
  }

  validation {
    condition     = var.servicenow_lambda.provisioned_concurrency >= 0
    error_message = "Set provisioned_concurrency in servicenow_lambda to 0 or more."
  }

  validation {
    condition     = !(var.servicenow_lambda.snap_start && var.servicenow_lambda.provisioned_concurrency > 0)
    error_message = "Choose snap_start or provisioned_concurrency in servicenow_lambda, because Lambda does not combine them."
  }

  validation {
    condition = var.servicenow_lambda.reserved_concurrency == null || try(
      var.servicenow_lambda.provisioned_concurrency <= var.servicenow_lambda.reserved_concurrency,
      false,
    )
    error_message = "Keep provisioned_concurrency in servicenow_lambda within reserved_concurrency."
  }

  validation {
    condition     = contains(["DEBUG", "INFO", "WARN", "ERROR"], var.servicenow_lambda.log_level)
    error_message = "Set log_level in servicenow_lambda to DEBUG, INFO, WARN or ERROR."
  }
}

variable "servicenow_token_copy" {
  description = <<-EOT
    Whether the Lambda's environments share ServiceNow's tokens through copies in Parameter Store: `off`, or the tier of
    the parameters, `Standard` (a token of up to about 4 KB), `Advanced` (8 KB, at a monthly price) or
    `Intelligent-Tiering`. The Lambda then may write these parameters.
  EOT
  type        = string
  default     = "off"
  nullable    = false

  validation {
    condition     = contains(["off", "Standard", "Advanced", "Intelligent-Tiering"], var.servicenow_token_copy)
    error_message = "Set servicenow_token_copy to off, Standard, Advanced or Intelligent-Tiering."
  }
}

variable "servicenow_secrets_key_arn" {
  description = "The KMS key of the SSM parameters, where a team keeps its own parameters under a key of its own."
  type        = string
  default     = null

  validation {
    condition     = var.servicenow_secrets_key_arn == null || !var.manage_secrets
    error_message = "Leave servicenow_secrets_key_arn out unless manage_secrets is false, because parameters written here are under the key made here."
  }

  validation {
    condition     = var.servicenow_secrets_key_arn == null || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.servicenow_secrets_key_arn))
    error_message = "Set servicenow_secrets_key_arn to the ARN of a KMS key, not of an alias."
  }
}

variable "servicenow_secrets_version" {
  description = "Raise it together with new secrets: they are written only when this number changes."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.servicenow_secrets_version >= 1 && floor(var.servicenow_secrets_version) == var.servicenow_secrets_version
    error_message = "Set servicenow_secrets_version to a whole number from 1."
  }
}

variable "servicenow_client_ids" {
  description = "Client ids of ServiceNow's OAuth clients: by * the first voice service's, which serves every other without a client of its own by key; needed only by a plan that writes them."
  type        = map(string)
  default     = {}
  ephemeral   = true
  sensitive   = true
  nullable    = false
}

variable "servicenow_client_secrets" {
  description = "Client secrets of ServiceNow's OAuth clients: by * the first voice service's, which serves every other without a client of its own by key; needed only by a plan that writes them."
  type        = map(string)
  default     = {}
  ephemeral   = true
  sensitive   = true
  nullable    = false
}
