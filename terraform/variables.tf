variable "project" {
  description = "Short name that every resource name starts with."
  type        = string
  default     = "connect-voice"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,22}[a-z0-9]$", var.project))
    error_message = "Set project to 3 to 24 lower-case letters, digits and hyphens that start with a letter and end with no hyphen."
  }
}

variable "environment" {
  description = "Name of this environment; the folder under environments/ is called the same."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,14}[a-z0-9]$", var.environment))
    error_message = "Set environment to 2 to 16 lower-case letters, digits and hyphens that start with a letter and end with no hyphen."
  }
}

variable "account_id" {
  description = "The AWS account to deploy to; Terraform refuses to touch any other."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "Set account_id in the environment's terraform.tfvars to the 12 digits of the AWS account to deploy to."
  }
}

variable "region" {
  description = "The AWS region of the Connect instance and of everything beside it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "Set region to the name of an AWS region, such as us-east-1."
  }
}

variable "tags" {
  description = "Tags for every resource, besides Project, Environment and ManagedBy."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "dist_dir" {
  description = "Folder of the built zips and their manifest.json, relative to this root."
  type        = string
  default     = "../dist"
  nullable    = false

  validation {
    condition     = fileexists("${path.root}/${var.dist_dir}/manifest.json")
    error_message = "Build the Lambdas first with make build, because there is no manifest.json in dist_dir."
  }
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary for every role made here, where the organisation asks for one."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null || can(regex("^arn:aws[a-z-]*:iam::(aws|[0-9]{12}):policy/.+$", var.permissions_boundary_arn))
    error_message = "Set permissions_boundary_arn to the ARN of an IAM policy, or leave it out."
  }
}

variable "log_retention_days" {
  description = "Days that CloudWatch keeps the logs of the Lambdas."
  type        = number
  default     = 90
  nullable    = false

  validation {
    # The values of PutRetentionPolicy, without 0 (for ever): call logs must have an end.
    condition = contains(
      [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653],
      var.log_retention_days,
    )
    error_message = "Set log_retention_days to a value CloudWatch Logs offers: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653."
  }
}

variable "kms_deletion_window_days" {
  description = "Days that a destroyed key can still be rescued."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.kms_deletion_window_days >= 7 && var.kms_deletion_window_days <= 30
    error_message = "Set kms_deletion_window_days to a number from 7 to 30, the range of KMS."
  }
}

variable "manage_secrets" {
  description = "Whether the SSM parameters with the vendors' secrets are written here; false for a team that keeps its own under the same names."
  type        = bool
  default     = true
  nullable    = false
}
