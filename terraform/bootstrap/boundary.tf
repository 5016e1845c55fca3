# The most that a Lambda's role can be given by the apply role; what each gets is less, and stands in its module.
resource "aws_iam_policy" "boundary" {
  count = local.has_pipeline && var.permissions_boundary_arn == null ? 1 : 0

  name        = "${local.prefix}-boundary"
  path        = "/pipeline/"
  description = "The most that the Lambdas of ${local.prefix} can be allowed."

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "Logs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = [for arn in local.group_arns : arn if strcontains(arn, "/aws/lambda/")]
      },
      {
        Sid      = "Parameters"
        Effect   = "Allow"
        Action   = ["ssm:GetParameters", "ssm:PutParameter"]
        Resource = local.parameter_arns
      },
      {
        Sid      = "Tables"
        Effect   = "Allow"
        Action   = ["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]
        Resource = local.table_arns
      },
      {
        Sid      = "Audio"
        Effect   = "Allow"
        Action   = ["kinesisvideo:DescribeStream", "kinesisvideo:GetDataEndpoint", "kinesisvideo:GetMedia"]
        Resource = "${local.arn}:kinesisvideo:${local.where}:stream/*"
      },
      {
        Sid      = "HandOutAudio"
        Effect   = "Allow"
        Action   = "sts:AssumeRole"
        Resource = "${local.arn}:iam::${var.account_id}:role/${local.prefix}-kore-stream-reader"
      },
      {
        Sid      = "Numbers"
        Effect   = "Allow"
        Action   = ["connect:AssociatePhoneNumberContactFlow", "connect:DisassociatePhoneNumberContactFlow", "connect:ListFlowAssociations"]
        Resource = local.connect_arns
      },
      {
        Sid       = "OwnKey"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]
        Resource  = local.key_arns
        Condition = { StringEquals = local.own_key }
      },
      {
        # A team may keep secrets, and an instance its streams, under a key of its own.
        Sid      = "KeysOfOthersThroughServices"
        Effect   = "Allow"
        Action   = "kms:Decrypt"
        Resource = local.key_arns
        Condition = {
          StringEquals = { "kms:ViaService" = ["kinesisvideo.${var.region}.amazonaws.com", "ssm.${var.region}.amazonaws.com"] }
        }
      },
    ]
  })
}
