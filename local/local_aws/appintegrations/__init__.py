"""Amazon AppIntegrations, as far as third-party applications go."""
