from __future__ import annotations

import re
import time
from itertools import combinations
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowkit.drawing import Format, render
from flowkit.drawing.as_drawn import as_drawn
from flowkit.drawing.branches import branches
from flowkit.drawing.graph import boxes
from flowkit.drawing.routes import Drawing, layered
from flowkit.drawing.text import resource, squeeze, width, wrap
from flowkit.drawing.words import describe
from flowkit.model import Action, Condition, ErrorBranch, Flow, Transitions, parse

SHIPPED = sorted((Path(__file__).parents[2] / "flows").glob("*/*.json"))


def _flow(*actions: Action, metadata: dict[str, Any] | None = None) -> Flow:
    return Flow(actions[0].identifier, actions, metadata=metadata or {})


def _says(identifier: str, text: str, following: str | None = None) -> Action:
    return Action(
        identifier, "MessageParticipant", {"Text": text}, Transitions(next_action=following)
    )


def _svg_texts(picture: str) -> list[str]:
    root = ET.fromstring(picture)  # noqa: S314 (our own)
    return [element.text or "" for element in root.iter("{http://www.w3.org/2000/svg}text")]


def _overlapping(drawing: Drawing) -> list[tuple[int, int]]:
    frames = [
        (x, y, x + box.width, y + box.height)
        for (x, y), box in zip(drawing.corners, drawing.boxes, strict=True)
    ]
    return [
        (a, b)
        for a, b in combinations(range(len(frames)), 2)
        if frames[a][0] < frames[b][2]
        and frames[b][0] < frames[a][2]
        and frames[a][1] < frames[b][3]
        and frames[b][1] < frames[a][3]
    ]


def _through_boxes(drawing: Drawing) -> list[tuple[int, int]]:
    """Routes that run through a box, as (route, box)."""
    found = []
    for number, route in enumerate(drawing.routes):
        for (ax, ay), (bx, by) in zip(route.points, route.points[1:], strict=False):
            for n, ((x, y), box) in enumerate(zip(drawing.corners, drawing.boxes, strict=True)):
                inside_x = min(ax, bx) < x + box.width - 0.5 and max(ax, bx) > x + 0.5
                inside_y = min(ay, by) < y + box.height - 0.5 and max(ay, by) > y + 0.5
                if inside_x and inside_y:
                    found.append((number, n))
    return found


@st.composite
def _flows(draw: st.DrawFn) -> Flow:
    count = draw(st.integers(1, 25))
    names = [f"a{n}" for n in range(count)]
    target = st.sampled_from([*names, "nowhere"])
    actions = []
    for name in names:
        kind = draw(st.integers(0, 2))
        conditions = draw(st.lists(target, max_size=6)) if kind == 2 else []
        actions.append(
            Action(
                name,
                ("DisconnectParticipant", "MessageParticipant", "GetParticipantInput")[kind],
                {"Text": draw(st.text(max_size=60))} if kind else {},
                Transitions(
                    draw(target),
                    tuple(Condition("Equals", (str(n),), t) for n, t in enumerate(conditions)),
                    tuple(
                        ErrorBranch(f"Fault{n}", t)
                        for n, t in enumerate(draw(st.lists(target, max_size=3)))
                    ),
                )
                if kind
                else Transitions(),
            )
        )
    return Flow(names[0], tuple(actions))


# How long it takes depends on what else the machine does.
@settings(deadline=None)
@given(_flows())
def test_boxes_never_overlap_and_lines_never_run_through_boxes(flow: Flow) -> None:
    drawing = layered(boxes(flow))
    assert _overlapping(drawing) == []
    assert _through_boxes(drawing) == []


# How long it takes depends on what else the machine does.
@settings(deadline=None)
@given(_flows())
def test_every_branch_is_a_line_from_its_box_to_its_target(flow: Flow) -> None:
    made = boxes(flow)
    drawing = layered(made)
    assert len(drawing.routes) == sum(len(box.ports) for box in made)
    for route in drawing.routes:
        (x, y), (from_x, from_y) = drawing.corners[route.target], drawing.corners[route.source]
        port = made[route.source].ports[route.port]
        start, end = route.points[0], route.points[-1]
        assert start == pytest.approx((from_x + port.at, from_y + made[route.source].height))
        assert port.target == route.target
        assert x <= end[0] <= x + made[route.target].width
        assert end[1] == pytest.approx(y)


