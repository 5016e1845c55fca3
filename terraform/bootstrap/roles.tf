# Under a path of their own, so that no name the apply role may touch is theirs.
resource "aws_iam_role" "pipeline" {
  for_each = toset([for role in keys(local.role_policies) : role if local.has_pipeline])

  name                 = "${local.prefix}-${each.key}"
  path                 = "/pipeline/"
  description          = local.role_descriptions[each.key]
  permissions_boundary = var.pipeline_boundary_arn
  assume_role_policy   = local.trust[each.key]
  # An apply that makes a Connect instance takes minutes.
  max_session_duration = 3600

  depends_on = [aws_iam_openid_connect_provider.this]
}

locals {
  role_descriptions = {
    plan  = "Plans for pull requests: reads what is deployed to ${var.environment}, and no secret."
    drift = "Plans on the main branch and looks for drift in ${var.environment}; changes nothing but the ledger."
    apply = "Applies plans to ${var.environment}."
  }

  # A role's inline policies together have at most 10,240 characters, a managed one 6,144.
  role_policies = {
    plan  = { state = local.read_state }
    drift = merge({ state = local.tell_ledger }, { for policy in local.read_secrets[*] : "secrets" => policy })
    apply = {
      state     = local.write_state
      functions = local.write_functions
      data      = local.write_data
      keys      = local.write_keys
    }
  }
}

resource "aws_iam_role_policy" "pipeline" {
  for_each = merge([
    for role, policies in local.role_policies : {
      for name, statements in policies : "${role}-${name}" => { role = role, name = name, statements = statements } if local.has_pipeline
    }
  ]...)

  name = each.value.name
  role = aws_iam_role.pipeline[each.value.role].id

  policy = jsonencode({ Version = "2012-10-17", Statement = each.value.statements })
}

locals {
  managed_policies = {
    reads   = { description = "What the pipeline's roles may read of ${local.prefix}.", statements = local.read_resources }
    connect = { description = "What the pipeline may change of Amazon Connect for ${local.prefix}.", statements = local.write_connect }
  }

  attached = { plan = ["reads"], drift = ["reads"], apply = ["reads", "connect"] }
}

resource "aws_iam_policy" "pipeline" {
  for_each = toset([for name in keys(local.managed_policies) : name if local.has_pipeline])

  name        = "${local.prefix}-${each.key}"
  path        = "/pipeline/"
  description = local.managed_policies[each.key].description

  policy = jsonencode({ Version = "2012-10-17", Statement = local.managed_policies[each.key].statements })
}

resource "aws_iam_role_policy_attachment" "pipeline" {
  for_each = merge([
    for role, policies in local.attached : {
      for policy in policies : "${role}-${policy}" => { role = role, policy = policy } if local.has_pipeline
    }
  ]...)

  role       = aws_iam_role.pipeline[each.value.role].name
  policy_arn = aws_iam_policy.pipeline[each.value.policy].arn
}
