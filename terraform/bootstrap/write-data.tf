locals {
  write_data = [
    {
      Sid      = "ChangeTables"
      Effect   = "Allow"
      Action   = ["dynamodb:CreateTable", "dynamodb:DeleteTable", "dynamodb:TagResource", "dynamodb:UntagResource", "dynamodb:UpdateContinuousBackups", "dynamodb:UpdateTable", "dynamodb:UpdateTimeToLive"]
      Resource = local.table_arns
    },
    {
      Sid    = "ChangeStream"
      Effect = "Allow"
      Action = [
        "kinesis:AddTagsToStream",
        "kinesis:CreateStream",
        "kinesis:DecreaseStreamRetentionPeriod",
        "kinesis:DeleteStream",
        "kinesis:IncreaseStreamRetentionPeriod",
        "kinesis:RemoveTagsFromStream",
        "kinesis:StartStreamEncryption",
        "kinesis:StopStreamEncryption",
        "kinesis:TagResource",
        "kinesis:UpdateShardCount",
        "kinesis:UpdateStreamMode",
      ]
      Resource = local.stream_arn
    },
    {
      Sid      = "ChangeParameters"
      Effect   = "Allow"
      Action   = ["ssm:AddTagsToResource", "ssm:DeleteParameter", "ssm:PutParameter", "ssm:RemoveTagsFromResource"]
      Resource = local.parameter_arns
    },
  ]
}
