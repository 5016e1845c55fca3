variable "name" {
  description = "Name of the function, of its role and of its log group."
  type        = string
  nullable    = false
}

variable "description" {
  description = "What the function does."
  type        = string
  nullable    = false
}

variable "account_id" {
  description = "The account of the function and of the Connect instance."
  type        = string
  nullable    = false
}

variable "region" {
  description = "The region of the function."
  type        = string
  nullable    = false
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the role, or null."
  type        = string
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

variable "publish" {
  description = "Whether versions are published and the alias live follows them."
  type        = bool
  default     = true
  nullable    = false
}

variable "timeout_seconds" {
  description = "Seconds after which Lambda ends an invocation."
  type        = number
  nullable    = false
}

variable "size" {
  description = "Size and readiness; concurrency and SnapStart are of published versions."
  type = object({
    memory_mb               = number
    reserved_concurrency    = optional(number)
    provisioned_concurrency = optional(number, 0)
    snap_start              = optional(bool, false)
    log_level               = optional(string, "INFO")
  })
  nullable = false
}

variable "environment" {
  description = "Environment variables and the key they are encrypted with, or null for none."
  type = object({
    kms_key_arn = string
    variables   = map(string)
  })
  default = null
}

variable "policies" {
  description = "Policy documents of the role by name, besides those for logs and environment."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "connect" {
  description = "The Connect instance whose flows invoke the alias, and which ARN is associated: `alias` or `function`. Or null for none."
  type = object({
    instance_id  = string
    instance_arn = string
    association  = string
  })
  default = null
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
