resource "aws_kinesis_stream" "this" {
  count = var.data_streaming.enabled ? 1 : 0

  name             = "${var.prefix}-contact-data"
  retention_period = var.data_streaming.retention_hours
  shard_count      = var.data_streaming.shards
  encryption_type  = "KMS"
  kms_key_id       = var.kms_key_arn

  stream_mode_details {
    stream_mode = var.data_streaming.shards == null ? "ON_DEMAND" : "PROVISIONED"
  }
}

# Connect writes as the instance's own role, which may not use the key by itself. The grant names this
# role and this stream, and nothing in the key's policy has to.
resource "aws_kms_grant" "instance" {
  count = var.data_streaming.enabled ? 1 : 0

  name              = "${var.prefix}-contact-data"
  key_id            = var.kms_key_arn
  grantee_principal = var.instance_role_arn
  operations        = ["GenerateDataKey"]

  constraints {
    encryption_context_equals = {
      "aws:kinesis:arn" = aws_kinesis_stream.this[0].arn
    }
  }
}

# Connect takes the same stream for both.
resource "aws_connect_instance_storage_config" "data" {
  for_each = var.data_streaming.enabled ? toset(["CONTACT_TRACE_RECORDS", "AGENT_EVENTS"]) : toset([])

  instance_id   = var.instance_id
  resource_type = each.key

  storage_config {
    storage_type = "KINESIS_STREAM"

    kinesis_stream_config {
      stream_arn = aws_kinesis_stream.this[0].arn
    }
  }

  # The first record may come with the association.
  depends_on = [aws_kms_grant.instance]
}
