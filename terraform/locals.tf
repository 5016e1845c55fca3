locals {
  # Every name in the account starts with this, so that environments can share an account.
  prefix = "${var.project}-${var.environment}"

  tags = merge(var.tags, {
    Project     = var.project
    Environment = var.environment
    ManagedBy   = "terraform"
  })

  # By name, because the key comes before the groups. Connect's is ours to make only with the instance.
  log_groups = concat(
    ["/aws/lambda/${local.prefix}-*"],
    [for alias in var.connect_instance.alias[*] : "/aws/connect/${alias}" if var.connect_instance.create],
  )

  dist = "${path.root}/${var.dist_dir}"

  # What the build made, with the digests that bind a plan to these very zips.
  lambdas = {
    for name, built in jsondecode(file("${local.dist}/manifest.json")).lambdas : name => {
      zip           = "${local.dist}/${built.zip}"
      handler       = built.handler
      runtime       = "python${built.python}"
      sha256_base64 = built.sha256_base64
    }
  }
}
