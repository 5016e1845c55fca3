"""Known vulnerabilities of what is locked, from a database at hand or from a service."""

from lambda_build.audit.audit import Vulnerable, audit
from lambda_build.audit.database import Database
from lambda_build.audit.service import SERVICE, Service

__all__ = ["SERVICE", "Database", "Service", "Vulnerable", "audit"]
