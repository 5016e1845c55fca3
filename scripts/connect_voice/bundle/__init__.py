"""Sealed plans: what was planned, in a folder that is applied as it is or not at all."""

from connect_voice.bundle.manifest import Author, BundleManifest, Commit, PlannedState

__all__ = ["Author", "BundleManifest", "Commit", "PlannedState"]
