"""What a Python source imports and what it names, by its tree."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from lambda_build import target

_COMPARISONS: Final[Mapping[type[ast.cmpop], Callable[[Any, Any], bool]]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


@dataclass(frozen=True)
class Import:
    """A module that must be there, and a name in it that may be a module too.

    Attributes:
        unless: imports under ``try``; where they can be had, this one, under their ``except
            ImportError``, never runs.
    """

    module: str
    line: int
    name: str = ""
    unless: tuple[Import, ...] = ()

    @property
    def demand(self) -> tuple[object, ...]:
        """What it asks for, wherever in the file it does."""
        return self.module, self.name, tuple(one.demand for one in self.unless)


def imports(tree: ast.AST, path: str) -> Iterator[Import]:
    """Yield the imports that run, in the order of the file.

    An import under ``try`` with an ``ImportError`` handler is allowed to fail, as is one under
    ``suppress(ImportError)``, and one under ``if TYPE_CHECKING`` never runs.

    Args:
        tree: the source's, or a part of it.
        path: the source's place in the zip, which relative imports start from.
    """
    for node in ast.iter_child_nodes(tree):
        match node:
            case ast.Import():
                for item in node.names:
                    yield Import(item.name, node.lineno)
            case ast.ImportFrom():
                module = _absolute(node, path)
                for item in node.names:
                    yield Import(module, node.lineno, item.name)
            case ast.Call(args=[ast.Constant(value=str(module)), *_]) if _imports_by_name(node):
                if not module.startswith("."):
                    yield Import(module, node.lineno)
            case ast.Try() if any(_allows_absence(handler) for handler in node.handlers):
                yield from _of_try(node, path)
            case _:
                for part in _what_runs(node):
                    yield from imports(part, path)


def _of_try(node: ast.Try, path: str) -> Iterator[Import]:
    """Yield the imports that must succeed where one that is tried need not."""
    tried = tuple(imports(ast.Module(node.body, []), path))
    for handler in node.handlers:
        unless = tried if _allows_absence(handler) else ()
        for one in imports(handler, path):
            yield replace(one, unless=one.unless or unless)
    yield from imports(ast.Module([*node.orelse, *node.finalbody], []), path)


def _what_runs(node: ast.AST) -> list[ast.AST]:
    """Return the parts of a statement whose imports must succeed."""
    match node:
        case ast.If() if _is_type_checking(node.test):
            return [ast.Module(node.orelse, [])]
        case ast.If() if (holds := _version_holds(node.test)) is not None:
            return [ast.Module(node.body if holds else node.orelse, [])]
        case ast.With() if any(_suppresses_absence(item.context_expr) for item in node.items):
            return []
    return [node]


def _absolute(node: ast.ImportFrom, path: str) -> str:
    if not node.level:
        return node.module or ""
    package = path.split("/")[: -node.level]
    return ".".join([*package, *([node.module] if node.module else [])])


def _is_type_checking(test: ast.expr) -> bool:
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )


def _version_holds(test: ast.expr) -> bool | None:
    """Say what ``sys.version_info >= (3, …)`` comes to in the Lambda; nothing for other tests."""
    match test:
        case ast.Compare(
            left=ast.Attribute(attr="version_info"), ops=[op], comparators=[ast.Tuple(elts=parts)]
        ) if type(op) in _COMPARISONS and all(isinstance(part, ast.Constant) for part in parts):
            # A bug fix's number is for AWS to choose, so that a test of one decides nothing.
            numbers = tuple(part.value for part in parts if isinstance(part, ast.Constant))
            if len(numbers) <= len(target.VERSION):
                return bool(_COMPARISONS[type(op)]((*target.VERSION, 0), numbers))
    return None


def _allows_absence(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    return _names_absence(
        handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    )


def _suppresses_absence(context: ast.expr) -> bool:
    match context:
        case ast.Call(func=ast.Name(id="suppress") | ast.Attribute(attr="suppress"), args=args):
            return _names_absence(args)
    return False


def _names_absence(faults: Sequence[ast.expr]) -> bool:
    names = {item.id for item in faults if isinstance(item, ast.Name)}
    return not names.isdisjoint(
        {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
    )


def _imports_by_name(node: ast.Call) -> bool:
    match node.func:
        case ast.Name(id="import_module" | "__import__") | ast.Attribute(attr="import_module"):
            return True
    return False


def bound(tree: ast.Module) -> frozenset[str]:
    """Return every name that a module can have: whatever is bound anywhere in it.

    ``*`` and ``__getattr__`` among them mean that it may have any.
    """
    names = {"__doc__", "__file__", "__name__", "__package__", "__path__", "__spec__"}
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                names.add(name)
            case (
                ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
                | ast.ClassDef(name=name)
            ):
                names.add(name)
            case ast.Import() | ast.ImportFrom():
                names |= {item.asname or item.name.split(".", 1)[0] for item in node.names}
            case ast.Global():
                names |= set(node.names)
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                names.add(name)
    return frozenset(names)
