"""SEER*Stat matrices: frequency, rate, survival and MP-SIR tables, exported with the same dictionaries.

One row a line: what it is about (`dimensions`) and its numbers (`statistics`), each a JSON object of texts
keyed by the dictionary's own names, so that any matrix fits and a cell is
`statistics ->> 'Relative Survival (Cum)'`. Codes of dimensions are landed as the dictionary's labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import duckdb

from flows.errors import InputRefused
from flows.home import Home
from flows.landing.forms.delivery import CheckedFile, Received, RecognisedDelivery, Reject, literal
from flows.landing.forms.hospital.mapping import Mapping
from flows.landing.forms.seer_listing import dictionary as dictionaries
from flows.landing.forms.seer_listing import listing
from flows.landing.forms.seer_listing.dictionary import Dictionary
from flows.landing.gathering import ReceivedFile
from flows.landing.text import delimited, delimited_rows
from flows.landing.text.delivered_text import PATHS, as_utf8
from flows.landing.text.line_count import count_lines
from flows.landing.vocabulary import Column
from flows.terminal.progress import Progress

TABLE = "seer_matrix"


def gather(seen: Sequence[ReceivedFile], mappings: Sequence[Mapping]) -> list[RecognisedDelivery]:
    """None of its own: a matrix has a dictionary as a listing has, and is gathered with listings."""
    return []


def receive(delivery: RecognisedDelivery, home: Home) -> Received:
    """Take in the matrix and its dictionary."""
    return listing.receive(delivery, home)


def check(received: Received, progress: Progress | None = None) -> list[CheckedFile]:
    """Raises InputRefused: IN-01 to IN-07, IN-13, IN-14, IN-17, IN-18."""
    content = received.contents[0]
    dictionary = dictionaries.read(as_utf8(received.companions["dictionary"], unread=PATHS))
    if content.size == 0:
        raise InputRefused("IN-01", "The file is empty", file=content.name)
    text = as_utf8(content)
    names = [variable.name for variable in dictionary.variables]
    columns = tuple(Column(position, name, name, True) for position, name in enumerate(names, start=1))
    has_header, events = delimited.header_of(text, dictionary, names)
    lines = count_lines(
        text,
        delimiter=dictionary.delimiter.encode(),
        fields=len(names),
        is_quoted=dictionary.has_quotes,
        skip_lines=int(has_header),
        progress=progress,
    )
    delimited.refuse_ragged(lines, text, dictionary, int(has_header))
    layout = delimited_rows.Layout(
        load_id=received.load_ids[0],
        text=text,
        columns=columns,
        delimiter=dictionary.delimiter,
        is_quoted=dictionary.has_quotes,
        has_header=has_header,
        formats=dictionary.formats,
        ragged=tuple(sorted(lines.ragged)),
        n_lines=lines.n_lines,
        table=TABLE,
    )
    return [
        CheckedFile(
            content=content,
            load_id=received.load_ids[0],
            kind=TABLE,
            source="reference",
            role="matrix",
            columns=(),
            rows_read=lines.n_lines,
            insert=partial(insert, layout, dictionary),
            rejects=delimited.ragged_rejects(text, lines, len(names)),
            dictionary=received.companions["dictionary"],
            database=dictionary.database,
            is_synthetic=dictionary.is_synthetic,
            encoding=text.encoding,
            delimiter=dictionary.delimiter,
            line_ending=lines.line_ending,
            header={
                "variables": names,
                "session": dictionary.session,
                "missing_character": dictionary.missing_character,
                "formats": dictionary.formats,
            },
            events=content.events + text.events + events,
        )
    ]


def inspect(connection: duckdb.DuckDBPyConnection, files: Sequence[CheckedFile]) -> list[tuple[str, Reject]]:
    """Nothing is left to inspect."""
    return []


def insert(
    layout: delimited_rows.Layout, dictionary: Dictionary, connection: duckdb.DuckDBPyConnection
) -> None:
    """Land each line as one row of two JSON objects."""
    dimensions = [column for column in layout.columns if is_dimension(dictionary, column)]
    statistics = [column for column in layout.columns if not is_dimension(dictionary, column)]
    values = {
        "session_type": literal(dictionary.session.get("Type", "")),
        "dimensions": json_of(dimensions, layout),
        "statistics": json_of(statistics, layout),
    }
    delimited_rows.insert_values(layout, values, connection)


def is_dimension(dictionary: Dictionary, column: Column) -> bool:
    variable = dictionary.variables[column.position - 1]
    return variable.dimension is not None or column.header in dictionary.formats


def json_of(columns: Sequence[Column], layout: delimited_rows.Layout) -> str:
    pairs = ", ".join(
        f"{literal(column.header)}, {delimited_rows.landed_value(column, layout.formats)}"
        for column in columns
    )
    return f"json_object({pairs})::varchar"
