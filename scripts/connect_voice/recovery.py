"""After an apply that did not end well, the next run goes on with what that one made.

What AWS made without the state knowing is adopted: by import blocks, which the plan shows and the
apply of that plan carries out, so that planning still changes nothing. A destroy takes no import
blocks; there it is imported at once, to be removed. What takes no import at all is removed right
before an apply makes it again.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from botocore.exceptions import BotoCoreError, ClientError

from connect_voice import in_doubt
from connect_voice.console import Progress, Stage
from connect_voice.errors import CheckFailed, CommandError, OutsideError
from connect_voice.finders import FINDERS, Found, Lookup
from connect_voice.in_doubt import Doubt
from connect_voice.leftovers import Leftover
from connect_voice.state import Managed, is_locked, read_managed
from connect_voice.workspace import Workspace

# Terraform replaces what is tainted. Replaced, a number would be another number, an instance would
# count against the quota of creations, and a key would linger for its deletion window; whatever
# else keeps something would take an override, although it has nothing to lose yet.
_NOT_REPLACED = {
    *("aws_connect_instance", "aws_connect_phone_number", "aws_kms_key"),
    *("aws_cloudwatch_log_group", "aws_dynamodb_table", "aws_kinesis_stream"),
}

# Terraform, once told to stop, cancels what it waits for and saves its state.
_ENDING_SECONDS = 60.0
_POLL_SECONDS = 0.5


@contextmanager
def recorded(workspace: Workspace, doubts: Sequence[Doubt]) -> Iterator[None]:
    """Apply a plan in this context: unless that ends well, it is on record what may exist.

    Args:
        doubts: what the plan makes.

    Raises:
        CommandError: it cannot be put on record; nothing was applied.
    """
    if doubts:
        in_doubt.record(workspace.environment, workspace.session(), doubts)
    yield
    with suppress(CommandError):  # else the next run looks for what the state has by then
        in_doubt.forget(workspace.environment, workspace.session())


@contextmanager
def adopting(
    workspace: Workspace,
    doubts: tuple[Doubt, ...],
    progress: Progress,
    *,
    secrets: Mapping[str, str],
    destroy: bool,
) -> Iterator[tuple[Leftover, ...]]:
    """Plan in this context: the plan adopts what an earlier run made and the state lacks.

    Args:
        doubts: what that run may have made.

    Yields:
        what cannot be adopted and has to go before the plan is applied.

    Raises:
        CommandError: it cannot be told what is there, or more than one object could be meant.
    """
    file = workspace.root / "recovered-imports.tf"
    found: dict[str, Found] = {}
    leftovers: tuple[Leftover, ...] = ()
    if doubts:
        with progress.stage("recover") as stage:
            found, leftovers = _recover(workspace, doubts, stage)
            if destroy:
                for address, object_ in found.items():
                    stage.update(f"importing {address}")
                    workspace.terraform(secrets).run(
                        "import",
                        address,
                        object_.id,
                        good=(0,),
                        on_event=None,
                        input=False,
                        **workspace.variables(),
                    )
            elif found:
                file.write_text(import_blocks(found), encoding="utf-8")
    try:
        yield leftovers
    except CommandError as error:
        raise explained(error, found) from None
    finally:
        file.unlink(missing_ok=True)


def made_unnoticed(workspace: Workspace) -> tuple[str, ...]:
    """The addresses of what an apply made and the state lacks, as far as its record tells.

    Raises:
        CommandError: it cannot be told.
    """
    doubts = in_doubt.load(workspace.environment, workspace.session())
    lookup = Lookup(workspace.session(), wait=lambda _: None)
    managed = read_managed(workspace.environment, workspace.session())
    found = look(doubts, managed, lookup)
    return (*found, *(leftover.address for leftover in lookup.leftovers))


def explained(error: CommandError, found: Mapping[str, Found]) -> CommandError:
    """The error of a plan; what cannot be adopted, because the configuration has changed, is said
    with what to do about it."""
    if "import target" not in str(error):
        return error
    for address, object_ in found.items():
        if address in str(error):
            return CheckFailed(
                f"An interrupted run made {address}, which the configuration no longer has; remove "
                f"{object_.id} in AWS, or put it back into the configuration, and run the same "
                "command again."
            )
    return error


def import_blocks(found: Mapping[str, Found]) -> str:
    """Import blocks for a root module, by address."""
    blocks = (
        f"import {{\n  to = {address}\n  id = {_quoted(object_.id)}\n}}\n"
        for address, object_ in found.items()
    )
    return "# Of an interrupted run; here only while a plan is made.\n" + "\n".join(blocks)


def look(
    doubts: tuple[Doubt, ...], managed: tuple[Managed, ...], lookup: Lookup
) -> dict[str, Found]:
    """What exists of what is in doubt, by address; resources in the state are not looked for.

    Raises:
        OutsideError: AWS does not answer, or refuses.
        Unsure: several objects could be the one.
    """
    for resource in managed:
        if resource.tainted:
            lookup.tainted.add(resource.id)
        else:
            lookup.add(resource.type, resource.address, Found(resource.id, resource.arn))
    settled = {resource.address for resource in managed if not resource.tainted}
    found: dict[str, Found] = {}
    order = list(FINDERS)
    for doubt in sorted(doubts, key=lambda doubt: order.index(doubt.type)):
        if doubt.address in settled:
            continue
        try:
            object_ = FINDERS[doubt.type](doubt, lookup)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                continue  # what it would be in, an instance for example, is gone itself
            raise OutsideError(
                f"It cannot be told whether an interrupted run made {doubt.address}: {error}"
            ) from None
        except BotoCoreError as error:
            raise OutsideError(f"AWS cannot be reached: {error}") from None
        if object_ is not None:
            found[doubt.address] = object_
            lookup.add(doubt.type, doubt.address, object_)
    return found


def _recover(
    workspace: Workspace, doubts: tuple[Doubt, ...], stage: Stage
) -> tuple[dict[str, Found], tuple[Leftover, ...]]:
    _let_it_end(workspace, stage)
    stage.update("looking for what an interrupted run made")
    managed = read_managed(workspace.environment, workspace.session())
    lookup = Lookup(workspace.session(), wait=stage.update)
    found = look(doubts, managed, lookup)
    tainted = {resource.address: resource for resource in managed if resource.tainted}
    kept = [
        address
        for address in found.keys() & tainted.keys()
        if tainted[address].type in _NOT_REPLACED and tainted[address].id == found[address].id
    ]
    for address in kept:
        _settle(workspace, "untaint", address)
        stage.line(f"{address}: kept, although its creation was interrupted")
    adopted = {address: object_ for address, object_ in found.items() if address not in tainted}
    for address, object_ in adopted.items():
        stage.line(f"{address}: adopted {object_.id}")
    for leftover in lookup.leftovers:
        if leftover.address in tainted:
            # Before Terraform refreshes it. What it is stays on record until an apply ends well.
            _settle(workspace, "state rm", leftover.address)
        stage.line(f"{leftover.address}: cannot be adopted, and is removed before the apply")
    stage.note = _note(len(adopted) + len(kept), len(lookup.leftovers))
    return adopted, tuple(lookup.leftovers)


def _settle(workspace: Workspace, command: str, address: str) -> None:
    try:
        workspace.terraform().run(command, address)
    except OutsideError as error:
        raise OutsideError(
            f"An interrupted run left {address} half made, and the state has to be set right "
            f"first, which failed: {error} Where this role may only read the state, somebody "
            "who may write it runs the same command once."
        ) from None


def _let_it_end(workspace: Workspace, stage: Stage) -> None:
    """Wait for the Terraform of a run that was killed: it is still saving its state.

    A lock that outlasts the wait is for the plan to report: no one can tell whose it is.
    """
    deadline = time.monotonic() + _ENDING_SECONDS
    while is_locked(workspace.environment, workspace.session()):
        if time.monotonic() > deadline:
            return
        stage.update("waiting for Terraform to release its lock")
        time.sleep(_POLL_SECONDS)


def _note(adopted: int, leftovers: int) -> str:
    parts = [f"{adopted} adopted"] * bool(adopted) + [f"{leftovers} to remove"] * bool(leftovers)
    if not parts:
        return "nothing that Terraform does not know"
    return f"resources of an interrupted run: {', '.join(parts)}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")
