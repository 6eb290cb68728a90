"""What recomputes a printed number: arithmetic over printed numbers and over places in results.json.

    percent(8, 31989)                                        printed counts
    {table1[variable=sex,level=Male].n_without}              a place in the results
    100 * {eras[era=1975-2002].proportion}                   both

    at_least(fewest_in_group(18, 6.366, 1.395, 29.059))      a bound: what the printed number cannot be below

Only numbers, lists, + - * / and the functions of `arithmetic` beside this are understood; nothing else
can be run. Printed decimals are rounded, so an expression over them gives a range.
"""

from __future__ import annotations

import ast
import itertools
import operator
import re
from dataclasses import dataclass
from typing import Any

from analytics.published_numbers.arithmetic import BOUNDS, FUNCTIONS

OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
PLACE = re.compile(r"\{([^{}]+)\}")
STEP = re.compile(r"(\w+)|\[([^\]]*)\]|(\.)")
DECIMAL = re.compile(r"(?<![\w.])\d+\.\d+(?![\w.])")


class NotThere(LookupError):
    """The results have nothing, or null, at that place."""


@dataclass(frozen=True, slots=True)
class Recomputed:
    """A value, and how far rounding of the printed inputs may move it.

    bound  "at_least" or "at_most" where the value is the end of a range and not a number to be met; else ""
    """

    value: float
    lowest: float
    highest: float
    bound: str = ""


def recompute(expression: str, results: dict[str, Any]) -> Recomputed:
    """Evaluate an expression; `NotThere` where the results have no value for it.

    Raises ValueError for an expression that is not in this small language.
    """
    with_values = PLACE.sub(lambda match: repr(float(_at(match.group(1), results))), expression)
    try:
        tree = ast.parse(with_values, mode="eval").body
        value, bound = float(_evaluate(tree)), _bound(tree)
        if PLACE.search(expression):
            return Recomputed(value, value, value, bound)
        corners = [float(_evaluate(ast.parse(text, mode="eval").body)) for text in _roundings(expression)]
    except (SyntaxError, ZeroDivisionError, TypeError) as wrong:
        raise ValueError(f"cannot compute {expression!r}: {wrong}") from wrong
    return Recomputed(value, min(corners), max(corners), bound)


def _bound(tree: ast.expr) -> str:
    """The name of the outermost function if it makes a bound."""
    match tree:
        case ast.Call(func=ast.Name(id=name)) if name in BOUNDS:
            return name
    return ""


def find_value(place: str, results: dict[str, Any]) -> Any:
    """What stands at a place such as `eras[era=1975-2002].latency.median`; NotThere if nothing does."""
    here: Any = results
    end = 0
    for match in STEP.finditer(place):
        if match.start() != end:
            break
        end = match.end()
        key, chosen, _ = match.groups()
        if key is not None:
            here = here.get(key) if isinstance(here, dict) else None
        elif chosen is not None:
            here = _choose(here, chosen)
        if here is None:
            raise NotThere(place)
    if end != len(place):
        raise ValueError(f"{place!r} is not a place in the results")
    return here


def _at(place: str, results: dict[str, Any]) -> float:
    value = find_value(place, results)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NotThere(place)
    return value


def _choose(rows: Any, chosen: str) -> Any:
    """A position, or the first row whose fields have the given values."""
    if not isinstance(rows, list):
        return None
    if chosen.isdigit():
        return rows[int(chosen)] if int(chosen) < len(rows) else None
    wanted = [(name.split("."), value) for name, _, value in (p.partition("=") for p in chosen.split(","))]
    for row in rows:
        for path, value in wanted:
            if str(_field(row, path)) != value:
                break
        else:
            return row
    return None


def _field(row: Any, path: list[str]) -> Any:
    """A field of a row, or of a row within it: `stratum.sex`."""
    for part in path:
        row = row.get(part) if isinstance(row, dict) else None
    return row


def _roundings(expression: str) -> list[str]:
    """The expression with every printed decimal half a unit lower and higher, in all combinations."""
    decimals = list(DECIMAL.finditer(expression))
    if not decimals or len(decimals) > 6:
        return [expression]
    choices = []
    for match in decimals:
        half = 0.5 * 10 ** -len(match.group().split(".")[1])
        choices.append([repr(max(float(match.group()) + shift, 1e-9)) for shift in (-half, 0.0, half)])
    texts = []
    for values in itertools.product(*choices):
        text, end = "", 0
        for match, value in zip(decimals, values, strict=True):
            text += expression[end : match.start()] + value
            end = match.end()
        texts.append(text + expression[end:])
    return texts


def _evaluate(node: ast.expr) -> Any:
    match node:
        case ast.Constant(value=int() | float()):
            return node.value
        case ast.List(elts=elements):
            return [_evaluate(element) for element in elements]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            return OPERATORS[type(op)](_evaluate(left), _evaluate(right))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_evaluate(operand)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in FUNCTIONS:
            return FUNCTIONS[name](*map(_evaluate, arguments))
    raise ValueError(f"an expression may not say {ast.unparse(node)!r}")
