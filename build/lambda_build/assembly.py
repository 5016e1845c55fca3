"""Making zips: fetch, check, compile, compress, and put the result into ``dist`` in one step."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from lambda_build import archive, bytecode, distributions, manifest, publishing, sbom, sources
from lambda_build import target as targets
from lambda_build.archive import Member
from lambda_build.bytecode import Compilation, NotPython
from lambda_build.checks import contents, imports, limits, native, secrets
from lambda_build.distributions import Distribution
from lambda_build.errors import BuildError, Unavailable
from lambda_build.interpreter import NONE
from lambda_build.lockfile import Pin
from lambda_build.manifest import LambdaArtifact, Manifest
from lambda_build.plan import RULES, Plan, Progress, Step, reusable
from lambda_build.target import Target
from lambda_build.wheels import WheelCache


def assemble(repo: Path, plans: tuple[Plan, ...], dist: Path, progress: Progress) -> Manifest:
    """Build what ``plans`` ask for and cannot be reused; see :func:`lambda_build.build`."""
    try:
        cache = WheelCache(repo)
        with cache.alone():
            return _Assembly(cache, dist, progress).run(plans)
    except OSError as error:
        where = error.filename or dist
        raise Unavailable(
            f"{where} cannot be written ({error.strerror or error}): make room or give the right "
            "to write there, and build again."
        ) from error


class _Assembly:
    """One build, alone with the cache."""

    def __init__(self, cache: WheelCache, dist: Path, progress: Progress) -> None:
        self._cache = cache
        self._dist = dist
        self._progress = progress
        self._previous = manifest.previous_manifest(dist)
        self._distributions: dict[tuple[Pin, Target], Distribution] = {}
        self._kept: dict[tuple[str, bytes], Member] = {}
        self._last: dict[str, Mapping[str, Member]] = {}
        self._changed: dict[str, dict[str, bytes]] = {}
        self._seconds: dict[str, float] = {}

    def run(self, plans: tuple[Plan, ...]) -> Manifest:
        artifacts = {
            artifact.name: artifact
            for plan in plans
            if (artifact := reusable(plan, self._previous)) is not None
        }
        todo = [plan for plan in plans if plan.source.name not in artifacts]
        self._seconds = {plan.source.name: plan.seconds for plan in todo}
        self._fetch(todo)
        written: dict[str, bytes] = {}
        with Compilation(plans[0].interpreter) as compilation:
            # One's own files first: their compiler starts while the dependencies are read.
            for plan in todo:
                with self._at(plan, "reading its own files"):
                    changed = self._take(plan, _shipped(plan), compilation)
                    self._changed[plan.source.name] = changed
            compilation.start()
            for plan in todo:
                self._load(plan, compilation)
            compilation.start()
            bills = {plan.source.name: self._check(plan) for plan in todo}
            for plan in todo:
                self._compress(plan)
            for plan in todo:
                name = plan.source.name
                artifacts[name] = self._zip(plan, compilation, bills[name], written)
        ordered = dict(sorted(artifacts.items()))
        publishing.publish(self._dist, written, ordered)
        return Manifest(self._dist / manifest.FILE, ordered)

    @contextmanager
    def _at(self, plan: Plan, doing: str) -> Iterator[None]:
        """Say what is being done for a Lambda, and count the time as its own."""
        name = plan.source.name
        self._progress(Step(name, doing))
        started = time.perf_counter()
        yield
        self._seconds[name] += time.perf_counter() - started

    def _fetch(self, plans: Sequence[Plan]) -> None:
        with ThreadPoolExecutor(1) as pool:
            for target in targets.TARGETS.values():
                wanted = (pin for plan in plans if plan.target == target for pin in plan.pins)
                missing = self._cache.missing(wanted)
                if missing:
                    self._progress(Step("", f"fetching {len(missing)} wheels"))
                    fetching = pool.submit(self._cache.fetch, missing, target)
                    # Needed for whatever is new and slow to import; pip mostly waits.
                    import_module("lambda_build.cyclonedx_bom")
                    fetching.result()

    def _load(self, plan: Plan, compilation: Compilation) -> None:
        with self._at(plan, f"reading {len(plan.pins)} dependencies"):
            for pin in plan.pins:
                key = (pin, plan.target)
                if key not in self._distributions:
                    self._distributions[key] = distributions.load(self._cache, pin, plan.target)
            for item in self._of(plan):
                self._take(plan, item.contents, compilation)

    def _take(
        self, plan: Plan, files: Mapping[str, bytes], compilation: Compilation
    ) -> dict[str, bytes]:
        """Take files over from the last zip where they are the same; return those that are not."""
        before = self._members_before(plan)
        changed = {}
        for path, content in files.items():
            source, compiled = before.get(path), before.get(bytecode.name_of(path))
            if source and source.size == len(content) and source.content() == content:
                self._kept[path, content] = source
                if compiled and self._same_python(plan):
                    compilation.know(path, content, compiled)
            else:
                changed[path] = content
            compilation.want(path, content)
        return changed

    def _of(self, plan: Plan) -> tuple[Distribution, ...]:
        return tuple(self._distributions[pin, plan.target] for pin in plan.pins)

    def _before(self, plan: Plan) -> LambdaArtifact | None:
        """Return the last build of a Lambda, if it was by these rules."""
        before = self._previous.lambdas.get(plan.source.name) if self._previous else None
        return before if before and before.rules == RULES else None

    def _same_python(self, plan: Plan) -> bool:
        before = self._before(plan)
        return before is not None and before.bytecode_python == plan.bytecode_python

    def _members_before(self, plan: Plan) -> Mapping[str, Member]:
        """Return the files of the last zip by name; what did not change is not made again."""
        name = plan.source.name
        if name not in self._last:
            self._last[name] = self._read_last(plan)
        return self._last[name]

    def _read_last(self, plan: Plan) -> Mapping[str, Member]:
        before = self._before(plan)
        try:
            content = before.zip.read_bytes() if before else b""
        except OSError:
            return {}
        if before is None or hashlib.sha256(content).hexdigest() != before.sha256:
            return {}
        return {member.name: member for member in archive.members(content)}

    def _check(self, plan: Plan) -> str:
        """Refuse what must not be shipped, and return the bill of materials.

        Raises:
            BuildError: the first fault.
        """
        name = plan.source.name
        with self._at(plan, "checking"):
            files, changed = _shipped(plan), self._changed[name]
            # What is as in the last zip was looked through then.
            looked_through = files.keys() - changed.keys()
            _refuse(
                secrets.fault(
                    {path: plan.files[path] for path in plan.files.keys() - looked_through}
                )
            )
            loaded = self._of(plan)
            before = self._before(plan)
            bill = None
            if before and before.lock == plan.lock:  # proved by the last build
                bill = sbom.read(before.sbom, before.sbom_sha256)
            if bill is None:
                bill = _bill(plan, loaded)
            fault = native.fault(files, plan.target)
            _refuse(fault and f"{name} {fault}.")
            _refuse(contents.shadow(name, files, loaded))
            every = [path for path, _ in _contents(files, loaded)]
            if not self._imports_hold(plan, every, changed):
                _refuse(imports.fault(name, files, every, f"{name}/{sources.HANDLER}"))
        return bill

    def _imports_hold(self, plan: Plan, every: Sequence[str], changed: Mapping[str, bytes]) -> bool:
        """Say whether every import can be had because that was so in the last zip.

        That is so for most edits, and looking through all sources is most of what an edit takes.
        """
        last = self._members_before(plan)
        if {path for path in last if not bytecode.is_compiled(path)} != set(every):
            return False
        handler = f"{plan.source.name}/{sources.HANDLER}"
        return all(
            imports.asks_no_more(path, last[path].content(), content, handler)
            for path, content in changed.items()
        )

    def _compress(self, plan: Plan) -> None:
        with self._at(plan, "compressing"):
            for item in self._of(plan):
                if not all(file in self._kept for file in item.contents.items()):
                    for member in distributions.compressed(self._cache, item):
                        self._kept[member.name, item.contents[member.name]] = member
            for path, content in _shipped(plan).items():
                if (path, content) not in self._kept:
                    self._kept[path, content] = archive.compress(path, content)

    def _zip(
        self, plan: Plan, compilation: Compilation, bill: str, written: dict[str, bytes]
    ) -> LambdaArtifact:
        name = plan.source.name
        with self._at(plan, "packing"):
            files = _shipped(plan)
            loaded = self._of(plan)
            members = {file[0]: self._kept[file] for file in _contents(files, loaded)}
            members |= _bytecode(compilation, files, loaded)
            content = archive.pack(members.values())
            unpacked = sum(member.size for member in members.values())
            _refuse(contents.oversize(name, len(content), unpacked, limits.LAMBDA))
            digest = hashlib.sha256(content)
            bound = sbom.bind(bill, digest.hexdigest())
        written[f"{name}.zip"] = content
        written[f"{name}{sbom.SUFFIX}"] = bound
        pure = not any(native.is_native(*file) for file in _contents(files, loaded))
        return LambdaArtifact(
            name=name,
            zip=self._dist / f"{name}.zip",
            handler=plan.source.handler,
            sha256=digest.hexdigest(),
            sha256_base64=base64.b64encode(digest.digest()).decode(),
            size=len(content),
            unpacked_size=unpacked,
            python=targets.PYTHON,
            architectures=(targets.PURE if pure else plan.target).architectures,
            bytecode=targets.PYTHON if plan.interpreter else NONE,
            bytecode_python=plan.bytecode_python,
            packages=tuple(
                sorted((item.package for item in loaded), key=lambda package: package.name)
            ),
            sbom=self._dist / f"{name}{sbom.SUFFIX}",
            sbom_sha256=hashlib.sha256(bound).hexdigest(),
            rules=RULES,
            lock=plan.lock,
            inputs=plan.inputs,
            outcome="built",
            seconds=self._seconds[name],
        )


def _shipped(plan: Plan) -> Mapping[str, bytes]:
    """Return the application's files that go into the zip."""
    return {path: data for path, data in plan.files.items() if sources.belongs_in_zip(path)}


