"""A run of its own that writes to a ledger, for tests of several at once and of killed ones.

Arguments: the environment, the endpoint of its AWS, what to do, how often.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import boto3

from connect_voice.bundle.manifest import Author
from connect_voice.environment import Environment
from connect_voice.errors import CommandError
from connect_voice.ledger import Ledger

sys.path.insert(0, str(Path(__file__).parent))
from seals import environment, manifest


def open_ledger(name: str, endpoint: str, who: str) -> tuple[Environment, Ledger]:
    session = boto3.Session("testing", "testing", region_name="us-east-1")
    os.environ["AWS_ENDPOINT_URL"] = endpoint
    place = environment(name=name)
    author = Author(who, f"arn:aws:iam::123456789012:user/{who}")
    seen = Path(os.environ["LEDGER_SEEN"]) if "LEDGER_SEEN" in os.environ else Path(os.devnull)
    return place, Ledger(place, session, who=author, seen=seen)


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def main(name: str, endpoint: str, what: str, many: int) -> None:
    _, ledger = open_ledger(name, endpoint, f"writer-{os.getpid()}")
    if what == "append":
        for number in range(many):
            ledger.append("no drift", number=number)
    elif what == "apply":
        done = 0
        while done < many:
            try:
                with ledger.applying(manifest(environment=name)):
                    ledger.append("state snapshot", serial=done)
                done += 1
            except CommandError as error:
                if "at work" not in str(error):
                    raise
    elif what == "hang":
        signal.signal(signal.SIGTERM, _interrupt)
        with ledger.applying(manifest(environment=name)):
            sys.stdout.write("began\n")
            sys.stdout.flush()
            sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
