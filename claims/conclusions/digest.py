"""What a conclusion depends on, as a digest that changes with what is computed and with no word.

The function itself, the helpers and constants of its module that it uses, and every module of ours
that these import, one through the other. Each is read as a syntax tree without comments,
docstrings, types, the words of error messages and the function's own declaration: a comment that is
said better does not cost an hour of computing. Modules that draw and print are left out, for they decide no number.
"""

import ast
import hashlib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SILENT = ("handgrad.book", "handgrad.draw", "handgrad.explore", "claims.conclusions")
DECLARED = ("id", "says", "seeds", "budget", "grid", "paired")


def module_path(name, root=ROOT):
    """Return the file of one of our modules, or None if it is not ours."""
    top, *rest = name.split(".")
    home = {"handgrad": root / "code/handgrad/src/handgrad", "claims": root / "claims"}.get(top)
    if home is None:
        return None
    path = home.joinpath(*rest)
    for found in (path / "__init__.py", path.with_suffix(".py")):
        if found.is_file():
            return found
    return None


def _quiet(node):
    """Take docstrings, comments-as-strings and the words of errors out of a tree."""
    for inner in ast.walk(node):
        body = getattr(inner, "body", None)
        if isinstance(body, list):
            inner.body = [
                s
                for s in body
                if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))
            ]
        if isinstance(inner, ast.Raise) and isinstance(inner.exc, ast.Call):
            inner.exc = inner.exc.func
        if isinstance(inner, ast.Assert):
            inner.msg = None
    return node


def shape(node):
    """Return the tree as text, the same in every version of Python."""
    if isinstance(node, ast.AST):
        fields = (
            (name, value)
            for name, value in ast.iter_fields(node)
            if name not in ("ctx", "type_comment", "type_params", "kind", "annotation", "returns")
            and value is not None
            and value != []
        )
        inside = ",".join(f"{name}={shape(value)}" for name, value in fields)
        return f"{type(node).__name__}({inside})"
    if isinstance(node, list):
        return f"[{','.join(map(shape, node))}]"
    return repr(node)


@cache
def _tree(path, _changed):
    return _quiet(ast.parse(path.read_text("utf-8")))


def tree(path):
    return _tree(path, path.stat().st_mtime_ns)


def imported(node, package, root=ROOT):
    """Names of our modules that a tree imports, in a module of `package`."""
    names = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Import):
            names |= {alias.name for alias in inner.names}
        elif isinstance(inner, ast.ImportFrom):
            base = inner.module or ""
            if inner.level:
                above = package.split(".")[: len(package.split(".")) - inner.level + 1]
                base = ".".join([*above, *([base] if base else [])])
            names.add(base)
            names |= {f"{base}.{alias.name}" for alias in inner.names}
    with_parents = {
        ".".join(name.split(".")[:k]) for name in names for k in range(1, name.count(".") + 2)
    }
    return {
        name
        for name in with_parents
        if module_path(name, root)
        and not any(name == s or name.startswith(s + ".") for s in SILENT)
    }


def all_modules(first, root=ROOT):
    """Return the modules named and those that they import, one through the other."""
    found, waiting = set(), set(first)
    while waiting:
        name = waiting.pop()
        found.add(name)
        path = module_path(name, root)
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        waiting |= imported(tree(path), package, root) - found
    return sorted(found)


def used(module, function):
    """Return the statements of a module that one of its functions needs, itself among them."""
    by_name = {}
    for statement in module.body:
        if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            by_name.setdefault(statement.name, []).append(statement)
        elif isinstance(statement, (ast.Import, ast.ImportFrom)):
            for alias in statement.names:
                name = alias.asname or alias.name.split(".")[0]
                by_name.setdefault(name, []).append(statement)
        else:
            stored = {n.id for n in ast.walk(statement) if isinstance(n, ast.Name)}
            for name in stored:
                by_name.setdefault(name, []).append(statement)
    kept, waiting = {}, {function}
    while waiting:
        for statement in by_name.pop(waiting.pop(), ()):
            if id(statement) not in kept:
                kept[id(statement)] = statement
                waiting |= {n.id for n in ast.walk(statement) if isinstance(n, ast.Name)}
    return [s for s in module.body if id(s) in kept]


def declared(path):
    """Return id -> (function's name, what is declared, line) of a module's conclusions."""
    found = {}
    for statement in ast.parse(path.read_text("utf-8")).body:
        if not isinstance(statement, ast.FunctionDef):
            continue
        for call in statement.decorator_list:
            name = getattr(getattr(call, "func", None), "id", None)
            if name != "conclusion":
                continue
            given = dict(zip(DECLARED, map(ast.literal_eval, call.args), strict=False))
            given |= {k.arg: ast.literal_eval(k.value) for k in call.keywords}
            found[given.pop("id")] = (statement.name, given, statement.lineno)
    return found


def digest(path, function, root=ROOT):
    """Return the digest of a conclusion: 16 hexadecimal digits."""
    found = hashlib.sha256()
    statements = used(tree(path), function)
    for statement in statements:
        own = isinstance(statement, ast.FunctionDef) and statement.name == function
        decorators = statement.decorator_list if own else None
        if own:
            statement.decorator_list = []
        found.update(shape(statement).encode() + b"\0")
        if own:
            statement.decorator_list = decorators
    together = ast.Module(body=statements, type_ignores=[])
    for name in all_modules(imported(together, "claims.conclusions", root), root):
        found.update(f"{name}\0{shape(tree(module_path(name, root)))}\0".encode())
    return found.hexdigest()[:16]


def state(root=ROOT):
    """Return id -> (declaration, digest, "file:line") of every conclusion, without running one."""
    found = {}
    for path in sorted((root / "claims/conclusions").glob("ch*.py")):
        for name, (function, given, line) in declared(path).items():
            where = f"{path.relative_to(root)}:{line}"
            if name in found:
                raise ValueError(f"{where}: {name!r} is declared twice, first in {found[name][2]}")
            found[name] = (given, digest(path, function, root), where)
    return found
