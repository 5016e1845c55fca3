# make bootstrap ENV=… gives the first group from the environment's env.toml and from what it finds in the account;
# the second is yours, in the environment's bootstrap.tfvars.

variable "environment" {
  description = "Name of the environment that is prepared here."
  type        = string
  nullable    = false
}

variable "account_id" {
  description = "The AWS account of the environment."
  type        = string
  nullable    = false
}

variable "region" {
  description = "The AWS region of the environment."
  type        = string
  nullable    = false
}

variable "state_bucket" {
  description = "Name of the bucket that keeps Terraform's state."
  type        = string
  nullable    = false
}

variable "state_key" {
  description = "Key of the state object; what belongs to it lies beside it under names that begin with this."
  type        = string
  nullable    = false
}

variable "promotes_to" {
  description = "Environments that get their Lambdas from this one: their pipelines may read what was applied here last."
  type = list(object({
    environment = string
    account_id  = string
  }))
  default  = []
  nullable = false
}

variable "promotes_from" {
  description = "The environment whose Lambdas this one should get, and where it keeps what was applied last."
  type = object({
    environment  = string
    account_id   = string
    region       = string
    state_bucket = string
    state_key    = string
  })
  default = null
}

variable "existing" {
  description = "What is there already by the names used here: it is taken over and not made again, so that a bootstrap that was interrupted goes on."
  type = object({
    bucket    = optional(string)
    key       = optional(string)
    alias     = optional(string)
    providers = optional(map(string), {})
    foreign   = optional(set(string), [])
    roles     = optional(map(string), {})
    policies  = optional(map(string), {})
  })
  default  = {}
  nullable = false
}

variable "project" {
  description = "Short name that every resource name starts with; the same as in the environment's terraform.tfvars."
  type        = string
  default     = "connect-voice"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,22}[a-z0-9]$", var.project))
    error_message = "Set project to 3 to 24 lower-case letters, digits and hyphens that start with a letter and end with no hyphen."
  }
}

variable "github" {
  description = <<-EOT
    The repository whose workflows deploy, as owner/name; left empty, GitHub gets no role. `environment` is the GitHub
    environment that guards an apply, by default called like this environment.
  EOT
  type = object({
    repository  = optional(string, "")
    branch      = optional(string, "main")
    environment = optional(string)
    host        = optional(string, "token.actions.githubusercontent.com")
  })
  default  = {}
  nullable = false

  validation {
    # A * would let strangers in: subjects are compared as they are, and yet nobody should believe it works.
    condition     = var.github.repository == "" || can(regex("^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$", var.github.repository))
    error_message = "Set repository in github to owner/name, such as example/voice."
  }

  validation {
    condition     = can(regex("^[A-Za-z0-9._/-]+$", var.github.branch))
    error_message = "Set branch in github to the name of one branch."
  }
}

variable "gitlab" {
  description = <<-EOT
    The project whose pipelines deploy, as group/project; left empty, GitLab gets no role. GitLab's subject names no
    environment: who may run jobs on the branch, and approve them, is the affair of its protected branches and environments.
  EOT
  type = object({
    project = optional(string, "")
    branch  = optional(string, "main")
    host    = optional(string, "gitlab.com")
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.gitlab.project == "" || can(regex("^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)+$", var.gitlab.project))
    error_message = "Set project in gitlab to group/project, such as example/voice."
  }

  validation {
    condition     = can(regex("^[A-Za-z0-9._/-]+$", var.gitlab.branch)) && can(regex("^[a-z0-9.-]+$", var.gitlab.host))
    error_message = "Set branch in gitlab to the name of one branch, and host to a host name."
  }
}

variable "connect_instance_id" {
  description = "Id of the Connect instance where it is adopted: the roles then may touch no other, nor make or delete one."
  type        = string
  default     = null

  validation {
    condition     = var.connect_instance_id == null || can(regex("^[0-9a-f-]{36}$", var.connect_instance_id))
    error_message = "Set connect_instance_id to the id of the instance, a UUID, or leave it out."
  }
}

variable "manage_secrets" {
  description = "Whether Terraform writes the vendors' secrets, as manage_secrets in terraform.tfvars: then it reads them back, and whoever plans in full may decrypt them."
  type        = bool
  default     = true
  nullable    = false
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the organisation for the Lambdas' roles; left out, one is made here."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null || can(regex("^arn:aws[a-z-]*:iam::(aws|[0-9]{12}):policy/.+$", var.permissions_boundary_arn))
    error_message = "Set permissions_boundary_arn to the ARN of an IAM policy, or leave it out."
  }
}

variable "pipeline_boundary_arn" {
  description = "Permissions boundary for the pipeline's own roles, where the organisation asks for one."
  type        = string
  default     = null
}

variable "snapshot_days" {
  description = "Days that snapshots and earlier versions of the state are kept; 0 for ever."
  type        = number
  default     = 180
  nullable    = false

  validation {
    condition     = var.snapshot_days == 0 || var.snapshot_days >= 7 && floor(var.snapshot_days) == var.snapshot_days
    error_message = "Set snapshot_days to 7 or more, or to 0 to keep everything."
  }
}
