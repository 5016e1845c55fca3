# Every role reads the state and takes its lock, which is an object beside it.
locals {
  state_object_arn = "${local.bucket_arn}/${var.state_key}"

  read_state = concat(
    [
      {
        Sid      = "FindState"
        Effect   = "Allow"
        Action   = ["s3:ListBucket", "s3:GetBucketVersioning"]
        Resource = local.bucket_arn
      },
      {
        Sid      = "ReadState"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = [local.state_object_arn, "${local.state_object_arn}.*"]
      },
      {
        Sid      = "LockState"
        Effect   = "Allow"
        Action   = ["s3:PutObject", "s3:DeleteObject"]
        Resource = "${local.state_object_arn}.tflock"
      },
      {
        Sid       = "UseKeyOfState"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = aws_kms_key.state.arn
        Condition = { StringEquals = { "kms:ViaService" = "s3.${var.region}.amazonaws.com" } }
      },
    ],
    [for from in var.promotes_from[*] : {
      Sid      = "ReadWhatPreviousEnvironmentApplied"
      Effect   = "Allow"
      Action   = "s3:GetObject"
      Resource = "${local.arn}:s3:::${from.state_bucket}/${from.state_key}.last-applied.json"
    }],
    [for from in var.promotes_from[*] : {
      # By its tags, because its ARN is not known here.
      Sid      = "DecryptWhatPreviousEnvironmentApplied"
      Effect   = "Allow"
      Action   = "kms:Decrypt"
      Resource = "${local.arn}:kms:${from.region}:${from.account_id}:key/*"
      Condition = {
        StringEquals = {
          "kms:ViaService"              = "s3.${from.region}.amazonaws.com"
          "aws:ResourceTag/Project"     = var.project
          "aws:ResourceTag/Environment" = from.environment
          "aws:ResourceTag/ManagedBy"   = "bootstrap"
        }
      }
    }],
  )
}
