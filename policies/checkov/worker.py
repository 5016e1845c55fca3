"""What runs under ``.venv-policy/bin/python``: checkov's scanners, and a report of all they did.

Its argument is a private folder, its home. It reads two lines from standard input: first the job as
JSON, later the path of a plan's JSON. It writes one JSON report to standard output and ends. It
judges nothing; its caller does.

checkov's own command line fails open in many ways, reads configuration files and variables that it
happens to find, drops checks that raise, and prints the values of what it looks at. So its parsers,
graph and checks are used here, and its command line, configuration and reports are not: what a
check answers is taken from the check itself, and nothing but ids, addresses and answers is
written.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import importlib.util
import json
import logging
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FORMAT = 1
CODE, PLAN = "code", "plan"
FAULT = "fault: "  # what a line of standard error starts with that says why there is no report
ABANDONED = 3  # exit code when the caller has gone


@dataclass
class Scan:
    """What a scan saw and what the checks answered."""

    where: str
    resources: set[str] = field(default_factory=set)
    unreadable: set[str] = field(default_factory=set)
    answers: list[tuple[str, str, str, str]] = field(default_factory=list)
    """Check, address, answer, place."""
    raised: list[tuple[str, str, str]] = field(default_factory=list)
    """Check, address, the exception's kind."""
    skipped: list[tuple[str, str]] = field(default_factory=list)
    """Check, address: by a comment in the code."""

    def to_json(self) -> dict[str, Any]:
        """As it stands in the report; in the same order for the same input."""
        return {
            "resources": sorted(self.resources),
            "unreadable": sorted(self.unreadable),
            "answers": sorted(self.answers),
            "raised": sorted(self.raised),
            "skipped": sorted(self.skipped),
        }


class Complaints(logging.Handler):
    """What checkov logs as an error; it goes on after those."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep where it came from, never its text: that may hold values."""
        self.said.append(f"{record.name}:{record.funcName}")


def main() -> None:
    """Scan, report, end."""
    # checkov and what it imports print; only the report may go to standard output.
    report_to = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    gc.disable()  # it takes a third of the time in checkov's graphs, and this ends soon
    lines = Lines(Path(sys.argv[1]))
    job = json.loads(lines.next())
    complaints = Complaints()
    logging.getLogger().addHandler(complaints)
    with kept_grammar(Path(sys.prefix) / "grammar"):
        scanner = Scanner(job["checks"])
    scanner.load(Path(job["policies"]))
    canary = Path(job["canary"])
    kept = KeptScans(Path(sys.prefix), job)
    scans = kept.read()
    if scans is None:
        code = {"code": scanner.code(Path(job["code"])), "code canary": scanner.code(canary)}
        scans = {name: scan.to_json() for name, scan in code.items()}
        if not complaints.said:
            kept.write(scans)
    scans["plan canary"] = scanner.plan(canary / "plan.json").to_json()
    plan = Path(lines.next())
    content = plan.read_bytes()
    scans["plan"] = scanner.plan(plan).to_json()
    report = {
        "format": FORMAT,
        "checkov": scanner.version,
        "known": scanner.known(),
        "types": scanner.types(),
        "plan_sha256": hashlib.sha256(content).hexdigest(),
        "scans": scans,
        "complaints": sorted(set(complaints.said)),
    }
    with report_to:
        json.dump(report, report_to)


@contextlib.contextmanager
def kept_grammar(folder: Path) -> Iterator[None]:
    """Keep the tables of checkov's HCL parser, which take most of a second to compute.

    lark keeps them as a pickle in the temporary folder, which is a new one for each scan here. So
    they are kept beside the packages that they are made from, whose writers could change the code
    as well. Other scans may begin meanwhile: what is kept appears whole or not at all.

    Args:
        folder: where they are kept.
    """
    before = tempfile.tempdir
    with tempfile.TemporaryDirectory() as fresh:
        tempfile.tempdir = str(folder) if folder.is_dir() else fresh
        try:
            yield
        finally:
            used, tempfile.tempdir = tempfile.tempdir, before
        if used == fresh:
            # Another scan was first, or the environment is read-only.
            with (
                contextlib.suppress(OSError),
                tempfile.TemporaryDirectory(dir=folder.parent) as beside,
            ):
                shutil.copytree(fresh, Path(beside) / "new").rename(folder)


