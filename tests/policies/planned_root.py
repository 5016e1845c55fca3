"""The shipped root, planned by the real Terraform and provider against an AWS that has nothing."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from local_aws.cloudcontrol.schemas import find

ACCOUNT = "123456789012"
_WHO = f"arn:aws:iam::{ACCOUNT}:user/x"
_STS = "https://sts.amazonaws.com/doc/2011-06-15/"
_CLOUD_FORMATION = "http://cloudformation.amazonaws.com/doc/2010-05-15/"
_LIMITS = {"ShardLimit": 500, "OnDemandStreamCount": 0, "OnDemandStreamCountLimit": 50}
# State is beside the plan, and no folder of an environment is needed.
_LOCAL_STATE = 'terraform {\n  backend "local" {}\n}\n'


def _xml(action: str, namespace: str, values: Mapping[str, str]) -> str:
    inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in values.items())
    return (
        f'<{action}Response xmlns="{namespace}"><{action}Result>{inner}</{action}Result>'
        f"<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{action}Response>"
    )


class _NothingThere(BaseHTTPRequestHandler):
    """Says who asks, what may be made, and that there is nothing yet."""

    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        form = {name: values[0] for name, values in parse_qs(asked).items()}
        target = self.headers.get("X-Amz-Target", "")
        if form.get("Action") == "DescribeType":
            schema = find(form["TypeName"])
            assert schema is not None
            body = _xml("DescribeType", _CLOUD_FORMATION, {"Schema": schema.text})
        elif form:
            body = _xml("GetCallerIdentity", _STS, {"Account": ACCOUNT, "UserId": "U", "Arn": _WHO})
        else:
            body = json.dumps(_LIMITS if target.endswith("DescribeLimits") else {"Parameters": []})
        text = body.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@dataclass(frozen=True)
class PlannedRoot:
    """A copy of the root module in which Terraform plans.

    Args:
        variables: by name.
    """

    root: Path
    env: Mapping[str, str] = field(repr=False)
    variables: Mapping[str, Any]

    def plan(self) -> str:
        """The JSON of a plan."""
        plan = self.root / "plan.bin"
        self.run("plan", "-input=false", "-lock=false", f"-out={plan}", self._given())
        return self.run("show", "-json", str(plan))

    def rehearse(self, text: str) -> str:
        """What ``terraform test`` prints for a rehearsal's text."""
        file = self.root / "rehearsal.tftest.hcl"
        file.write_text(text, encoding="utf-8")
        try:
            return self.run("test", "-json", "-verbose", f"-filter={file.name}", self._given())
        finally:
            file.unlink()

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            ["terraform", *arguments],
            cwd=self.root,
            env=dict(self.env),
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    def _given(self) -> str:
        file = self.root / "given.tfvars.json"
        file.write_text(json.dumps(self.variables), encoding="utf-8")
        return f"-var-file={file}"


@contextmanager
def planned_root(
    project: Path, folder: Path, env: Mapping[str, str], variables: Mapping[str, Any], built: Path
) -> Iterator[PlannedRoot]:
    """The root, initialised, with an AWS of its own for as long as it is used."""
    root = folder / "terraform"
    shutil.copytree(project / "terraform", root, ignore=shutil.ignore_patterns(".terraform"))
    shutil.copytree(project / "flows", folder / "flows")
    shutil.copytree(built, folder / "dist")
    (root / "state_override.tf").write_text(_LOCAL_STATE, encoding="utf-8")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _NothingThere)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        planned = PlannedRoot(
            root,
            {
                **env,
                "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
                "AWS_SECRET_ACCESS_KEY": "x",
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
                "AWS_EC2_METADATA_DISABLED": "true",
                "TF_DATA_DIR": str(folder / "data"),
                "GOGC": "400",
            },
            variables,
        )
        planned.run("init", "-input=false", "-lockfile=readonly")
        yield planned
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
