# The drift role says in the ledger what it found; the bucket's policy lets nobody write an entry twice.
locals {
  tell_ledger = concat(local.read_state, [
    {
      Sid      = "TellLedger"
      Effect   = "Allow"
      Action   = "s3:PutObject"
      Resource = "${local.state_object_arn}.ledger/*"
    },
  ])
}

# The apply role writes the state and what is told about it, and deletes nothing but the lock.
locals {
  write_state = concat(local.read_state, [
    {
      Sid    = "WriteState"
      Effect = "Allow"
      Action = "s3:PutObject"
      Resource = concat(
        [local.state_object_arn],
        [for kind in ["in-doubt", "last-applied"] : "${local.state_object_arn}.${kind}.json"],
        [for key in local.kept : "${local.bucket_arn}/${key}"],
      )
    },
    {
      # Earlier versions, to go back to one.
      Sid      = "ReadEarlierState"
      Effect   = "Allow"
      Action   = ["s3:GetObjectVersion", "s3:ListBucketVersions"]
      Resource = [local.bucket_arn, local.state_object_arn, "${local.state_object_arn}.*"]
    },
  ])
}
