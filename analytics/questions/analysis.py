"""What the report knows of one analysis, said once: in the file of its question, as `ANALYSIS`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from analytics.results.document import Results
from analytics.results.ids import SurvivalId
from analytics.warehouse.marts import Marts
from analytics.warehouse.study import Study

REGISTRY = ("registry_listing",)
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
    called  what `total` is in words, where it is more than a column
    """

    place: str
    mart: str
    table: str
    where: str = ""
    counts: dict[str, str] = field(default_factory=dict)
    total: str = ""
    called: str = ""


@dataclass(frozen=True, slots=True)
class Drawer:
    """What a section of the report says about the rows it was made from."""

    section: str
    numbers: str
    mart: str
    sql: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: what a row's cell says. A whole number is a count, a fraction a ratio."""

    heading: str
    cell: Callable[[Any], str | int | float | None]


@dataclass(frozen=True, slots=True)
class FurtherRows:
    """How an analysis that has no field of `Results` is asked and shown.

    row      the frozen type of its rows, whose fields are keys of results.json
    ask      the rows, from the marts
    columns  of its table, which is called as the analysis's key; none where `analytics.render.tables` has a
             record of it
    """

    row: type
    ask: Callable[[Marts, Study], tuple[Any, ...]]
    columns: tuple[Column, ...] = ()


def nobody_died(results: Results, id: SurvivalId, cancer: str) -> str:
    """A sentence where an analysis of survival has people and no death; else nothing."""
    strata = next((analysis.strata for analysis in results.survival if analysis.id == id), ())
    people = sum(stratum.n for stratum in strata)
    if not people or any(stratum.events for stratum in strata):
        return ""
    return (
        f"Not estimable: none of the {people:,} people with {cancer} had died when last seen. There is no "
        "median and no hazard ratio without a death."
    )


def nobody_fell_ill(results: Results) -> str:
    """A sentence where nobody of the corrected cohort had the second cancer; else nothing."""
    if results.incidence_overall.observed != 0:
        return ""
    return (
        f"Not estimable: nobody under observation had {results.study.second_short_label}. How high its rate "
        "may be stands under Incidence."
    )


def nobody_had_second(results: Results) -> str:
    """A sentence where everybody was asked and nobody had the second cancer; else nothing."""
    return (
        f"Not estimable: nobody had {results.study.second_short_label}."
        if results.cohort.n_second == 0
        else ""
    )


@dataclass(frozen=True, slots=True)
class Analysis:
    """One analysis and its section of the report.

    section    the section's id
    title      as the field calls it; {index} and {second} stand for the names of the study's cancers
    question   which the section answers, as its subtitle; the same names may stand in it
    keys       of results.json that hold its numbers
    needs      items without which there is nothing to say (`analytics.questions.deliveries`)
    text       a paragraph that stands there whatever the numbers
    is_part    whether these results have anything of its kind; else the section is left out
    why_empty  why it has no answer though all was delivered, as a sentence; empty where it has one
    has_rows   whether the drawer below the section has rows to speak of
    origins    (numbers, mart, SQL of their rows), for that drawer
    numbers    where each number comes from, by its place; the first that matches is its origin
    further    of an analysis that `analytics.answers.analyse` does not ask by itself; it has one key

    Its tables and figures name its section, each in one record beside what makes it (`analytics.render`).
    """

    section: str
    title: str
    question: str
    keys: tuple[str, ...]
    needs: tuple[str, ...] = ()
    text: str = ""
    is_part: Callable[[Results], bool] = lambda results: True
    why_empty: Callable[[Results], str] = lambda results: ""
    has_rows: Callable[[Results], bool] = lambda results: True
    origins: tuple[tuple[str, str, str], ...] = ()
    numbers: tuple[Origin, ...] = ()
    further: FurtherRows | None = None

    @property
    def drawers(self) -> tuple[Drawer, ...]:
        return tuple(Drawer(self.section, *origin) for origin in self.origins)
