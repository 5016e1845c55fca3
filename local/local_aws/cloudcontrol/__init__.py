"""AWS Cloud Control API, and the part of CloudFormation's registry it stands on."""
