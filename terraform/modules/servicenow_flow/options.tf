# The template has every option in it; those that are off are left out of what is published.
locals {
  options = {
    hours     = { on = var.flow.check_hours, blocks = ["check-hours", "note-closed", "say-closed"] }
    staffing  = { on = var.flow.check_staffing, blocks = ["check-staffing", "note-unstaffed", "say-unstaffed"] }
    try_later = { on = var.flow.check_hours || var.flow.check_staffing, blocks = ["say-try-later"] }
    callback = {
      on = var.flow.callback_when_closed
      blocks = [
        "check-caller-number", "set-callback-number", "count-callback-offers", "offer-callback", "create-callback",
        "note-callback", "say-callback-arranged",
      ]
    }
  }
  left_out = flatten([for option in local.options : option.blocks if !option.on])

  # Without a number of the instance Connect shows the AI agent the caller's own.
  left_out_parameters = { transfer-to-agent = var.flow.caller_id_number == null ? ["CallerId"] : [] }
}
