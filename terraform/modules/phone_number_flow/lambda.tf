# hashicorp/aws 5.100 has no resource that leads a number to a flow (6.6 has). A Lambda, because that works from
# any Terraform runner, stands in the plan and is undone on destroy.
module "lambda" {
  source = "../lambda_function"

  name                     = "${var.prefix}-phone-number-flow"
  description              = "Leads phone numbers to flows, for Terraform."
  account_id               = var.account_id
  region                   = var.region
  permissions_boundary_arn = var.permissions_boundary_arn

  package = var.package
  size    = { memory_mb = 256 }
  # Terraform invokes what it has just deployed.
  publish = false
  # Long enough for Connect's limit of two requests a second, shared by everybody, to let us through.
  timeout_seconds = 60

  policies = {
    lead-numbers-of-this-instance = jsonencode({
      Version = "2012-10-17"
      Statement = [
        {
          # These two want the instance besides what a number's own policy names.
          Sid      = "LeadNumbersWithinThisInstance"
          Effect   = "Allow"
          Action   = ["connect:AssociatePhoneNumberContactFlow", "connect:DisassociatePhoneNumberContactFlow"]
          Resource = var.instance.arn
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

  logs_key_arn       = var.logs_key_arn
  log_retention_days = var.log_retention_days
}
