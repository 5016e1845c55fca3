# hashicorp/aws 5.100 has no resource for third-party applications; Cloud Control has. It finds no drift by
# itself, so what AWS says the application is has to be what is wanted here.
locals {
  origins = {
    for name in ["access_url", "agentassist_url"] : name => regex("^https://[^/]+", var.endpoints[name])
  }

  # AWS's own; said out, so that a change of AWS's mind does not take something from the widget.
  iframe_sandbox = ["allow-forms", "allow-popups", "allow-same-origin", "allow-scripts"]
  # For the button that copies the summary of a call. Nothing needs the microphone.
  iframe_allow = ["clipboard-write"]

  # Where the widget's page and Agent AI are not at one address, the page leads to the other.
  approved_origins = [for origin in [local.origins.agentassist_url] : origin if origin != local.origins.access_url]

  # Cloud Control takes no other characters in a tag's key, and knows nothing of the provider's default tags.
  tags = [for key in sort(keys(var.tags)) : { Key = key, Value = var.tags[key] } if can(regex("^[a-zA-Z0-9+,./:;<=_-]+$", key))]
}

resource "aws_cloudcontrolapi_resource" "application" {
  # By its namespace, which AWS cannot change: another namespace is another application.
  for_each = toset([var.application.namespace])

  type_name = "AWS::AppIntegrations::Application"

  desired_state = jsonencode({
    Name        = var.application.name
    Namespace   = each.key
    Description = "Kore Agent AI beside the call, for agents of ${var.prefix}."
    ApplicationSourceConfig = {
      ExternalUrlConfig = {
        AccessUrl       = var.endpoints.access_url
        ApprovedOrigins = local.approved_origins
      }
    }
    # Without them the workspace tells the widget nothing about the call.
    Permissions           = sort(var.application.permissions)
    IframeConfig          = { Allow = local.iframe_allow, Sandbox = local.iframe_sandbox }
    ApplicationConfig     = { ContactHandling = { Scope = var.application.contact_scope } }
    InitializationTimeout = var.application.initialization_timeout_ms
    Tags                  = local.tags
  })

  lifecycle {
    postcondition {
      condition = try(
        jsondecode(self.properties).Name == var.application.name
        && jsondecode(self.properties).ApplicationSourceConfig.ExternalUrlConfig.AccessUrl == var.endpoints.access_url
        && join(" ", sort(try(jsondecode(self.properties).ApplicationSourceConfig.ExternalUrlConfig.ApprovedOrigins, []))) == join(" ", sort(local.approved_origins)),
        false,
      )
      error_message = "Set the name, access URL and approved origins of the application ${each.key} back in the Amazon Connect console under Third-party applications, because somebody changed them there."
    }

    postcondition {
      condition     = try(join(" ", sort(jsondecode(self.properties).Permissions)) == join(" ", sort(var.application.permissions)), false)
      error_message = "Set the permissions of the application ${each.key} back to ${join(", ", sort(var.application.permissions))} in the Amazon Connect console under Third-party applications, because somebody changed them there."
    }

    postcondition {
      condition = try(
        join(" ", sort(jsondecode(self.properties).IframeConfig.Allow)) == join(" ", sort(local.iframe_allow))
        && join(" ", sort(jsondecode(self.properties).IframeConfig.Sandbox)) == join(" ", sort(local.iframe_sandbox)),
        false,
      )
      error_message = "Set the iframe configuration of the application ${each.key} back to allow ${join(", ", local.iframe_allow)} and the sandbox ${join(", ", local.iframe_sandbox)}, because somebody changed it outside Terraform."
    }

    postcondition {
      condition = try(
        jsondecode(self.properties).ApplicationConfig.ContactHandling.Scope == var.application.contact_scope
        && jsondecode(self.properties).InitializationTimeout == var.application.initialization_timeout_ms,
        false,
      )
      error_message = "Set the contact scope of the application ${each.key} back to ${var.application.contact_scope} and its initialization timeout to ${var.application.initialization_timeout_ms} ms in the Amazon Connect console under Third-party applications, because somebody changed them there."
    }
  }
}

resource "aws_cloudcontrolapi_resource" "association" {
  # By the same name, so that it goes before its application does.
  for_each = toset([var.application.namespace])

  type_name = "AWS::Connect::IntegrationAssociation"

  desired_state = jsonencode({
    # CloudFormation says id and means the ARN.
    InstanceId      = var.instance.arn
    IntegrationType = "APPLICATION"
    IntegrationArn  = aws_cloudcontrolapi_resource.application[each.key].id
    Tags            = local.tags
  })
}
