"""Imports that nothing in the zip, the standard library or the Lambda runtime provides."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from functools import cache

from lambda_build import stdlib, target
from lambda_build.checks import statements, syntax
from lambda_build.checks.statements import Import


def fault(
    name: str, sources: Mapping[str, bytes], contents: Collection[str], handler: str
) -> str | None:
    """Return a sentence about the first import that would fail when the Lambda starts.

    So would a source that is not valid Python.

    Looks at every module of the Lambda's own package and at those of the shared one that it
    imports, directly or not.

    Args:
        name: the Lambda.
        sources: its own and the shared package's files by path in the zip.
        contents: every path in the zip.
        handler: path of the handler's module, which must define ``handler``.
    """
    modules = _modules(contents)
    todo = [path for path in sorted(sources) if path.startswith(f"{name}/") and _is_python(path)]
    seen = set(todo)
    while todo:
        path = todo.pop(0)
        tree = syntax.parse(sources[path])
        if isinstance(tree, str):
            return f"{path}{tree}."
        if path == handler and not _defines(tree, "handler"):
            return f"{path} defines no function called handler: Lambda has nothing to call."
        for wanted in statements.imports(tree, path):
            wrong = _wrong(wanted, name, modules, sources)
            if wrong is not None and not _never_runs(wanted, name, modules, sources):
                return f"{path} line {wanted.line} imports {wrong}."
            for module in _on_the_way(wanted):
                imported = modules.get(module, "")
                if imported in sources and imported not in seen:
                    seen.add(imported)
                    todo.append(imported)
    return None


def asks_no_more(path: str, before: bytes, after: bytes, handler: str) -> bool:
    """Say whether a source may replace another without a look at the rest of the zip.

    It may where it imports nothing that the other did not, and has every name the other had: then
    each import that could be had still can.

    Args:
        path: where both lie in the zip.
        before: the source in a zip whose every import can be had.
        after: the source in a zip with the same paths.
        handler: path of the handler's module, which must define ``handler``.
    """
    if not _is_python(path):
        return True
    old, new = syntax.parse(before), syntax.parse(after)
    if isinstance(old, str) or isinstance(new, str):
        return False
    if path == handler and not _defines(new, "handler"):
        return False
    asked, asks = ({one.demand for one in statements.imports(tree, path)} for tree in (old, new))
    return asks <= asked and statements.bound(old) <= statements.bound(new)


def top_level(contents: Collection[str]) -> frozenset[str]:
    """Return the top-level modules that files at these paths provide."""
    return frozenset(module.split(".", 1)[0] for module in _modules(contents))


def _modules(contents: Collection[str]) -> dict[str, str]:
    """Return every importable module with the path of its file ('' for a namespace package)."""
    modules: dict[str, str] = {}
    for path in contents:
        *folders, file = path.split("/")
        stem, _, suffix = file.partition(".")
        if suffix != "py" and not suffix.endswith("so"):  # fast.cpython-313-aarch64-linux-gnu.so
            continue
        parts = [*folders, stem]
        if not all(part.isidentifier() for part in parts):
            continue
        for length in range(1, len(parts)):
            modules.setdefault(".".join(parts[:length]), "")
        if parts[-1] == "__init__":
            parts.pop()
        # Python itself prefers compiled code; the checks want the source beside it.
        module = ".".join(parts)
        if suffix == "py" or not modules.get(module):
            modules[module] = path
    modules.pop("", None)
    return modules


def _is_python(path: str) -> bool:
    return path.endswith(".py")


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


def _wrong(
    wanted: Import, name: str, modules: Mapping[str, str], sources: Mapping[str, bytes]
) -> str | None:
    """Return what an import asks for and why that cannot be had, if so."""
    root = wanted.module.split(".", 1)[0]
    if root in modules:
        if wanted.module not in modules:
            return f"{wanted.module}, and {root} in the zip has no such module"
        if _lacks(wanted, modules, sources):
            return f"{wanted.name} from {wanted.module}, which defines no such name"
    elif root not in stdlib.MODULES and root not in target.RUNTIME_MODULES:
        return (
            f"{wanted.module}, which neither the zip nor the Lambda runtime provides: add it to "
            f"{name}'s requirements.in and run make lock"
        )
    return None


def _never_runs(
    wanted: Import, name: str, modules: Mapping[str, str], sources: Mapping[str, bytes]
) -> bool:
    """Say whether an import stands in for others that can be had."""
    return bool(wanted.unless) and not any(
        _wrong(one, name, modules, sources) for one in wanted.unless
    )


def _lacks(wanted: Import, modules: Mapping[str, str], sources: Mapping[str, bytes]) -> bool:
    """Say whether a name is imported from a module of ours that cannot have it."""
    path = modules.get(wanted.module, "")
    if wanted.name in {"", "*"} or f"{wanted.module}.{wanted.name}" in modules:
        return False
    if path not in sources:
        return False  # a dependency's affair, or a folder without a file of its own
    return {wanted.name, "*", "__getattr__"}.isdisjoint(_bound(sources[path]))


@cache
def _bound(source: bytes) -> frozenset[str]:
    """Return every name a source can have; any, if it is not Python, which is said elsewhere."""
    tree = syntax.parse(source)
    return frozenset({"*"}) if isinstance(tree, str) else statements.bound(tree)


def _on_the_way(wanted: Import) -> Iterator[str]:
    """Yield the modules an import runs: each package on the way, the module, the name in it."""
    parts = wanted.module.split(".")
    for length in range(1, len(parts) + 1):
        yield ".".join(parts[:length])
    if wanted.name:
        yield f"{wanted.module}.{wanted.name}"
