"""AppIntegrations at its HTTP edge."""

from __future__ import annotations

from local_aws.appintegrations.applications import operation
from local_aws.appintegrations.backend import AppIntegrationsBackend, appintegrations_backends
from local_aws.service import ModelService


class LocalAppIntegrations(ModelService):
    """Third-party applications; event and data integrations are not emulated."""

    model = "appintegrations"
    operations = operation
    invalid = ("InvalidRequestException",)

    def backend(self) -> AppIntegrationsBackend:
        """Return the backend of the caller's account and region."""
        return appintegrations_backends[self.current_account][self.region]
