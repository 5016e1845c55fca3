"""Source to zip: locked, checked, reproducible Lambda archives and the manifest of them."""

from lambda_build.builder import build
from lambda_build.errors import BuildError, Unavailable
from lambda_build.interpreter import ANY as ANY_BYTECODE
from lambda_build.locking import Lock, LockOutcome, lock
from lambda_build.manifest import LambdaArtifact, Manifest, Outcome, Package, load_manifest
from lambda_build.plan import Progress, Step

__all__ = [
    "ANY_BYTECODE",
    "BuildError",
    "LambdaArtifact",
    "Lock",
    "LockOutcome",
    "Manifest",
    "Outcome",
    "Package",
    "Progress",
    "Step",
    "Unavailable",
    "build",
    "load_manifest",
    "lock",
]
