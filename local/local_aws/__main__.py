"""``python -m local_aws --state-dir DIR``: the embedded AWS."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from local_aws.lambda_runtime.interpreter import NoLambdaPython
from local_aws.server import PortTakenError, run
from local_aws.state_dir import StateDirTakenError

_OUTSIDE_WORLD = 3  # the exit code for a world that does not play along


def main() -> int:
    """Parse the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m local_aws", description=__doc__)
    parser.add_argument(
        "--state-dir", type=Path, required=True, help="its own folder; aws.json says where it is"
    )
    parser.add_argument("--port", type=int, default=0, help="TCP port on 127.0.0.1 (0: any)")
    arguments = parser.parse_args()
    try:
        run(arguments.state_dir, arguments.port)
    except (StateDirTakenError, PortTakenError, NoLambdaPython) as error:
        sys.stderr.write(f"{error}\n")
        return _OUTSIDE_WORLD
    except OSError as error:
        sys.stderr.write(f"The embedded AWS cannot use {arguments.state_dir}: {error}\n")
        return _OUTSIDE_WORLD
    return 0


if __name__ == "__main__":
    sys.exit(main())
