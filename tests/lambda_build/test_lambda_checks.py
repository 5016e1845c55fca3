"""What a build refuses to ship, each with one sentence."""

from __future__ import annotations

import re
import subprocess
import time
from base64 import b64encode

import pytest
from build_fixtures import Clone, Index, Wheel

from lambda_build import BuildError, stdlib
from lambda_build.checks import limits, secrets
from lambda_build.checks.limits import Limits


def _refused(clone: Clone) -> str:
    with pytest.raises(BuildError) as caught:
        clone.build()
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert not clone.dist.exists()
    return sentence


# imports


@pytest.mark.parametrize(
    ("line", "module"),
    [
        ("import requests", "requests"),
        ("from requests.adapters import HTTPAdapter", "requests.adapters"),
        ("def later():\n    import requests", "requests"),
        ("try:\n    import requests\nexcept ValueError:\n    pass", "requests"),
        (
            "from contextlib import suppress\nwith suppress(OSError):\n    import requests",
            "requests",
        ),
        ("try:\n    import nothing\nexcept ImportError:\n    import requests", "requests"),
        ("import sys\nif sys.version_info >= (3, 13):\n    import requests", "requests"),
        ("import sys\nif sys.version_info[0] < 3:\n    import requests", "requests"),
        ("import cgi", "cgi"),  # dropped by Python 3.13
        ("import connect_core.nothing", "connect_core.nothing"),
        ("from . import missing\nfrom .missing import x", "greeter.missing"),
        ("import colour.tests", "colour.tests"),  # not in the zip
        ("import importlib\nimportlib.import_module('requests')", "requests"),
        ("from importlib import import_module as i, import_module\nimport_module('a.b')", "a.b"),
        ("x = [__import__('requests')]", "requests"),
        ("from connect_core.reply import MISSING", "MISSING from connect_core.reply"),
        ("from connect_core import missing", "missing from connect_core"),
    ],
)
def test_an_import_that_nothing_provides_is_refused(
    clone: Clone, colour: Wheel, line: str, module: str
) -> None:
    clone.add("greeter", colour, handler=f"{line}\ndef handler(event, context): ...\n")
    sentence = _refused(clone)
    assert sentence.startswith("greeter/handler.py line ")
    assert f"imports {module}, " in sentence


@pytest.mark.parametrize(
    "line",
    [
        "import boto3, botocore.config",
        "import json, tomllib",
        "import colour.extra",
        "from colour import RED",
        "from connect_core import reply",
        "from connect_core.reply import OK",
        "from connect_core.reply import *",
        "from .dynamic import anything",
        "from .late import first, second, third, fourth",
        "import importlib\nimportlib.import_module('.more', __package__)",
        "from . import more",
        "from .more import x",
        "try:\n    import ujson\nexcept ImportError:\n    ujson = None",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import mypy_boto3_ssm",
        "from contextlib import suppress\nwith suppress(ImportError):\n    import ujson",
        "import contextlib as c\nwith c.suppress(OSError, ModuleNotFoundError):\n    import ujson",
        "try:\n    import tomllib\nexcept ImportError:\n    import tomli as tomllib",
        "import sys\nif sys.version_info < (3, 11):\n    import tomli\nelse:\n    import tomllib",
        "import typing as t\nif t.TYPE_CHECKING:\n    import mypy_boto3_ssm\nelse:\n    x = 1",
    ],
)
def test_an_import_that_something_provides_is_fine(clone: Clone, colour: Wheel, line: str) -> None:
    clone.add("greeter", colour, handler=f"{line}\ndef handler(event, context): ...\n")
    clone.write("greeter/more.py", "x = 1\n")
    clone.write("greeter/dynamic.py", "def __getattr__(name): return name\n")
    clone.write(
        "greeter/late.py",
        """
        if (first := 1):
            from json import loads as second
        for third in "abc":
            def fourth(): ...
        """,
    )
    assert clone.build().lambdas["greeter"].outcome == "built"


def test_a_shared_module_counts_only_for_the_lambdas_that_import_it(
    clone: Clone, colour: Wheel
) -> None:
    clone.write("connect_core/paint.py", "import colour\n")
    clone.write("connect_core/wall.py", "from connect_core import paint\n")
    clone.add("greeter", colour, handler="from connect_core import wall\nhandler = wall.paint\n")
    clone.add("parter")
    clone.build()
    clone.write("parter/handler.py", "from connect_core.wall import paint as handler\n")
    with pytest.raises(BuildError, match=r"connect_core/paint\.py line 1 imports colour"):
        clone.build()


