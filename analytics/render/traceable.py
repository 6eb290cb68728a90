"""The numbers of a page that can be pressed: each knows its place in results.json, and what it was made from.

A template marks a text with the filter `numbered`; each cell of it (`analytics.render.cells`) becomes an
element that names its numbers, and what the page's script says of them is embedded once, below the page.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from markupsafe import Markup, escape

from analytics.places import rows
from analytics.provenance.trace import OF_A_PERSON, Trace, traces, without_rows
from analytics.render.cells import Cell, Computed, Number
from analytics.render.embedded import embedded_json
from analytics.render.formats import count
from analytics.render.place_words import describe
from analytics.results.document import Results
from analytics.results.json_file import plain
from analytics.results.published import PrintedNumber

BELOW_A_NUMBER = "below 1e-300, too small to be held as a number"


def underflowed(place: str, value: Any) -> bool:
    """Whether a P value is 0 only because no number of a computer is as small."""
    return value == 0 and re.search(r"(^|\.)p_(value|holm)", place) is not None


def _value(place: str, value: Any) -> Any:
    """As the panel says it: at full precision; person-years, of which only months are known, rounded."""
    if underflowed(place, value):
        return BELOW_A_NUMBER
    return count(value) if place.rpartition(".")[2] == "person_years" else value


def _computed(place: str) -> str:
    return "recomputed number" if place.startswith("published[") else "number"


def _recomputed(number: Number | Computed) -> tuple[Number, ...]:
    """What stands beside a number that the paper prints: the same from these data, where they have it."""
    if isinstance(number, Computed) or not isinstance(number.row, PrintedNumber) or number.path != "printed":
        return ()
    return () if number.row.recomputed is None else (Number(number.row, "recomputed"),)


class PressableNumbers:
    """Those of one page; remembers which of them were marked."""

    def __init__(self, results: Results) -> None:
        self._document, self._study = plain(results), results.study
        self._places = rows(results)
        self._n_rows = {row.sql: row.n_rows for row in results.rows_behind}
        self._texts: dict[str, int] = {}
        self._sql: dict[tuple[str, str], int] = {}
        self._at: dict[object, int] = {}
        self._numbers: list[list[Any]] = []

    def mark(self, text: str, words: Callable[[str], Markup] = escape) -> Markup:
        """The text as HTML, every cell of it as an element with the positions of its numbers.

        words  makes HTML of what lies between cells, and of texts that are none
        """
        if not isinstance(text, Cell):
            return words(text)
        if text.parts:
            return Markup("").join(self.mark(part, words) for part in text.parts)
        known = [number for number in text.numbers if number.value is not None]
        if not known:
            return words(text)
        beside = [each for number in known for each in (number, *_recomputed(number))]
        positions = " ".join(str(position) for position in dict.fromkeys(map(self._position, beside)))
        return Markup('<span data-numbers="{}">{}</span>').format(positions, str(text))

    def place(self, number: Number | Computed) -> str:
        """Where a number stands in results.json, or how it is computed from places there.

        KeyError for a row that is not of these results.
        """
        if isinstance(number, Computed):
            return number.sum.format(*(f"{{{self.place(each)}}}" for each in number.of))
        around = self._places[id(number.row)]
        return f"{around}.{number.path}" if around else number.path

    def embedded(self) -> str:
        """What the script says of every number marked so far, as JSON for it.

        texts    each once
        sql      table, SQL, number of rows
        numbers  place, value, positions of what it is, of whom, and of how it was made; those of its SQL
        """
        sql = [[mart, sql, self._n_rows.get(sql)] for mart, sql in self._sql]
        return embedded_json({"texts": [*self._texts], "sql": sql, "numbers": self._numbers})

    def _position(self, number: Number | Computed) -> int:
        known_as = self.place(number) or number
        if known_as not in self._at:
            self._at[known_as] = len(self._numbers)
            self._numbers.append(self._entry(number))
        return self._at[known_as]

    def _entry(self, number: Number | Computed) -> list[Any]:
        place = self.place(number)
        if isinstance(number, Computed) and not place:
            return ["", number.value, self._text(number.words), self._text(""), self._text(""), []]
        if isinstance(number, Computed):
            _, about = describe(self.place(number.of[0]), self._document, self._study)
            what = number.words
        else:
            what, about = describe(place, self._document, self._study)
        made, how, sql = self._traces(place), without_rows(place, self._document), []
        for trace in made:
            shown = "" if trace.place.startswith(OF_A_PERSON) else trace.sql
            sql.append(self._sql.setdefault((trace.table, shown), len(self._sql)))
            how = trace.how if trace.place == place else f"the {_computed(place)} was computed from them"
        return [
            place,
            _value(place, number.value),
            self._text(what),
            self._text(about),
            self._text(how),
            [*dict.fromkeys(sql)],
        ]

    def _traces(self, place: str) -> tuple[Trace, ...]:
        """None of a number whose analysis does not say where it comes from."""
        try:
            return traces(place, self._document)
        except LookupError:
            return ()

    def _text(self, text: str) -> int:
        return self._texts.setdefault(text, len(self._texts))
