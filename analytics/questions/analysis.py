"""What the report knows of one analysis, said once: in the file of its question, as `ANALYSIS`."""

from __future__ import annotations

from dataclasses import dataclass

SECOND_CANCER = ("second_cancer",)
FOLLOW_UP = ("survival_months", "vital_status")


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
    """

    section: str
    title: str
    keys: tuple[str, ...]
    needs: tuple[str, ...] = ()
    text: str = ""
    figures: tuple[tuple[str, ...], ...] = ()
    tables: tuple[ShownTable, ...] = ()
    origins: tuple[tuple[str, str, str], ...] = ()

    @property
    def drawers(self) -> tuple[Drawer, ...]:
        return tuple(Drawer(self.section, *origin) for origin in self.origins)
