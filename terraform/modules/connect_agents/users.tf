data "aws_connect_routing_profile" "named" {
  for_each = toset([for agent in values(var.agents) : agent.routing_profile])

  instance_id = var.instance.id
  name        = each.key
}

data "aws_connect_security_profile" "named" {
  for_each = toset(flatten([for agent in values(var.agents) : agent.security_profiles]))

  instance_id = var.instance.id
  name        = each.key
}

resource "aws_connect_user" "this" {
  for_each = var.agents

  instance_id        = var.instance.id
  name               = each.key
  directory_user_id  = each.value.directory_user_id
  routing_profile_id = data.aws_connect_routing_profile.named[each.value.routing_profile].routing_profile_id

  security_profile_ids = concat(
    [for name in each.value.security_profiles : data.aws_connect_security_profile.named[name].security_profile_id],
    var.extra_security_profile_ids,
  )

  dynamic "identity_info" {
    # A directory has names and addresses of its own.
    for_each = each.value.directory_user_id == null ? [each.value] : []

    content {
      first_name = identity_info.value.first_name
      last_name  = identity_info.value.last_name
      email      = identity_info.value.email
    }
  }

  phone_config {
    phone_type = "SOFT_PHONE"
  }

  lifecycle {
    precondition {
      condition     = var.instance.identity_management_type != "CONNECT_MANAGED"
      error_message = "Leave agents out and give them the security profile in the Amazon Connect console, because the instance keeps users itself and their passwords would stand in Terraform's state."
    }
  }
}
