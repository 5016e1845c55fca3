"""The ServiceNow flow as Terraform weaves it, for every combination of its options.

All of them come from one run of Terraform over the module itself, which needs no provider.
"""

from __future__ import annotations

import functools
import itertools
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
TEMPLATE = _ROOT / "flows" / "servicenow_voice" / "inbound.json"

NUMBER = "+12065550177"
# What Terraform names where an environment asks for a number and names none.
DIALLED = "$.SystemEndpoint.Address"
MESSAGES = {
    "greeting": "Welcome to Example.",
    "one_moment_message": "One moment, please.",
    "handover_message": "A colleague will be with you.",
    "goodbye_message": "Goodbye from Example.",
    "apology_message": "We are sorry, nobody can be reached.",
    "closed_message": "We are closed.",
    "unstaffed_message": "Nobody is on duty.",
    "try_later_message": "Please try later.",
    "callback_message": "Johnson & <Sons> will call {number}. Press 1.",
    "callback_arranged_message": "We will call you.",
}
_FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:voice:live"
VOICE_SERVICE = "0123456789abcdef0123456789abcdef"
_VALUES = {
    **MESSAGES,
    "template": str(TEMPLATE),
    "voice": "Joanna",
    "voice_engine": "Neural",
    "language_code": "en-US",
    "flow_logging": True,
    "transfer_time_limit_seconds": 30,
    "callback": {"initial_delay_seconds": 5, "retry_delay_seconds": 600, "attempts": 3},
}
_CONFIGURATION = """
variable "cases" {
  type = any
}

module "flow" {
  source   = "%s"
  for_each = var.cases

  lambda_arn       = "%s"
  voice_service_id = "%s"
  queue_arns = {
    default = "queue-default"
    people  = "queue-people"
    money   = "queue-money"
  }
  flow = each.value
}

output "contents" {
  value = { for name, flow in module.flow : name => flow.content }
}
"""


@dataclass(frozen=True)
class Options:
    """What an environment can choose; a callback needs one of the checks.

    Args:
        reasons: whether transfer reasons are mapped to queues.
        caller_id_number: what the AI agent sees; None for the caller's own number.
    """

    check_hours: bool = False
    check_staffing: bool = False
    callback_when_closed: bool = False
    caller_id_number: str | None = None
    reasons: bool = True

    def __str__(self) -> str:
        on = [name for name, value in asdict(self).items() if value is True]
        return "+".join(on + [number for number in [self.caller_id_number] if number]) or "nothing"


def combinations() -> Iterator[Options]:
    """Every combination that an environment may have."""
    for hours, staffing, callback, number, reasons in itertools.product(
        (False, True), (False, True), (False, True), (None, NUMBER, DIALLED), (False, True)
    ):
        if hours or staffing or not callback:
            yield Options(hours, staffing, callback, number, reasons)


def woven(options: Options | None = None) -> str:
    """The content of the published flow."""
    return _all()[str(options or Options())]


@functools.cache
def _all() -> Mapping[str, str]:
    cases = {
        str(options): {
            **_VALUES,
            **{key: value for key, value in asdict(options).items() if key != "reasons"},
            "reason_queues": {"user_requested": "people", "billing": "money"}
            if options.reasons
            else {},
        }
        for options in combinations()
    }
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        module = os.path.relpath(_ROOT / "terraform" / "modules" / "servicenow_flow", root)
        (root / "main.tf").write_text(
            _CONFIGURATION % (module, _FUNCTION, VOICE_SERVICE), encoding="utf-8"
        )
        (root / "cases.auto.tfvars.json").write_text(json.dumps({"cases": cases}), encoding="utf-8")
        _terraform(root, "init", "-backend=false", "-input=false")
        _terraform(root, "apply", "-auto-approve", "-input=false")
        contents: dict[str, str] = json.loads(_terraform(root, "output", "-json", "contents"))
    return contents


def _terraform(root: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["terraform", *arguments, *(() if "-json" in arguments else ("-no-color",))],
        cwd=root,
        env={"PATH": os.environ["PATH"], "HOME": str(root), "CHECKPOINT_DISABLE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
