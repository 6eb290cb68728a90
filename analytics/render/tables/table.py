"""A table: words in cells, ready for HTML and Markdown; `tidy` has its numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from analytics.results.document import Results

MARK = "†"
SYNTHETIC = "SYNTHETIC DATA: no row stands for a patient."


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text. The first column names the row; `groups` are row numbers that open a group.

    columns   headings, one a column
    rows      cells as text, each as long as `columns`
    groups    rows whose first cell is a heading over those that follow
    numeric   columns aligned on the right
    footnotes sentences under the table
    id        that of the record it was made by
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    groups: frozenset[int] = frozenset()
    numeric: frozenset[int] = frozenset()
    footnotes: tuple[str, ...] = ()
    id: str = ""

    @property
    def marks(self) -> tuple[str, ...]:
        """Footnotes whose sign stands in a cell: they are read with it."""
        return tuple(note for note in self.footnotes if note.startswith(MARK))

    @property
    def notes(self) -> tuple[str, ...]:
        """All other footnotes, which a page may fold."""
        return tuple(note for note in self.footnotes if not note.startswith(MARK))

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"table “{self.title}”: {len(row)} cells under {len(self.columns)} headings")


@dataclass(frozen=True, slots=True)
class ReportTable:
    """One table of the report, said once beside the function that makes it.

    id        of its files and of its place on the page
    section   that shows it, after those of the section that stand before it in `all_tables.TABLES`
    make      the table, from results that can fill it
    made_of   keys of results.json that it reads; of the checklists none, which are made of the others
    when      whether these results can; if left out, they can unless the section has nothing to tell
    fold      the line one opens to see it, in which {n_published} stands for the number of printed numbers
    wrap      whether its cells are sentences
    families  of tests that it prints (analytics.questions.multiplicity)
    """

    id: str
    section: str
    make: Callable[..., Table]
    made_of: tuple[str, ...] = ()
    when: Callable[[Results], bool] | None = None
    fold: str = ""
    wrap: bool = False
    families: tuple[str, ...] = ()

    def made(self, *of: Any) -> Table:
        return replace(self.make(*of), id=self.id)


def to_markdown(table: Table, *, synthetic: bool) -> str:
    """A pipe table with its title and notes."""
    lines = [f"**{table.title}**", ""]
    lines.append("| " + " | ".join(map(_escaped, table.columns)) + " |")
    rule = ["---:" if at in table.numeric else "---" for at in range(len(table.columns))]
    lines.append("| " + " | ".join(rule) + " |")
    for at, row in enumerate(table.rows):
        cells = [_escaped(cell) for cell in row]
        if at in table.groups:
            cells[0] = f"**{cells[0]}**"
        lines.append("| " + " | ".join(cells) + " |")
    notes = [*table.footnotes, *([SYNTHETIC] if synthetic else [])]
    lines += [line for note in notes for line in ("", note)]
    return "\n".join(lines) + "\n"


def _escaped(cell: str) -> str:
    return cell.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")
