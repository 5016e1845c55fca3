terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }

  # The very bucket that is made here; make bootstrap begins on the local disk and moves in.
  backend "s3" {}
}
