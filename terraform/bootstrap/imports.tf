# What an interrupted bootstrap, or an earlier release, has made: taken over instead of made again.
import {
  for_each = toset(var.existing.bucket[*])
  to       = aws_s3_bucket.state
  id       = each.value
}

import {
  for_each = toset(var.existing.key[*])
  to       = aws_kms_key.state
  id       = each.value
}

import {
  for_each = toset(var.existing.alias[*])
  to       = aws_kms_alias.state
  id       = each.value
}

import {
  for_each = var.existing.providers
  to       = aws_iam_openid_connect_provider.this[each.key]
  id       = each.value
}

import {
  for_each = var.existing.roles
  to       = aws_iam_role.pipeline[each.key]
  id       = each.value
}

import {
  for_each = toset([for name, arn in var.existing.policies : arn if name == "boundary"])
  to       = aws_iam_policy.boundary[0]
  id       = each.value
}

import {
  for_each = { for name, arn in var.existing.policies : name => arn if name != "boundary" }
  to       = aws_iam_policy.pipeline[each.key]
  id       = each.value
}
