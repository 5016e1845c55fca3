# What a provider that only remembers answers where Terraform or the provider's own checks want more than a word.

mock_data "aws_partition" {
  defaults = { partition = "aws" }
}

mock_data "aws_ssm_parameters_by_path" {
  defaults = {
    names  = []
    values = []
  }
}

mock_resource "aws_kms_key" {
  defaults = {
    arn    = "arn:aws:kms:us-east-1:123456789012:key/11111111-1111-1111-1111-111111111111"
    key_id = "11111111-1111-1111-1111-111111111111"
  }
}

mock_resource "aws_connect_instance" {
  defaults = {
    id           = "22222222-2222-2222-2222-222222222222"
    arn          = "arn:aws:connect:us-east-1:123456789012:instance/22222222-2222-2222-2222-222222222222"
    service_role = "arn:aws:iam::123456789012:role/aws-service-role/connect.amazonaws.com/AWSServiceRoleForAmazonConnect_abc"
  }
}

mock_resource "aws_connect_queue" {
  defaults = {
    arn = "arn:aws:connect:us-east-1:123456789012:instance/22222222-2222-2222-2222-222222222222/queue/33333333-3333-3333-3333-333333333333"
  }
}

mock_resource "aws_connect_phone_number" {
  defaults = {
    id           = "44444444-4444-4444-4444-444444444444"
    arn          = "arn:aws:connect:us-east-1:123456789012:phone-number/44444444-4444-4444-4444-444444444444"
    phone_number = "+14155550100"
  }
}

mock_resource "aws_connect_contact_flow" {
  defaults = {
    contact_flow_id = "55555555-5555-5555-5555-555555555555"
    arn             = "arn:aws:connect:us-east-1:123456789012:instance/22222222-2222-2222-2222-222222222222/contact-flow/55555555-5555-5555-5555-555555555555"
  }
}

mock_resource "aws_iam_role" {
  defaults = { arn = "arn:aws:iam::123456789012:role/mock" }
}

mock_resource "aws_cloudwatch_log_group" {
  defaults = { arn = "arn:aws:logs:us-east-1:123456789012:log-group:mock" }
}

mock_resource "aws_lambda_function" {
  defaults = { arn = "arn:aws:lambda:us-east-1:123456789012:function:mock" }
}

mock_resource "aws_lambda_alias" {
  defaults = { arn = "arn:aws:lambda:us-east-1:123456789012:function:mock:live" }
}

mock_resource "aws_kinesis_stream" {
  defaults = { arn = "arn:aws:kinesis:us-east-1:123456789012:stream/mock" }
}

mock_data "aws_connect_instance" {
  defaults = {
    id                     = "22222222-2222-2222-2222-222222222222"
    arn                    = "arn:aws:connect:us-east-1:123456789012:instance/22222222-2222-2222-2222-222222222222"
    outbound_calls_enabled = true
    service_role           = "arn:aws:iam::123456789012:role/aws-service-role/connect.amazonaws.com/AWSServiceRoleForAmazonConnect_abc"
  }
}

mock_data "aws_connect_queue" {
  defaults = {
    arn = "arn:aws:connect:us-east-1:123456789012:instance/22222222-2222-2222-2222-222222222222/queue/33333333-3333-3333-3333-333333333333"
  }
}

mock_resource "aws_dynamodb_table" {
  defaults = { arn = "arn:aws:dynamodb:us-east-1:123456789012:table/mock" }
}

# What the Lambda answers that leads a number to a flow.
mock_resource "aws_lambda_invocation" {
  defaults = {
    result = "{\"state\":\"tied\",\"phone_number_id\":\"44444444-4444-4444-4444-444444444444\",\"contact_flow_id\":\"55555555-5555-5555-5555-555555555555\"}"
  }
}

# What Cloud Control says there is, in another order than it was asked for, and with what AWS adds.
override_resource {
  target = module.kore_agent_assist[0].aws_cloudcontrolapi_resource.application
  values = {
    id         = "arn:aws:app-integrations:us-east-1:123456789012:application/66666666-6666-6666-6666-666666666666"
    properties = "{\"Name\":\"KoreAgentAssist\",\"Namespace\":\"connect-voice-test.kore\",\"IsService\":false,\"ApplicationSourceConfig\":{\"ExternalUrlConfig\":{\"AccessUrl\":\"https://assist.example.com/integrations/amzn/tpa-voice/\"}},\"Permissions\":[\"User.Details.View\",\"Contact.Details.View\",\"Contact.Attributes.View\"],\"IframeConfig\":{\"Allow\":[\"clipboard-write\"],\"Sandbox\":[\"allow-scripts\",\"allow-forms\",\"allow-popups\",\"allow-same-origin\"]},\"ApplicationConfig\":{\"ContactHandling\":{\"Scope\":\"CROSS_CONTACTS\"}},\"InitializationTimeout\":10000}"
  }
}

override_resource {
  target = module.kore_agent_assist[0].aws_cloudcontrolapi_resource.association
  values = {
    properties = "{\"IntegrationAssociationId\":\"77777777-7777-7777-7777-777777777777\"}"
  }
}

override_resource {
  target = module.kore_agent_assist[0].aws_cloudcontrolapi_resource.security_profile
  values = {
    id         = "arn:aws:connect:us-east-1:123456789012:instance/22222222-2222-2222-2222-222222222222/security-profile/88888888-8888-8888-8888-888888888888"
    properties = "{\"Applications\":[{\"Namespace\":\"connect-voice-test.kore\",\"ApplicationPermissions\":[\"ACCESS\"],\"Type\":\"THIRD_PARTY_APPLICATION\"}]}"
  }
}

# Told apart, because what one may do with the other is the point.
override_resource {
  target = module.kore_agent_assist[0].aws_iam_role.stream_reader
  values = { arn = "arn:aws:iam::123456789012:role/reader" }
}

override_resource {
  target = module.kore_agent_assist[0].module.stream_trigger.aws_iam_role.this
  values = { arn = "arn:aws:iam::123456789012:role/trigger" }
}

override_resource {
  target = module.kore_agent_assist[0].aws_dynamodb_table.claims
  values = { arn = "arn:aws:dynamodb:us-east-1:123456789012:table/claims" }
}

override_resource {
  target = module.kore_agent_assist[0].aws_dynamodb_table.dispositions
  values = { arn = "arn:aws:dynamodb:us-east-1:123456789012:table/dispositions" }
}
