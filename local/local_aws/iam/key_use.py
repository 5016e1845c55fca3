"""One use of a KMS key by a service, in the name of the service's caller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class KeyUse:
    """What a service asks of KMS.

    Args:
        action: `kms:Decrypt`, say.
        key: id, alias or ARN of the key.
        encryption_context: what the service passes along.
        unusable: the service's own error for a key that is not there or not enabled.
        preamble: how the service begins the sentence in which KMS refuses.
    """

    action: str
    key: str
    encryption_context: Mapping[str, str]
    unusable: str
    preamble: str = ""
