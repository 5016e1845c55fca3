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
    Live media streaming of the instance to Kinesis Video Streams. Connect allows one such setting an instance:
    set `enabled = false` where an adopted instance has its own.
  EOT
  type = object({
    enabled         = optional(bool, true)
    prefix          = optional(string)
    retention_hours = optional(number, 1)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.media_streaming.prefix == null || can(regex("^[A-Za-z0-9_.-]{1,128}$", var.media_streaming.prefix))
    error_message = "Set the prefix in media_streaming to 1 to 128 letters, digits, dots, underscores and hyphens."
  }

  validation {
    condition = (
      var.media_streaming.retention_hours >= 0
      && var.media_streaming.retention_hours <= 87600
      && floor(var.media_streaming.retention_hours) == var.media_streaming.retention_hours
    )
    error_message = "Set retention_hours in media_streaming to a whole number from 0 to 87600, the range of Kinesis Video Streams."
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

variable "phone_number" {
  description = <<-EOT
    The number that callers dial: `claim` takes one from Amazon Connect (it costs money by the day, and a released
    number is gone), `existing` uses one that the instance already has.
  EOT
  type = object({
    claim = optional(object({
      country_code = string
      type         = optional(string, "DID")
      prefix       = optional(string)
    }))
    existing = optional(object({
      id     = string
      number = string
    }))
  })
  nullable = false

  validation {
    condition     = (var.phone_number.claim == null) != (var.phone_number.existing == null)
    error_message = "Give phone_number exactly one of claim and existing."
  }

  validation {
    condition     = var.phone_number.claim == null || can(regex("^[A-Z]{2}$", var.phone_number.claim.country_code))
    error_message = "Set country_code in the claim of phone_number to two capital letters, such as US."
  }

  validation {
    condition     = var.phone_number.claim == null || try(contains(["DID", "TOLL_FREE"], var.phone_number.claim.type), false)
    error_message = "Set type in the claim of phone_number to DID or TOLL_FREE."
  }

  validation {
    condition     = try(var.phone_number.claim.prefix, null) == null || can(regex("^\\+[0-9]{1,11}$", var.phone_number.claim.prefix))
    error_message = "Set prefix in the claim of phone_number to + and 1 to 11 digits, such as +1415."
  }

  validation {
    condition     = var.phone_number.existing == null || can(regex("^\\+[1-9][0-9]{1,14}$", var.phone_number.existing.number))
    error_message = "Set number in the existing phone_number in E.164 form, such as +14155550100."
  }

  validation {
    condition     = var.phone_number.existing == null || can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", var.phone_number.existing.id))
    error_message = "Set id in the existing phone_number to the number's UUID, which is the last part of its ARN."
  }
}