def keep_parser_tables() -> None:
    """Compute the tables of checkov's JSONPath parser once, not for each path."""
    from ply import yacc  # noqa: PLC0415

    make = yacc.yacc
    made: dict[tuple[type, str], Any] = {}

    def kept(*, module: object, start: str, **settings: Any) -> Any:
        key = type(module), start
        if key not in made:
            made[key] = make(module=module, start=start, **settings)
        return made[key]

    yacc.yacc = kept


class KeptScans:
    """What checkov said of the very same code, asked the very same, by the very same checkov.

    An apply looks at the code that its plan looked at, and most plans are of other flows, Lambdas
    or settings than the last one, and of the same code. What is kept lies beside the packages that
    made it: whoever can write there could change the checks themselves.

    Args:
        environment: the folder of this interpreter's environment.
        job: what is asked.
    """

    MOST = 20  # they take some hundred kilobytes each

    def __init__(self, environment: Path, job: Mapping[str, Any]) -> None:
        self._folder = environment / "scans"
        digest = hashlib.sha256(Path(__file__).read_bytes())
        digest.update(json.dumps([sys.version, job["checks"]], sort_keys=True).encode())
        try:
            digest.update((environment / ".ready").read_bytes())  # the digest of its lock file
            for what in ("code", "canary", "policies"):
                digest.update(f"{what}\n".encode())
                self._add(digest, Path(job[what]))
        except OSError:
            self._file = None
        else:
            self._file = self._folder / f"{digest.hexdigest()}.json"

    def read(self) -> dict[str, Any] | None:
        """What is kept, if it is there and whole."""
        if self._file is None:
            return None
        try:
            scans = json.loads(self._file.read_bytes())
        except (OSError, ValueError):
            return None
        return (
            scans if isinstance(scans, dict) and scans.keys() == {CODE, f"{CODE} canary"} else None
        )

    def write(self, scans: Mapping[str, Any]) -> None:
        """Keep what was said, unless something could not be read or told."""
        if self._file is None or any(
            scan["unreadable"] or scan["raised"] for scan in scans.values()
        ):
            return
        with contextlib.suppress(OSError):  # the environment is read-only, or the disk full
            self._folder.mkdir(exist_ok=True)
            new = self._folder / f"{os.getpid()}.new"
            new.write_text(json.dumps(scans), encoding="utf-8")
            new.replace(self._file)
            files = sorted(self._folder.glob("*.json"), key=lambda file: file.stat().st_mtime)
            for file in files[: -self.MOST]:
                file.unlink(missing_ok=True)

    @staticmethod
    def _add(digest: Any, folder: Path) -> None:
        for place, folders, names in os.walk(folder):
            folders[:] = sorted(set(folders) - {"__pycache__"})  # they are not used
            # Nothing is kept where something counts that is not looked at here: modules that were
            # fetched, what a link leads to tomorrow.
            if ".terraform" in folders:
                raise OSError(f"{place} holds more than code")
            code = any(name.endswith(".tf") for name in names)
            for name in sorted((*folders, *names)):
                path = Path(place) / name
                if path.is_symlink():
                    raise OSError(f"{path} is a link")
                # A module's values are those beside its code; checkov takes no others.
                if name in folders or (name.endswith(".tfvars") and not code):
                    continue
                content = hashlib.sha256(path.read_bytes()).hexdigest()
                digest.update(f"{path.relative_to(folder)}\0{content}\n".encode())


