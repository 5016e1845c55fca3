variable "connect_instance" {
  description = <<-EOT
    The Connect instance: created under `alias`, or adopted with `create = false` and either its `alias` or its `id`.
    The identity type counts for a created instance only and cannot be changed later.
  EOT
  type = object({
    create                   = optional(bool, true)
    alias                    = optional(string)
    id                       = optional(string)
    identity_management_type = optional(string, "CONNECT_MANAGED")
  })
  nullable = false

  validation {
    condition     = !var.connect_instance.create || var.connect_instance.alias != null
    error_message = "Give connect_instance an alias to create an instance, or set create = false to adopt one."
  }

  validation {
    condition     = !var.connect_instance.create || var.connect_instance.id == null
    error_message = "Leave id out of connect_instance, because a new instance gets its own, or set create = false to adopt that one."
  }

  validation {
    condition     = var.connect_instance.create || (var.connect_instance.alias == null) != (var.connect_instance.id == null)
    error_message = "Give connect_instance exactly one of alias and id to adopt an instance."
  }

  validation {
    # Connect's own pattern; an alias that begins with d- is taken for a directory.
    condition = var.connect_instance.alias == null || try(
      can(regex("^[0-9A-Za-z]+(-*[0-9A-Za-z])*$", var.connect_instance.alias))
      && length(var.connect_instance.alias) <= 45
      && !startswith(var.connect_instance.alias, "d-"),
      false,
    )
    error_message = "Set the alias in connect_instance to at most 45 letters, digits and inner hyphens that do not begin with d-."
  }

  validation {
    condition     = var.connect_instance.id == null || can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", var.connect_instance.id))
    error_message = "Set the id in connect_instance to the instance's UUID, which is the last part of its ARN."
  }

  validation {
    condition     = contains(["CONNECT_MANAGED", "SAML"], var.connect_instance.identity_management_type)
    error_message = "Set identity_management_type in connect_instance to CONNECT_MANAGED or SAML."
  }
}

variable "media_streaming" {
  description = <<-EOT
    Live media streaming of the instance to Kinesis Video Streams. Connect allows one such setting an instance: set
    `enabled = false` where an adopted instance has its own. A vendor who listens to calls needs to know that setting:
    then `prefix` and `kms_key_arn` say what it is.
  EOT
  type = object({
    enabled         = optional(bool, true)
    prefix          = optional(string)
    retention_hours = optional(number, 1)
    kms_key_arn     = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.media_streaming.prefix == null || can(regex("^[A-Za-z0-9_.-]{1,128}$", var.media_streaming.prefix))
    error_message = "Set the prefix in media_streaming to 1 to 128 letters, digits, dots, underscores and hyphens."
  }

  validation {
    # Connect shows its own words behind the prefix that it was given.
    condition     = !can(regex("-connect-.+-contact-?$", coalesce(var.media_streaming.prefix, "-")))
    error_message = "Leave -connect-…-contact- out of the prefix in media_streaming, because Connect adds that itself."
  }

  validation {
    condition = (
      var.media_streaming.retention_hours >= 0
      && var.media_streaming.retention_hours <= 87600
      && floor(var.media_streaming.retention_hours) == var.media_streaming.retention_hours
    )
    error_message = "Set retention_hours in media_streaming to a whole number from 0 to 87600, the range of Kinesis Video Streams."
  }

  validation {
    condition     = var.media_streaming.kms_key_arn == null || !var.media_streaming.enabled
    error_message = "Leave kms_key_arn out of media_streaming unless enabled is false, because a setting made here is under the key made here."
  }

  validation {
    condition     = var.media_streaming.kms_key_arn == null || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.media_streaming.kms_key_arn))
    error_message = "Set kms_key_arn in media_streaming to the ARN of a KMS key, not of an alias."
  }
}

variable "data_streaming" {
  description = <<-EOT
    Contact records and agent events to one Kinesis stream. Off unless asked for: neither vendor reads it, and
    a stream costs money by the hour.
  EOT
  type = object({
    enabled         = optional(bool, false)
    retention_hours = optional(number, 24)
    shards          = optional(number)
  })
  default  = {}
  nullable = false

  validation {
    condition = (
      var.data_streaming.retention_hours >= 24
      && var.data_streaming.retention_hours <= 8760
      && floor(var.data_streaming.retention_hours) == var.data_streaming.retention_hours
    )
    error_message = "Set retention_hours in data_streaming to a whole number from 24 to 8760, the range of Kinesis Data Streams."
  }

  validation {
    condition     = var.data_streaming.shards == null || try(var.data_streaming.shards >= 1 && floor(var.data_streaming.shards) == var.data_streaming.shards, false)
    error_message = "Set shards in data_streaming to a whole number from 1, or leave it out for a stream that scales by itself."
  }
}

