"""A whole report against R: every number that R can compute from the same marts, and a word on the others.

R's script reads the marts and the study's definition alone. What it answers and what results.json holds meet
under one name, the place of the number; a row is called by what names it: `cox[index_naive].loglik`.
"""

from __future__ import annotations

import json
import math
import re
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analytics.places import IDENTITY
from analytics.warehouse.marts import Marts, open_marts
from bench.validation.whole_runs import Results

SCRIPT = Path(__file__).with_suffix(".R")
TOLERANCE = 1e-6
EXACT = 1e-12

MARTS = (
    "index_patients",
    "index_patients_corrected",
    "survival_intervals",
    "person_time_by_era",
    "person_time_by_group",
    "sir",
    "institution_summary",
    "institution_cases",
    "study",
    "study_eras",
    "study_landmarks",
)
"""What R reads, by the function of `Marts` that gives it."""

ROWS_ARE_CALLED = IDENTITY | {
    "tests": ("test", "what"),
    "detectable": ("variable", "level"),
    "sir": ("stratum",),
    "numeric": ("variable",),
    "multiplicity": ("family",),
}
"""What names the rows of a list; those of another are known by their position."""

NOT_ASKED = {
    r"schema_version|study\.|run\.|data\.": "no estimates",
    r"provenance|rows_behind": "counts of rows behind each number: tests/traceability",
    r"attrition|definitions|institution\.flow": "counted in SQL before the marts: tests/layouts",
    r"sensitivity": "the same numbers of other marts",
    r"cross_checks": "lifelines' answers beside ours, which are asked where they stand",
    r"published": "a paper's numbers beside ours",
    r"data_quality": "counts of the audit",
    r"person_time": "a copy of the mart; its sums are asked as sir",
    r"sir\[.*\]\.(persons|mean_age_.*|.*_without_reference)": "copies of the mart",
    r"institution\.(cases|first_year|last_year)": "copies of the mart",
    r"null_bands": "simulated by our own generator",
    r"misclassification\.(draws|sensitivity|ppv)": "drawn by our own generator, and what it draws from",
}
"""Places, as regular expressions from their beginning, that R is not asked about, and why."""

SILENT = re.compile("|".join(f"(?:{pattern})" for pattern in NOT_ASKED))

REPEATED = re.compile(r"contrasts")
"""Places of numbers that stand elsewhere too, where R is asked about them."""


@dataclass(frozen=True, slots=True)
class Compared:
    """asked: numbers by their block, the first key of results.json; largest: relative difference, and where.

    different  name, ours and R's, of what is further apart than TOLERANCE or absent on one side
    unasked    places of numbers that R neither answered nor NOT_ASKED names
    """

    asked: dict[str, int]
    largest: tuple[float, str]
    different: dict[str, tuple[Any, Any]]
    unasked: tuple[str, ...]

    @property
    def n(self) -> int:
        return sum(self.asked.values())


def ask_r(script: Path, folder: Path) -> None:
    """Let R answer; RuntimeError with its words where it does not."""
    ended = subprocess.run(["Rscript", "--vanilla", script, folder], capture_output=True, text=True)
    if ended.returncode:
        raise RuntimeError(f"R ended with {ended.returncode}: {ended.stderr}")


def compare(warehouse: Path, results: Results, ask: Callable[[Path, Path], object] = ask_r) -> Compared:
    """Ask R about every number of `results` (plain, as results.json holds them), made of this warehouse.

    ask  runs an R script with a folder as its only word
    """
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with open_marts(warehouse) as marts:
            hand_over(folder, marts)
        ask(SCRIPT, folder)
        answers = json.loads((folder / "answers.json").read_text(encoding="utf-8"))
    return compared(dict(numbers_by_place(results)), answers)


def compared(ours: dict[str, Any], theirs: dict[str, Any]) -> Compared:
    """Both sides by place; a number that only one has is infinitely far from the other's."""
    asked, different, largest = Counter[str](), {}, (0.0, "")
    for place, answer in theirs.items():
        mine, its = as_list(ours.get(place)), as_list(answer)
        if place not in ours and not holds_number(answer):
            continue
        asked[re.split(r"[.\[]", place)[0]] += len(its)
        there = place in ours and len(mine) == len(its)
        apart = max(map(distance, mine, its), default=0.0) if there else math.inf
        largest = max(largest, (apart, place))
        if apart > TOLERANCE:
            different[place] = (ours.get(place), answer)
    known = {number for place in theirs for number in as_list(ours.get(place))}
    unasked = (
        place
        for place, value in ours.items()
        if place not in theirs
        and holds_number(value)
        and not SILENT.match(place)
        and not (REPEATED.match(place) and known.issuperset(as_list(value)))
    )
    return Compared(dict(asked), largest, different, tuple(unasked))


def hand_over(folder: Path, marts: Marts) -> None:
    """The marts as CSV, and the study's definition as the warehouse has it."""
    for name in MARTS:
        getattr(marts, name)().write_csv(folder / f"{name}.csv")


def numbers_by_place(value: Any, place: str = "", key: str = "") -> Iterator[tuple[str, Any]]:
    """Every number, flag, null, and list of numbers with the place where it stands."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from numbers_by_place(item, f"{place}.{name}" if place else name, name)
    elif isinstance(value, list) and not all(item is None or is_number(item) for item in value):
        for at, row in enumerate(value):
            yield from numbers_by_place(row, f"{place}[{called(key, row, at)}]")
    elif not isinstance(value, str):
        yield place, value


def called(key: str, row: Any, at: int) -> str:
    names = (
        [row[name] for name in ROWS_ARE_CALLED.get(key, ()) if name in row] if isinstance(row, dict) else []
    )
    said = (
        ",".join(f"{k}={v}" for k, v in name.items()) if isinstance(name, dict) else str(name)
        for name in names
    )
    return ",".join(said) if names else str(at)


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def holds_number(value: Any) -> bool:
    return any(is_number(item) for item in as_list(value))


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def distance(ours: float | None, theirs: float | None) -> float:
    """Relative difference; 0 where both are absent or within EXACT of each other, infinite where one is."""
    if ours is None or theirs is None:
        return 0.0 if ours is theirs else math.inf
    apart = abs(ours - theirs)
    return 0.0 if apart <= EXACT else apart / max(abs(ours), abs(theirs))
