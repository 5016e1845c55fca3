"""`fill` against Terraform itself."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from pathlib import Path

from flowkit.template import fill

VALUES = {
    "plain": "Hello",
    "quotes": 'She said "hi" \\ and left/',
    "signs": "<speak>Fish & chips</speak> ${no} %{no} $${no}",
    "control": "tab\tline\nreturn\r bell\x07 back\b feed\f delete\x7f",
    "separators": "\u2028 and \u2029",
    "wide": "Grüße, 世界 😀",
    "empty": "",
}
TEMPLATE = json.dumps(
    {
        "Text": "${plain}|${quotes}|${signs}|${control}|${separators}|${wide}|${empty}",
        "Path": "$.External.dnis $['a'] $$ % $ {x} 100%",
        "Escaped": "$${a} $$${a} $$$${a} %%{b} %%%{b} %%%%{b} $%%{c} %$${d} %${plain}",
    },
    ensure_ascii=False,
    indent=2,
)


def test_terraform_fills_a_template_to_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "flow.json").write_text(TEMPLATE)
    (tmp_path / "values.json").write_text(json.dumps(VALUES))
    expression = (
        'base64encode(templatefile("flow.json", {for name, value in '
        'jsondecode(file("values.json")) : name => '
        'trimsuffix(trimprefix(jsonencode(value), "\\""), "\\"")}))'
    )
    answer = subprocess.run(
        ["terraform", "console"],
        input=expression,
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "CHECKPOINT_DISABLE": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    by_terraform = base64.b64decode(json.loads(answer.stdout)).decode()
    assert fill(TEMPLATE, VALUES) == by_terraform
