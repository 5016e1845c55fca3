"""Real Terraform with the real AWS provider against the embedded AWS: Connect from end to end.

Created, refreshed without a difference, updated in place and destroyed. The resources of other
services are proved by the root module's own tests.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from connect_support import GREETING, MODULE
from embedded import Embedded

if TYPE_CHECKING:
    from mypy_boto3_connect import ConnectClient

HEAD = """
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}

provider "aws" {}

variable "suffix" {
  default = ""
}

variable "greeting" {
  default = "Hello."
}

resource "aws_connect_instance" "this" {
  identity_management_type  = "CONNECT_MANAGED"
  inbound_calls_enabled     = true
  outbound_calls_enabled    = true
  contact_flow_logs_enabled = true
  instance_alias            = "terraform"
  tags                      = { suffix = "x${var.suffix}" }
}
"""

CONTACT_CENTER = """
data "aws_connect_instance" "by_alias" {
  instance_alias = aws_connect_instance.this.instance_alias
}

data "aws_connect_instance" "by_id" {
  instance_id = aws_connect_instance.this.id
}

data "aws_connect_prompt" "beep" {
  instance_id = aws_connect_instance.this.id
  name        = "Beep.wav"
}

data "aws_connect_security_profile" "agent" {
  instance_id = aws_connect_instance.this.id
  name        = "Agent"
}

data "aws_connect_hours_of_operation" "basic" {
  instance_id = aws_connect_instance.this.id
  name        = "Basic Hours"
}

data "aws_connect_queue" "basic" {
  instance_id = aws_connect_instance.this.id
  name        = "BasicQueue"
}

resource "aws_connect_hours_of_operation" "this" {
  instance_id = aws_connect_instance.this.id
  name        = "office${var.suffix}"
  description = "Office hours"
  time_zone   = "Europe/Berlin"
  tags        = { suffix = "x${var.suffix}" }

  dynamic "config" {
    for_each = ["MONDAY", "TUESDAY"]
    content {
      day = config.value
      start_time {
        hours   = 8
        minutes = 0
      }
      end_time {
        hours   = 18
        minutes = 30
      }
    }
  }
}

resource "aws_connect_quick_connect" "this" {
  instance_id = aws_connect_instance.this.id
  name        = "desk${var.suffix}"
  quick_connect_config {
    quick_connect_type = "PHONE_NUMBER"
    phone_config {
      phone_number = "+14155550123"
    }
  }
}

resource "aws_connect_queue" "this" {
  instance_id           = aws_connect_instance.this.id
  name                  = "agents${var.suffix}"
  description           = "Agents"
  hours_of_operation_id = aws_connect_hours_of_operation.this.hours_of_operation_id
  max_contacts          = var.suffix == "" ? 10 : 20
  quick_connect_ids     = [aws_connect_quick_connect.this.quick_connect_id]
  outbound_caller_config {
    outbound_caller_id_name = "Us"
  }
}

resource "aws_connect_contact_flow" "this" {
  instance_id = aws_connect_instance.this.id
  name        = "inbound${var.suffix}"
  type        = "CONTACT_FLOW"
  content     = replace(file("${path.module}/flow.json"), "Hello.", var.greeting)
  tags        = { suffix = "x${var.suffix}" }
}

resource "aws_connect_contact_flow_module" "this" {
  instance_id = aws_connect_instance.this.id
  name        = "module${var.suffix}"
  content     = replace(file("${path.module}/module.json"), "Hello.", var.greeting)
}

resource "aws_connect_phone_number" "this" {
  target_arn   = aws_connect_instance.this.arn
  country_code = "US"
  type         = "DID"
  prefix       = "+1206"
  description  = "Main"
  tags         = { suffix = "x${var.suffix}" }
}

resource "aws_connect_security_profile" "this" {
  instance_id = aws_connect_instance.this.id
  name        = "voice"
  description = "Voice${var.suffix}"
  permissions = ["BasicAgentAccess", "OutboundCallAccess"]
}

resource "aws_connect_routing_profile" "this" {
  instance_id               = aws_connect_instance.this.id
  name                      = "voice${var.suffix}"
  description               = "Voice"
  default_outbound_queue_id = aws_connect_queue.this.queue_id
  media_concurrencies {
    channel     = "VOICE"
    concurrency = 1
  }
  queue_configs {
    channel  = "VOICE"
    delay    = 0
    priority = var.suffix == "" ? 1 : 2
    queue_id = aws_connect_queue.this.queue_id
  }
}

resource "aws_connect_user" "this" {
  instance_id        = aws_connect_instance.this.id
  name               = "alice"
  password           = "Abcdefgh1"
  routing_profile_id = aws_connect_routing_profile.this.routing_profile_id
  security_profile_ids = [
    aws_connect_security_profile.this.security_profile_id,
    data.aws_connect_security_profile.agent.security_profile_id,
  ]
  identity_info {
    first_name = "Alice${var.suffix}"
    last_name  = "Doe"
  }
  phone_config {
    phone_type                    = "SOFT_PHONE"
    after_contact_work_time_limit = 5
  }
}
"""

STORAGE = """
resource "aws_connect_instance_storage_config" "media" {
  instance_id   = aws_connect_instance.this.id
  resource_type = "MEDIA_STREAMS"
  storage_config {
    storage_type = "KINESIS_VIDEO_STREAM"
    kinesis_video_stream_config {
      prefix                 = "voice${var.suffix}"
      retention_period_hours = 1
      encryption_config {
        encryption_type = "KMS"
        key_id          = "@key"
      }
    }
  }
}

