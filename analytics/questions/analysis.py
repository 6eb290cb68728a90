"""What the report knows of one analysis, said once: in the file of its question, as `ANALYSIS`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from analytics.warehouse.marts import Marts
from analytics.warehouse.study import Study

SECOND_CANCER = ("second_cancer",)
FOLLOW_UP = ("survival_months", "vital_status")


@dataclass(frozen=True, slots=True)
class Origin:
    """A group of numbers made from the same rows.

    place   of the group
    mart    what the report reads
    table   the table that has the rows one by one
    where   which of its rows; "" for all
    counts  the group's counts, each with the further condition on the rows it counts; "" as a key is the
            place itself. Every other number of the group was estimated from all rows of the group.
    total   a column whose sum the counts are, where rows are cells; otherwise a count is a number of rows
    """

    place: str
    mart: str
    table: str
    where: str = ""
    counts: dict[str, str] = field(default_factory=dict)
    total: str = ""


@dataclass(frozen=True, slots=True)
class Drawer:
    """What a section of the report says about the rows it was made from."""

    section: str
    numbers: str
    mart: str
    sql: str


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A table in its section; fold: the line one opens to see it; wrap: its cells are sentences."""

    id: str
    fold: str = ""
    wrap: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: what a row's cell says. A whole number is a count, a fraction a ratio."""

    heading: str
    cell: Callable[[Any], str | int | float | None]


@dataclass(frozen=True, slots=True)
class Question:
    """How an analysis that has no field of `Results` is asked and shown.

    row      the frozen type of its rows, whose fields are keys of results.json
    ask      the rows, from the marts
    columns  of its table, the first of the record's tables
    """

    row: type
    ask: Callable[[Marts, Study], tuple[Any, ...]]
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Analysis:
    """One analysis and its section of the report.

    section  the section's id
    title    {index} and {second} stand for the names of the study's cancers, in a table's fold {n_published}
             for the number of printed numbers
    keys     of results.json that hold its numbers
    needs    items without which there is nothing to say (`analytics.questions.deliveries`)
    text     a paragraph that stands there whatever the numbers
    figures  ids, those of a row side by side
    tables   in order
    origins  (numbers, mart, SQL of their rows), for the drawer below the section
    numbers  where each number comes from, by its place, beside those of `analytics.provenance.origins`
    question of an analysis that `analytics.document.analyse` does not ask by itself; it has one key
    """

    section: str
    title: str
    keys: tuple[str, ...]
    needs: tuple[str, ...] = ()
    text: str = ""
    figures: tuple[tuple[str, ...], ...] = ()
    tables: tuple[ShownTable, ...] = ()
    origins: tuple[tuple[str, str, str], ...] = ()
    numbers: tuple[Origin, ...] = ()
    question: Question | None = None

    @property
    def drawers(self) -> tuple[Drawer, ...]:
        return tuple(Drawer(self.section, *origin) for origin in self.origins)
