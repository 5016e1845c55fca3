locals {
  arn = "arn:${data.aws_partition.this.partition}"
}

data "aws_partition" "this" {}

resource "aws_iam_role" "this" {
  name                 = var.name
  description          = "What ${var.name} may do."
  permissions_boundary = var.permissions_boundary_arn

  # Without a condition on the source: Lambda takes a role of the function's own account only, from somebody
  # who may pass it, so there is no deputy to confuse.
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "LambdaRunsAsThisRole"
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "logs" {
  name = "write-own-logs"
  role = aws_iam_role.this.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "WriteOwnLogs"
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = "${aws_cloudwatch_log_group.this.arn}:*"
    }]
  })
}

resource "aws_iam_role_policy" "environment" {
  count = var.environment == null ? 0 : 1

  name = "read-own-environment"
  role = aws_iam_role.this.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "DecryptOwnEnvironment"
      Effect   = "Allow"
      Action   = "kms:Decrypt"
      Resource = var.environment.kms_key_arn
      Condition = {
        StringEquals = {
          "kms:EncryptionContext:aws:lambda:FunctionArn" = "${local.arn}:lambda:${var.region}:${var.account_id}:function:${var.name}"
        }
      }
    }]
  })
}

# What this function does besides running.
resource "aws_iam_role_policy" "own" {
  for_each = var.policies

  name   = each.key
  role   = aws_iam_role.this.id
  policy = each.value
}