@pytest.mark.parametrize(
    ("path", "text", "sentence"),
    [
        ("greeter/words.py", "import requests\nWORD = 1\n", "imports requests, "),
        ("greeter/words.py", "WORDS = 1\n", "imports WORD from greeter.words, "),
        ("greeter/handler.py", "from .words import WORD\n", "no function called handler"),
        ("greeter/words.py", "WORD =\n", "is not valid Python"),
        ("greeter/words.py", "from connect_core import idle\nWORD = 1\n", "imports nothing, "),
        ("greeter/words.py", None, "imports greeter.words, "),
        ("greeter/wide.py", "import tomli\n", "imports tomli, "),
        ("greeter/words.py", 'WORD = 1\nPASSWORD = "hT7-kq9Lx2_vB4w"\n', "looks like a secret"),
    ],
)
def test_an_edit_is_looked_at_as_closely_as_a_first_build(
    clone: Clone, path: str, text: str | None, sentence: str
) -> None:
    clone.write("connect_core/idle.py", "import nothing\n")  # and nobody imports it
    clone.add("greeter", handler="from .words import WORD as handler\n")
    clone.write("greeter/words.py", "WORD = 1\n")
    clone.write(
        "greeter/wide.py", "try:\n    import tomllib\nexcept ImportError:\n    import tomli\n"
    )
    clone.build()
    if text is None:
        (clone.root / "lambda_src" / path).unlink()
    else:
        clone.write(path, text)
    with pytest.raises(BuildError, match=re.escape(sentence)):
        clone.build()


def test_a_module_without_a_handler_is_refused(clone: Clone) -> None:
    clone.add("greeter", handler="def main(event, context): ...\n")
    assert "greeter/handler.py defines no function called handler" in _refused(clone)


def test_source_that_is_not_python_is_refused(clone: Clone) -> None:
    clone.add("greeter", handler="def handler(:\n")
    assert _refused(clone).startswith("greeter/handler.py line 1 is not valid Python")


