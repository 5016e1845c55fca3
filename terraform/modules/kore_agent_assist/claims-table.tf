# Who was first to start the transcription of a contact: Connect may invoke the trigger up to three times a block.
resource "aws_dynamodb_table" "claims" {
  name         = "${var.prefix}-kore-claims"
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

  # At this size it costs nothing, and no table needs an exception.
  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.kms_key_arn
  }
}
