# An account has one provider for an issuer. Where another environment, or another team, has made it, it is used and
# left alone.
locals {
  issuers = merge(
    var.github.repository == "" ? {} : { github = var.github.host },
    var.gitlab.project == "" ? {} : { gitlab = var.gitlab.host },
  )

  provider_arns = { for name, host in local.issuers : name => "${local.arn}:iam::${var.account_id}:oidc-provider/${host}" }

  # The audience that aws-actions/configure-aws-credentials asks for, and .gitlab-ci.yml likewise.
  audience = "sts.amazonaws.com"
}

resource "aws_iam_openid_connect_provider" "this" {
  for_each = { for name, host in local.issuers : name => host if !contains(var.existing.foreign, name) }

  url            = "https://${each.value}"
  client_id_list = [local.audience]

  tags = { Bootstrap = local.prefix }
}
