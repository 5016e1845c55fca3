"""A bootstrap that was cut off goes on where it was, wherever that was."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from threading import Event

import pytest
from botocore.exceptions import ClientError
from checkouts import Checkout
from pipeline_account import Account, open_account, state_files


@pytest.fixture(scope="module")
def account(make_checkout: Callable[[], Checkout]) -> Account:
    account = open_account(make_checkout())
    account.fill_in("dev")
    return account


def there(call: Callable[[], object]) -> bool:
    try:
        call()
    except ClientError:
        return False
    return True


def cut_off(account: Account, number: signal.Signals, when: Callable[[], object]) -> None:
    """Start a bootstrap, and end it with a signal as soon as AWS has what is asked for."""
    env = {**account.settings(), "YES": "1"}
    process = account.checkout.start("bootstrap", "dev", env=env)
    while not there(when):
        assert process.poll() is None, process.communicate()
        Event().wait(0.02)
    process.send_signal(number)
    process.communicate(timeout=120)
    assert process.returncode != 0


def test_it_goes_on_from_wherever_it_was_cut_off(account: Account) -> None:
    s3, iam = account.client("s3"), account.client("iam")
    cut_off(account, signal.SIGKILL, lambda: s3.head_bucket(Bucket="dev-state"))
    cut_off(account, signal.SIGTERM, lambda: iam.get_role(RoleName="connect-voice-dev-plan"))
    done = account.run("bootstrap", "dev", "--json", YES="1")
    for _ in range(3):
        if done.exit_code == 0:
            break
        # What was killed may be at its end still, and hold the lock until then.
        assert "lock" in done.err, done.err
        done = account.run("bootstrap", "dev", "--json", YES="1")
    assert done.exit_code == 0, done.err
    assert set(done.json["role_arns"]) == {"plan", "drift", "apply"}
    assert state_files(account.checkout, "dev") == []
    key = "connect-voice/dev/terraform.tfstate.bootstrap"
    state = json.loads(s3.get_object(Bucket="dev-state", Key=key)["Body"].read())
    assert len(state["resources"]) > 10
    again = account.run("bootstrap", "dev", "--json")
    assert again.json["changed"] is False
