# What the environment's own root makes, by name: the roles may touch these and nothing beside them. Not everything that
# begins with the prefix, because that of another environment may begin with it too.
locals {
  functions   = ["phone-number-flow", "servicenow-voice", "kore-*"]
  tables      = ["kore-*"]
  parameters  = ["${local.prefix}/*", "com.servicenow.cti/*"]
  lambda_arn  = "${local.arn}:lambda:${local.where}:function:${local.prefix}"
  log_arn     = "${local.arn}:logs:${local.where}:log-group"
  connect_arn = "${local.arn}:connect:${local.where}"

  function_arns  = flatten([for name in local.functions : ["${local.lambda_arn}-${name}", "${local.lambda_arn}-${name}:*"]])
  role_arns      = [for name in local.functions : "${local.arn}:iam::${var.account_id}:role/${local.prefix}-${name}"]
  table_arns     = [for name in local.tables : "${local.arn}:dynamodb:${local.where}:table/${local.prefix}-${name}"]
  stream_arn     = "${local.arn}:kinesis:${local.where}:stream/${local.prefix}-contact-data"
  parameter_arns = [for name in local.parameters : "${local.arn}:ssm:${local.where}:parameter/${name}"]
  key_arns       = "${local.arn}:kms:${local.where}:key/*"
  alias_arn      = "${local.arn}:kms:${local.where}:alias/${local.prefix}"
  group_arns = concat(
    [for name in local.functions : "${local.log_arn}:/aws/lambda/${local.prefix}-${name}:*"],
    # Only with an instance that is made here.
    [for any in var.connect_instance_id == null ? ["*"] : [] : "${local.log_arn}:/aws/connect/${any}"],
  )

  instance_arn     = "${local.connect_arn}:instance/${coalesce(var.connect_instance_id, "*")}"
  connect_arns     = [local.instance_arn, "${local.instance_arn}/*", "${local.connect_arn}:phone-number/*"]
  application_arns = ["${local.arn}:app-integrations:${local.where}:application/*", "${local.arn}:app-integrations:${local.where}:application-association/*"]

  # Keys have no names. These tags are the environment's own, which the key of the state has not.
  own_key = {
    "aws:ResourceTag/Project"     = var.project
    "aws:ResourceTag/Environment" = var.environment
    "aws:ResourceTag/ManagedBy"   = "terraform"
  }
}