# How long it takes depends on what else the machine does.
@settings(deadline=None)
@given(_flows())
def test_every_picture_is_well_formed(flow: Flow) -> None:
    ET.fromstring(render(flow, title="<&\"'>"))  # noqa: S314
    assert render(flow, Format.HTML, title="x").startswith("<!doctype html>")
    nodes = [line for line in render(flow, Format.MERMAID, title="x").splitlines() if "-->" in line]
    assert all(re.fullmatch(r' +n\d+ -->(\|"[^"|]*"\|)? n\d+', line) for line in nodes)


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_the_shipped_flows_stand_apart_in_both_layouts(file: Path) -> None:
    made = boxes(parse(file.read_text()))
    drawing, own = layered(made), as_drawn(made)
    assert own is not None
    assert _overlapping(drawing) == _overlapping(own) == []
    assert _through_boxes(drawing) == []


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_text_of_the_shipped_flows_stays_within_its_box(file: Path) -> None:
    for box in boxes(parse(file.read_text())):
        assert all(width(line, 13) <= box.width for line in (*box.lines, *box.name))
        for port in box.ports:
            assert all(width(line, 11) <= port.width for line in port.lines), port.label


def test_own_positions_are_kept_where_boxes_have_room() -> None:
    places = {"a": (0, 0), "b": (900, 0), "c": (0, 900)}
    metadata = {
        "ActionMetadata": {k: {"position": {"x": x, "y": y}} for k, (x, y) in places.items()}
    }
    flow = _flow(_says("a", "1", "b"), _says("b", "2", "c"), _says("c", "3"), metadata=metadata)
    own = as_drawn(boxes(flow))
    assert own is not None
    _, a, b, c = own.corners
    assert a[1] == b[1]
    assert a[0] == c[0]
    assert a[0] < b[0]
    assert a[1] < c[1]


def test_a_flow_without_positions_is_drawn_in_layers() -> None:
    flow = _flow(_says("a", "1"))
    assert render(flow, title="x", own_positions=True) == render(flow, title="x")


def test_what_is_said_stands_in_the_box_wrapped() -> None:
    said = "Thank you for calling Example Corp, please hold while we look for somebody to help."
    texts = _svg_texts(render(_flow(_says("greet", said)), title="x"))
    assert f"“{said}”" in " ".join(texts)
    assert "greet" in texts


def test_very_long_text_is_cut_in_the_picture_and_whole_in_its_title() -> None:
    said = " ".join(f"word{n}" for n in range(200))
    picture = render(_flow(_says("greet", said)), title="x")
    assert "word199" not in " ".join(_svg_texts(picture))
    assert "word199" in picture


def test_an_error_branch_is_dashed_and_says_so() -> None:
    ask = Action(
        "ask",
        "TransferContactToQueue",
        {},
        Transitions("bye", (), (ErrorBranch("QueueAtCapacity", "sorry"),)),
    )
    picture = render(_flow(ask, _says("bye", "b"), _says("sorry", "s")), title="x")
    assert " ".join(_svg_texts(picture)).count("error: queue full") == 1
    assert 'class="line error"' in picture
    assert re.search(r"\.line\.error\{[^}]*stroke-dasharray", picture)
    assert '-.->|"error: queue full"|' in render(
        _flow(ask, _says("bye", "b"), _says("sorry", "s")), Format.MERMAID, title="x"
    )


def test_branches_to_one_place_are_one() -> None:
    menu = Action(
        "menu",
        "GetParticipantInput",
        {"Text": "?"},
        Transitions(
            "bye",
            (Condition("Equals", ("1",), "sales"), Condition("Equals", ("2",), "sales")),
            (
                ErrorBranch("NoMatchingCondition", "bye"),
                ErrorBranch("NoMatchingError", "bye"),
                ErrorBranch("InputTimeLimitExceeded", "menu"),
            ),
        ),
    )
    assert [(b.target, b.label, b.error) for b in branches(menu)] == [
        ("sales", "key 1, key 2", False),
        ("bye", "otherwise, also on error", False),
        ("menu", "error: no input in time", True),
    ]


def test_a_split_says_its_shares() -> None:
    split = Action(
        "split",
        "DistributeByPercentage",
        {},
        Transitions(
            "c",
            (Condition("NumberLessThan", ("31",), "a"), Condition("NumberLessThan", ("81",), "b")),
            (ErrorBranch("NoMatchingCondition", "c"),),
        ),
    )
    assert [b.label for b in branches(split)] == ["30 %", "50 %", "otherwise"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("arn:aws:lambda:eu-west-2:111122223333:function:look-up", "look-up"),
        ("${default_queue_arn}", "\u2039default queue\u203a"),
        (
            "arn:aws:connect:x:111122223333:instance/a/queue/0a1b2c3d-1111-2222-3333-444455556666",
            "queue 0a1b2c3d…",
        ),
        ("$.Attributes.queue", "$.Attributes.queue"),
    ],
)
def test_a_resource_is_named_by_what_a_person_knows(value: str, shown: str) -> None:
    assert resource(value) == shown