def remember_evaluations() -> None:
    """Evaluate each expression once: checkov's graph meets most of them dozens of times.

    Many fail, because they refer to what only Terraform knows; that is remembered, too.
    """
    from checkov.terraform.graph_builder.variable_rendering import (  # noqa: PLC0415
        evaluate_terraform as rendering,
    )

    evaluate = rendering.evaluate
    values: dict[str, Any] = {}
    failures: dict[str, Exception] = {}

    def remembered(text: Any) -> Any:
        if type(text) is not str:
            return evaluate(text)
        if text in failures:
            raise failures[text].with_traceback(None)
        if text in values:
            return values[text]
        try:
            value = evaluate(text)
        except Exception as error:
            failures[text] = error
            raise
        if value is None or isinstance(value, str | int | float):
            values[text] = value  # what whoever gets it could change is not shared
        return value

    rendering.evaluate = remembered


class Lines:
    """Standard input, line by line; when it ends early, the caller has gone and so does this.

    Args:
        folder: what the caller made for this process and nobody else is left to remove then.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lines: list[str] = []
        self._more = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def next(self) -> str:
        """The next line, without its end."""
        with self._more:
            self._more.wait_for(lambda: self._lines)
            return self._lines.pop(0)

    def _read(self) -> None:
        # Not through sys.stdin, whose lock would be held here when the process ends.
        with os.fdopen(os.dup(0), encoding="utf-8") as stream:
            for line in stream:
                with self._more:
                    self._lines.append(line.rstrip("\n"))
                    self._more.notify()
        for _ in range(10):  # the scan goes on, and may write to it once more meanwhile
            shutil.rmtree(self._folder, ignore_errors=True)
            if not self._folder.exists():
                break
        os._exit(ABANDONED)


class Registry:
    """checkov's registry as its runners use it, but every answer is kept and nothing swallowed."""

    def __init__(self, registry: Any, scanner: Scanner) -> None:
        self._registry = registry
        self._scanner = scanner
        self.graph: Any = None

    def extract_entity_details(self, entity: dict[str, Any]) -> Any:
        """Type, name and settings of a block."""
        return self._registry.extract_entity_details(entity)

    def scan(
        self,
        scanned_file: str,
        entity: dict[str, Any],
        skipped_checks: list[dict[str, str]] | None,
        *_: object,
        **__: object,
    ) -> dict[Any, Any]:
        """Put a block before every check that is asked for; the runner gets nothing to report."""
        kind, name, settings = self.extract_entity_details(entity)
        address = settings.get("__address__") or f"{kind}.{name}"
        scan, wanted = self._scanner.current, self._scanner.wanted
        line = settings.get("__start_line__", 0)
        place = f"{scanned_file.lstrip('/')}:{line}" if scan.where == CODE else ""
        scan.skipped += [(skip["id"], address) for skip in skipped_checks or ()]
        for check in self._registry.get_checks(kind):
            if scan.where in wanted.get(check.id, ()):
                check.graph = self.graph
                try:
                    outcome = check.run(
                        scanned_file=scanned_file,
                        entity_configuration=settings,
                        entity_name=name,
                        entity_type=kind,
                        skip_info={},
                    )["result"]
                except Exception as error:  # noqa: BLE001 (whatever a check raises)
                    scan.raised.append((check.id, address, type(error).__name__))
                    continue
                answer = outcome[0] if isinstance(outcome, tuple) else outcome
                scan.answers.append(
                    (check.id, address, str(getattr(answer, "value", answer)), place)
                )
        return {}


