locals {
  arn = "arn:${data.aws_partition.this.partition}"
}

resource "aws_iam_role" "this" {
  name                 = local.function_name
  description          = "What ${local.function_name} may do."
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
  name = "read-own-environment"
  role = aws_iam_role.this.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "DecryptOwnEnvironment"
      Effect   = "Allow"
      Action   = "kms:Decrypt"
      Resource = var.kms_key_arn
      Condition = {
        StringEquals = {
          "kms:EncryptionContext:aws:lambda:FunctionArn" = "${local.arn}:lambda:${var.region}:${var.account_id}:function:${local.function_name}"
        }
      }
    }]
  })
}

resource "aws_iam_role_policy" "secrets" {
  name = "read-servicenow-client"
  role = aws_iam_role.this.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ReadServiceNowClient"
        Effect   = "Allow"
        Action   = "ssm:GetParameters"
        Resource = values(local.parameter_arns)
      },
      {
        # Only for these two parameters, and only when Parameter Store asks.
        Sid      = "DecryptServiceNowClient"
        Effect   = "Allow"
        Action   = "kms:Decrypt"
        Resource = coalesce(var.secrets_key_arn, var.kms_key_arn)
        Condition = {
          StringEquals = {
            "kms:ViaService"                      = "ssm.${var.region}.amazonaws.com"
            "kms:EncryptionContext:PARAMETER_ARN" = values(local.parameter_arns)
          }
        }
      },
    ]
  })
}
