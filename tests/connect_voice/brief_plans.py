"""Small plans for briefs, and what reads a brief as a code host or a browser would."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import unescape
from html.parser import HTMLParser
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from connect_voice.brief import Brief, BriefInputs, make_brief
from connect_voice.bundle import Author, BundleManifest, Commit, PlannedState
from plan_policy.plan import Plan, read_plan
from plan_policy.verdict import Answer, Verdict

MANIFEST = BundleManifest(
    purpose="deploy",
    environment="prod",
    account_id="123456789012",
    region="us-east-1",
    backend="s3://state/prod us-east-1 none",
    state=PlannedState("lineage", 7),
    commit=Commit("0123456789abcdef0123456789abcdef01234567", clean=True),
    author=Author("pipeline", "arn:aws:sts::123456789012:assumed-role/plan/run"),
    made_at=datetime(2026, 11, 21, 3, 0, tzinfo=UTC),
    expires_at=datetime(2026, 11, 22, 3, 0, tzinfo=UTC),
    tools={"terraform": "1.11.4"},
    canonical="c" * 64,
    lambdas={},
    lock_file="l" * 64,
    files={},
)
PASSED = (Verdict("connect-storage-encrypted", "", Answer.PASS, "Encrypted by our key."),)


def change(
    address: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    *,
    unknown: Any = None,
    sensitive: Any = None,
    actions: list[str] | None = None,
    forces: list[list[Any]] | None = None,
    **entry: Any,
) -> dict[str, Any]:
    """An entry of ``resource_changes``; its actions follow from what there is unless given."""
    *module, type_, name = address.split(".")
    if actions is None:
        actions = ["create"] if before is None else ["delete"] if after is None else ["update"]
    return {
        "address": address,
        "module_address": ".".join(module),
        "mode": "managed",
        "type": type_,
        "name": re.split(r"\[", name)[0],
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": {
            "actions": actions,
            "before": before,
            "after": after,
            "after_unknown": unknown or {},
            "before_sensitive": sensitive or {},
            "after_sensitive": sensitive or {},
            "replace_paths": forces or [],
        },
        **entry,
    }


def plan(*changes: dict[str, Any], drift: tuple[dict[str, Any], ...] = (), **data: Any) -> Plan:
    """A plan of these changes."""
    return read_plan(
        {
            "format_version": "1.2",
            "terraform_version": "1.11.4",
            "errored": False,
            "complete": True,
            "configuration": {"root_module": {}},
            "planned_values": {},
            "resource_changes": list(changes),
            "resource_drift": list(drift),
            **data,
        }
    )


def brief(*changes: dict[str, Any], **given: Any) -> Brief:
    """The brief of a plan of these changes."""
    return make_brief(inputs(*changes, **given))


def inputs(*changes: dict[str, Any], **given: Any) -> BriefInputs:
    """What a brief of these changes is made from."""
    drift = given.pop("drift", ())
    data = given.pop("data", {})
    return BriefInputs(
        **{
            "manifest": MANIFEST,
            "plan": plan(*changes, drift=drift, **data),
            "verdicts": PASSED,
            "lambdas": {},
            "last": None,
            **given,
        }
    )


def sections(markdown: str) -> dict[str, str]:
    """The sections of a brief by their titles, without marks and counts."""
    found = {}
    for part in re.split(r"(?m)^### ", markdown)[1:]:
        title, _, body = part.partition("\n")
        found[re.sub(r"^[^A-Za-z]*| \(.*$", "", title)] = body
    return found


_READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
_OURS = re.compile(
    r"<details><summary>(?:[^<>]|</?(?:b|code)>)*</summary>|</details>"
    r"|(?:<details><summary>(?:[^<>]|</?(?:b|code)>)*</summary>)"
)
# What GitHub or GitLab turns into a link, a ping, a picture or a formula after parsing.
_CALLS = re.compile(
    r"@[A-Za-z0-9_]|[#!&%$^]\d|~\w|\bGH-\d|://|\bwww\.\w|:[a-z0-9_+-]+:|\[\[|\[TOC|\{[+-]"
)


def assert_harmless(markdown: str) -> None:
    """Nothing but what a brief itself says with markup is markup, for either code host."""
    depth = 0
    for line in markdown.split("\n"):
        assert not line.startswith("/"), line  # GitLab would obey it
    for token in _READER.parse(markdown):
        if token.type == "html_block":
            for piece in token.content.strip().split("\n"):
                assert _OURS.fullmatch(piece.strip()), piece
                depth += piece.count("<details>") - piece.count("</details>")
                _assert_calls_nobody(unescape(re.sub(r"<code>.*?</code>|</?\w+>", "", piece)))
        assert token.type not in {"table_open", "blockquote_open", "ordered_list_open", "hr"}
        for text in _texts(token):
            _assert_calls_nobody(text)
    assert depth == 0


def headings(markdown: str) -> list[str]:
    """The headings as a code host sees them."""
    tokens = _READER.parse(markdown)
    return [
        tokens[number + 1].content
        for number, token in enumerate(tokens)
        if token.type == "heading_open"
    ]


def _texts(token: Token) -> Iterator[str]:
    """The text outside of code, as it stands in the page that the host makes."""
    text = ""
    for child in token.children or ():
        assert child.type not in {"link_open", "image", "html_inline", "s_open"}, child
        if child.type in {"text", "text_special"}:
            text += child.content
        else:
            yield text
            text = ""
    yield text


def _assert_calls_nobody(text: str) -> None:
    found = _CALLS.search(text)
    assert not found, text[max(0, found.start() - 20) : found.end() + 20]


_VOID = {"meta", "img", "br", "hr"}
_TAGS = {
    *("html", "head", "meta", "title", "style", "body", "a", "header", "p", "h1", "h2", "span"),
    *("dl", "div", "dt", "dd", "nav", "ul", "li", "main", "section", "pre", "details", "summary"),
    *("figure", "img", "figcaption", "footer", "kbd", "script", "code", "strong"),
}
_ATTRIBUTES = {
    *("lang", "charset", "name", "content", "http-equiv", "class", "href", "id", "tabindex"),
    *("aria-label", "aria-labelledby", "alt", "src", "open"),
}


@dataclass
class Page(HTMLParser):
    """A page as a browser reads it; anything that a brief has no use for is an error."""

    text: str = ""
    styles: list[str] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    targets: list[str] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)
    policy: str = ""
    _open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    @classmethod
    def of(cls, html: str) -> Page:
        """Read a page to its end."""
        page = cls()
        page.feed(html)
        page.close()
        assert page._open == []
        return page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in _TAGS, tag
        values = dict(attrs)
        assert values.keys() <= _ATTRIBUTES, values
        if tag not in _VOID:
            self._open.append(tag)
        if "id" in values:
            self.ids.append(values["id"] or "")
        if "href" in values:
            assert (values["href"] or "").startswith("#")
            self.targets.append((values["href"] or "")[1:])
        if "src" in values:
            assert (values["src"] or "").startswith("data:image/svg+xml;base64,")
            self.pictures.append((values["src"] or "").partition(",")[2])
        if values.get("http-equiv") == "Content-Security-Policy":
            self.policy = values["content"] or ""

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        where = self._open[-1] if self._open else ""
        if where == "style":
            self.styles.append(data)
        elif where == "script":
            self.scripts.append(data)
        else:
            self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)
