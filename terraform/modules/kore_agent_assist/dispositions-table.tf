resource "aws_dynamodb_table" "dispositions" {
  count = var.disposition.enabled ? 1 : 0

  name         = "${var.prefix}-kore-dispositions"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "contactId"

  attribute {
    name = "contactId"
    type = "S"
  }

  ttl {
    attribute_name = "expiresAt"
    enabled        = true
  }

  # What agents wrote cannot be had again from anywhere else.
  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.kms_key_arn
  }
}
