"""The Lambda by which Terraform ties a phone number to a flow, and unties it."""