resource "aws_connect_instance_storage_config" "streams" {
  for_each      = toset(["CONTACT_TRACE_RECORDS", "AGENT_EVENTS"])
  instance_id   = aws_connect_instance.this.id
  resource_type = each.key
  storage_config {
    storage_type = "KINESIS_STREAM"
    kinesis_stream_config {
      stream_arn = "@stream"
    }
  }
}
"""

THIRD_PARTY = """
resource "aws_cloudcontrolapi_resource" "application" {
  type_name = "AWS::AppIntegrations::Application"
  desired_state = jsonencode({
    Name        = "Agent help${var.suffix}"
    Namespace   = "vendor.example"
    Permissions = ["Contact.Details.View"]
    ApplicationSourceConfig = {
      ExternalUrlConfig = { AccessUrl = "https://vendor.example/" }
    }
  })
}

resource "aws_cloudcontrolapi_resource" "association" {
  type_name = "AWS::Connect::IntegrationAssociation"
  desired_state = jsonencode({
    InstanceId      = aws_connect_instance.this.arn
    IntegrationType = "APPLICATION"
    IntegrationArn  = aws_cloudcontrolapi_resource.application.id
  })
}

resource "aws_cloudcontrolapi_resource" "profile" {
  depends_on = [aws_cloudcontrolapi_resource.association]
  type_name  = "AWS::Connect::SecurityProfile"
  desired_state = jsonencode({
    InstanceArn         = aws_connect_instance.this.arn
    SecurityProfileName = "AgentHelp"
    Description         = "Opens the application${var.suffix}"
    Applications = [{
      Namespace              = "vendor.example"
      ApplicationPermissions = ["ACCESS"]
    }]
  })
}
"""


@dataclass(frozen=True)
class Terraform:
    """Terraform in one folder."""

    folder: Path
    env: dict[str, str]

    def run(self, *arguments: str, expect: int = 0) -> str:
        done = subprocess.run(
            ["terraform", *arguments],
            cwd=self.folder,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == expect, done.stdout
        return done.stdout

    def plan(self, *variables: str) -> dict[str, list[str]]:
        """The planned actions of every resource that would change; empty when none would."""
        self.run("plan", "-no-color", "-out=plan", *variables)
        told: dict[str, Any] = json.loads(self.run("show", "-json", "plan"))
        changes = told.get("resource_changes", [])
        return {
            change["address"]: change["change"]["actions"]
            for change in changes
            if change["change"]["actions"] not in (["no-op"], ["read"])
        }

    def apply(self, *variables: str) -> None:
        self.run("apply", "-no-color", "-auto-approve", *variables)


@pytest.fixture
def terraform(tmp_path: Path, services: Embedded, terraform_env: dict[str, str]) -> Terraform:
    env = {
        **terraform_env,
        "AWS_ENDPOINT_URL": services.endpoint,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": "us-east-1",
    }
    (tmp_path / "flow.json").write_text(GREETING)
    (tmp_path / "module.json").write_text(MODULE)
    return Terraform(tmp_path, env)


def lives(terraform: Terraform, configuration: str) -> None:
    """Create, refresh, update in place, refresh again, destroy."""
    (terraform.folder / "main.tf").write_text(HEAD + configuration)
    terraform.run("init", "-no-color")
    terraform.apply()
    assert terraform.plan() == {}
    changed = ("-var=suffix=2", "-var=greeting=Good day.")
    actions = terraform.plan(*changed)
    assert actions
    assert {address: what for address, what in actions.items() if what != ["update"]} == {}
    terraform.apply(*changed)
    assert terraform.plan(*changed) == {}
    terraform.run("destroy", "-no-color", "-auto-approve", *changed)


def test_a_contact_center_lives_through_terraform(
    connect: ConnectClient, terraform: Terraform
) -> None:
    lives(terraform, CONTACT_CENTER)
    aliases = [row["InstanceAlias"] for row in connect.list_instances()["InstanceSummaryList"]]
    assert "terraform" not in aliases


def test_storage_associations_live_through_terraform(
    services: Embedded, terraform: Terraform
) -> None:
    key = services.client("kms").create_key()["KeyMetadata"]["Arn"]
    kinesis = services.client("kinesis")
    kinesis.create_stream(StreamName="terraform", ShardCount=1)
    told = kinesis.describe_stream_summary(StreamName="terraform")
    stream = told["StreamDescriptionSummary"]["StreamARN"]
    lives(terraform, STORAGE.replace("@key", key).replace("@stream", stream))


def test_a_third_party_application_lives_through_terraform(terraform: Terraform) -> None:
    lives(terraform, THIRD_PARTY)


def test_terraform_prints_why_a_flow_is_refused(terraform: Terraform) -> None:
    dangling = GREETING.replace('"hang-up"', '"nowhere"', 1)
    configuration = """
resource "aws_connect_contact_flow" "this" {
  instance_id = aws_connect_instance.this.id
  name        = "inbound"
  content     = file("${path.module}/flow.json")
}
"""
    (terraform.folder / "main.tf").write_text(HEAD + configuration)
    (terraform.folder / "flow.json").write_text(dangling)
    terraform.run("init", "-no-color")
    output = terraform.run("apply", "-no-color", "-auto-approve", expect=1)
    assert "InvalidContactFlowException: " in output
    assert "nowhere" in output or "Path: " in output
    terraform.run("destroy", "-no-color", "-auto-approve")
