# What Kore is handed for a call: this role, narrowed by a session policy to the one stream of the contact.
resource "aws_iam_role" "stream_reader" {
  name                 = "${var.prefix}-kore-stream-reader"
  description          = "Reads the live audio of calls; handed to Kore for one stream and for an hour at most."
  permissions_boundary = var.permissions_boundary_arn
  # A role that is assumed by a role gets no more than this in any case.
  max_session_duration = 3600

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "TriggerAssumesThisRole"
      Effect    = "Allow"
      Principal = { AWS = module.stream_trigger.role_arn }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "stream_reader" {
  name = "read-contact-streams"
  role = aws_iam_role.stream_reader.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ReadContactStreams"
        Effect   = "Allow"
        Action   = ["kinesisvideo:DescribeStream", "kinesisvideo:GetDataEndpoint", "kinesisvideo:GetMedia"]
        Resource = "${local.arn}:kinesisvideo:${var.region}:${var.account_id}:stream/${local.stream_name_prefix}*/*"
      },
      {
        Sid       = "DecryptContactStreams"
        Effect    = "Allow"
        Action    = "kms:Decrypt"
        Resource  = var.media_streams.kms_key_arn
        Condition = { StringEquals = { "kms:ViaService" = "kinesisvideo.${var.region}.amazonaws.com" } }
      },
    ]
  })
}
