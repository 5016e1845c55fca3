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
  from = aws_cloudwatch_log_group.this
  to   = module.lambda.aws_cloudwatch_log_group.this
}

moved {
  from = aws_lambda_function.this
  to   = module.lambda.aws_lambda_function.this
}

# There was one number, without a key. It keeps its association where its key is this one.
moved {
  from = aws_iam_role_policy.associate
  to   = aws_iam_role_policy.associate["service-desk"]
}

moved {
  from = aws_lambda_invocation.this
  to   = aws_lambda_invocation.this["service-desk"]
}
