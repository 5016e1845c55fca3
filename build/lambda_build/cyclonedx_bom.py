"""A bill of materials from what is in a zip: CycloneDX, written by OWASP's own library."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cyclonedx import __version__ as library_version
from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.tool import ToolRepository
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from lambda_build.manifest import Package
from lambda_build.proof import DIRECT

_SHA256: Final = HashAlgorithm.SHA_256


def render(
    name: str, packages: tuple[Package, ...], needs: Mapping[str, frozenset[str]], runtime: str
) -> str:
    """Return the bill of a Lambda; :func:`lambda_build.sbom.bind` says which zip it is of.

    Args:
        name: the Lambda.
        packages: what its zip holds beside its own code.
        needs: who needs what, from :func:`lambda_build.proof.dependencies`.
        runtime: the Lambda runtime it is built for, such as ``python3.13``.
    """
    function = Component(
        name=name,
        type=ComponentType.APPLICATION,
        bom_ref=name,
        properties=[Property(name="aws:lambda:runtime", value=runtime)],
    )
    licences = LicenseFactory()
    components = {
        package.name: Component(
            name=package.name,
            version=package.version,
            type=ComponentType.LIBRARY,
            bom_ref=f"pkg:pypi/{package.name}@{package.version}",
            purl=PackageURL("pypi", None, package.name, package.version),
            hashes=[HashType(alg=_SHA256, content=package.sha256)],
            licenses=(
                [] if package.licence == "unknown" else [licences.make_from_string(package.licence)]
            ),
        )
        for package in packages
    }
    tool = Component(
        name="cyclonedx-python-lib", version=library_version, type=ComponentType.LIBRARY
    )
    tools = ToolRepository(components=[tool])
    bom = Bom(metadata=BomMetaData(component=function, tools=tools))
    for component in components.values():
        bom.components.add(component)
    for owner, names in sorted(needs.items()):
        owning = function if owner == DIRECT else components[owner]
        bom.register_dependency(owning, [components[needed] for needed in sorted(names)])
    return str(JsonV1Dot6(bom).output_as_string())
