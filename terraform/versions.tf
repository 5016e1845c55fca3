terraform {
  # 1.11 brought write-only arguments, which keep ServiceNow's secrets out of plan and state.
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }

  # Bucket, key, region and locking differ by environment and come as -backend-config.
  backend "s3" {}
}
