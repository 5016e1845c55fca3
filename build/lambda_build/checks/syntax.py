"""Python sources as trees, each read once however many checks and Lambdas look at it."""

from __future__ import annotations

import ast
from functools import cache

from lambda_build import target


@cache
def parse(content: bytes) -> ast.Module | str:
    """Return the tree of a source, or what is wrong with it: `` line 3 is not …``."""
    try:
        return ast.parse(content, feature_version=target.VERSION)
    except SyntaxError as error:
        line = f" line {error.lineno}" if error.lineno else ""
        return f"{line} is not valid Python: {error.msg}"
    except ValueError as error:
        return f" is not valid Python: {error}"
