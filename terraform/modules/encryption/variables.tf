variable "prefix" {
  description = "Name of the key's alias."
  type        = string
  nullable    = false
}

variable "account_id" {
  description = "The account whose IAM policies may grant use of the key."
  type        = string
  nullable    = false
}

variable "region" {
  description = "The region of the key and of the logs it encrypts."
  type        = string
  nullable    = false
}

variable "log_groups" {
  description = "Names of the log groups that CloudWatch may encrypt with the key; * stands for any end."
  type        = list(string)
  nullable    = false
}

variable "deletion_window_days" {
  description = "Days that a destroyed key can still be rescued."
  type        = number
  nullable    = false
}
