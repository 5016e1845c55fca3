"""What Amazon Connect stores of calls is encrypted with a key of ours."""

from __future__ import annotations

from typing import Any

from checkov.common.models.enums import CheckCategories, CheckResult
from checkov.terraform.checks.resource.base_resource_check import BaseResourceCheck

# What encrypts where; for the other two the stream itself does, which is checked on the stream.
ENCRYPTED_HERE = {"S3": "s3_config", "KINESIS_VIDEO_STREAM": "kinesis_video_stream_config"}
ENCRYPTED_THERE = ("KINESIS_STREAM", "KINESIS_FIREHOSE")


class ConnectStorageEncrypted(BaseResourceCheck):
    """Takes the place of CKV_AWS_269 and CKV_AWS_270, which overlook the storage type."""

    def __init__(self) -> None:
        super().__init__(
            name="Ensure what Amazon Connect stores is encrypted with a customer managed key",
            id="CKV_CONNECT_1",
            categories=(CheckCategories.ENCRYPTION,),
            supported_resources=("aws_connect_instance_storage_config",),
        )

    def scan_resource_conf(self, conf: dict[str, list[Any]]) -> CheckResult:
        """Look for the block that the storage type wants, and for a key in it."""
        storage = _block(conf, "storage_config")
        kind = _value(storage, "storage_type")
        if kind in ENCRYPTED_THERE:
            return CheckResult.PASSED
        if kind not in ENCRYPTED_HERE:
            return CheckResult.UNKNOWN
        encryption = _block(_block(storage, ENCRYPTED_HERE[kind]), "encryption_config")
        key = _value(encryption, "key_id")
        by_key = _value(encryption, "encryption_type") == "KMS"
        ours = isinstance(key, str) and key != "" and "alias/aws/" not in key
        return CheckResult.PASSED if by_key and ours else CheckResult.FAILED


def _block(settings: dict[str, Any], name: str) -> dict[str, Any]:
    """The first block of a name; an empty one where there is none."""
    found = settings.get(name) or [{}]
    return found[0] if isinstance(found, list) and isinstance(found[0], dict) else {}


def _value(settings: dict[str, Any], name: str) -> Any:
    """A setting, which checkov wraps in a list."""
    found = settings.get(name)
    return found[0] if isinstance(found, list) and found else found


check = ConnectStorageEncrypted()
