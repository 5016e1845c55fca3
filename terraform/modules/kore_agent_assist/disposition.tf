module "disposition" {
  source = "../lambda_function"
  count  = var.disposition.enabled ? 1 : 0

  name                     = "${var.prefix}-kore-disposition"
  description              = "Stores what an agent says about a call, and tells the webhook where there is one."
  account_id               = var.account_id
  region                   = var.region
  permissions_boundary_arn = var.permissions_boundary_arn

  package = var.packages.disposition
  # No caller waits for it, so nothing is kept warm.
  size            = merge(var.lambda, { provisioned_concurrency = 0 })
  timeout_seconds = local.timeout_seconds

  environment = {
    kms_key_arn = var.kms_key_arn
    variables = merge(
      {
        DISPOSITIONS_TABLE      = aws_dynamodb_table.dispositions[0].name
        RETENTION_DAYS          = tostring(var.disposition.retention_days)
        LOG_LEVEL               = var.lambda.log_level
        POWERTOOLS_SERVICE_NAME = "kore_disposition"
      },
      { for url in var.webhook_url[*] : "WEBHOOK_URL" => url },
      { for url in var.webhook_url[*] : "WEBHOOK_SECRET_PARAMETER" => local.webhook_secret_name },
      { for name, pem in local.ca_bundle : name => pem if local.has_webhook },
    )
  }

  policies = merge(
    {
      store-dispositions = jsonencode({
        Version = "2012-10-17"
        Statement = [
          {
            Sid      = "StoreDispositions"
            Effect   = "Allow"
            Action   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]
            Resource = aws_dynamodb_table.dispositions[0].arn
          },
          {
            # DynamoDB asks whether the caller may use the table's key.
            Sid      = "UseKeyOfDispositions"
            Effect   = "Allow"
            Action   = "kms:Decrypt"
            Resource = var.kms_key_arn
            Condition = {
              StringEquals = {
                "kms:ViaService"                                  = "dynamodb.${var.region}.amazonaws.com"
                "kms:EncryptionContext:aws:dynamodb:subscriberId" = var.account_id
                "kms:EncryptionContext:aws:dynamodb:tableName"    = aws_dynamodb_table.dispositions[0].name
              }
            }
          },
        ]
      })
    },
    { for policy in local.webhook_policy[*] : "read-webhook-secret" => policy },
  )

  connect            = local.connect
  logs_key_arn       = var.logs_key_arn
  log_retention_days = var.log_retention_days
}

locals {
  webhook_secret_arn = "${local.parameter_arn}${local.webhook_secret_name}"

  webhook_policy = local.has_webhook ? jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ReadWebhookSecret"
        Effect   = "Allow"
        Action   = "ssm:GetParameters"
        Resource = local.webhook_secret_arn
      },
      {
        Sid      = "DecryptWebhookSecret"
        Effect   = "Allow"
        Action   = "kms:Decrypt"
        Resource = local.secrets_key_arn
        Condition = {
          StringEquals = {
            "kms:ViaService"                      = "ssm.${var.region}.amazonaws.com"
            "kms:EncryptionContext:PARAMETER_ARN" = local.webhook_secret_arn
          }
        }
      },
    ]
  }) : null
}
