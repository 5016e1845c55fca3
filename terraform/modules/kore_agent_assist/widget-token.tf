module "widget_token" {
  source = "../lambda_function"

  name                     = "${var.prefix}-kore-widget-token"
  description              = "Signs the token by which the Kore widget opens in the agent workspace."
  account_id               = var.account_id
  region                   = var.region
  permissions_boundary_arn = var.permissions_boundary_arn

  package         = var.packages.widget_token
  size            = var.lambda
  timeout_seconds = local.timeout_seconds

  environment = {
    kms_key_arn = var.kms_key_arn
    variables = {
      KORE_PARAMETER_PATH     = local.bots_path
      WIDGET_TOKEN_SECONDS    = tostring(var.tokens.widget_minutes * 60)
      LOG_LEVEL               = var.lambda.log_level
      POWERTOOLS_SERVICE_NAME = "kore_widget_token"
    }
  }

  policies = { read-bots = local.bots_policy }

  connect            = local.connect
  logs_key_arn       = var.logs_key_arn
  log_retention_days = var.log_retention_days
}
