resource "aws_lambda_permission" "connect" {
  statement_id   = "AmazonConnectInvokesLive"
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.this.function_name
  qualifier      = aws_lambda_alias.live.name
  principal      = "connect.amazonaws.com"
  source_arn     = var.instance_arn
  source_account = var.account_id
}

resource "aws_connect_lambda_function_association" "this" {
  instance_id = var.instance_id
  # Whether every instance takes a qualified ARN is not documented; the flow invokes the alias in either case.
  function_arn = var.association == "alias" ? aws_lambda_alias.live.arn : aws_lambda_function.this.arn
}
