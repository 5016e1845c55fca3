resource "aws_iam_role" "this" {
  name                 = local.function_name
  description          = "What ${local.function_name} may do."
  permissions_boundary = var.permissions_boundary_arn

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

# The name says what it allows, so another number or another flow means another policy: the old one goes only
# after the old association has been undone under it.
resource "aws_iam_role_policy" "associate" {
  name = "lead-${var.phone_number.id}-to-${var.contact_flow.id}"
  role = aws_iam_role.this.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "LeadThisNumberToThisFlow"
        Effect   = "Allow"
        Action   = "connect:AssociatePhoneNumberContactFlow"
        Resource = [var.instance.arn, var.phone_number.arn, var.contact_flow.arn]
      },
      {
        Sid      = "UndoItForThisNumber"
        Effect   = "Allow"
        Action   = "connect:DisassociatePhoneNumberContactFlow"
        Resource = [var.instance.arn, var.phone_number.arn]
      },
      {
        # Before undoing: somebody may have led the number elsewhere since.
        Sid      = "SeeWhereNumbersLead"
        Effect   = "Allow"
        Action   = "connect:ListFlowAssociations"
        Resource = var.instance.arn
      },
    ]
  })
}
