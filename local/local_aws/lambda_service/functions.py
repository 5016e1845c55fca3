"""Functions as Lambda keeps them: moto's, with the settings that moto forgets."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from threading import Lock
from typing import Any

from moto.awslambda.models import LambdaBackend, LambdaFunction, lambda_backends
from moto.core.utils import iso_8601_datetime_with_nanoseconds

from local_aws.lambda_runtime import FunctionSpec

# Settings that CreateFunction and UpdateFunctionConfiguration take and answer alike.
_KEPT = (
    "DeadLetterConfig",
    "Description",
    "FileSystemConfigs",
    "KMSKeyArn",
    "LoggingConfig",
    "MemorySize",
    "SnapStart",
    "TracingConfig",
)
_registering = Lock()


class Function(LambdaFunction):
    """One version of a function."""

    def __init__(
        self, account_id: str, spec: dict[str, Any], region: str, version: str | int = 1
    ) -> None:
        super().__init__(account_id, spec, region, version)
        self._kept: dict[str, Any] = {}
        self._keep(spec)

    def get_configuration(self, on_create: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002
        """The configuration as GetFunctionConfiguration answers it."""
        config: dict[str, Any] = super().get_configuration(on_create)
        kept = dict(self._kept)
        snap = kept.pop("SnapStart", {}).get("ApplyOn", "None")
        published = str(self.version) != "$LATEST"
        config.update(kept)
        config["SnapStart"] = {
            "ApplyOn": snap,
            # Snapshots are made when a version is published; $LATEST never has one.
            "OptimizationStatus": "On" if snap == "PublishedVersions" and published else "Off",
        }
        config["LoggingConfig"] = self.logging_config
        return {name: value for name, value in config.items() if value is not None}

    def update_configuration(self, config_updates: dict[str, Any]) -> dict[str, Any]:
        """Change the settings named in the request."""
        super().update_configuration(config_updates)
        self._keep(config_updates)
        if storage := config_updates.get("EphemeralStorage"):
            self.ephemeral_storage = storage["Size"]
        self.last_modified = iso_8601_datetime_with_nanoseconds()
        return self.get_configuration()

    def update_function_code(self, updated_spec: dict[str, Any]) -> dict[str, Any]:
        """Replace the package, and the architecture where it is named."""
        before = (self.code_sha_256, self.architectures)
        super().update_function_code(updated_spec)
        if architectures := updated_spec.get("Architectures"):
            self.architectures = architectures
        if before != (self.code_sha_256, self.architectures):
            self.last_modified = iso_8601_datetime_with_nanoseconds()
        return self.get_configuration()

    @property
    def logging_config(self) -> dict[str, str]:
        """Where and how it logs, with Lambda's defaults for what was not said."""
        told: dict[str, str] = {
            "LogFormat": "Text",
            "LogGroup": self.logs_group_name,
            **self._kept.get("LoggingConfig", {}),
        }
        if told["LogFormat"] == "JSON":
            told = {"ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO", **told}
        return told

    @property
    def snap_start(self) -> bool:
        """Whether published versions start from a snapshot."""
        return bool(self._kept.get("SnapStart", {}).get("ApplyOn") == "PublishedVersions")

    @property
    def environment_key(self) -> str | None:
        """The KMS key of the environment variables, when it is not Lambda's own."""
        return self._kept.get("KMSKeyArn") if self.environment_vars else None

    def run_spec(self, latest: LambdaFunction) -> FunctionSpec:
        """What the runtime needs; concurrency is reserved for all versions together."""
        logging = self.logging_config
        reserved = latest.reserved_concurrency
        return FunctionSpec(
            name=self.function_name,
            version=str(self.version),
            arn=latest.function_arn,
            runtime=self.run_time or "",
            handler=self.handler or "",
            role_arn=self.role,
            code=self.code_bytes,
            code_sha256=self.code_digest,
            environment=dict(self.environment_vars),
            timeout_seconds=int(self.timeout),
            memory_mb=int(self.memory_size),
            reserved_concurrency=None if reserved is None else int(reserved),
            log_group=logging["LogGroup"],
            log_format=logging["LogFormat"],
            log_level=logging.get("ApplicationLogLevel", ""),
        )

    def _keep(self, said: dict[str, Any]) -> None:
        # A new dictionary: published versions are shallow copies and keep the old one.
        self._kept = {**self._kept, **{name: said[name] for name in _KEPT if name in said}}


@dataclass(frozen=True)
class Provisioned:
    """Concurrency provisioned for a version or an alias."""

    function_name: str
    executions: int
    modified: str


class FunctionBackend(LambdaBackend):
    """The functions of one account and region."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        # by the ARN of the version or alias
        self.provisioned: dict[str, Provisioned] = {}

    def provisioned_for(self, function_name: str, besides: str = "") -> int:
        """How much is provisioned for a function, but for one of its ARNs."""
        return sum(
            one.executions
            for arn, one in self.provisioned.items()
            if one.function_name == function_name and arn != besides
        )

    def delete_function(self, function_name: str, qualifier: str | None = None) -> None:
        """Delete a function, or one version, and what was provisioned for it."""
        super().delete_function(function_name, qualifier)
        name = function_name.partition(":function:")[2] or function_name
        if qualifier is None and ":" not in name:
            kept = {arn: one for arn, one in self.provisioned.items() if one.function_name != name}
            self.provisioned = kept

    def create_function(self, spec: dict[str, Any]) -> LambdaFunction:
        """Create a function; with `Publish` its first version too, which is what is answered."""
        # moto leaves two CloudFormation methods abstract that nothing here calls.
        function = Function(self.account_id, spec, self.region_name, "$LATEST")  # type: ignore[abstract]
        self._lambdas.put_function(function)
        if not spec.get("Publish"):
            return function
        published = self.publish_version(spec["FunctionName"])
        answered = copy.copy(function)
        answered.version = published.version if published else "$LATEST"
        return answered

    def update_function_code(
        self, function_name: str, qualifier: str, body: dict[str, Any]
    ) -> dict[str, Any] | None:
        """Replace the code; with `Publish` answer the new version."""
        function = self.get_function(function_name, qualifier)
        config: dict[str, Any] = function.update_function_code(body)
        if not body.get("Publish"):
            return config
        published = self.publish_version(function.function_name)
        return published.get_configuration() if published else config


def backend(account_id: str, region: str) -> FunctionBackend:
    """Our backend, entered in moto's register so that moto's other services find it too."""
    regions = lambda_backends[account_id]
    with _registering:
        # Membership as dict sees it: the register's own would make one of moto's.
        registered = dict.get(regions, region)
        if not isinstance(registered, FunctionBackend):
            registered = FunctionBackend(region, account_id)
            regions[region] = registered
        return registered
