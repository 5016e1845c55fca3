resource "aws_lambda_invocation" "this" {
  function_name   = aws_lambda_function.this.function_name
  lifecycle_scope = "CRUD"

  input = jsonencode({
    instance_id     = var.instance.id
    phone_number_id = var.phone_number.id
    contact_flow_id = var.contact_flow.id
  })

  lifecycle {
    # Undo and do again rather than change: the Lambda may touch one number at a time.
    replace_triggered_by = [aws_iam_role_policy.associate.name]
  }

  # The policy must outlast this on destroy.
  depends_on = [aws_iam_role_policy.associate]
}
