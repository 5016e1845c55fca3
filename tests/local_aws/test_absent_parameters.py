"""Parameters that are made to seem absent, for calls with a secret missing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from connect_support import refused
from embedded import Embedded, embedded_aws

SECRET = "/app/kore/bots/support/client_secret"


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with embedded_aws(tmp_path_factory.mktemp("absent") / "state") as embedded:
        ssm = embedded.client("ssm")
        for name in (SECRET, "/app/kore/bots/support/settings"):
            ssm.put_parameter(Name=name, Value="x", Type="SecureString")
        yield embedded


def hide(aws: Embedded, body: object) -> requests.Response:
    return requests.put(f"{aws.endpoint}/_local/ssm/absent", json=body, timeout=10)


@pytest.mark.parametrize(
    "pattern", ["*/kore/bots/*/client_secret", SECRET, SECRET.lstrip("/"), "/app/*secret"]
)
def test_what_a_pattern_covers_seems_absent_until_it_is_lifted(aws: Embedded, pattern: str) -> None:
    ssm = aws.client("ssm")
    assert hide(aws, {"names": [pattern]}).status_code == 204
    arn = f"arn:aws:ssm:us-east-1:123456789012:parameter{SECRET}"
    for name in (SECRET, f"{SECRET}:1", arn):
        with refused("ParameterNotFound"):
            ssm.get_parameter(Name=name, WithDecryption=True)
    both = ssm.get_parameters(Names=[SECRET, "/app/kore/bots/support/settings"])
    assert [one["Name"] for one in both["Parameters"]] == ["/app/kore/bots/support/settings"]
    assert both["InvalidParameters"] == [SECRET]
    listed = ssm.get_parameters_by_path(Path="/app", Recursive=True)["Parameters"]
    assert [one["Name"] for one in listed] == ["/app/kore/bots/support/settings"]
    assert hide(aws, {"names": []}).status_code == 204
    assert ssm.get_parameter(Name=SECRET)["Parameter"]["Name"] == SECRET


@pytest.mark.parametrize("body", [None, [], {}, {"names": "/a"}, {"names": [1]}])
def test_what_is_no_list_of_patterns_gets_a_sentence(aws: Embedded, body: object) -> None:
    answer = hide(aws, body)
    assert answer.status_code == 400
    assert answer.json()["error"].endswith(".")
