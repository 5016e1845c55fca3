"""``brief`` and ``comment``: what a sealed plan tells its reviewers, here or on a pull request."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

# Heavy modules are imported by the verbs that need them.
# ruff: noqa: PLC0415

_bundle = click.argument("folder", metavar="BUNDLE", type=click.Path(path_type=Path))
_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


@click.command("brief")
@_bundle
@click.option("--html", "page", is_flag=True, help="Print where the page is instead.")
@click.option("--open", "browse", is_flag=True, help="Open the page in a browser.")
@_json
def brief_command(*, folder: Path, page: bool, browse: bool, as_json: bool) -> None:
    """Print what BUNDLE tells its reviewers, once it is found to be what was sealed."""
    from connect_voice.bundle.sealed import open_bundle
    from connect_voice.sealed_brief import sealed_markdown, sealed_page

    bundle = open_bundle(folder)
    text, html = sealed_markdown(bundle), sealed_page(bundle)
    if as_json:
        digest = bundle.manifest.digest
        shown = {"bundle": str(folder), "digest": digest, "page": str(html), "markdown": text}
        click.echo(json.dumps(shown, indent=2, ensure_ascii=False))
    elif page or browse:
        click.echo(str(html))
    else:
        click.echo(text, nl=False)
    if browse:
        click.launch(str(html))


@click.command("comment")
@_bundle
@_json
def comment_command(*, folder: Path, as_json: bool) -> None:
    """Put the brief of BUNDLE on the pull request or merge request that this pipeline runs for.

    One comment an environment, changed in place. On GitHub it wants GITHUB_TOKEN, on GitLab
    GITLAB_TOKEN.
    """
    from connect_voice.bundle.sealed import open_bundle
    from connect_voice.code_host import find_code_host, find_conversation
    from connect_voice.comment import put_comment
    from connect_voice.sealed_brief import sealed_post

    post = sealed_post(open_bundle(folder))
    conversation = find_conversation(find_code_host(os.environ), os.environ)
    posted = put_comment(conversation, post)
    if as_json:
        shown = {"outcome": posted.outcome.value, "parts": posted.parts, "where": posted.where}
        click.echo(json.dumps(shown, indent=2))
        return
    parts = "" if posted.parts == 1 else f" in {posted.parts} parts"
    click.echo(f"The brief of {post.name} on {posted.where}: {posted.outcome.value}{parts}.")


BRIEF_COMMANDS: tuple[click.Command, ...] = (brief_command, comment_command)
"""What the program takes over."""
