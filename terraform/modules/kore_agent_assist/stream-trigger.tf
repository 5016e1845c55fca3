module "stream_trigger" {
  source = "../lambda_function"

  name                     = "${var.prefix}-kore-stream-trigger"
  description              = "Hands Kore the live audio of a call, so that it transcribes it."
  account_id               = var.account_id
  region                   = var.region
  permissions_boundary_arn = var.permissions_boundary_arn

  package         = var.packages.stream_trigger
  size            = var.lambda
  timeout_seconds = local.timeout_seconds

  environment = {
    kms_key_arn = var.kms_key_arn
    variables = merge(
      {
        KORE_PARAMETER_PATH     = local.bots_path
        TRANSCRIBER_URL         = var.endpoints.transcriber_url
        STREAM_READER_ROLE_ARN  = aws_iam_role.stream_reader.arn
        STREAM_KEY_ARN          = var.media_streams.kms_key_arn
        STREAM_NAME_PREFIX      = local.stream_name_prefix
        CLAIMS_TABLE            = aws_dynamodb_table.claims.name
        STREAM_ACCESS_SECONDS   = tostring(var.tokens.stream_access_minutes * 60)
        SOCKET_TOKEN_SECONDS    = tostring(var.tokens.socket_minutes * 60)
        LOG_LEVEL               = var.lambda.log_level
        POWERTOOLS_SERVICE_NAME = "kore_stream_trigger"
      },
      local.ca_bundle,
    )
  }

  policies = {
    read-bots = local.bots_policy

    hand-out-stream-access = jsonencode({
      Version = "2012-10-17"
      Statement = [{
        Sid      = "AssumeStreamReader"
        Effect   = "Allow"
        Action   = "sts:AssumeRole"
        Resource = aws_iam_role.stream_reader.arn
      }]
    })

    claim-contacts = jsonencode({
      Version = "2012-10-17"
      Statement = [
        {
          Sid      = "ClaimContacts"
          Effect   = "Allow"
          Action   = ["dynamodb:DeleteItem", "dynamodb:PutItem"]
          Resource = aws_dynamodb_table.claims.arn
        },
        {
          # DynamoDB asks whether the caller may use the table's key.
          Sid      = "UseKeyOfClaims"
          Effect   = "Allow"
          Action   = "kms:Decrypt"
          Resource = var.kms_key_arn
          Condition = {
            StringEquals = {
              "kms:ViaService"                                  = "dynamodb.${var.region}.amazonaws.com"
              "kms:EncryptionContext:aws:dynamodb:subscriberId" = var.account_id
              "kms:EncryptionContext:aws:dynamodb:tableName"    = aws_dynamodb_table.claims.name
            }
          }
        },
      ]
    })
  }

  connect            = local.connect
  logs_key_arn       = var.logs_key_arn
  log_retention_days = var.log_retention_days
}
