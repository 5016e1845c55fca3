resource "aws_connect_phone_number" "this" {
  for_each = { for key, number in var.phone_numbers : key => number.claim if number.claim != null }

  target_arn   = var.instance_arn
  country_code = each.value.country_code
  type         = each.value.type
  prefix       = each.value.prefix
  # Of its own for each, so that one can be told from another.
  description = "${var.prefix}: callers of ${each.key}"

  lifecycle {
    # A change of either would release the number, and a released number is gone. The prefix is not even
    # known of a number that was imported.
    ignore_changes = [description, prefix]
  }
}

locals {
  # arn:partition:connect:region:account:instance/id
  instance_arn_parts = split(":", var.instance_arn)

  phone_numbers = merge(
    {
      for key, claimed in aws_connect_phone_number.this : key => {
        id     = claimed.id
        arn    = claimed.arn
        number = claimed.phone_number
      }
    },
    {
      for key, number in var.phone_numbers : key => {
        id     = number.existing.id
        arn    = join(":", concat(slice(local.instance_arn_parts, 0, 5), ["phone-number/${number.existing.id}"]))
        number = number.existing.number
      } if number.existing != null
    },
  )
}
