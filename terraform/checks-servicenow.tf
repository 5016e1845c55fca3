# Warnings, because what a carrier does with a caller ID is the carrier's affair and no error of this configuration.
# Source: Amazon Connect administrator guide, "Flow block: Transfer to phone number".
locals {
  # +1 is taken for the United States; 1800 and 1300 are Australia's freephone and shared-cost numbers.
  number_countries = {
    for key, number in var.phone_numbers : key => {
      country = number.claim != null ? number.claim.country_code : try(
        { "+1" = "US", "+44" = "GB", "+61" = "AU" }[regex("^(?:\\+1|\\+44|\\+61)", number.existing.number)],
        "not the US",
      )
      did    = number.claim != null ? number.claim.type == "DID" : !can(regex("^\\+61(1800|1300)", number.existing.number))
      number = try(number.existing.number, null)
      ours   = var.servicenow != null && split("/", number.leads_to)[0] == "servicenow_voice"
    }
  }

  # Numbers whose callers' own numbers the AI agents see, in countries where that is not a matter of course.
  callers_shown_abroad = {
    for key, number in local.number_countries : key => number
    if number.ours && var.servicenow_flow.caller_id_mode == "caller" && number.country != "US"
  }

  # Numbers of the instance that the AI agents see.
  numbers_shown = {
    for key, number in local.number_countries : key => number
    if var.servicenow != null && var.servicenow_flow.caller_id_mode == "number" && (
      var.servicenow_flow.caller_id_number == null ? number.ours : contains([key, coalesce(number.number, key)], var.servicenow_flow.caller_id_number)
    )
  }
}

check "servicenow_caller_id" {
  assert {
    condition     = alltrue([for number in local.callers_shown_abroad : contains(["AU", "GB"], number.country)])
    error_message = "Outside the United States carriers may refuse or redirect calls whose caller ID is no number of Amazon Connect, and ServiceNow's AI agents would not be reached: set caller_id_mode = \"number\" in servicenow_flow for ${join(", ", [for key, number in local.callers_shown_abroad : "${key} (${number.country})" if !contains(["AU", "GB"], number.country)])}, or test it with your carrier."
  }

  assert {
    condition     = alltrue([for number in local.callers_shown_abroad : number.country != "AU"])
    error_message = "In Australia the caller ID must be a DID number of Amazon Connect, and carriers may refuse callers' own numbers: set caller_id_mode = \"number\" in servicenow_flow for ${join(", ", [for key, number in local.callers_shown_abroad : key if number.country == "AU"])}."
  }

  assert {
    condition     = alltrue([for number in local.callers_shown_abroad : number.country != "GB"])
    error_message = "In the United Kingdom the caller ID must be a valid number in E.164 form, and carriers may refuse callers who withhold theirs: set caller_id_mode = \"number\" in servicenow_flow for ${join(", ", [for key, number in local.callers_shown_abroad : key if number.country == "GB"])}, or test it with your carrier."
  }

  assert {
    condition     = alltrue([for number in local.numbers_shown : number.did if number.country == "AU"])
    error_message = "In Australia the caller ID must be a DID number of Amazon Connect: set caller_id_number in servicenow_flow to one, because ${join(", ", [for key, number in local.numbers_shown : key if number.country == "AU" && !number.did])} is none."
  }
}
