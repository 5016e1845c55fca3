# A small profile beside those that agents have: it grants the application and nothing else, so that nobody's own
# profile has to be managed here. aws_connect_security_profile of hashicorp/aws 5.100 knows no applications.
resource "aws_cloudcontrolapi_resource" "security_profile" {
  type_name = "AWS::Connect::SecurityProfile"

  desired_state = jsonencode({
    InstanceArn         = var.instance.arn
    SecurityProfileName = "${var.prefix} Kore Agent AI"
    Description         = "Shows the Kore Agent AI widget to agents who have this profile besides their own."
    Applications        = [{ Namespace = var.application.namespace, ApplicationPermissions = ["ACCESS"] }]
    Tags                = local.tags
  })

  lifecycle {
    postcondition {
      condition = try(
        [for granted in jsondecode(self.properties).Applications : "${granted.Namespace} ${join(" ", granted.ApplicationPermissions)}"]
        == ["${var.application.namespace} ACCESS"],
        false,
      )
      error_message = "Set the security profile ${var.prefix} Kore Agent AI back to access to the application ${var.application.namespace} alone, because somebody changed it in the Amazon Connect console."
    }
  }

  # An application can be granted where it is associated.
  depends_on = [aws_cloudcontrolapi_resource.association]
}