class Scanner:
    """checkov's two runners with registries that keep every answer."""

    def __init__(self, wanted: Mapping[str, Iterable[str]]) -> None:
        # Here, so that an interpreter without checkov has said nothing yet when it fails.
        from checkov.common.output.report import Report  # noqa: PLC0415
        from checkov.runner_filter import RunnerFilter  # noqa: PLC0415
        from checkov.terraform.plan_runner import Runner as PlanRunner  # noqa: PLC0415
        from checkov.terraform.runner import Runner as CodeRunner  # noqa: PLC0415
        from checkov.version import version  # noqa: PLC0415

        keep_parser_tables()
        remember_evaluations()
        self.version = version
        self.wanted = {check: frozenset(where) for check, where in wanted.items()}
        self.current = Scan("")
        self._plain = {
            **PlanRunner.block_type_registries,
            **CodeRunner.block_type_registries,
        }

        class NoGraphChecks:
            """Checks that are written as queries on checkov's graph are not used."""

            def get_graph_checks_report(self, *_: object, **__: object) -> Any:
                return Report(CodeRunner.check_type)

        class Code(NoGraphChecks, CodeRunner):  # type: ignore[misc, valid-type]
            block_type_registries = self._watched(CodeRunner)

        class Plan(NoGraphChecks, PlanRunner):  # type: ignore[misc, valid-type]
            block_type_registries = self._watched(PlanRunner)

        self._code, self._plan = Code, Plan
        self._filter = lambda framework: RunnerFilter(
            framework=[framework], download_external_modules=False, show_progress_bar=False
        )

    def _watched(self, runner: Any) -> dict[str, Registry]:
        return {
            block: Registry(registry, self)
            for block, registry in runner.block_type_registries.items()
        }

    def load(self, folder: Path) -> None:
        """Register the checks of this project.

        checkov's own loader skips a folder without ``__init__.py`` and files that do not import.
        """
        package = folder / "__init__.py"
        if not package.is_file():
            raise ScanError(
                f"The folder of checks {folder} has no __init__.py, so it holds no checks."
            )
        spec = importlib.util.spec_from_file_location(
            "project_checks", package, submodule_search_locations=[str(folder)]
        )
        if spec is None or spec.loader is None:
            raise ScanError(f"The checks in {folder} cannot be loaded.")
        module = importlib.util.module_from_spec(spec)
        sys.modules["project_checks"] = module
        # Compiled checks could say something else than those that are reviewed.
        sys.pycache_prefix = str(Path(sys.argv[1]) / "compiled")
        try:
            spec.loader.exec_module(module)
            for file in sorted(folder.glob("*.py")):
                if file != package:
                    importlib.import_module(f"project_checks.{file.stem}")
        except Exception as error:
            raise ScanError(
                f"The checks in {folder} cannot be loaded: {type(error).__name__}: {error}."
            ) from error
        finally:
            sys.pycache_prefix = None

    def code(self, folder: Path) -> Scan:
        """Scan a folder of Terraform code, with its variables' defaults."""
        folder = folder.resolve()
        with self._scanning(CODE) as scan:
            found = self._code().run(str(folder), runner_filter=self._filter("terraform"))
            self._note(scan, folder, found)
        return scan

    def plan(self, file: Path) -> Scan:
        """Scan a plan."""
        file = file.resolve()
        with self._scanning(PLAN) as scan:
            runner = self._plan()
            found = runner.run(files=[str(file)], runner_filter=self._filter("terraform_plan"))
            self._note(scan, file, found)
            if not runner.definitions:
                scan.unreadable.add(str(file))
        return scan

    @contextlib.contextmanager
    def _scanning(self, where: str) -> Iterator[Scan]:
        self.current = Scan(where)
        yield self.current

    @staticmethod
    def _note(scan: Scan, root: Path, found: Any) -> None:
        for name in found.resources:  # "<file>:<address>", and both may hold colons
            scan.resources.add(name.removeprefix(str(root)).partition(":")[2])
        scan.unreadable |= {str(file) for file in found.parsing_errors}

    def known(self) -> list[str]:
        """Every check there is."""
        return sorted(
            {check.id for registry in self._plain.values() for _, check in _all(registry)}
        )

    def types(self) -> dict[str, list[str]]:
        """What each check that is asked for looks at: blocks' types, or patterns of them."""
        found: dict[str, set[str]] = {}
        for block, registry in self._plain.items():
            for kind, check in _all(registry):
                if check.id in self.wanted:
                    found.setdefault(check.id, set()).add(f"{block}.{kind}")
        return {check: sorted(kinds) for check, kinds in sorted(found.items())}


def _all(registry: Any) -> list[tuple[str, Any]]:
    return list(registry.all_checks())


class ScanError(Exception):
    """The scan cannot be done; the message is one sentence."""


if __name__ == "__main__":
    exit_code = 0
    try:
        main()
    except ScanError as fault:
        sys.stderr.write(f"{FAULT}{fault}\n")
        exit_code = 1
    sys.stderr.flush()
    os._exit(exit_code)  # a thread is still reading
