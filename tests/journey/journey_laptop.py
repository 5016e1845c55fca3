"""A deployed laptop, and a watch on what can be seen of it from outside."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from checkouts import Checkout

from connect_voice.embedded import aws_settings


def servicenow_only(checkout: Checkout) -> Checkout:
    """Leave one vendor in what a checkout deploys.

    The stream and each function take seconds of waiting; where nothing is asked of them they add
    nothing.
    """
    variables = checkout.root / "terraform/environments/local/terraform.tfvars"
    text = variables.read_text(encoding="utf-8").replace("{ enabled = true }", "{}")
    text = re.sub(r"^kore_\w+ = \{.*?^\}\n", "", text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"^.*leads_to = \"kore_.*\n", "", text, flags=re.MULTILINE)
    assert "kore" not in text
    variables.write_text(text, encoding="utf-8")
    return checkout


@dataclass(frozen=True)
class Laptop:
    """A deployed checkout."""

    checkout: Checkout
    report: Any
    command_lines: frozenset[str]

    @property
    def endpoint(self) -> str:
        return str(self.status["endpoint"])

    @property
    def status(self) -> Any:
        return self.checkout.ok("local", "status", "--json").json

    def client(self, service: str) -> Any:
        settings = aws_settings(self.endpoint, "us-east-1")
        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=settings["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=settings["AWS_SECRET_ACCESS_KEY"],
        )

    def deploy(self) -> Any:
        return self.checkout.ok("deploy", "local", "--json").json

    def deploy_and_lose(self) -> Any:
        """Deploy a plan that destroys what is protected, with the overrides that it takes."""
        planned = self.checkout.run("plan", "local")
        assert planned.exit_code == 1, planned.out + planned.err
        blocks = planned.out.partition("[[override]]")
        block = "".join(blocks[1:]).partition("\nChange ")[0]
        file = self.checkout.root / "policies" / "overrides.toml"
        before = file.read_text(encoding="utf-8")
        text = block.replace('reason      = ""', 'reason      = "It was tried, and goes again."')
        file.write_text(f"{before}\n{text}\n", encoding="utf-8")
        try:
            return self.deploy()
        finally:
            file.write_text(before, encoding="utf-8")

    def call(self, name: str) -> Any:
        return self.checkout.ok("call", name, "--json").json


class CommandLines:
    """Every command line seen on the machine while the context lasts."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> CommandLines:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.02):
            for file in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    self.seen.add(file.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
                except OSError:
                    continue  # it has ended
