variable "prefix" {
  description = "What the name of the stream begins with."
  type        = string
  nullable    = false
}

variable "instance_id" {
  description = "Id of the Connect instance."
  type        = string
  nullable    = false
}

variable "instance_role_arn" {
  description = "ARN of the role that the instance itself acts under; it writes to the stream."
  type        = string
  nullable    = false
}

variable "kms_key_arn" {
  description = "Full ARN of the key for both kinds of streams; Connect takes no key id and no alias here."
  type        = string
  nullable    = false
}

variable "media_streaming" {
  description = "Live media streaming: whether, the prefix of the streams' names, and hours of retention."
  type = object({
    enabled         = bool
    prefix          = string
    retention_hours = number
  })
  nullable = false
}

variable "data_streaming" {
  description = "Contact records and agent events: whether, hours of retention, and shards (null: as many as it takes)."
  type = object({
    enabled         = bool
    retention_hours = number
    shards          = optional(number)
  })
  nullable = false
}
