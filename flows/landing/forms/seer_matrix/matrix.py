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
from flows.landing.forms.delivery import CheckedFile, Received, RecognisedDelivery, literal
from flows.landing.forms.hospital.mapping import Mapping
from flows.landing.forms.seer_listing import listing
from flows.landing.forms.seer_listing.dictionary import Dictionary, Page
from flows.landing.gathering import ReceivedFile
from flows.landing.text import delimited, delimited_rows
from flows.landing.text.delivered_text import Text, as_utf8, lines_at
from flows.landing.text.line_count import Lines, count_lines
from flows.landing.vocabulary import Column
from flows.terminal.progress import Progress

TABLE = "seer_matrix"
PAGE_TYPE = "Page type"


def gather(seen: Sequence[ReceivedFile], mappings: Sequence[Mapping]) -> list[RecognisedDelivery]:
    """None of its own: a matrix has a dictionary as a listing has, and is gathered with listings."""
    return []


def receive(delivery: RecognisedDelivery, home: Home) -> Received:
    """Take in the matrix and its dictionary."""
    return listing.receive(delivery, home)


def check(received: Received, progress: Progress | None = None) -> list[CheckedFile]:
    """Raises InputRefused: IN-01 to IN-07, IN-13, IN-14, IN-17, IN-18."""
    content = received.contents[0]
    dictionary = listing.described(received.companions)
    if content.size == 0:
        raise InputRefused("IN-01", "The file is empty", file=content.name)
    listing.refuse_two_labels(dictionary, dictionary.coded_formats)
    text = as_utf8(content)
    text, n_above, events, lines, pages = (
        lines_alike(text, dictionary, progress)
        if len(dictionary.pages) == 1
        else lines_of_pages(text, dictionary, progress)
    )
    layouts = [
        delimited_rows.Layout(
            load_id=received.load_ids[0],
            text=text,
            columns=columns_of(page),
            delimiter=dictionary.delimiter,
            is_quoted=dictionary.has_quotes,
            n_above=n_above,
            formats=dictionary.formats,
            ragged=others,
            n_lines=lines.n_lines,
            table=TABLE,
            has_tabs=lines.n_tabs > 0,
        )
        for page, others in zip(dictionary.pages, pages, strict=True)
    ]
    names = [variable.name for variable in dictionary.variables]
    return [
        CheckedFile(
            content=content,
            load_id=received.load_ids[0],
            kind=TABLE,
            source="reference",
            role="matrix",
            columns=(),
            rows_read=lines.n_lines,
            insert=partial(insert, layouts, dictionary),
            rejects=delimited.ragged_rejects(text, lines, len(names)),
            dictionary=received.companions.get("dictionary") or received.companions["program"],
            database=dictionary.database,
            is_synthetic=dictionary.is_synthetic,
            encoding=text.encoding,
            delimiter=dictionary.delimiter,
            line_ending=lines.line_ending,
            header={
                "variables": names,
                "pages": {
                    page.name: [variable.name for variable in page.variables]
                    for page in dictionary.pages
                    if len(dictionary.pages) > 1
                },
                "session": dictionary.session,
                "missing_character": dictionary.missing_character,
                "formats": dictionary.formats,
            },
            events=content.events + text.events + events + lines.events,
        )
    ]


Counted = tuple[Text, int, tuple[str, ...], Lines, list[tuple[int, ...]]]


def lines_alike(text: Text, dictionary: Dictionary, progress: Progress | None) -> Counted:
    """The text to read, the lines above its rows, what was noted, its lines, and those with other fields."""
    names = [variable.name for variable in dictionary.variables]
    n_above, events = delimited.lines_above(text, dictionary, names)
    lines = count_lines(
        text,
        delimiter=dictionary.delimiter.encode(),
        fields=len(names),
        is_quoted=dictionary.has_quotes,
        skip_lines=n_above,
        progress=progress,
    )
    text, lines, cut = delimited.without_trailing_separators(text, lines, dictionary)
    delimited.refuse_ragged(lines, text, dictionary)
    return text, n_above, events + cut, lines, [tuple(sorted(lines.ragged))]


