variable "instance" {
  description = "The instance: created under its alias, or adopted by alias or id."
  type = object({
    create                   = bool
    alias                    = optional(string)
    id                       = optional(string)
    identity_management_type = string
  })
  nullable = false
}

variable "logs_key_arn" {
  description = "ARN of the key for the log group of the flows, once CloudWatch Logs may use it."
  type        = string
  nullable    = false
}

variable "log_retention_days" {
  description = "Days that CloudWatch keeps the flow logs of an instance made here."
  type        = number
  nullable    = false
}
