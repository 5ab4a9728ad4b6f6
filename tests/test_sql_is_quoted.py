"""SQL is put together from quoted names, literals and SQL of our own; values from outside are bound or quoted.

Every f-string that reads like SQL is looked at, in the whole package: each part that is put in must be quoted, a
number, or made of such parts. What cannot be told from the code alone is listed below with the reason why it is safe.
"""

import ast
import re
from collections import defaultdict
from pathlib import Path

import tradefin

PACKAGE = Path(tradefin.__file__).parent
# How SQL begins here, in small letters; what begins otherwise is a sentence.
_SQL = re.compile(
    r"\x00?\s*\(?(select|insert into|create|drop|delete from|describe|explain|attach|comment on|copy|alter|with|from|"
    r"use|set|join|where|order by|qualify|case when|(try_)?cast\(|count_if\(|coalesce\(|read_\w+\()(?![\w:])"
)
# Functions that give SQL whose parts they have quoted; their own f-strings are looked at like all others.
QUOTING = {"quote", "literal", "sql_type"}
# Where the code alone does not tell; a test below holds that none of these has become needless.
REASONS = {
    "audit/asking.py": {"one_of": "quoted texts, numbers and truth values", "types[column]": "a type of the contract"},
    "audit/counting.py": {"*": "what `asking` has made of quoted names and literals, and hashes of quoted names"},
    "audit/rows.py": {"wanted": "numbers", "most": "a number"},
    "claims/check.py": {"statement": "a condition of a claim, on a locked connection"},
    "claims/golden.py": {
        "listed": "three words of ours",
        "types[h]": "a type that DuckDB itself has named",
        "fields": "quoted names and such types",
        "only": "three words of ours",
    },
    "claims/measure.py": {"read_sql(path)": "a claim's query, on a locked connection"},
    "claims/page.py": {"*": "a page, no SQL"},
    "claims/rules.py": {"condition": "a condition of a claim, on a locked connection"},
    "locked.py": {"name": "a setting of ours"},
    "releases/asof.py": {"self._sql(self._info(stem))": "the release's own SQL, verified, on a locked connection"},
    "releases/database.py": {
        "columns": "quoted names with types of the contract",
        "', '.join((f'{quote(n)} {c.type}' for n, c in table.columns.items()))": "types of ours",
        "s": "a quoted name, a quoted path",
    },
    "releases/rowchanges.py": {
        "texts": "quoted names",
        "columns": "quoted names",
        "limit": "a number",
        "cells": "quoted names",
    },
    "report/charts/definitions.py": {"*": "captions, no SQL"},
    "report/pages.py": {"*": "addresses, no SQL"},
    "sources/corrected.py": {"*": "sentences, no SQL"},
    "sources/mapped.py": {"name": "a name of ours", "read_sql(sql)": "the project's SQL, on a locked connection"},
    "tables/builder.py": {"sql": "the project's SQL, on a locked connection"},
    "tables/sqlerrors.py": {"read_sql(path)": "a claim's query, explained and not run, on a locked connection"},
    "terminal.py": {"claim['claim_id']": "a query that is printed for people"},
    "trace/numbered.py": {"' and '.join(tests) or 'true'": "quoted names, bound values"},
    "trace/step.py": {"*": "the release's own SQL taken apart, with names made there, on a locked connection"},
    "trace/walk.py": {"same": "quoted names with types that DuckDB itself has named"},
}


