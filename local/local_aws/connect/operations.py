"""Where the operations of Connect register themselves."""

from __future__ import annotations

from local_aws.connect.backend import LocalConnectBackend as Backend
from local_aws.service import Answer, Operations

__all__ = ["Answer", "Backend", "operation"]

operation: Operations[Backend] = Operations()
