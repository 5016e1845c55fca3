# Nothing here knows about endpoints: the embedded AWS is reached through AWS_ENDPOINT_URL alone,
# so what runs on a laptop is what runs in an account.
provider "aws" {
  region              = var.region
  allowed_account_ids = [var.account_id]

  default_tags {
    tags = local.tags
  }
}