variable "hours" {
  description = <<-EOT
    When the queues are staffed: an IANA time zone and, for each set of days, a start and an end as HH:MM.
    00:00 to 00:00 is the whole day.
  EOT
  type = object({
    time_zone = string
    schedule = list(object({
      days  = set(string)
      start = string
      end   = string
    }))
  })
  nullable = false

  validation {
    condition     = can(regex("^[A-Za-z_]+(/[A-Za-z0-9_+-]+)*$", var.hours.time_zone))
    error_message = "Set time_zone in hours to an IANA name, such as America/New_York."
  }

  validation {
    condition = length(var.hours.schedule) > 0 && alltrue([
      for period in var.hours.schedule : length(period.days) > 0 && length(setsubtract(
        period.days,
        ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"],
      )) == 0
    ])
    error_message = "Give hours a schedule whose entries each name days from MONDAY to SUNDAY in capitals."
  }

  validation {
    condition = alltrue([
      for time in flatten([for period in var.hours.schedule : [period.start, period.end]]) :
      can(regex("^([01][0-9]|2[0-3]):[0-5][0-9]$", time))
    ])
    error_message = "Write start and end in the schedule of hours as HH:MM from 00:00 to 23:59."
  }
}

variable "queues" {
  description = <<-EOT
    The queues that calls can reach, by key. `default` takes every call that no reason routes elsewhere, and every call
    for which something failed. `existing_id` uses a queue the instance already has.
  EOT
  type = map(object({
    name         = optional(string)
    description  = optional(string, "Callers of the AI voice agents.")
    max_contacts = optional(number)
    existing_id  = optional(string)
  }))
  nullable = false

  validation {
    condition     = contains(keys(var.queues), "default")
    error_message = "Give queues an entry with the key default, because callers whom nothing else routes go there."
  }

  validation {
    # set-queue-<key> must fit Connect's 50 characters for an action's identifier.
    condition     = alltrue([for key in keys(var.queues) : can(regex("^[a-z0-9][a-z0-9-]{0,39}$", key))])
    error_message = "Use at most 40 lower-case letters, digits and hyphens for each key of queues."
  }

  validation {
    condition = alltrue([
      for queue in values(var.queues) :
      queue.existing_id == null || can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", queue.existing_id))
    ])
    error_message = "Set existing_id in queues to the queue's UUID, which is the last part of its ARN."
  }

  validation {
    condition     = alltrue([for queue in values(var.queues) : queue.max_contacts == null || try(queue.max_contacts >= 0, false)])
    error_message = "Set max_contacts in queues to 0 or more, or leave it out for no limit of its own."
  }
}

