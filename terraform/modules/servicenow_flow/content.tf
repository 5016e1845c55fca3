locals {
  # try and not a condition: the actions are objects of different types, which a condition would not mix.
  replaced = { (local.router_id) = local.router_with_reasons }

  actions = concat(
    [for action in local.template.Actions : try(local.replaced[action.Identifier], action)],
    local.set_queue_actions,
  )
  layout = merge(local.template.Metadata.ActionMetadata, local.set_queue_layout)

  with_chosen_options = jsonencode(merge(local.template, {
    Metadata = merge(local.template.Metadata, {
      ActionMetadata = { for id, place in local.layout : id => place if !contains(local.left_out, id) }
    })
    Actions = [
      for action in local.actions : merge(action, {
        Parameters = {
          for name, value in action.Parameters : name => value
          if !contains(try(local.left_out_parameters[action.Identifier], []), name)
        }
      }) if !contains(local.left_out, action.Identifier)
    ]
  }))

  # Whatever led to an option that is off leads to what comes after it. In this order: hours come before staffing.
  past_hours = local.options.hours.on ? local.with_chosen_options : replace(
    local.with_chosen_options, "\"NextAction\":\"check-hours\"", "\"NextAction\":\"check-staffing\"",
  )
  past_staffing = local.options.staffing.on ? local.past_hours : replace(
    local.past_hours, "\"NextAction\":\"check-staffing\"", "\"NextAction\":\"say-hand-over\"",
  )
  content = local.options.callback.on ? local.past_staffing : replace(
    local.past_staffing, "\"NextAction\":\"check-caller-number\"", "\"NextAction\":\"say-try-later\"",
  )
}
