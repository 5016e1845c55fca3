data "aws_partition" "this" {}

locals {
  arn = "arn:${data.aws_partition.this.partition}"
}

# A resource of its own, because the provider waits for a policy to settle: only the log groups need that,
# and the stream and the parameters need not wait with them.
resource "aws_kms_key_policy" "this" {
  key_id = aws_kms_key.this.key_id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        # Without it nobody could ever change the key again; it lets IAM policies of this account decide.
        Sid       = "AccountDecidesByIam"
        Effect    = "Allow"
        Principal = { AWS = "${local.arn}:iam::${var.account_id}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        Sid       = "CloudWatchLogsForOurGroups"
        Effect    = "Allow"
        Principal = { Service = "logs.${var.region}.amazonaws.com" }
        Action    = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
        Resource  = "*"
        Condition = {
          ArnLike = {
            "kms:EncryptionContext:aws:logs:arn" = [
              for name in var.log_groups : "${local.arn}:logs:${var.region}:${var.account_id}:log-group:${name}"
            ]
          }
        }
      },
    ]
  })
}
