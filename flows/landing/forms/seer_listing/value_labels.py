"""The values of one column as its dictionary explains them: codes, lists and ranges, and their labels.

SEER*Stat writes `1=Male`, `1,3,5=Other`, `14-20=Teenager` and, for a variable that is a number,
`0-1992=* 8000-9992`: the values 8000 to 9992, kept as 0 to 1992 where the column is shown unformatted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from flows.landing.forms.delivery import literal
from flows.landing.vocabulary import normalised

CODE = re.compile(r"(-?\d{1,18})(?:\s*-\s*(\d{1,18}))?")
NUMBERS = re.compile(r"\*\s*(\d{1,18})(?:\s*-\s*(\d{1,18}))?(?!\d)")


@dataclass(frozen=True, slots=True)
class CodeRange:
    """Codes from `first` to `last`, each of which has one label."""

    first: int
    last: int
    label: str


@dataclass(frozen=True, slots=True)
class NumberRange:
    """Codes from `first` to `last`, which stand for as many numbers from `least` on, of `width` digits."""

    first: int
    last: int
    least: int
    width: int

    @property
    def most(self) -> int:
        return self.least + self.last - self.first


@dataclass(frozen=True, slots=True)
class ValueLabels:
    """What the format of one column says.

    labels   code -> label
    unclear  entries of which we cannot tell the meaning
    words    all labels, normalised
    """

    labels: dict[str, str]
    ranges: tuple[CodeRange, ...] = ()
    numbers: tuple[NumberRange, ...] = ()
    unclear: tuple[str, ...] = ()
    words: frozenset[str] = frozenset()

    @property
    def are_words(self) -> bool:
        """Whether the format explains but what is no number, so that other numbers stand for themselves."""
        return not (self.numbers or self.unclear or any(re.search(r"\d", word) for word in self.words))

    def hold(self, value: str) -> bool:
        """Whether a value, as a column with labels shows it, is one of them."""
        return normalised(value) in self.words or self._is_number(value) or bool(self.unclear)

    def sql(self, cell: str) -> str:
        """SQL of what a cell that holds a code means; a cell that holds none is left as it is."""
        pairs = ", ".join(f"{literal(code)}: {literal(label)}" for code, label in self.labels.items())
        meant = [f"(map {{{pairs}}})[trim({cell})]"] if self.labels else []
        number = f"try_cast(regexp_extract({cell}, '^ *(-?[0-9]{{1,18}}) *$', 1) as bigint)"
        cases = [
            f"when {number} between {each.first} and {each.last} then {literal(each.label)}"
            for each in self.ranges
        ] + [
            f"when {number} between {each.first} and {each.last} "
            f"then printf('%0{each.width}d', {number} + {each.least - each.first})"
            for each in self.numbers
        ]
        if cases:
            meant.append(f"case {' '.join(cases)} end")
        return f"coalesce({', '.join([*meant, cell])})"

    def _is_number(self, value: str) -> bool:
        digits = re.match(r"\s*(\d{1,18})(?!\d)", value)
        return digits is not None and any(each.least <= int(digits[1]) <= each.most for each in self.numbers)


def contradiction(entries: Mapping[str, str]) -> tuple[str, str] | None:
    """Two entries of a format section, as written, that give one code two labels; None where all agree.

    A code alone is an exception to a range that it is in, and contradicts only another code alone.
    """
    spans = sorted(
        (int(span[1]), int(span[2] or span[1]), codes)
        for codes in entries
        for part in codes.split(",")
        if (span := CODE.fullmatch(part.strip()))
    )
    for alike in (
        [span for span in spans if span[0] == span[1]],
        [span for span in spans if span[0] != span[1]],
    ):
        widest: tuple[int, str] | None = None  # the last code so far, and the entry that it is of
        for first, last, codes in alike:
            if (
                widest is not None
                and first <= widest[0]
                and normalised(entries[codes]) != normalised(entries[widest[1]])
            ):
                return widest[1], codes
            if widest is None or last > widest[0]:
                widest = last, codes
    return None


def read(entries: Mapping[str, str]) -> ValueLabels:
    """What the entries of a format section mean, its labels unquoted."""
    labels: dict[str, str] = {}
    ranges: list[CodeRange] = []
    numbers: list[NumberRange] = []
    unclear: list[str] = []
    for codes, label in entries.items():
        parts = [part.strip() for part in codes.split(",")]
        spans = [span for part in parts if (span := CODE.fullmatch(part))]
        if not spans or len(spans) != sum(map(bool, parts)):
            labels[codes] = label  # a code that is a word, whatever it holds
            continue
        for span in spans:
            first = int(span[1])
            last = first if span[2] is None else int(span[2])
            shown = NUMBERS.match(label)
            if shown is None and span[2] is None:
                labels[span[1]] = label
            elif shown is None:
                ranges.append(CodeRange(first, last, label))
            elif last - first == int(shown[2] or shown[1]) - int(shown[1]):
                numbers.append(NumberRange(first, last, int(shown[1]), len(shown[1])))
            else:
                unclear.append(f"{codes}={label}")
    words = frozenset(normalised(label) for label in (*labels.values(), *(each.label for each in ranges)))
    return ValueLabels(labels, tuple(ranges), tuple(numbers), tuple(unclear), words)
