# The name says what it allows, so another number or another flow means another policy: the old one goes only
# after the old association has been undone under it. One a number, short, because the policies of a role
# together may have 10,240 characters.
resource "aws_iam_role_policy" "associate" {
  for_each = var.numbers

  name = "lead-${each.value.phone_number.id}-to-${each.value.contact_flow.id}"
  role = module.lambda.role_name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "LeadThisNumberToThisFlow"
      Effect   = "Allow"
      Action   = ["connect:AssociatePhoneNumberContactFlow", "connect:DisassociatePhoneNumberContactFlow"]
      Resource = [each.value.phone_number.arn, each.value.contact_flow.arn]
    }]
  })
}

resource "aws_lambda_invocation" "this" {
  for_each = var.numbers

  function_name   = module.lambda.function_name
  lifecycle_scope = "CRUD"

  input = jsonencode({
    instance_id     = var.instance.id
    phone_number_id = each.value.phone_number.id
    contact_flow_id = each.value.contact_flow.id
  })

  lifecycle {
    # Undo and do again rather than change: a failed change would be saved as done.
    replace_triggered_by = [aws_iam_role_policy.associate[each.key].name]

    # What the Lambda says it did is what was asked of it, or the number is not led there.
    postcondition {
      condition = try(
        jsondecode(self.result).state == "tied"
        && jsondecode(self.result).phone_number_id == each.value.phone_number.id
        && jsondecode(self.result).contact_flow_id == each.value.contact_flow.id,
        false,
      )
      error_message = "Lead the number ${each.key} to its flow again with terraform apply -replace, because the Lambda ${module.lambda.function_name} does not confirm it: see its log."
    }
  }

  # The policies must outlast this on destroy.
  depends_on = [aws_iam_role_policy.associate, module.lambda]
}
