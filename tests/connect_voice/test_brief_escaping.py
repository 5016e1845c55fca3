"""Whatever a plan holds, a brief shows it and does nothing else with it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import Any

from brief_plans import MANIFEST, Page, assert_harmless, change, headings, inputs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connect_voice.brief import make_brief, split_markdown
from connect_voice.brief.document import (
    Bullets,
    Code,
    Document,
    Fold,
    Item,
    Line,
    Listing,
    PageOnly,
    Paragraph,
    Picture,
    Section,
    Strong,
    Tone,
)
from connect_voice.brief.markdown import markdown
from connect_voice.brief.page import page
from connect_voice.brief.visible import visible
from plan_policy.verdict import Answer, Verdict

NASTY = (
    *("`", "``", "```", "~~~", "|", "\n", "\r\n", "\t", "  ", "\\", "*", "**", "_", "__", "~~"),
    *("<script>alert(1)</script>", "</details>", "<details>", "<summary>", "</summary>", "<!--"),
    *(
        "-->",
        "<![CDATA[",
        "<?",
        "</code>",
        "</pre>",
        "</style>",
        "</script>",
        "<img src=x>",
        "&lt;",
    ),
    *("&#64;", "&", '"', "'", ">", "<", "@octocat", "@org/team", "#1", "!1", "~label", "%1", "$1"),
    *("&1", "^alert#1", ":tada:", "GH-1", "https://e.example", "www.e.example", "a@e.example"),
    *(
        "[x](http://e.example)",
        "![x](http://e.example)",
        "[x]: /y",
        "[[_TOC_]]",
        "[TOC]",
        "{+ x +}",
    ),
    *("# h", "## h", "- x", "+ x", "1. x", "> x", "---", "===", "    x", "/merge", "/close", "$x$"),
    *("javascript:alert(1)", "\u202e", "\u2066", "\u200b", "\u2028", "\u2029", "\x00", "\x1b[31m"),
    *("\ud800", "\ufeff", "\U000e0041", "e\u0301\u0301\u0301\u0301\u0301", "é", "日本", "🙂"),
)
texts = st.lists(st.sampled_from(NASTY) | st.text(max_size=3), max_size=5).map("".join)
spans = st.one_of(texts, texts.map(Code), texts.map(Strong))
lines: st.SearchStrategy[Line] = st.lists(spans, max_size=2).map(tuple)
leaves = st.one_of(
    lines.map(Paragraph),
    texts.map(Listing),
    texts.map(lambda title: Picture("<svg xmlns='http://www.w3.org/2000/svg'/>", title)),
)


def _grown(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    blocks = st.lists(inner, max_size=2).map(tuple)
    items = st.builds(Item, lines, blocks, st.sampled_from(Tone))
    return st.one_of(
        st.lists(items, min_size=1, max_size=2).map(lambda found: Bullets(tuple(found))),
        st.builds(Fold, lines, blocks),
        st.builds(PageOnly, blocks),
    )


blocks = st.recursive(leaves, _grown, max_leaves=4)
documents = st.builds(
    Document,
    title=texts,
    tone=st.sampled_from(Tone),
    verdict=lines.map(lambda line: ("Look: ", *line)),
    more=st.lists(st.builds(Item, lines, st.just(()), st.sampled_from(Tone)), max_size=3).map(
        tuple
    ),
    facts=st.lists(st.tuples(texts, lines), max_size=2).map(tuple),
    sections=st.lists(
        st.builds(
            Section,
            title=st.sampled_from(["Access", "Flows", "Changed in place"]),
            blocks=st.lists(blocks, max_size=2).map(tuple),
            tone=st.sampled_from(Tone),
            count=texts,
        ),
        max_size=2,
        unique_by=lambda section: section.title,
    ).map(tuple),
)
many = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@many
@given(documents)
def test_no_text_is_markup_on_a_code_host(document: Document) -> None:
    text = markdown(document)
    assert_harmless(text)
    assert len(headings(text)) == 1 + len(document.sections)


@many
@given(documents)
def test_no_text_is_markup_in_the_page(document: Document) -> None:
    shown = Page.of(page(document))
    assert len(shown.scripts) == len(shown.styles) == 1
    assert set(shown.targets) <= {*shown.ids, "sections"}


@many
@given(texts)
def test_what_is_shown_can_be_seen(text: str) -> None:
    shown = visible(text)
    assert "\n" not in shown
    assert not re.search(
        "[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff]", shown
    )
    shown.encode()


@few
@given(documents, st.integers(1_024, 4_000))
def test_every_part_of_a_split_stands_by_itself(document: Document, limit: int) -> None:
    whole = markdown(document) * 20
    parts = split_markdown(whole, limit)
    assert all(len(part.encode()) <= limit for part in parts)
    for part in parts:
        assert_harmless(part)
    assert sum(len(headings(part)) for part in parts) == len(headings(whole))
    assert sum(part.count("</summary>") for part in parts) >= whole.count("</summary>")


@many
@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=4_000), st.integers(1_024, 2_000))
def test_no_line_is_too_long_to_be_split(text: str, limit: int) -> None:
    document = Document("t", Tone.CALM, ("v",), (), (), (Section("s", (Listing(text),)),))
    parts = split_markdown(markdown(document), limit)
    assert all(len(part.encode()) <= limit for part in parts)
    shown = visible(text.replace("\r\n", "\n").replace("\n", ""))
    told = "".join(parts).replace("\n", "")
    assert all(told.count(letter) >= shown.count(letter) for letter in set(shown) - set("*`"))


@few
@given(texts, texts, st.booleans())
def test_no_attribute_of_a_plan_is_markup(text: str, other: str, known: bool) -> None:  # noqa: FBT001
    before = {"name": text, "description": text, "tags": {text: text}, "list": [text, {"a": text}]}
    after = {"name": other, "description": other, "tags": {other: other}, "list": [{"a": other}]}
    policy = {
        "Statement": [
            {"Effect": text, "Action": text, "Resource": other, "Condition": {text: {text: text}}}
        ]
    }
    changes = [
        change("aws_connect_queue.this", before, after),
        change("aws_connect_phone_number.this", {"phone_number": text}, None, action_reason=text),
        change(
            "aws_connect_instance.this",
            before,
            after,
            actions=["delete", "create"],
            forces=[["name"], [text, 0]],
        ),
        change(
            "aws_iam_role_policy.this",
            {"role": text, "policy": "{}"},
            {"role": text, "policy": _json(policy)},
        ),
        change("aws_lambda_permission.this", None, {"function_name": text, "principal": other}),
        change(
            "aws_connect_contact_flow.this",
            {"name": text, "content": _flow(text)},
            {"name": text, "content": _flow(other)},
            unknown={"content": known},
        ),
        change("aws_ssm_parameter.this", None, {"name": text, "value": other}),
    ]
    changes[0]["address"] = text
    entry = {"sha256": text, "size": 1, "packages": [{"name": text, "version": other}]}
    made = make_brief(
        inputs(
            *changes,
            drift=(change("aws_sqs_queue.this", before, after),),
            verdicts=(
                Verdict(text, other, Answer.FAIL, text),
                Verdict("x", "", Answer.FAIL, text, excused=other),
            ),
            lambdas={"one": entry, text: entry},
            last={
                "lambdas": {"one": {**entry, "sha256": ""}},
                "variables": {"a": {"value": other}},
            },
            promotion=text,
            coverage={text: other},
            data={"variables": {text: {"value": other}, "a": {"value": text}}},
        )
    )
    assert_harmless(made.markdown)
    Page.of(made.html)
    assert not any("\n" in line or "\x1b" in line for line in made.summary)


def test_a_line_of_a_hostile_name_does_not_begin_a_command() -> None:
    made = make_brief(inputs(change("aws_sqs_queue.this", None, {"name": "x\n/merge\n@octocat"})))
    assert "⏎/merge⏎@octocat" in made.markdown
    assert "\n/merge" not in made.markdown


def test_text_that_turns_other_text_round_is_shown_by_its_code_points() -> None:
    made = make_brief(inputs(change("aws_sqs_queue.this", None, {"name": "\u202egnp.exe"})))
    assert "⟨U+202E⟩gnp.exe" in made.markdown
    assert "⟨U+202E⟩gnp.exe" in Page.of(made.html).text


def test_the_page_needs_nothing_from_elsewhere() -> None:
    flow = _flow("Hello")
    html = make_brief(
        inputs(change("aws_connect_contact_flow.this", None, {"name": "a", "content": flow}))
    ).html
    shown = Page.of(html)
    assert "default-src 'none'" in shown.policy
    for part in (*shown.styles, *shown.scripts):
        digest = base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in shown.policy
        assert not re.search(r"https?:|//\w|url\(|@import|fetch|XMLHttp|import\(", part)
    assert len(shown.pictures) == 1
    svg = base64.b64decode(shown.pictures[0]).decode()
    assert not re.search(r"<script|<image|<foreignObject|url\((?!#)|@import|on\w+=", svg)
    assert set(re.findall(r"https?://[^\"' <]*", svg)) <= {"http://www.w3.org/2000/svg"}


def test_the_change_that_approvals_are_bound_to_stands_in_every_brief() -> None:
    made = make_brief(inputs())
    assert MANIFEST.change in made.markdown
    assert MANIFEST.change in Page.of(made.html).text


def _json(value: object) -> str:
    return json.dumps(value)


def _flow(text: str) -> str:
    return _json(
        {
            "Version": "2019-10-30",
            "StartAction": "say",
            "Actions": [
                {
                    "Identifier": "say",
                    "Type": "MessageParticipant",
                    "Parameters": {"Text": text},
                    "Transitions": {"NextAction": "end", "Errors": [], "Conditions": []},
                },
                {
                    "Identifier": "end",
                    "Type": "DisconnectParticipant",
                    "Parameters": {},
                    "Transitions": {},
                },
            ],
        }
    )
