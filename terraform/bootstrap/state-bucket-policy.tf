locals {
  bucket_arn = "${local.arn}:s3:::${var.state_bucket}"

  # By account, because a policy names accounts: a role that is not made yet is no principal that S3 would take.
  last_applied_readers = {
    for account in toset(var.promotes_to[*].account_id) : account => flatten([
      for next in var.promotes_to : [
        for role in ["plan", "drift", "apply"] : "${local.arn}:iam::${account}:role/pipeline/${var.project}-${next.environment}-${role}"
      ] if next.account_id == account
    ])
  }
}

resource "aws_s3_bucket_policy" "state" {
  bucket = aws_s3_bucket.state.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Sid       = "OverTlsOnly"
          Effect    = "Deny"
          Principal = "*"
          Action    = "s3:*"
          Resource  = [local.bucket_arn, "${local.bucket_arn}/*"]
          Condition = { Bool = { "aws:SecureTransport" = "false" } }
        },
        {
          Sid       = "NoOldTls"
          Effect    = "Deny"
          Principal = "*"
          Action    = "s3:*"
          Resource  = [local.bucket_arn, "${local.bucket_arn}/*"]
          Condition = { NumericLessThan = { "s3:TlsVersion" = "1.2" } }
        },
        {
          # Whoever names no encryption gets the bucket's; nobody gets a weaker one.
          Sid       = "NoWeakerEncryption"
          Effect    = "Deny"
          Principal = "*"
          Action    = "s3:PutObject"
          Resource  = "${local.bucket_arn}/*"
          Condition = {
            Null            = { "s3:x-amz-server-side-encryption" = "false" }
            StringNotEquals = { "s3:x-amz-server-side-encryption" = "aws:kms" }
          }
        },
        {
          # Written once: a request without If-None-Match could write over what is there. Parts of an upload carry none.
          # Source: Amazon S3 user guide, "Enforce conditional writes on Amazon S3 buckets".
          Sid       = "LedgerIsWrittenOnce"
          Effect    = "Deny"
          Principal = "*"
          Action    = "s3:PutObject"
          Resource  = [for key in local.once : "${local.bucket_arn}/${key}"]
          Condition = {
            Null = { "s3:if-none-match" = "true" }
            Bool = { "s3:ObjectCreationOperation" = "true" }
          }
        },
        {
          # For administrators too, who would have to change this policy first, which CloudTrail tells.
          Sid       = "LedgerStays"
          Effect    = "Deny"
          Principal = "*"
          Action    = ["s3:DeleteObject", "s3:DeleteObjectVersion"]
          Resource  = [for key in local.kept : "${local.bucket_arn}/${key}"]
        },
        {
          Sid       = "BucketStays"
          Effect    = "Deny"
          Principal = "*"
          Action    = "s3:DeleteBucket"
          Resource  = local.bucket_arn
        },
      ],
      [for account, readers in local.last_applied_readers : {
        Sid       = "NextEnvironmentsReadWhatWasApplied${account}"
        Effect    = "Allow"
        Principal = { AWS = "${local.arn}:iam::${account}:root" }
        Action    = "s3:GetObject"
        Resource  = "${local.bucket_arn}/${var.state_key}.last-applied.json"
        Condition = { ArnEquals = { "aws:PrincipalArn" = readers } }
      }],
    )
  })

  depends_on = [aws_s3_bucket_public_access_block.state]
}