def test_the_designers_display_name_comes_before_the_id() -> None:
    action = Action("q", "UpdateContactTargetQueue", {"QueueId": "0a1b2c3d"})
    names = {"q": {"parameters": {"QueueId": {"displayName": "Support"}}}}
    flow = _flow(action, metadata={"ActionMetadata": names})
    assert describe(flow, action).paragraphs == ("queue: Support",)


def test_speech_markup_is_not_shown() -> None:
    action = Action(
        "s", "MessageParticipant", {"SSML": "<speak>Good <break time='1s'/>day</speak>"}
    )
    assert describe(_flow(action), action).paragraphs == ("“Good day”",)


def test_an_unknown_type_is_described_by_its_parameters() -> None:
    action = Action("new", "BrewCoffeeForAgent", {"CupSize": "Large", "Beans": {"Kind": "Arabica"}})
    words = describe(_flow(action), action)
    assert words.title == "Brew coffee for agent"
    assert words.paragraphs == ("Cup size: Large",)


def test_a_dangling_branch_and_an_orphan_are_told() -> None:
    flow = _flow(_says("a", "hello", "gone"), _says("lost", "nobody hears this"))
    texts = _svg_texts(render(flow, title="x"))
    assert "Missing: gone" in texts
    assert "⚠ nothing leads here" in texts


def test_the_page_asks_nothing_of_the_network_and_allows_only_its_own_script() -> None:
    page = render(_flow(_says("a", "<script>alert(1)</script>")), Format.HTML, title="</title>")
    assert "default-src 'none'" in page
    assert not re.search(r"(?:src|href)=\"(?!#)", page)
    assert page.count("<script>") == 1
    assert "&lt;script&gt;" in page


def test_the_picture_speaks_to_screen_readers_and_follows_the_colour_scheme() -> None:
    picture = render(_flow(_says("a", "hello")), title="Inbound")
    root = ET.fromstring(picture)  # noqa: S314
    assert root.get("role") == "img"
    assert root[0].tag.endswith("title")
    assert root[0].text == "Inbound"
    assert root[1].tag.endswith("desc")
    assert "1 action," in (root[1].text or "")
    assert "prefers-color-scheme:dark" in picture


# How long it takes depends on what else the machine does.
@settings(deadline=None)
@given(st.text(max_size=200), st.floats(40, 300))
def test_wrapped_lines_fit_and_lose_nothing_but_blanks(text: str, limit: float) -> None:
    lines = wrap(text, limit, 13, lines=10_000)
    assert "".join("".join(lines).split()) == "".join(squeeze(text).split())
    assert all(width(line, 13) <= limit or len(line) == 1 for line in lines)


def test_the_largest_flow_there_may_be_is_drawn_in_seconds() -> None:
    names = [f"n{n}" for n in range(250)]
    actions = [
        Action(
            name,
            "GetParticipantInput",
            {"Text": "Press a key. " * 8},
            Transitions(
                names[min(n + 1, 249)],
                tuple(
                    Condition("Equals", (str(k),), names[max(0, min(249, n + 4 * k - 3))])
                    for k in range(4)
                ),
                (ErrorBranch("NoMatchingError", names[249]),),
            ),
        )
        for n, name in enumerate(names)
    ]
    started = time.process_time()
    render(_flow(*actions), title="x")
    # 250 actions is Connect's limit; the largest published flow we know has 94.
    assert time.process_time() - started < 8


def test_a_long_word_leaves_no_sign_alone_on_a_line() -> None:
    lines = wrap("“$$.Attributes.C3PaymentAmounts.”", 246, 13, lines=8)
    assert "".join(lines) == "“$$.Attributes.C3PaymentAmounts.”"
    assert len(lines) > 1
    assert min(map(len, lines)) >= 4


def test_no_two_ways_to_different_places_are_called_otherwise() -> None:
    action = Action(
        "a",
        "CheckMetricData",
        {},
        Transitions(
            "b",
            (Condition("NumberGreaterThan", ("0",), "c"),),
            (ErrorBranch("NoMatchingCondition", "d"), ErrorBranch("NoMatchingError", "b")),
        ),
    )
    labels = {branch.target: branch.label for branch in branches(action)}
    assert labels == {"c": "> 0", "d": "otherwise", "b": "then, also on error"}
