# Every check in checks.toml must fail here; one that does not is broken or was not run.
# Never applied. The credentials are those that AWS prints in its documentation.

provider "aws" {
  access_key = "AKIAIOSFODNN7EXAMPLE"
  secret_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
}

resource "aws_lambda_function" "canary" {
  function_name = "canary"
  role          = "arn:aws:iam::123456789012:role/canary"
  runtime       = "python3.7"

  environment {
    variables = {
      AWS_SECRET_ACCESS_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
      AWS_ACCESS_KEY_ID     = "AKIAIOSFODNN7EXAMPLE"
    }
  }
}

resource "aws_lambda_permission" "anybody" {
  action        = "lambda:InvokeFunction"
  function_name = "canary"
  principal     = "*"
}

resource "aws_lambda_permission" "any_topic" {
  action        = "lambda:InvokeFunction"
  function_name = "canary"
  principal     = "sns.amazonaws.com"
}

resource "aws_iam_role" "canary" {
  managed_policy_arns = ["arn:aws:iam::aws:policy/AdministratorAccess"]

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = "*" } },
      { Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = "arn:aws:iam::123456789012:root" } },
    ]
  })
}

resource "aws_iam_role" "any_repository" {
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" }
    }]
  })
}

resource "aws_iam_role_policy" "canary" {
  role = "canary"

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "*", Resource = "*" }]
  })
}

resource "aws_iam_role_policy" "wide" {
  role = "canary"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Action = ["iam:CreateAccessKey", "iam:PassRole", "iam:PutRolePolicy", "s3:GetObject", "s3:PutObject", "ssm:GetParameter"]

      Resource = "*"
    }]
  })
}

data "aws_iam_policy_document" "canary" {
  statement {
    actions   = ["*"]
    resources = ["*"]
  }
}

data "aws_iam_policy_document" "wide" {
  statement {
    actions   = ["iam:CreateAccessKey", "iam:PassRole", "iam:PutRolePolicy", "s3:GetObject", "s3:PutObject", "ssm:GetParameter"]
    resources = ["*"]
  }
}

data "aws_iam_policy_document" "anybody" {
  statement {
    actions   = ["sqs:SendMessage"]
    resources = ["arn:aws:sqs:us-east-1:123456789012:canary"]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
  }
}

data "aws_iam_policy_document" "any_repository" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = ["arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"]
    }
  }
}

resource "aws_kms_key" "canary" {
  is_enabled          = false
  enable_key_rotation = false

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "kms:*", Principal = "*", Resource = "*" }]
  })
}

resource "aws_ssm_parameter" "canary" {
  name  = "/canary"
  type  = "SecureString"
  value = "a secret that the state would keep"
}

resource "aws_cloudwatch_log_group" "canary" {
  name = "canary"
}

resource "aws_kinesis_stream" "canary" {
  name            = "canary"
  encryption_type = "NONE"
}

resource "aws_dynamodb_table" "canary" {
  name     = "canary"
  hash_key = "id"
}

resource "aws_s3_bucket_public_access_block" "canary" {
  bucket                  = "canary"
  block_public_acls       = false
  block_public_policy     = false
  ignore_public_acls      = false
  restrict_public_buckets = false
}

resource "aws_s3_bucket_policy" "anybody" {
  bucket = "canary"

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:*", Principal = "*", Resource = "arn:aws:s3:::canary/*" }]
  })
}

resource "aws_s3_bucket_policy" "nobody" {
  bucket = "canary"

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Deny", Action = "s3:*", Principal = "*", Resource = "arn:aws:s3:::canary/*" }]
  })
}

resource "aws_s3_bucket_lifecycle_configuration" "canary" {
  bucket = "canary"

  rule {
    id     = "canary"
    status = "Disabled"
  }
}

resource "aws_connect_instance_storage_config" "canary" {
  instance_id   = "canary"
  resource_type = "CALL_RECORDINGS"

  storage_config {
    storage_type = "S3"

    s3_config {
      bucket_name   = "canary"
      bucket_prefix = "canary"
    }
  }
}

resource "terraform_data" "canary" {
  provisioner "local-exec" {
    command = "true"
  }
}

data "external" "canary" {
  program = ["true"]
}
