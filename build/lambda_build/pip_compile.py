"""pip-compile for another Python than the one that runs it; a child process (``python -m``).

pip-tools resolves for its own interpreter: it accepts pip's ``--python-version`` and
``--platform``, then makes a finder, a resolver and a marker environment that know nothing of them.
Here those three are given the target before pip-compile starts. That reaches into pip, so nobody
takes the outcome on trust: :func:`lambda_build.distributions.unmet` proves each lock afterwards
from the metadata of the locked wheels, and pip itself must find every wheel for the target.
"""

from __future__ import annotations

import functools
from optparse import Values
from typing import Final

from pip._internal.cli.cmdoptions import make_target_python
from pip._internal.commands import CommandInfo, commands_dict
from pip._internal.commands.install import InstallCommand
from pip._internal.index.package_finder import BestCandidateResult, PackageFinder
from pip._internal.models.candidate import InstallationCandidate
from pip._internal.models.target_python import TargetPython
from pip._internal.network.session import PipSession
from pip._internal.utils.hashes import Hashes
from pip._vendor.packaging import markers, specifiers
from piptools.scripts.compile import cli

from lambda_build import target

# One pure zip serves both instruction sets; the proof afterwards looks at the other one too.
_MACHINE: Final = target.PURE.machines[0]
_PURE: Final = TargetPython(
    platforms=["any"], py_version_info=target.VERSION, abis=["none"], implementation="py"
)


class InstallForTarget(InstallCommand):
    """pip's install command, seeing and resolving what its options say about the target."""

    def _build_package_finder(
        self,
        options: Values,
        session: PipSession,
        target_python: TargetPython | None = None,
        ignore_requires_python: bool | None = None,  # noqa: FBT001 - pip's own signature
    ) -> PackageFinder:
        def finder(python: TargetPython) -> PackageFinder:
            return super(InstallForTarget, self)._build_package_finder(
                options, session, python, bool(ignore_requires_python)
            )

        python = target_python or make_target_python(options)
        wanted = finder(python)
        if set(python.platforms or ()) - set(_PURE.platforms or ()):
            _prefer(finder(_PURE), wanted)
        return wanted

    # What packages say they run on is held against the target's version.
    make_resolver = staticmethod(
        functools.partial(
            InstallCommand.make_resolver,
            py_version_info=target.VERSION,
        )
    )


def _prefer(pure: PackageFinder, compiled: PackageFinder) -> None:
    """Make ``compiled`` offer what is compiled only where ``pure`` has nothing to offer.

    pip alone would take the newest version and, of one version, the compiled wheel.
    """
    every, best = compiled.find_all_candidates, compiled.find_best_candidate

    def find_all_candidates(project_name: str) -> list[InstallationCandidate]:
        first = pure.find_all_candidates(project_name)
        versions = {candidate.version for candidate in first}
        return [*first, *(one for one in every(project_name) if one.version not in versions)]

    def find_best_candidate(
        project_name: str,
        specifier: specifiers.BaseSpecifier | None = None,
        hashes: Hashes | None = None,
    ) -> BestCandidateResult:
        found = pure.find_best_candidate(project_name, specifier, hashes)
        return found if found.best_candidate else best(project_name, specifier, hashes)

    for function in (find_all_candidates, find_best_candidate):
        setattr(compiled, function.__name__, function)


def main() -> None:
    """Run pip-compile with this process's arguments, for the Lambdas' Python."""
    environment = dict(target.marker_environment(_MACHINE))
    setattr(markers, "default_environment", lambda: dict(environment))  # noqa: B010 - see above
    # pip looks its commands up by name in here, on behalf of pip-tools too.
    commands_dict["install"] = CommandInfo(
        "lambda_build.pip_compile", InstallForTarget.__name__, commands_dict["install"].summary
    )
    cli()


if __name__ == "__main__":
    main()
