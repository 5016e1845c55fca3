resource "aws_connect_phone_number" "this" {
  count = var.phone_number.claim == null ? 0 : 1

  target_arn   = var.instance_arn
  country_code = var.phone_number.claim.country_code
  type         = var.phone_number.claim.type
  prefix       = var.phone_number.claim.prefix
  description  = "${var.prefix}: callers of the AI voice agents"
}

locals {
  # arn:partition:connect:region:account:instance/id
  instance_arn_parts = split(":", var.instance_arn)

  phone_number = one(concat(
    [
      for claimed in aws_connect_phone_number.this : {
        id     = claimed.id
        arn    = claimed.arn
        number = claimed.phone_number
      }
    ],
    [
      for existing in var.phone_number.existing[*] : {
        id     = existing.id
        arn    = join(":", concat(slice(local.instance_arn_parts, 0, 5), ["phone-number/${existing.id}"]))
        number = existing.number
      }
    ],
  ))
}
