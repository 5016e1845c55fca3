resource "aws_kms_key" "state" {
  description             = "${local.prefix}: Terraform's state and what is kept beside it"
  enable_key_rotation     = true
  deletion_window_in_days = 30

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [{
        # Without it nobody could ever change the key again; it lets IAM policies of this account decide.
        Sid       = "AccountDecidesByIam"
        Effect    = "Allow"
        Principal = { AWS = local.root_arn }
        Action    = "kms:*"
        Resource  = "*"
      }],
      [for account, readers in local.last_applied_readers : {
        Sid       = "NextEnvironmentsReadWhatWasApplied${account}"
        Effect    = "Allow"
        Principal = { AWS = "${local.arn}:iam::${account}:root" }
        Action    = "kms:Decrypt"
        Resource  = "*"
        Condition = {
          ArnEquals    = { "aws:PrincipalArn" = readers }
          StringEquals = { "kms:ViaService" = "s3.${var.region}.amazonaws.com" }
        }
      } if account != var.account_id],
    )
  })

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_kms_alias" "state" {
  name          = "alias/${local.prefix}-state"
  target_key_id = aws_kms_key.state.key_id
}
