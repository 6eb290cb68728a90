"""Delimited rows into a raw table through Arrow's reader, which has nothing left to guess.

Rows are written in whatever order is quickest, for each brings the number of its line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
from pyarrow import csv

from flows.landing.forms.delivery import identifier, literal
from flows.landing.forms.seer_listing import value_labels
from flows.landing.text.delivered_text import Text, without_lines
from flows.landing.vocabulary import Column

BATCH_BYTES = 8 << 20  # many times the longest line


@dataclass(frozen=True, slots=True)
class Layout:
    """All that a reader must be told to read the rows; nothing is left for it to guess.

    n_above   lines above the first row: a header, and what a spreadsheet program is told
    has_tabs  whether tabs stand in cells
    """

    load_id: str
    text: Text
    columns: tuple[Column, ...]
    delimiter: str
    is_quoted: bool
    n_above: int
    formats: dict[str, dict[str, str]]
    ragged: tuple[int, ...]
    n_lines: int
    table: str
    has_tabs: bool = False


def insert_values(layout: Layout, values: dict[str, str], connection: duckdb.DuckDBPyConnection) -> None:
    """Land every line that is not ragged; `values` is the SQL of each column, of cells named c1, c2, ..."""
    if layout.n_lines == len(layout.ragged):
        return
    landed = ", ".join(f"{value} as {identifier(name)}" for name, value in values.items())
    connection.register("incoming", numbered_rows(layout))
    connection.execute(
        f"insert into raw.{layout.table} by name"
        f" select {literal(layout.load_id)} as load_id, source_line, {landed} from incoming"
    )
    connection.unregister("incoming")


def numbered_rows(layout: Layout) -> pa.RecordBatchReader:
    """source_line and the cells as text: c1, c2, ... An empty cell is an empty text, never a null."""
    text = without_lines(layout.text, set(layout.ragged)) if layout.ragged else layout.text
    cells = [f"c{column.position}" for column in layout.columns]
    rows = csv.open_csv(
        text.path,
        csv.ReadOptions(column_names=cells, skip_rows=layout.n_above, block_size=BATCH_BYTES),
        csv.ParseOptions(
            delimiter=layout.delimiter,
            quote_char='"' if layout.is_quoted else False,
            double_quote=layout.is_quoted,
            escape_char=False,
            newlines_in_values=False,
            ignore_empty_lines=False,
        ),
        csv.ConvertOptions(
            column_types=dict.fromkeys(cells, pa.string()),
            strings_can_be_null=False,
            null_values=[],
            check_utf8=False,  # the text was decoded before
        ),
    )
    schema = rows.schema.append(pa.field("source_line", pa.int64()))

    def numbered() -> Iterator[pa.RecordBatch]:
        done = 0
        for batch in rows:
            lines = lines_of(layout, np.arange(done, done + batch.num_rows))
            done += batch.num_rows
            yield pa.RecordBatch.from_arrays([*batch.columns, pa.array(lines)], schema=schema)

    return pa.RecordBatchReader.from_batches(schema, numbered())


def lines_of(layout: Layout, rows: np.ndarray) -> np.ndarray:
    """The physical lines of the rows that land, counted from 0, past the ragged lines among them."""
    first = layout.n_above + 1
    ragged_before = np.array(layout.ragged, np.int64) - first - np.arange(len(layout.ragged))
    return first + rows + np.searchsorted(ragged_before, rows, side="right")


def landed_value(column: Column, layout: Layout) -> str:
    """The cell, a tab in it read as a blank; where it holds a code, what the dictionary says of it (one it
    has not is refused later)."""
    cell = f"replace(c{column.position}, chr(9), ' ')" if layout.has_tabs else f"c{column.position}"
    entries = layout.formats.get(column.header)
    return value_labels.read(entries).sql(cell) if entries else cell
