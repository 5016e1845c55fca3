"""Values behave as frozen dataclasses do."""

import dataclasses
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from connect_core.value import Value, field


class Point(Value):
    """A value."""

    x: int
    y: int = 0
    tags: list[str] = field(default_factory=list, compared=False)
    secret: str = field(default="", shown=False)


@dataclasses.dataclass(frozen=True)
class Model:
    """The same as the standard library has it."""

    x: int
    y: int = 0
    tags: list[str] = dataclasses.field(default_factory=list, compare=False)
    secret: str = dataclasses.field(default="", repr=False)


class Even(Value):
    """A value that refuses others."""

    number: int

    def __post_init__(self) -> None:
        if self.number % 2:
            raise ValueError("odd")


CALLS: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((1,), {}),
    ((1, 2), {}),
    ((1, 2, ["a"]), {"secret": "s3cr3t"}),
    ((), {"x": 1, "y": 0}),
    ((), {"secret": "other", "x": 1, "tags": ["b"]}),
]


@pytest.mark.parametrize(("args", "named"), CALLS)
def test_a_value_shows_itself_as_a_dataclass_does(
    args: tuple[Any, ...], named: dict[str, Any]
) -> None:
    assert repr(Point(*args, **named)) == repr(Model(*args, **named)).replace("Model", "Point")


def test_values_are_equal_and_hashed_as_dataclasses_are() -> None:
    ours = [Point(*args, **named) for args, named in CALLS]
    theirs = [Model(*args, **named) for args, named in CALLS]
    for one, model in zip(ours, theirs, strict=True):
        assert [one == other for other in ours] == [model == other for other in theirs]
        assert hash(one) == hash(model)
    assert Point(1) != Model(1)


@pytest.mark.parametrize(
    ("args", "named"),
    [((), {}), ((1, 2, [], "", 5), {}), ((1,), {"x": 1}), ((1,), {"z": 1}), ((), {"y": 1})],
)
def test_a_call_that_does_not_fit_is_refused(args: tuple[Any, ...], named: dict[str, Any]) -> None:
    for kind in (Point, Model):
        with pytest.raises(TypeError):
            kind(*args, **named)


def test_a_value_cannot_be_changed() -> None:
    point = Point(1)
    with pytest.raises(AttributeError, match="x"):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(AttributeError, match="y"):
        del point.y  # type: ignore[misc]
    with pytest.raises(AttributeError, match="z"):
        point.z = 3  # type: ignore[attr-defined]
    assert point == Point(1)


def test_a_default_is_made_anew_for_each_value() -> None:
    assert Point(1).tags is not Point(1).tags


def test_a_value_may_refuse_what_makes_no_sense() -> None:
    assert Even(2).number == 2
    with pytest.raises(ValueError, match="odd"):
        Even(3)


@pytest.mark.parametrize(
    "name", ["kore_disposition", "kore_stream_trigger", "kore_widget_token", "servicenow_voice"]
)
def test_a_function_that_is_waited_for_starts_without_dataclasses(root: Path, name: str) -> None:
    code = f"import sys; import {name}.handler; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        cwd=root / "lambda_src",
        env={"PYTHONPATH": "", "LOG_LEVEL": "INFO"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert {"dataclasses", "inspect"}.isdisjoint(done.stdout.split())