class Module:
    """What one module says of its names: which are made of safe parts."""

    def __init__(self, path: Path, safe_calls: set[str]) -> None:
        self.path = path
        self.name = path.relative_to(PACKAGE).as_posix()
        self.tree = ast.parse(path.read_text(encoding="utf-8"))
        self.safe_calls = safe_calls
        self.assigned: dict[str, list[ast.expr]] = defaultdict(list)
        for node in ast.walk(self.tree):
            self._note(node)

    def _note(self, node: ast.AST) -> None:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._pair(target, node.value)
        elif isinstance(node, ast.AnnAssign | ast.AugAssign) and node.value is not None:
            self._pair(node.target, node.value)

    def _pair(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Tuple):
            values = value.elts if isinstance(value, ast.Tuple) and len(value.elts) == len(target.elts) else None
            for i, one in enumerate(target.elts):
                self._pair(one, values[i] if values else value)
        else:
            self.assigned[ast.unparse(target)].append(value)

    def safe(self, node: ast.expr, seen: frozenset[str] = frozenset()) -> bool:
        """Whether an expression can only be SQL of our own, a quoted text or a number."""
        if isinstance(node, ast.JoinedStr):
            return all(self._part(part, seen) for part in node.values)
        if isinstance(node, ast.Call):
            return self._call(node, seen)
        if isinstance(node, ast.Name | ast.Attribute):
            return self._named(ast.unparse(node), seen)
        parts = _made_of(node)
        return parts is not None and all(self.safe(part, seen) for part in parts)

    def _part(self, part: ast.expr, seen: frozenset[str]) -> bool:
        if not isinstance(part, ast.FormattedValue):
            return True
        spec = part.format_spec
        number = isinstance(spec, ast.JoinedStr) and ast.unparse(spec) in ("f'd'", "f'g'")
        return number or self.safe(part.value, seen)

    def _call(self, node: ast.Call, seen: frozenset[str]) -> bool:
        called = ast.unparse(node.func).rpartition(".")[2]
        if called == "join" and isinstance(node.func, ast.Attribute):
            return self.safe(node.func.value, seen) and all(self.safe(one, seen) for one in node.args)
        if called == "get" and isinstance(node.func, ast.Attribute):
            return self.safe(node.func.value, seen) and all(self.safe(one, seen) for one in node.args[1:])
        return called in self.safe_calls

    def _named(self, name: str, seen: frozenset[str]) -> bool:
        if name.isupper() or name.lstrip("_").isupper():  # a constant of ours, or of another module of ours
            return True
        if name in seen:
            return True
        values = self.assigned.get(name, [])
        if values:
            return all(self.safe(value, seen | {name}) for value in values)
        return name.rpartition(".")[2] in self.safe_calls  # a property

    def suspects(self) -> dict[str, int]:
        """What is put into SQL and not known to be safe, with its line."""
        found = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.JoinedStr) and _SQL.match(_constant(node)):
                for part in node.values:
                    if isinstance(part, ast.FormattedValue) and not self._part(part, frozenset()):
                        found[ast.unparse(part.value)] = part.lineno
        return found

    def safe_functions(self) -> set[str]:
        """Functions all of whose answers are safe."""
        names = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef):
                answers = [one.value for one in ast.walk(node) if isinstance(one, ast.Return) and one.value is not None]
                texts = isinstance(node.returns, ast.Name) and node.returns.id == "str"
                if texts and answers and all(self.safe(one) for one in answers):
                    names.add(node.name)
        return names


def _made_of(node: ast.expr) -> list[ast.expr] | None:
    """The expressions that an expression is made of; None where it may be anything."""
    match node:
        case ast.Constant():
            return []
        case ast.BinOp(op=ast.Add() | ast.Mult()):
            return [node.left, node.right]
        case ast.BoolOp():
            return node.values
        case ast.IfExp():
            return [node.body, node.orelse]
        case ast.GeneratorExp() | ast.ListComp():
            return [node.elt]
        case ast.Tuple() | ast.List():
            return node.elts
        case ast.Starred() | ast.Subscript():
            return [node.value]
    return None


def _constant(node: ast.JoinedStr) -> str:
    """The fixed text of an f-string, with a gap for each part; in small letters, as SQL is written here."""
    return "".join(str(v.value) if isinstance(v, ast.Constant) else "\x00" for v in node.values)


def modules() -> list[Module]:
    safe = set(QUOTING)
    while True:  # functions made of safe functions are safe
        read = [Module(path, safe) for path in sorted(PACKAGE.rglob("*.py"))]
        found = safe.union(*(one.safe_functions() for one in read))
        if found == safe:
            return read
        safe = found


def test_what_is_put_into_sql_is_quoted_or_explained() -> None:
    unexplained = [
        f"{module.name}:{line}: {part}"
        for module in modules()
        for part, line in module.suspects().items()
        if not {part, "*"} & REASONS.get(module.name, {}).keys()
    ]
    assert unexplained == [], "quote it (tradefin.quoting), or say above why it is safe"


def test_no_reason_is_needless() -> None:
    found = {module.name: module.suspects() for module in modules()}
    needless = [
        (name, part)
        for name, parts in REASONS.items()
        for part in parts
        if not found[name] or part not in {*found[name], "*"}
    ]
    assert needless == []


def test_a_text_that_is_not_quoted_is_found() -> None:
    bad = PACKAGE / "query.py"
    module = Module(bad, {"quote"})
    module.tree = ast.parse(
        "def f(con, a, b):\n    con.execute(f'select * from {quote(a)} where x = {b} limit {len(a):d}')"
    )
    assert module.suspects() == {"b": 2}
