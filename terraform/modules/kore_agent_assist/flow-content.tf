# The placeholders of the templates stand inside JSON strings, so a quote or a line break in a value must not end
# the string: hence values as JSON writes them, without their quotes.
locals {
  agent_assist_values = {
    for key, bot in var.bots : key => {
      flow_logging              = var.flow_logging ? "Enabled" : "Disabled"
      voice                     = bot.voice
      voice_engine              = bot.voice_engine
      language_code             = bot.language_code
      default_queue_arn         = var.queue_arns["default"]
      greeting                  = bot.greeting
      apology_message           = bot.apology_message
      bot                       = key
      bot_id                    = bot.bot_id
      agentassist_url           = var.endpoints.agentassist_url
      stream_trigger_lambda_arn = module.stream_trigger.invocation_arn
      widget_token_lambda_arn   = module.widget_token.invocation_arn
      queue_flow_arn            = aws_connect_contact_flow.queue[key].arn
    }
  }
  agent_assist = {
    for key, values in local.agent_assist_values : key => jsondecode(templatefile(var.templates.agent_assist, {
      for name, value in values : name => trimsuffix(trimprefix(jsonencode(value), "\""), "\"")
    }))
  }

  # Of the caller's two directions of audio, those that the bot shall hear.
  media_directions = {
    for key, bot in var.bots : key => concat(
      [for direction in ["From"] : direction if bot.stream_from_customer],
      [for direction in ["To"] : direction if bot.stream_to_customer],
    )
  }

  # for and not a condition: the actions are objects of different types, which a condition would not mix.
  agent_assist_content = {
    for key, flow in local.agent_assist : key => jsonencode(merge(flow, {
      Actions = [
        for action in flow.Actions : merge(action, {
          for name, parameters in { Parameters = action.Parameters } : name => merge(parameters, {
            Participants = [{ ParticipantType = "Customer", MediaDirections = local.media_directions[key] }]
          }) if action.Identifier == "start-media-streaming"
        })
      ]
    }))
  }
}

locals {
  queue_values = {
    for key, bot in var.bots : key => {
      queue_arn            = var.queue_arns[bot.queue]
      default_queue_arn    = var.queue_arns["default"]
      disposition_flow_arn = var.disposition.enabled ? aws_connect_contact_flow.disposition[0].arn : ""
      handover_message     = bot.handover_message
      apology_message      = bot.apology_message
    }
  }
  queue = {
    for key, values in local.queue_values : key => jsondecode(templatefile(var.templates.queue, {
      for name, value in values : name => trimsuffix(trimprefix(jsonencode(value), "\""), "\"")
    }))
  }

  # Without dispositions the hook is left out: whatever led to it leads to what comes after it.
  hook_id = "set-disposition-hook"
  queue_content = {
    for key, flow in local.queue : key => var.disposition.enabled ? jsonencode(flow) : replace(
      jsonencode(merge(flow, {
        Metadata = merge(flow.Metadata, {
          ActionMetadata = { for id, place in flow.Metadata.ActionMetadata : id => place if id != local.hook_id }
        })
        Actions = [for action in flow.Actions : action if action.Identifier != local.hook_id]
      })),
      "\"NextAction\":\"${local.hook_id}\"",
      "\"NextAction\":\"${one([for action in flow.Actions : action.Transitions.NextAction if action.Identifier == local.hook_id])}\"",
    )
  }
}

locals {
  # AWS's own views, in the region of the instance.
  view_arn = "${local.arn}:connect:${var.region}:aws:view"

  disposition = [
    for lambda in module.disposition : jsondecode(templatefile(var.templates.disposition, {
      form_view_arn          = "${local.view_arn}/form:1"
      confirmation_view_arn  = "${local.view_arn}/confirmation:1"
      disposition_lambda_arn = lambda.invocation_arn
    }))
  ]

  # The choices go into the dropdown of that name, wherever in the form it stands.
  choices = [for choice in var.disposition.choices : { Label = choice.label, Value = choice.value }]
  disposition_content = [
    for flow in local.disposition : jsonencode(merge(flow, {
      Actions = [
        for action in flow.Actions : merge(action, {
          for name, parameters in { Parameters = action.Parameters } : name => merge(parameters, {
            ViewData = merge(parameters.ViewData, {
              Sections = [
                for section in parameters.ViewData.Sections : merge(section, {
                  Items = [
                    for item in section.Items : merge(item, {
                      for name, choices in { Options = local.choices } : name => choices if item.Name == "disposition"
                    })
                  ]
                })
              ]
            })
          }) if action.Identifier == "show-form"
        })
      ]
    }))
  ]
}
