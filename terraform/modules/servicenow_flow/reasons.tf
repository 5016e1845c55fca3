locals {
  # Where the template leaves room for the reasons: a comparison with no conditions of its own.
  router_id = "route-by-reason"
  router    = one([for action in local.template.Actions : action if action.Identifier == local.router_id])

  # In the order of their names, so that the content changes only when the map does.
  reasons       = sort(keys(var.flow.reason_queues))
  routed_queues = sort(distinct(values(var.flow.reason_queues)))

  router_with_reasons = merge(local.router, {
    Transitions = merge(local.router.Transitions, {
      Conditions = [
        for reason in local.reasons : {
          NextAction = "set-queue-${var.flow.reason_queues[reason]}"
          Condition  = { Operator = "Equals", Operands = [reason] }
        }
      ]
    })
  })

  # A queue that cannot be set leaves the caller in the default queue, set at the start of the flow.
  set_queue_actions = [
    for queue in local.routed_queues : {
      Identifier = "set-queue-${queue}"
      Type       = "UpdateContactTargetQueue"
      Parameters = { QueueId = var.queue_arns[queue] }
      Transitions = {
        NextAction = local.router.Transitions.NextAction
        Errors     = [{ ErrorType = "NoMatchingError", NextAction = local.router.Transitions.NextAction }]
      }
    }
  ]

  # One column to the right of the router, one below the other, as the designer shows them.
  router_position = local.template.Metadata.ActionMetadata[local.router_id].position
  set_queue_layout = {
    for index, queue in local.routed_queues : "set-queue-${queue}" => {
      isFriendlyName = true
      position       = { x = local.router_position.x + 260, y = local.router_position.y + 220 * index }
    }
  }
}
