variable "prefix" {
  description = "What the names begin with."
  type        = string
  nullable    = false
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

variable "hours" {
  description = "Time zone, and for each set of days a start and an end as HH:MM."
  type = object({
    time_zone = string
    schedule = list(object({
      days  = set(string)
      start = string
      end   = string
    }))
  })
  nullable = false
}

variable "queues" {
  description = "The queues by key; one with an existing_id is used, the others are made."
  type = map(object({
    name         = optional(string)
    description  = string
    max_contacts = optional(number)
    existing_id  = optional(string)
  }))
  nullable = false
}

variable "phone_numbers" {
  description = "The numbers by key: each claimed, or one that the instance already has."
  type = map(object({
    claim = optional(object({
      country_code = string
      type         = string
      prefix       = optional(string)
    }))
    existing = optional(object({
      id     = string
      number = string
    }))
  }))
  nullable = false
}
