"""Each place at which the code chooses between sentences, and a way to make it choose the other one.

A choice is a condition with words for a reader in one of its branches, or such words behind `or` or `and`. It
is held if a test that calls its function fails once the condition is turned round.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from operator import itemgetter
from time import perf_counter
from types import CodeType, FunctionType, ModuleType
from typing import Any

Case = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Choice:
    """One condition of a function.

    place  module, function and the condition as it is written
    """

    function: FunctionType
    at: int
    place: str

    @contextmanager
    def turned(self) -> Iterator[None]:
        """The function, wherever it is called, taking the other branch."""
        kept = self.function.__code__
        self.function.__code__ = _recompiled(self.function, self.at)
        try:
            yield
        finally:
            self.function.__code__ = kept


def choices(modules: Iterable[ModuleType]) -> list[Choice]:
    """All of some modules, in their order."""
    return [
        Choice(function, at, f"{module.__name__}.{function.__qualname__}: {_written(node)}")
        for module in modules
        for function in _functions(module)
        for at, node in enumerate(_conditions(_tree(function)))
        if _speaks(node)
    ]


def _functions(module: ModuleType) -> list[FunctionType]:
    owners = [module, *(each for each in vars(module).values() if inspect.isclass(each))]
    found = {}
    for owner in owners:
        for each in vars(owner).values():
            function = each.fget if isinstance(each, property) else each
            # What a dataclass writes for itself has no file.
            if inspect.isfunction(function) and function.__code__.co_filename == module.__file__:
                found.setdefault(function.__qualname__, function)
    return list(found.values())


def _tree(function: FunctionType) -> ast.Module:
    """Its source, at the lines that it has in its file."""
    lines, first = inspect.getsourcelines(function)
    tree = ast.parse(inspect.cleandoc("\n" + "".join(lines)) if lines[0][0] == " " else "".join(lines))
    return ast.increment_lineno(tree, first - 1)


def not_found(modules: Iterable[ModuleType]) -> list[str]:
    """Those that `choices` cannot turn round: of a function without a name, or behind a decorator."""
    missing = []
    for module in modules:
        known = {ast.dump(node) for each in _functions(module) for node in _conditions(_tree(each))}
        missing += [
            f"{module.__name__}: {_written(node)}"
            for function in ast.walk(ast.parse(inspect.getsource(module)))
            if isinstance(function, ast.FunctionDef | ast.Lambda)
            for node in _conditions(function)
            if _speaks(node) and ast.dump(node) not in known
        ]
    return missing


Condition = ast.If | ast.IfExp | ast.BoolOp


def _conditions(tree: ast.AST) -> list[Condition]:
    return [node for node in ast.walk(tree) if isinstance(node, Condition)]


def _written(node: Condition) -> str:
    return ast.unparse(node if isinstance(node, ast.BoolOp) else node.test)


def _speaks(node: Condition) -> bool:
    """Whether a branch has words, be it behind a condition further inside."""
    if isinstance(node, ast.BoolOp):
        return isinstance(node.values[-1], ast.Constant | ast.JoinedStr) and _has_words(node.values[-1])
    branches = [node.body, node.orelse] if isinstance(node, ast.IfExp) else [*node.body, *node.orelse]
    return _has_words(*branches)


def _has_words(*nodes: ast.AST) -> bool:
    inside = list(nodes)
    while inside:
        each = inside.pop()
        if isinstance(each, ast.FunctionDef | ast.Raise):
            continue
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and " " in each.value.strip():
            return True
        inside += ast.iter_child_nodes(each)
    return False


def _recompiled(function: FunctionType, at: int) -> CodeType:
    """The code of a function with one condition turned round."""
    tree = _tree(function)
    node = _conditions(tree)[at]
    if isinstance(node, ast.BoolOp):
        node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    else:
        node.test = ast.copy_location(ast.UnaryOp(ast.Not(), node.test), node.test)
    definition = tree.body[0]
    assert isinstance(definition, ast.FunctionDef)
    definition.decorator_list = []
    future = sys.modules["__future__"].annotations.compiler_flag
    code = compile(ast.fix_missing_locations(tree), function.__code__.co_filename, "exec", flags=future)
    return next(each for each in code.co_consts if isinstance(each, CodeType))


def cases(modules: Iterable[ModuleType], **fixtures: object) -> list[Case]:
    """Every test of some modules with each of its parameters, if it needs no fixture but these."""
    return [case for module in modules for test in _tests(module) for case in _cases_of(test, fixtures)]


def _tests(module: ModuleType) -> list[FunctionType]:
    return [
        each for name, each in vars(module).items() if name.startswith("test_") and inspect.isfunction(each)
    ]


def _cases_of(test: FunctionType, fixtures: dict[str, object]) -> Iterator[Case]:
    tables: list[list[dict[str, Any]]] = []
    for mark in getattr(test, "pytestmark", []):
        names, values = mark.args
        names = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
        rows = [getattr(row, "values", None) or row if len(names) > 1 else (row,) for row in values]
        tables.append([dict(zip(names, row, strict=True)) for row in rows])
    for chosen in product(*tables):
        given = {name: value for each in chosen for name, value in each.items()}
        needed = set(inspect.signature(test).parameters) - given.keys()
        if needed <= fixtures.keys():
            given |= {name: fixtures[name] for name in needed}
            yield lambda given=given: test(**given)


def calls(case: Case) -> set[str]:
    """The file and the name of every function that a case calls."""
    found = set()

    def called(frame: Any, event: str, _: object) -> None:
        if event == "call":
            found.add(name_of(frame.f_code))

    sys.setprofile(called)
    try:
        case()
    finally:
        sys.setprofile(None)
    return found


def name_of(code: CodeType) -> str:
    return f"{code.co_filename}:{code.co_qualname}"


def not_held(modules: Iterable[ModuleType], tests: Iterable[Case]) -> list[str]:
    """The choices that can be turned round without a test that fails; the quick tests are asked first."""
    by_function: dict[str, list[tuple[float, Case]]] = {}
    for test in tests:
        begun = perf_counter()
        called = calls(test)
        took = perf_counter() - begun
        for name in called:
            by_function.setdefault(name, []).append((took, test))
    return [
        choice.place
        for choice in choices(modules)
        for asked in [by_function.get(name_of(choice.function.__code__), [])]
        if not any(_fails(test, choice) for _, test in sorted(asked, key=itemgetter(0)))
    ]


def _fails(test: Case, choice: Choice) -> bool:
    with choice.turned():
        try:
            test()
        except Exception:
            return True
    return False
