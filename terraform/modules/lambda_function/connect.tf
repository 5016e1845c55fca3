resource "aws_lambda_permission" "connect" {
  count = var.connect == null ? 0 : 1

  statement_id   = "AmazonConnectInvokesLive"
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.this.function_name
  qualifier      = aws_lambda_alias.live[0].name
  principal      = "connect.amazonaws.com"
  source_arn     = var.connect.instance_arn
  source_account = var.account_id
}

resource "aws_connect_lambda_function_association" "this" {
  count = var.connect == null ? 0 : 1

  instance_id = var.connect.instance_id
  # Whether every instance takes a qualified ARN is not documented; flows invoke the alias in either case.
  function_arn = var.connect.association == "alias" ? aws_lambda_alias.live[0].arn : aws_lambda_function.this.arn
}
