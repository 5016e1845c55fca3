"""Systems Manager at its HTTP edge."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from moto.core.responses import ActionResult
from moto.ssm.exceptions import ParameterNotFound
from moto.ssm.responses import SimpleSystemManagerResponse

from local_aws.ssm.absent import Absent


class LocalSsm(SimpleSystemManagerResponse):
    """moto's Systems Manager, reading past parameters that shall seem absent."""

    absent: ClassVar[Absent]

    def get_parameter(self) -> ActionResult:
        """Get one parameter."""
        name = self._get_param("Name")
        if self.absent.covers(name):
            raise ParameterNotFound(f"Parameter {name} not found.")
        return super().get_parameter()

    def get_parameters(self) -> ActionResult:
        """Get parameters by name."""
        found = cast(dict[str, list[Any]], super().get_parameters().result)
        gone = [name for name in self._get_param("Names") if self.absent.covers(name)]
        return ActionResult(
            {
                "Parameters": self._present(found["Parameters"]),
                "InvalidParameters": [*dict.fromkeys([*found["InvalidParameters"], *gone])],
            }
        )

    def get_parameters_by_path(self) -> ActionResult:
        """Get parameters by path."""
        found = cast(dict[str, Any], super().get_parameters_by_path().result)
        return ActionResult({**found, "Parameters": self._present(found["Parameters"])})

    def _present(self, parameters: list[Any]) -> list[Any]:
        return [one for one in parameters if not self.absent.covers(one["Name"])]


def register(absent: Absent) -> type[LocalSsm]:
    """Return the API over a set of parameters that shall seem absent."""
    return type("Ssm", (LocalSsm,), {"absent": absent})
