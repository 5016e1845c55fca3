variable "instance" {
  description = "The Connect instance: id, and where its users come from."
  type = object({
    id                       = string
    identity_management_type = string
  })
  nullable = false
}

variable "agents" {
  description = "The users by name: who they are, and the names of profiles that the instance has."
  type = map(object({
    first_name        = optional(string)
    last_name         = optional(string)
    email             = optional(string)
    directory_user_id = optional(string)
    routing_profile   = string
    security_profiles = set(string)
  }))
  nullable = false
}

variable "extra_security_profile_ids" {
  description = "Ids of security profiles that every one of them gets besides."
  type        = list(string)
  nullable    = false
}