def test_the_list_of_the_standard_library_is_complete(lambda_python: str) -> None:
    listed = subprocess.run(
        [lambda_python, "-I", "-c", "import sys; print(*sys.stdlib_module_names)"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    public = {name for name in listed if not name.startswith("_")}
    windows = {"msvcrt", "nt", "winreg", "winsound"}
    jokes = {"antigravity", "idlelib", "this", "turtledemo"}
    assert public - windows - jokes == stdlib.MODULES - {"__future__", "_thread"}


# shadows


def test_a_lambda_named_as_its_dependency_is_refused(clone: Clone, colour: Wheel) -> None:
    clone.add("colour", colour)
    assert "the folder colour shadows the module colour of colour" in _refused(clone)


def test_a_dependency_that_brings_the_shared_package_is_refused(clone: Clone, index: Index) -> None:
    clone.add("greeter", index.add("sly", "1", {"connect_core/evil.py": ""}))
    assert "the folder connect_core shadows the module connect_core of sly" in _refused(clone)


@pytest.mark.parametrize("name", ["json", "boto3"])
def test_a_lambda_named_as_a_module_of_the_runtime_is_refused(clone: Clone, name: str) -> None:
    clone.add(name)
    assert f"the folder {name} hides the module {name}" in _refused(clone)


@pytest.mark.parametrize("path", ["enum.py", "typing/__init__.py"])
def test_a_dependency_that_hides_a_module_of_python_is_refused(
    clone: Clone, index: Index, path: str
) -> None:
    module = path.removesuffix(".py").split("/")[0]
    clone.add("greeter", index.add("backport", "1", {path: ""}))
    assert f"backport hides the module {module} that Python brings" in _refused(clone)


def test_a_dependency_may_bring_its_own_sdk(clone: Clone, index: Index) -> None:
    clone.add("greeter", index.add("boto3", "1"))
    clone.build()


def test_dependencies_that_disagree_about_a_file_are_refused(clone: Clone, index: Index) -> None:
    one = index.add("one", "1", {"both/__init__.py": "1"})
    two = index.add("two", "1", {"both/__init__.py": "2"})
    clone.add("greeter", one, two)
    assert "one and two both bring both/__init__.py" in _refused(clone)


def test_dependencies_that_agree_about_a_file_are_fine(clone: Clone, index: Index) -> None:
    one = index.add("one", "1", {"both/__init__.py": "", "both/one.py": ""})
    two = index.add("two", "1", {"both/__init__.py": "", "both/two.py": ""})
    clone.add("greeter", one, two)
    clone.build()


# secrets

# Put together here, so that no scanner takes this file for a leak.
AWS_KEY = "AKIA" + "Z7Q2MBW5T3XN4KJD"
JWT = ".".join(("eyJhbGciOiJIUzI1NiJ9", "eyJzdWIiOiIxMjM0NTY3", "dBjftJeZ4CVPmB92K27uhbUJU1p1r"))
PEM_BODY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"
RANDOM = "q7Rk2mX9vT4bW8zL1pYs"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".env", "A=1"),
        (".env.production", "A=1"),
        ("id_ed25519", ""),
        ("store.p12", ""),
        ("key.pem", f"-----BEGIN PRIVATE KEY-----\n{PEM_BODY}\n"),
        ("key.pem", f"-----BEGIN RSA PRIVATE KEY-----\n{PEM_BODY}\n"),
        ("key.py", f'K = "-----BEGIN EC PRIVATE KEY-----\\n{PEM_BODY}"\n'),
        ("a.py", f'where = "{AWS_KEY}"\n'),
        ("a.json", f'{{"id": "{AWS_KEY}"}}'),
        ("a.py", f'x = "{JWT}"\n'),
        ("a.py", 'x = "ghp_' + "a1B2" * 9 + '"\n'),
        ("a.py", f'CLIENT_SECRET = "{RANDOM}"\n'),
        ("a.py", f'clientSecret: str = "{RANDOM}"\n'),
        ("a.py", f'connect(user="x", password="{RANDOM}")\n'),
        ("a.py", f'headers = {{"Api-Key": "{RANDOM}"}}\n'),
        ("a.py", f'os.environ["API_TOKEN"] = "{RANDOM}"\n'),
        ("a.py", f'def call(url, token="{RANDOM}"): ...\n'),
        ("a.py", f'def call(url, *, other, token="{RANDOM}"): ...\n'),
        ("a.py", f'TOKEN = os.environ.get("API_TOKEN", "{RANDOM}")\n'),
        ("a.py", f'os.environ.setdefault("API_TOKEN", "{RANDOM}")\n'),
        ("a.py", f'setattr(settings, "password", "{RANDOM}")\n'),
        ("a.py", f'if (token := "{RANDOM}"): ...\n'),
        ("a.py", f'if event["token"] == "{RANDOM}": ...\n'),
        ("a.py", 'SECRET_KEY = b"7f3b9c2e1d4a4b5c8e9f0a1b2c3d4e5f"\n'),
        ("a.py", 'PASSWORD = "Tr0ub4dor&3-Horse!"\n'),
        ("a.yaml", f"db:\n  password: {RANDOM}\n"),
        ("a.ini", f"client_secret = {RANDOM}\n"),
        ("prod.env", "A=1"),
        (".git-credentials", ""),
        ("key.txt", f"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n{PEM_BODY}\n"),
        ("key.txt", b64encode(f"-----BEGIN PRIVATE KEY-----\n{PEM_BODY}".encode()).decode()),
        (
            "key.py",
            f'K = "{b64encode(b"-----BEGIN OPENSSH PRIVATE KEY-----" + b"x" * 99).decode()}"',
        ),
        ("a.py", f'DATABASE = "postgres://user:{RANDOM}@db.example.com/x"\n'),
        ("a.py", f'# password = "{RANDOM}"\n'),
        ("a.py", f'TOKEN = "{RANDOM[:9]}" + f"{RANDOM[9:]}"\n'),
    ],
)
def test_what_looks_like_a_secret_is_refused(clone: Clone, path: str, text: str) -> None:
    clone.add("greeter")
    clone.write(f"greeter/{path}", text)
    sentence = _refused(clone)
    assert sentence.startswith(f"greeter/{path} ")
    for secret in (AWS_KEY, JWT, PEM_BODY, RANDOM):
        assert secret not in sentence


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize(
    "text", [f"-----BEGIN PRIVATE KEY-----\n{PEM_BODY}\n", f'{{"password": "{RANDOM}"}}']
)
def test_an_encoding_hides_no_secret(clone: Clone, encoding: str, text: str) -> None:
    clone.add("greeter")
    (clone.root / "lambda_src" / "greeter" / "a.json").write_bytes(text.encode(encoding))
    assert _refused(clone).startswith("greeter/a.json line 1 ")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("example.env", "A=1"),
        ("a.py", 'DATABASE = "postgres://user:${PASSWORD}@db.example.com/x"\n'),
        ("a.txt", b64encode(b"-----BEGIN CERTIFICATE-----\n" + b"x" * 99).decode()),
        (".env.example", "CLIENT_SECRET=\n"),
        ("ca.pem", f"-----BEGIN CERTIFICATE-----\n{PEM_BODY}\n"),
        ("a.py", 'if "-----BEGIN PRIVATE KEY-----" in text: ...\n'),
        ("a.py", 'EXAMPLE = "AKIAIOSFODNN7EXAMPLE"\n'),
        ("a.py", f'CHECKSUM = "{RANDOM}"\n'),
        ("a.py", 'CLIENT_SECRET = "client_secret"\n'),
        ("a.py", 'CLIENT_SECRET_NAME = "prod2/Voice/clientSecret99"\n'),
        ("a.py", 'token_url = "https://x7.service-now.com/oauth_token.do"\n'),
        ("a.py", 'SECRET = "/com.servicenow.cti/3f2504e04f8911d39a0c/client_secret"\n'),
        ("a.py", 'secret = "${client_secret_parameter_v2}"\n'),
        ("a.py", 'fields = {"password": "please-enter-your-password-2"}\n'),
        ("a.py", 'token = "oauth_invalid_grant_response"\n'),
        ("a.py", "token = os.environ['SERVICENOW_TOKEN_3F2504E0']\n"),
        ("a.py", f'log("token", CHECKSUM_{RANDOM})\n'),
        ("a.py", 'get("token", "oauth_invalid_grant")\n'),
        ("a.py", f'get("checksum", "{RANDOM}")\n'),
        ("a.py", 'TOKEN = ""\n'),
        ("a.json", '{"token": "getCallContextToken", "secret": null}'),
        ("notes.md", "the password: ask somebody\n"),
    ],
)
def test_what_only_resembles_a_secret_is_fine(path: str, text: str) -> None:
    assert secrets.fault({f"greeter/{path}": text.encode()}) is None


