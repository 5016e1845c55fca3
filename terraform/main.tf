module "encryption" {
  source = "./modules/encryption"

  prefix               = local.prefix
  account_id           = var.account_id
  region               = var.region
  log_groups           = local.log_groups
  deletion_window_days = var.kms_deletion_window_days
}

module "connect_instance" {
  source = "./modules/connect_instance"

  instance           = var.connect_instance
  logs_key_arn       = module.encryption.logs_key_arn
  log_retention_days = var.log_retention_days
}

module "instance_storage" {
  source = "./modules/instance_storage"

  prefix            = local.prefix
  instance_id       = module.connect_instance.id
  instance_role_arn = module.connect_instance.service_role_arn
  kms_key_arn       = module.encryption.key_arn
  data_streaming    = var.data_streaming
  media_streaming = merge(var.media_streaming, {
    prefix = local.media_streams.prefix
  })
}

module "contact_center" {
  source = "./modules/contact_center"

  prefix        = local.prefix
  instance_id   = module.connect_instance.id
  instance_arn  = module.connect_instance.arn
  hours         = var.hours
  queues        = var.queues
  phone_numbers = var.phone_numbers
}

module "servicenow_voice" {
  source = "./modules/servicenow_voice"
  count  = var.servicenow == null ? 0 : 1

  prefix                   = local.prefix
  account_id               = var.account_id
  region                   = var.region
  permissions_boundary_arn = var.permissions_boundary_arn

  instance_id  = module.connect_instance.id
  instance_arn = module.connect_instance.arn
  queue_arns   = module.contact_center.queue_arns

  kms_key_arn        = module.encryption.key_arn
  logs_key_arn       = module.encryption.logs_key_arn
  log_retention_days = var.log_retention_days

  package        = local.lambdas.servicenow_voice
  lambda         = var.servicenow_lambda
  servicenow     = var.servicenow
  voice_services = var.servicenow_voice_services
  endpoints      = var.servicenow_endpoints
  association    = var.lambda_association
  flow = merge(var.servicenow_flow, {
    template         = "${path.root}/../flows/servicenow_voice/inbound.json"
    caller_id_number = local.servicenow_caller_id_number
  })

  token_copy      = var.servicenow_token_copy
  manage_secrets  = var.manage_secrets
  secrets_key_arn = var.servicenow_secrets_key_arn
  secrets_version = var.servicenow_secrets_version
  client_ids      = var.servicenow_client_ids
  client_secrets  = var.servicenow_client_secrets
}

module "kore_agent_assist" {
  source = "./modules/kore_agent_assist"
  count  = length(var.kore_bots) == 0 ? 0 : 1

  prefix                   = local.prefix
  account_id               = var.account_id
  region                   = var.region
  tags                     = local.tags
  permissions_boundary_arn = var.permissions_boundary_arn

  instance = {
    id    = module.connect_instance.id
    arn   = module.connect_instance.arn
    alias = module.connect_instance.alias
  }
  association   = var.lambda_association
  queue_arns    = module.contact_center.queue_arns
  media_streams = local.media_streams

  kms_key_arn        = module.encryption.key_arn
  logs_key_arn       = module.encryption.logs_key_arn
  log_retention_days = var.log_retention_days

  packages = {
    stream_trigger = local.lambdas.kore_stream_trigger
    widget_token   = local.lambdas.kore_widget_token
    disposition    = local.lambdas.kore_disposition
  }
  lambda      = var.kore_lambda
  bots        = var.kore_bots
  endpoints   = local.kore_endpoints
  application = merge(var.kore_application, { namespace = coalesce(var.kore_application.namespace, "${local.prefix}.kore") })
  disposition = var.kore_disposition
  webhook_url = var.kore_webhook_url
  tokens      = var.kore_tokens

  templates = {
    agent_assist = "${path.root}/../flows/kore_agent_assist/agent-assist.json"
    queue        = "${path.root}/../flows/kore_agent_assist/queue.json"
    disposition  = "${path.root}/../flows/kore_agent_assist/disposition.json"
  }
  flow_logging = var.kore_flow_logging

  manage_secrets  = var.manage_secrets
  secrets_key_arn = var.kore_secrets_key_arn
  secrets_version = var.kore_secrets_version
  client_secrets  = var.kore_client_secrets
  webhook_secret  = var.kore_webhook_secret
}

module "connect_agents" {
  source = "./modules/connect_agents"
  count  = length(var.agents) == 0 ? 0 : 1

  instance = {
    id                       = module.connect_instance.id
    identity_management_type = module.connect_instance.identity_management_type
  }
  agents                     = var.agents
  extra_security_profile_ids = module.kore_agent_assist[*].security_profile_id
}

module "phone_number_flow" {
  source = "./modules/phone_number_flow"

  prefix                   = local.prefix
  account_id               = var.account_id
  region                   = var.region
  permissions_boundary_arn = var.permissions_boundary_arn

  instance = {
    id  = module.connect_instance.id
    arn = module.connect_instance.arn
  }
  numbers = {
    for key, number in var.phone_numbers : key => {
      phone_number = module.contact_center.phone_numbers[key]
      contact_flow = local.inbound_flows[number.leads_to]
    }
  }

  logs_key_arn       = module.encryption.logs_key_arn
  log_retention_days = var.log_retention_days
  package            = local.lambdas.phone_number_flow
}
