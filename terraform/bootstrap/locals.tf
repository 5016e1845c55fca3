data "aws_partition" "this" {}

locals {
  # Every name that the environment's own root makes starts with this.
  prefix = "${var.project}-${var.environment}"

  # ManagedBy tells the keys that the apply role manages from the one made here, which it may only use.
  tags = {
    Project     = var.project
    Environment = var.environment
    ManagedBy   = "bootstrap"
  }

  partition = data.aws_partition.this.partition
  arn       = "arn:${local.partition}"
  where     = "${var.region}:${var.account_id}"
  root_arn  = "${local.arn}:iam::${var.account_id}:root"

  # What lies beside the state and is never changed again.
  once = ["${var.state_key}.ledger/*", "${var.state_key}.approvals/*"]
  kept = concat(local.once, ["${var.state_key}.snapshots/*"])
}
