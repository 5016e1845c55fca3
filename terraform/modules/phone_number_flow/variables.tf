variable "prefix" {
  description = "What the names begin with."
  type        = string
  nullable    = false
}

variable "account_id" {
  description = "The account of the Lambda."
  type        = string
  nullable    = false
}

variable "region" {
  description = "The region of the Lambda."
  type        = string
  nullable    = false
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the role, or null."
  type        = string
}

variable "instance" {
  description = "The Connect instance: id and ARN."
  type = object({
    id  = string
    arn = string
  })
  nullable = false
}

variable "numbers" {
  description = "By key, a number and the flow that it leads to: ids and ARNs."
  type = map(object({
    phone_number = object({ id = string, arn = string })
    contact_flow = object({ id = string, arn = string })
  }))
  nullable = false
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