def lines_of_pages(text: Text, dictionary: Dictionary, progress: Progress | None) -> Counted:
    """The same of a table with several kinds of page; for each kind the lines that are of another.

    The first column of every kind says of which kind a line is.
    """
    if any(page.variables[0].name != PAGE_TYPE for page in dictionary.pages):
        raise InputRefused(
            "IN-18",
            f"{dictionary.file_name} describes {len(dictionary.pages)} kinds of pages, and no column "
            f"{PAGE_TYPE!r} says of which kind a line is",
            file=text.name,
            remedy="Export each kind of page into a file of its own.",
        )
    widths = [len(page.variables) for page in dictionary.pages]
    counted = count_lines(
        text,
        delimiter=dictionary.delimiter.encode(),
        fields=widths[0],
        is_quoted=dictionary.has_quotes,
        progress=progress,
    )
    kinds: list[list[int]] = [[] for _ in dictionary.pages]
    ragged: dict[int, int] = {}
    headers: list[int] = []
    for number, line in enumerate(lines_at(text, list(range(1, counted.n_lines + 1))).values(), start=1):
        kind = delimited.cells_of(line, dictionary.delimiter)[:1]
        if kind == [PAGE_TYPE]:
            headers.append(number)
            continue
        place = page_of(kind[0] if kind else "", dictionary, text, number)
        if counted.ragged.get(number, widths[0]) == widths[place]:
            kinds[place].append(number)
        else:
            ragged[number] = counted.ragged.get(number, widths[0])
    if headers not in ([], [1]):
        raise InputRefused(
            "IN-14",
            "A header stands between the lines",
            file=text.name,
            line=headers[-1],
            remedy="Export the table again without variable names; its dictionary names the columns.",
        )
    n_lines = counted.n_lines - len(headers)
    lines = Lines(n_lines, counted.line_ending, ragged, counted.is_open, counted.n_tabs)
    delimited.refuse_ragged(lines, text, dictionary)
    every = {number for numbers in kinds for number in numbers} | ragged.keys()
    others = [tuple(sorted(every - set(numbers))) for numbers in kinds]
    return text, len(headers), (), lines, others


def page_of(kind: str, dictionary: Dictionary, text: Text, line: int) -> int:
    """Which of the dictionary's kinds of page a line is of, as its first cell says in a code or in words."""
    label = dictionary.formats.get(PAGE_TYPE, {}).get(kind.strip(), kind)
    words = label.lower().split()
    fitting = [
        place
        for place, page in enumerate(dictionary.pages)
        if page.name and set(page.name.lower().split()) <= set(words)
    ]
    if len(fitting) != 1:
        raise InputRefused(
            "IN-14",
            "The dictionary has no columns for this kind of page; it has them for "
            + " and ".join(page.name for page in dictionary.pages),
            file=text.name,
            line=line,
            column=PAGE_TYPE,
            value=label,
        )
    return fitting[0]


def columns_of(page: Page) -> tuple[Column, ...]:
    return tuple(
        Column(position, variable.name, variable.name, True)
        for position, variable in enumerate(page.variables, start=1)
    )


def inspect(connection: duckdb.DuckDBPyConnection, files: Sequence[CheckedFile]) -> None:
    """Nothing is left to inspect."""


def insert(
    layouts: Sequence[delimited_rows.Layout], dictionary: Dictionary, connection: duckdb.DuckDBPyConnection
) -> None:
    """Land each line as one row of two JSON objects, a kind of page after the other."""
    for layout, page in zip(layouts, dictionary.pages, strict=True):
        dimensions = [column for column in layout.columns if is_dimension(dictionary, page, column)]
        statistics = [column for column in layout.columns if not is_dimension(dictionary, page, column)]
        values = {
            "session_type": literal(dictionary.session.get("Type", "")),
            "dimensions": json_of(dimensions, layout),
            "statistics": json_of(statistics, layout),
        }
        delimited_rows.insert_values(layout, values, connection)


def is_dimension(dictionary: Dictionary, page: Page, column: Column) -> bool:
    """Whether a column says what a line is about; where pages differ, its kind does."""
    variable = page.variables[column.position - 1]
    is_kind = len(dictionary.pages) > 1 and variable.name == PAGE_TYPE
    return is_kind or variable.dimension is not None or column.header in dictionary.formats


def json_of(columns: Sequence[Column], layout: delimited_rows.Layout) -> str:
    pairs = ", ".join(
        f"{literal(column.header)}, {delimited_rows.landed_value(column, layout)}" for column in columns
    )
    return f"json_object({pairs})::varchar"
