"""What rules may know beside the plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

DEPLOY = "deploy"
DESTROY = "destroy"


@dataclass(frozen=True)
class Context:
    """Where and when a plan would be applied.

    Args:
        change: ``BundleManifest.change``, what overrides are bound to.
        today: UTC.
        purpose: ``deploy`` or ``destroy``.
        sources: the text of the Terraform files that the plan was made from, by path. A plan does
            not show all that they say: a ``removed`` block may run commands.
        rehearsed: the attributes that resources had, by address, when the same configuration was
            applied with the same variables to a provider that only remembers. What a plan leaves
            open until it is applied (the text of a policy that names a key yet to be made) can be
            judged there. Empty where nothing was rehearsed: then what is open cannot be proved.
    """

    environment: str
    account_id: str
    region: str
    change: str
    today: date
    purpose: str = DEPLOY
    sources: Mapping[str, str] = field(default_factory=dict, repr=False)
    rehearsed: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