variable "phone_numbers" {
  description = <<-EOT
    The numbers that callers dial, by a key of your choice. `claim` takes one from Amazon Connect (it costs money by the
    day, and a released number is gone); its `prefix` counts only then, and should differ where several are claimed at
    once, because the provider takes the first that Connect offers (hashicorp/terraform-provider-aws#45572). `existing`
    uses one that the instance already has. `leads_to` says who answers: `servicenow_voice`, `servicenow_voice/` and the key
    of a further voice service, or `kore_agent_assist/` and the key of a bot.
  EOT
  type = map(object({
    claim = optional(object({
      country_code = string
      type         = optional(string, "DID")
      prefix       = optional(string)
    }))
    existing = optional(object({
      id     = string
      number = string
    }))
    leads_to = string
  }))
  nullable = false

  validation {
    condition     = length(var.phone_numbers) > 0
    error_message = "Give phone_numbers at least one entry, because callers have nothing else to dial."
  }

  validation {
    condition     = alltrue([for key in keys(var.phone_numbers) : can(regex("^[a-z0-9][a-z0-9-]{0,39}$", key))])
    error_message = "Use at most 40 lower-case letters, digits and hyphens for each key of phone_numbers."
  }

  validation {
    condition     = alltrue([for number in values(var.phone_numbers) : (number.claim == null) != (number.existing == null)])
    error_message = "Give each entry of phone_numbers exactly one of claim and existing."
  }

  validation {
    condition     = alltrue([for number in values(var.phone_numbers) : number.claim == null || can(regex("^[A-Z]{2}$", number.claim.country_code))])
    error_message = "Set country_code in each claim of phone_numbers to two capital letters, such as US."
  }

  validation {
    condition     = alltrue([for number in values(var.phone_numbers) : number.claim == null || try(contains(["DID", "TOLL_FREE"], number.claim.type), false)])
    error_message = "Set type in each claim of phone_numbers to DID or TOLL_FREE."
  }

  validation {
    condition     = alltrue([for number in values(var.phone_numbers) : try(number.claim.prefix, null) == null || can(regex("^\\+[0-9]{1,11}$", number.claim.prefix))])
    error_message = "Set prefix in each claim of phone_numbers to + and 1 to 11 digits, such as +1415."
  }

  validation {
    condition     = alltrue([for number in values(var.phone_numbers) : number.existing == null || can(regex("^\\+[1-9][0-9]{1,14}$", number.existing.number))])
    error_message = "Set number in each existing entry of phone_numbers in E.164 form, such as +14155550100."
  }

  validation {
    condition     = alltrue([for number in values(var.phone_numbers) : number.existing == null || can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", number.existing.id))])
    error_message = "Set id in each existing entry of phone_numbers to the number's UUID, which is the last part of its ARN."
  }

  validation {
    condition     = length(distinct([for number in values(var.phone_numbers) : number.existing.id if number.existing != null])) == length([for number in values(var.phone_numbers) : number if number.existing != null])
    error_message = "Name each existing number in phone_numbers once, because a number leads to one flow."
  }

  validation {
    condition = length(setsubtract(
      [for number in values(var.phone_numbers) : number.leads_to],
      concat(
        [for _ in var.servicenow[*] : "servicenow_voice"],
        [for key in keys(var.servicenow_voice_services) : "servicenow_voice/${key}"],
        [for bot in keys(var.kore_bots) : "kore_agent_assist/${bot}"],
      ),
    )) == 0
    error_message = "Set leads_to in phone_numbers to what is deployed (${join(", ", concat(
      [for _ in var.servicenow[*] : "servicenow_voice"],
      [for key in keys(var.servicenow_voice_services) : "servicenow_voice/${key}"],
      [for bot in keys(var.kore_bots) : "kore_agent_assist/${bot}"],
      [for nothing in ["nothing: set servicenow or kore_bots"] : nothing if var.servicenow == null && length(var.kore_bots) == 0],
    ))})."
  }
}

variable "lambda_association" {
  description = "Which ARN of a Lambda the instance is told it may invoke: that of the alias, or of the function where an instance refuses a qualified one."
  type        = string
  default     = "alias"
  nullable    = false

  validation {
    condition     = contains(["alias", "function"], var.lambda_association)
    error_message = "Set lambda_association to alias or function."
  }
}

variable "agents" {
  description = <<-EOT
    Users of the instance by name, who see what the vendors show agents. Only for instances whose users come from SAML or
    a directory: users that Connect keeps itself have a password, which would stand in Terraform's state. Profiles are
    named as the instance names them.
  EOT
  type = map(object({
    first_name        = optional(string)
    last_name         = optional(string)
    email             = optional(string)
    directory_user_id = optional(string)
    routing_profile   = optional(string, "Basic Routing Profile")
    security_profiles = optional(set(string), ["Agent"])
  }))
  default  = {}
  nullable = false

  validation {
    condition     = length(var.agents) == 0 || !var.connect_instance.create || var.connect_instance.identity_management_type != "CONNECT_MANAGED"
    error_message = "Leave agents out, because this instance keeps users itself and their passwords would stand in Terraform's state; give agents their security profile in the Amazon Connect console."
  }

  validation {
    condition     = alltrue([for agent in values(var.agents) : agent.directory_user_id != null || (agent.first_name != null && agent.last_name != null)])
    error_message = "Give each of agents a first_name and a last_name, or the directory_user_id of a directory that knows them."
  }

  validation {
    condition     = alltrue([for agent in values(var.agents) : length(agent.security_profiles) >= 1 && length(agent.security_profiles) <= 9])
    error_message = "Give each of agents 1 to 9 security_profiles, because Connect allows ten and one is for the vendor's widget."
  }
}