def _contents(
    files: Mapping[str, bytes], loaded: Sequence[Distribution]
) -> Iterator[tuple[str, bytes]]:
    """Yield every file that goes into the zip as it is."""
    for item in loaded:
        yield from item.contents.items()
    yield from files.items()


def _bill(plan: Plan, loaded: Sequence[Distribution]) -> str:
    """Prove the lock, and write down what it gives."""
    # Both are slow to import, and a build with an unchanged lock does without.
    from lambda_build import cyclonedx_bom, proof  # noqa: PLC0415

    needs = proof.dependencies(loaded, plan.requirements, plan.target)
    packages = tuple(item.package for item in loaded)
    return cyclonedx_bom.render(plan.source.name, packages, needs, f"python{targets.PYTHON}")


def _bytecode(
    compilation: Compilation, files: Mapping[str, bytes], loaded: Sequence[Distribution]
) -> dict[str, Member]:
    """Return the bytecode of everything that has some.

    A dependency may ship what is no Python, templates for instance, and never import it.

    Raises:
        BuildError: a source of the application's own is not valid Python.
    """
    members = {}
    for own, part in ((True, files), *((False, item.contents) for item in loaded)):
        for path, source in part.items():
            result = compilation.result(path, source)
            if isinstance(result, Member):
                members[result.name] = result
            elif isinstance(result, NotPython) and own:
                raise BuildError(f"{path} is not valid Python {targets.PYTHON} ({result.why}).")
    return members


def _refuse(fault: str | None) -> None:
    if fault is not None:
        raise BuildError(fault)
