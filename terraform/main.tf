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
    prefix = coalesce(var.media_streaming.prefix, local.prefix)
  })
}

module "contact_center" {
  source = "./modules/contact_center"

  prefix       = local.prefix
  instance_id  = module.connect_instance.id
  instance_arn = module.connect_instance.arn
  hours        = var.hours
  queues       = var.queues
  phone_number = var.phone_number
}

module "servicenow_voice" {
  source = "./modules/servicenow_voice"

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

  package     = local.lambdas.servicenow_voice
  lambda      = var.servicenow_lambda
  servicenow  = var.servicenow
  endpoints   = var.servicenow_endpoints
  association = var.servicenow_association
  flow = merge(var.servicenow_flow, {
    template = "${path.root}/../flows/servicenow_voice/inbound.json"
  })

  manage_secrets  = var.manage_secrets
  secrets_key_arn = var.servicenow_secrets_key_arn
  secrets_version = var.servicenow_secrets_version
  client_id       = var.servicenow_client_id
  client_secret   = var.servicenow_client_secret
}

module "phone_number_flow" {
  source = "./modules/phone_number_flow"

  prefix                   = local.prefix
  permissions_boundary_arn = var.permissions_boundary_arn

  instance = {
    id  = module.connect_instance.id
    arn = module.connect_instance.arn
  }
  phone_number = module.contact_center.phone_number
  contact_flow = {
    id  = module.servicenow_voice.flow_id
    arn = module.servicenow_voice.flow_arn
  }

  logs_key_arn       = module.encryption.logs_key_arn
  log_retention_days = var.log_retention_days
  package            = local.lambdas.phone_number_flow
}
