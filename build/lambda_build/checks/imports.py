"""Imports that nothing in the zip, the standard library or the Lambda runtime provides."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from lambda_build import stdlib, target
from lambda_build.errors import BuildError


@dataclass(frozen=True)
class _Import:
    """A module that must be there, and a name in it that may be a module too."""

    module: str
    line: int
    name: str = ""


def fault(
    name: str, sources: Mapping[str, bytes], contents: Collection[str], handler: str
) -> str | None:
    """Return a sentence about the first import that would fail when the Lambda starts.

    Looks at every module of the Lambda's own package and at those of the shared one that it
    imports, directly or not. An import under ``try`` with an ``ImportError`` handler is allowed to
    fail, and one under ``if TYPE_CHECKING`` never runs.

    Args:
        name: the Lambda.
        sources: its own and the shared package's files by path in the zip.
        contents: every path in the zip.
        handler: path of the handler's module, which must define ``handler``.

    Raises:
        BuildError: a source file is not valid Python.
    """
    modules = _modules(contents)
    roots = {module.split(".", 1)[0] for module in modules}
    todo = [path for path in sorted(sources) if path.startswith(f"{name}/") and _is_python(path)]
    seen = set(todo)
    while todo:
        path = todo.pop(0)
        tree = _parse(path, sources[path])
        if path == handler and not _defines(tree, "handler"):
            return f"{path} defines no function called handler: Lambda has nothing to call."
        for wanted in _imports(tree, path):
            root = wanted.module.split(".", 1)[0]
            if root in roots:
                if wanted.module not in modules:
                    return _sentence(path, wanted, f"and {root} in the zip has no such module")
            elif root not in stdlib.MODULES and root not in target.RUNTIME_MODULES:
                return _sentence(
                    path,
                    wanted,
                    f"which neither the zip nor the Lambda runtime provides: add it to {name}'s "
                    "requirements.in and run make lock",
                )
            for module in _on_the_way(wanted):
                imported = modules.get(module, "")
                if imported in sources and imported not in seen:
                    seen.add(imported)
                    todo.append(imported)
    return None


def top_level(contents: Collection[str]) -> frozenset[str]:
    """Return the top-level modules that files at these paths provide."""
    return frozenset(module.split(".", 1)[0] for module in _modules(contents))


def _modules(contents: Collection[str]) -> dict[str, str]:
    """Return every importable module with the path of its file ('' for a namespace package)."""
    modules: dict[str, str] = {}
    for path in contents:
        if not _is_python(path):
            continue
        parts = path.removesuffix(".py").split("/")
        if not all(part.isidentifier() for part in parts):
            continue
        for length in range(1, len(parts)):
            modules.setdefault(".".join(parts[:length]), "")
        if parts[-1] == "__init__":
            parts.pop()
        modules[".".join(parts)] = path
    modules.pop("", None)
    return modules


def _is_python(path: str) -> bool:
    return path.endswith(".py")


def _sentence(path: str, wanted: _Import, why: str) -> str:
    return f"{path} line {wanted.line} imports {wanted.module}, {why}."


def _parse(path: str, content: bytes) -> ast.Module:
    try:
        return ast.parse(content, path)
    except (SyntaxError, ValueError) as error:
        where = f" line {error.lineno}" if isinstance(error, SyntaxError) else ""
        what = error.msg if isinstance(error, SyntaxError) else error
        raise BuildError(f"{path}{where} is not valid Python: {what}.") from error


def _defines(tree: ast.Module, name: str) -> bool:
    for node in tree.body:
        match node:
            case ast.FunctionDef() if node.name == name:
                return True
            case ast.Assign():
                if any(isinstance(item, ast.Name) and item.id == name for item in node.targets):
                    return True
            case ast.AnnAssign(target=ast.Name(id=assigned), value=ast.expr()):
                if assigned == name:
                    return True
            case ast.ImportFrom() if any((item.asname or item.name) == name for item in node.names):
                return True
    return False


def _on_the_way(wanted: _Import) -> Iterator[str]:
    """Yield the modules an import runs: each package on the way, the module, the name in it."""
    parts = wanted.module.split(".")
    for length in range(1, len(parts) + 1):
        yield ".".join(parts[:length])
    if wanted.name:
        yield f"{wanted.module}.{wanted.name}"


def _imports(tree: ast.AST, path: str) -> Iterator[_Import]:
    """Yield the imports that run, in the order of the file."""
    for node in ast.iter_child_nodes(tree):
        match node:
            case ast.Import():
                for item in node.names:
                    yield _Import(item.name, node.lineno)
            case ast.ImportFrom():
                module = _absolute(node, path)
                for item in node.names:
                    yield _Import(module, node.lineno, item.name)
            case ast.If() if _is_type_checking(node.test):
                yield from _imports(ast.Module(node.orelse, []), path)
            case ast.Try() if any(_allows_absence(handler) for handler in node.handlers):
                for handler in node.handlers:
                    yield from _imports(handler, path)
                yield from _imports(ast.Module([*node.orelse, *node.finalbody], []), path)
            case _:
                yield from _imports(node, path)


def _absolute(node: ast.ImportFrom, path: str) -> str:
    if not node.level:
        return node.module or ""
    package = path.split("/")[: -node.level]
    return ".".join([*package, *([node.module] if node.module else [])])


def _is_type_checking(test: ast.expr) -> bool:
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )


def _allows_absence(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    names = {item.id for item in caught if isinstance(item, ast.Name)}
    return not names.isdisjoint(
        {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
    )
