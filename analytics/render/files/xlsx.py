"""All tables as one workbook: a sheet a table, its numbers as numbers in the report's form.

The first sheet says what the workbook is. Equal reports give equal bytes: no clock enters the file.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from analytics.render.abbreviations import written_out_in
from analytics.render.files.archive import NO_CLOCK, printable
from analytics.render.tables.table import SYNTHETIC, Table
from analytics.render.tables.tidy import tidy
from analytics.warehouse.study import Study

ABOUT = "About"
LONGEST_NAME = 31
"""Characters that the name of a sheet may have."""

WIDTHS = (9, 44)


def to_workbook(
    tables: Iterable[Table], study: Study, facts: Sequence[tuple[str, str]], *, synthetic: bool
) -> bytes:
    """A workbook of the tables; `facts` are what the first sheet says beside title and stamp."""
    import xlsxwriter

    held = io.BytesIO()
    book = xlsxwriter.Workbook(
        held, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties({"title": study.title, "author": "metachron", "created": NO_CLOCK})
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    forms = {n: book.add_format({"num_format": "#,##0" + ("." + "0" * n if n else "")}) for n in range(12)}
    about = book.add_worksheet(ABOUT)
    about.set_column(0, 0, 24)
    about.set_column(1, 1, 100, wrapped)
    tables = list(tables)
    texts = (text for table in tables for row in (table.columns, *table.rows) for text in row)
    lines = [("Title", study.title), *facts, *([("Data", SYNTHETIC)] if synthetic else [])]
    lines += written_out_in(study, texts)
    lines += [(table.id[:LONGEST_NAME], table.title) for table in tables]
    for at, (name, text) in enumerate(lines):
        about.write_string(at, 0, printable(name), bold)
        about.write_string(at, 1, printable(text))
    for table in tables:
        made, sheet = tidy(table), book.add_worksheet(table.id[:LONGEST_NAME])
        sheet.write_string(0, 0, printable(table.title), bold)
        for column, name in enumerate(made.columns):
            sheet.write_string(1, column, printable(name), bold)
            longest = max(
                (len(str(row[column])) for row in made.rows if isinstance(row[column], str)), default=0
            )
            sheet.set_column(column, column, min(max(len(name), longest, WIDTHS[0]), WIDTHS[1]))
        for at, row in enumerate(made.rows, start=2):
            for column, (value, decimals) in enumerate(zip(row, made.decimals, strict=True)):
                if isinstance(value, str):
                    sheet.write_string(at, column, printable(value))
                elif value is not None:
                    sheet.write_number(at, column, value, forms.get(decimals or 0))
        notes = [*table.footnotes, *([SYNTHETIC] if synthetic else [])]
        for at, note in enumerate(notes, start=len(made.rows) + 3):
            sheet.write_string(at, 0, printable(note))
        sheet.freeze_panes(2, 1)
    book.close()
    return held.getvalue()
