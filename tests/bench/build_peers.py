"""The builders that people use otherwise, each as its own documentation has it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

NAMES = ("one", "two", "three")
NEEDS = "aws-lambda-powertools\nPyJWT\nrequests\n"
HANDLER = """\
import jwt
import requests
from aws_lambda_powertools import Logger


def handler(event, context):
    return {"status": "ok"}
"""
CHALICE_APP = """\
from chalice import Chalice

app = Chalice(app_name="NAME")


@app.lambda_function()
def handler(event, context):
    return {"status": "ok"}
"""
TOOLS = ("uv", "aws-sam-cli", "chalice")


@dataclass(frozen=True)
class Bench:
    """Where everything is made, and the Lambdas' Python."""

    folder: Path
    python: Path

    @property
    def tools(self) -> Path:
        """The environment that the peers are installed in."""
        return self.folder / "tools" / "bin"

    def install(self) -> None:
        """Install the peers, at whatever version is the newest."""
        self.run([sys.executable, "-m", "venv", self.tools.parent], self.folder)
        self.run([self.tools / "pip", "install", "--quiet", *TOOLS], self.folder)

    def pip_install(self, folder: Path, lock: Path) -> None:
        """Install a lock into a folder, for the Lambdas' Python."""
        self.run(
            [
                *(self.python, "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps"),
                *("--target", folder, "--requirement", lock),
            ],
            self.folder,
        )

    def run(self, command: Iterable[str | Path], cwd: Path) -> str:
        """Run a command with the caches of ``cwd`` and return what it says."""
        env = {
            **os.environ,
            "PATH": os.pathsep.join((str(self.tools), str(self.python.parent), os.environ["PATH"])),
            "PIP_CACHE_DIR": str(self.cache(cwd)),
            "UV_CACHE_DIR": str(self.cache(cwd)),
            "SAM_CLI_TELEMETRY": "0",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        done = subprocess.run(
            [*command], cwd=cwd, env=env, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"{done.args[0]} ended with {done.returncode}: {done.stderr[-2000:]}")
        return done.stdout

    def cache(self, folder: Path) -> Path:
        """The package cache of the builder that works in a folder."""
        return self.folder / "caches" / folder.name


@dataclass(frozen=True)
class Peer:
    """A builder.

    Attributes:
        name: also its folder.
        run: builds in its folder and returns the zips.
        prepare: makes its folder, given the locked sample.
        made: what it leaves in its folder, to be gone before a cold build.
        handler: the file that an edit changes.
    """

    name: str
    run: Callable[[Bench, Path], Sequence[Path]]
    prepare: Callable[[Bench, Path, Path], None]
    made: tuple[str, ...]
    handler: str = "lambda_src/one/handler.py"

    def forget(self, bench: Bench, folder: Path) -> None:
        """Remove everything it has made or kept."""
        for name in self.made:
            shutil.rmtree(folder / name, ignore_errors=True)
        shutil.rmtree(bench.cache(folder), ignore_errors=True)

    def edit(self, folder: Path, number: int) -> None:
        """Change one line."""
        with (folder / self.handler).open("a") as file:
            file.write(f"# edit {number}\n")


def write_sample(root: Path) -> None:
    """Write three Lambdas and an empty shared package."""
    (root / "lambda_src" / "connect_core").mkdir(parents=True)
    (root / "lambda_src" / "connect_core" / "__init__.py").touch()
    for name in NAMES:
        folder = root / "lambda_src" / name
        folder.mkdir()
        (folder / "handler.py").write_text(HANDLER)
        (folder / "requirements.in").write_text(NEEDS)


def _copy(_: Bench, folder: Path, locked: Path) -> None:
    shutil.copytree(locked, folder / "lambda_src")


def _zip(folder: Path, names: Sequence[str] = NAMES) -> list[Path]:
    return [Path(shutil.make_archive(str(folder / name), "zip", folder / name)) for name in names]


def _vendor(folder: Path, install: Callable[[Path, Path], object]) -> list[Path]:
    """Install, copy and zip: what most guides say."""
    out = folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    for name in NAMES:
        source = folder / "lambda_src" / name
        install(out / name, source / "requirements.txt")
        shutil.copytree(source, out / name / name)
        shutil.copytree(source.parent / "connect_core", out / name / "connect_core")
    return _zip(out)


def _pip(bench: Bench, folder: Path) -> list[Path]:
    # https://docs.aws.amazon.com/lambda/latest/dg/python-package.html
    def install(target: Path, lock: Path) -> None:
        command: list[str | Path] = [bench.python, "-m", "pip", "install", "--quiet"]
        bench.run([*command, "--target", target, "--requirement", lock], folder)

    return _vendor(folder, install)


def _uv(bench: Bench, folder: Path) -> list[Path]:
    # https://docs.astral.sh/uv/guides/integration/aws-lambda/
    def install(target: Path, lock: Path) -> None:
        options = ["--no-installer-metadata", "--no-compile-bytecode", "--quiet"]
        options += ["--python-platform", "aarch64-manylinux2014", "--python", str(bench.python)]
        command: list[str | Path] = ["uv", "pip", "install", *options, "--target", target]
        bench.run([*command, "--requirement", lock], folder)

    return _vendor(folder, install)


def _sam(*options: str) -> Callable[[Bench, Path], list[Path]]:
    def run(bench: Bench, folder: Path) -> list[Path]:
        bench.run(["sam", "build", *options], folder)
        return _zip(folder / ".aws-sam" / "build", [name.title() for name in NAMES])

    return run


def _prepare_sam(bench: Bench, folder: Path, locked: Path) -> None:
    _copy(bench, folder, locked)
    functions = {
        name.title(): {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "CodeUri": f"lambda_src/{name}",
                "Handler": "handler.handler",
                "Runtime": "python3.13",
                "Architectures": ["arm64"],
            },
        }
        for name in NAMES
    }
    template = {"Transform": "AWS::Serverless-2016-10-31", "Resources": functions}
    (folder / "template.yaml").write_text(json.dumps(template))  # JSON is YAML


def _chalice(bench: Bench, folder: Path) -> list[Path]:
    zips = []
    for name in NAMES:
        bench.run(
            ["chalice", "--project-dir", str(folder / name), "package", folder / "out" / name],
            folder,
        )
        zips.append(folder / "out" / name / "deployment.zip")
    return zips


def _prepare_chalice(_: Bench, folder: Path, locked: Path) -> None:
    for name in NAMES:
        app = folder / name
        (app / ".chalice").mkdir(parents=True)
        (app / "app.py").write_text(CHALICE_APP.replace("NAME", name))
        (app / ".chalice" / "config.json").write_text(
            json.dumps({"version": "2.0", "app_name": name, "stages": {"dev": {}}})
        )
        pins = [
            line.split(" ")[0]
            for line in (locked / name / "requirements.txt").read_text().splitlines()
            if "==" in line
        ]
        (app / "requirements.txt").write_text("\n".join(pins) + "\n")


PEERS = (
    Peer("pip and zip", _pip, _copy, ("out",)),
    Peer("uv recipe", _uv, _copy, ("out",)),
    Peer("sam build", _sam(), _prepare_sam, (".aws-sam",)),
    Peer(
        "sam build --parallel --cached", _sam("--parallel", "--cached"), _prepare_sam, (".aws-sam",)
    ),
    Peer(
        "chalice",
        _chalice,
        _prepare_chalice,
        ("out", *(f"{name}/.chalice/deployments" for name in NAMES)),
        handler="one/app.py",
    ),
)
