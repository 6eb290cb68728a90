"""What the paper prints at a place of results.json: "conventional 12.7; the paper prints 13.840".

Only a row of the paper's ledger (`results.published`) counts that says where its number stands in the
results and was computed again from there: beside another reference level, or no value, the paper's number
would compare what is not alike. A study without a ledger has nothing printed anywhere.

    printed_at(results, "cox[id=second_multivariable].terms[variable=chemotherapy,level=No/Unknown].hr")
        "13.840"
    the_paper_prints(results, "eras[era=1975-2002].proportion")
        "the paper prints 0.25%"
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from analytics.places import IDENTITY
from analytics.render.cells import Cell, Number, fill, join, numbers
from analytics.render.tables.table import Table
from analytics.results.document import Results
from analytics.results.published import PrintedNumber

SELECTOR = re.compile(r"(\w+)\[([^\[\]]*=[^\[\]]*)\]")
LIMIT = re.compile(r"(ci(\.\w+)?\[[01]\]|\.(min|max))$")
PRINTED = "The paper prints"
PRINTED_AT = re.compile(r"(?P<percent>100 \* )?\{(?P<place>[^{}]+)\}")


def printed_at(results: Results, place: str) -> str:
    """The number as the paper prints it, its zeros and its < included, with % where it is a percentage.

    Empty where the ledger has none. `place` is one of `analytics.places.leaves`; the fields of a selector may
    come in any order.
    """
    printed = printed_numbers(results).get(_in_one_order(place))
    return printed[1] if printed else ""


def printed_numbers(results: Results) -> dict[str, tuple[PrintedNumber, str]]:
    """By the place of its counterpart, each row of the ledger that has a value there, and its printed number.

    Of several about one place the first; a selector has its row's identity only, in alphabetical order.
    """
    found: dict[str, tuple[PrintedNumber, str]] = {}
    for row in results.published:
        match = PRINTED_AT.fullmatch(row.expression)
        if match and row.verdict != "not_recomputable":
            printed = as_printed(row)
            thousands = f"{int(printed):,}" if printed.isdigit() else printed
            found.setdefault(_in_one_order(match["place"]), (row, thousands))
    return found


def as_printed(row: PrintedNumber) -> str:
    """The number as the paper has it, with % where its counterpart is a proportion."""
    match = PRINTED_AT.fullmatch(row.expression)
    return row.printed + ("%" if match and match["percent"] else "")


def the_paper_prints(results: Results, place: str) -> str:
    """ "the paper prints 13.840", to stand behind a conventional number; empty where the ledger has none."""
    printed = printed_at(results, place)
    return f"the paper prints {printed}" if printed else ""


def with_printed(table: Table, results: Results, places: Mapping[int, str]) -> Table:
    """The table with what the paper prints of its numbers in a last column; itself where it prints none.

    What it prints stands once, in the row of that number, and not where a later row mentions it again.

    places  of every row of the results (`analytics.places.rows`)
    """
    left = printed_numbers(results)
    column = [_printed_of(row, left, places) for row in table.rows]
    if not any(column):
        return table
    last = len(table.columns)
    rows = tuple((*row, printed) for row, printed in zip(table.rows, column, strict=True))
    return replace(table, columns=(*table.columns, PRINTED), rows=rows, numeric=table.numeric | {last})


def _printed_of(
    row: tuple[str, ...], left: dict[str, tuple[PrintedNumber, str]], places: Mapping[int, str]
) -> str:
    """The printed counterparts of one row of a table, those of a cell by semicolons, taken out of `left`."""
    cells = []
    for cell in row:
        texts = {
            place: Cell(it[1], (Number(it[0], "printed", beside=number),))
            for place, number in _places_of(cell, places)
            if (it := left.pop(_in_one_order(place), None))
        }
        limits = [text for place, text in texts.items() if LIMIT.search(place)]
        others = [text for place, text in texts.items() if not LIMIT.search(place)]
        if len(limits) == 2:
            pattern = "{} ({} to {})" if others else "{}{} to {}"
            cells.append(fill(pattern, join(*others, between=", "), *limits))
        elif others:
            cells.append(join(*others, between=" of " if " of " in cell else ", "))
    return join(*cells, between="; ") if cells else ""


def _places_of(cell: str, places: Mapping[int, str]) -> list[tuple[str, Number]]:
    return [
        (f"{places[id(number.row)]}.{number.path}", number)
        for number in numbers(cell)
        if isinstance(number, Number) and id(number.row) in places
    ]


def _in_one_order(place: str) -> str:
    """[level=Male,variable=sex] and [variable=sex,level=Male,reference=Female] choose the same row."""
    return SELECTOR.sub(_identity, place)


def _identity(selector: re.Match[str]) -> str:
    """What tells the row from its siblings, in alphabetical order; what it must be besides is left out."""
    name, pairs = selector[1], sorted(selector[2].split(","))
    own = [pair for pair in pairs if pair.partition("=")[0] in IDENTITY.get(name, ())]
    return f"{name}[{','.join(own or pairs)}]"
