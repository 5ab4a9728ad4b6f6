"""One module of tradefin with one small change in it, in this process and all that it starts.

What belongs here: which changes there are, and how Python gets the changed code. What does not: which are tried and
what the tests say (`mutants`). The change is named by `TRADEFIN_MUTANT=tables/store.py:17`, its number in the module.
"""

import ast
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import CodeType, ModuleType

PACKAGE = Path(__file__).resolve().parents[2] / "pipelines" / "tradefin"
VARIABLE = "TRADEFIN_MUTANT"

_OPERATORS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult,
}  # fmt: skip

_LEFT_ALONE = ("annotation", "returns", "decorator_list")

Change = Callable[[], None]


def changes(tree: ast.Module) -> list[tuple[int, str, Change]]:
    """Every change that can be made to a module: line, what it does, and how to make it.

    Texts of errors, docstrings and annotations are left alone: nobody computes with them.
    """
    return list(_inside(tree.body))


def _inside(nodes: Sequence[ast.AST]) -> Iterator[tuple[int, str, Change]]:
    for node in nodes:
        if isinstance(node, ast.Raise | ast.Import | ast.ImportFrom) or _is_words(node):
            continue
        yield from _of(node)
        yield from _inside([child for name, child in _children(node) if name not in _LEFT_ALONE])


def _children(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield name, child


def _is_words(node: ast.AST) -> bool:
    """A docstring, what only type checkers read, or a text that is put together."""
    if isinstance(node, ast.If):
        return ast.unparse(node.test) == "TYPE_CHECKING"
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def _of(node: ast.AST) -> Iterator[tuple[int, str, Change]]:
    line = getattr(node, "lineno", 0)
    if isinstance(node, ast.Compare):
        for i, op in enumerate(node.ops):
            yield line, f"{type(op).__name__} turned", lambda i=i, op=op: _put(node.ops, i, _OPERATORS[type(op)]())  # type: ignore[misc]
    elif isinstance(node, ast.BoolOp | ast.BinOp) and type(node.op) in _OPERATORS:
        yield line, f"{type(node.op).__name__} turned", lambda: setattr(node, "op", _OPERATORS[type(node.op)]())
    elif isinstance(node, ast.If | ast.IfExp | ast.While):
        yield line, "condition turned", lambda: setattr(node, "test", ast.UnaryOp(ast.Not(), node.test))
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool | int):
        other = not node.value if isinstance(node.value, bool) else node.value + 1
        yield line, f"{node.value} is {other}", lambda: setattr(node, "value", other)
    elif isinstance(node, ast.Return) and node.value is not None and not isinstance(node.value, ast.Constant):
        yield line, "returns None", lambda: setattr(node, "value", ast.Constant(None))
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield line, "call left out", lambda: setattr(node, "value", ast.Constant(None))


def _put(operators: list[ast.cmpop], at: int, new: ast.AST) -> None:
    operators[at] = new  # type: ignore[call-overload]  # an operator of comparison, from the table


def changed(path: Path, number: int) -> tuple[ast.Module, str]:
    """A module with one change, and what that is, in words."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    line, said, make = changes(tree)[number]
    make()
    return ast.fix_missing_locations(tree), f"{path.relative_to(PACKAGE).as_posix()}:{line}: {said}"


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, name: str, path: Path, number: int) -> None:
        super().__init__(name, str(path))
        self.number = number

    def get_code(self, fullname: str) -> CodeType:
        return compile(changed(Path(self.path), self.number)[0], self.path, "exec")


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, place: str, number: int) -> None:
        self.path, self.number = PACKAGE / place, number
        self.name = ".".join(("tradefin", *Path(place).with_suffix("").parts)).removesuffix(".__init__")

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self.name:
            return None
        return importlib.util.spec_from_loader(fullname, _Loader(fullname, self.path, self.number))


def install() -> None:
    """Called by `sitecustomize` in each process: from now on that module comes with its change."""
    if named := os.environ.get(VARIABLE):
        place, _, number = named.rpartition(":")
        sys.meta_path.insert(0, _Finder(place, int(number)))
