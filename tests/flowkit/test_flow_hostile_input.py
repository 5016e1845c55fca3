"""Whatever stands where in a flow, the answer is a list of problems."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowkit.model import FlowSyntaxError, parse
from flowkit.validation import content_problems, template_problems, warnings

GOOD_FLOW = Path(__file__).with_name("good_flow.json")

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["", "$.", "$.External", "$[", "${x}", "%{", "NoMatchingError", "Equals"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    here = [path] if path else []
    if isinstance(value, dict):
        return here + [p for k, v in value.items() for p in _places(v, (*path, k))]
    if isinstance(value, list):
        return here + [p for k, v in enumerate(value) for p in _places(v, (*path, k))]
    return here


PLACES = _places(json.loads(GOOD_FLOW.read_text()))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    place=st.sampled_from(PLACES),
    value=JSON,
    flow_type=st.sampled_from(["CONTACT_FLOW", "CUSTOMER_HOLD"]),
)
def test_any_value_anywhere_is_answered(
    place: tuple[Any, ...], value: object, flow_type: str
) -> None:
    document = json.loads(GOOD_FLOW.read_text())
    holder = document
    for step in place[:-1]:
        holder = holder[step]
    holder[place[-1]] = value
    text = json.dumps(document)
    for problem in (*content_problems(text, flow_type), *template_problems(text, flow_type)):
        assert problem.message
        assert problem.advice
    with contextlib.suppress(FlowSyntaxError):
        warnings(parse(text))