@pytest.mark.parametrize("text", ["a" * 2_000_000, "a=" * 1_000_000, 'a="b' * 500_000])
def test_a_large_data_file_is_looked_through_in_no_time(text: str) -> None:
    started = time.process_time()
    assert secrets.fault({"greeter/data.txt": text.encode()}) is None
    assert time.process_time() - started < 20  # a quadratic search takes hours


# sizes


def test_a_wheel_that_is_too_large_is_refused_before_it_is_unpacked(
    clone: Clone, colour: Wheel, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone.add("greeter", colour)
    monkeypatch.setattr(limits, "LAMBDA", Limits(unpacked=500))
    assert "colour 1.2 is not usable: it unpacks to 0 MB, more than Lambda takes" in _refused(clone)


def test_lambdas_limits_are_aws_own() -> None:
    assert Limits(zipped=52_428_800, unpacked=262_144_000) == limits.LAMBDA


@pytest.mark.parametrize(
    ("lower", "sentence"),
    [
        (Limits(zipped=1000), r"greeter is 0\.\d MB zipped and Lambda takes 0 MB"),
        (Limits(unpacked=5000), r"greeter is 0\.\d MB unpacked and Lambda takes"),
    ],
)
def test_too_large_a_zip_is_refused(
    clone: Clone,
    colour: Wheel,
    monkeypatch: pytest.MonkeyPatch,
    lower: Limits,
    sentence: str,
) -> None:
    clone.add("greeter", colour)
    clone.write("greeter/noise.txt", " ".join(str(n * n) for n in range(2000)))
    monkeypatch.setattr(limits, "LAMBDA", lower)
    with pytest.raises(BuildError, match=sentence):
        clone.build()
    assert not clone.dist.exists()
