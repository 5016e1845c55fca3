# The function and what belongs to it once stood here themselves.
moved {
  from = aws_iam_role.this
  to   = module.lambda.aws_iam_role.this
}

moved {
  from = aws_iam_role_policy.logs
  to   = module.lambda.aws_iam_role_policy.logs
}

moved {
  from = aws_iam_role_policy.environment
  to   = module.lambda.aws_iam_role_policy.environment[0]
}

moved {
  from = aws_iam_role_policy.secrets
  to   = module.lambda.aws_iam_role_policy.own["read-servicenow-client"]
}

moved {
  from = aws_cloudwatch_log_group.this
  to   = module.lambda.aws_cloudwatch_log_group.this
}

moved {
  from = aws_lambda_function.this
  to   = module.lambda.aws_lambda_function.this
}

moved {
  from = aws_lambda_alias.live
  to   = module.lambda.aws_lambda_alias.live[0]
}

moved {
  from = aws_lambda_provisioned_concurrency_config.live[0]
  to   = module.lambda.aws_lambda_provisioned_concurrency_config.live[0]
}

moved {
  from = aws_lambda_permission.connect
  to   = module.lambda.aws_lambda_permission.connect[0]
}

moved {
  from = aws_connect_lambda_function_association.this
  to   = module.lambda.aws_connect_lambda_function_association.this[0]
}
