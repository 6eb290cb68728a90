"""Vocabulary overlays: labels and codes that a registry really writes and our vocabulary lacks."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from functools import partial

import duckdb

from flows.errors import InputRefused
from flows.home import Home
from flows.landing import vault
from flows.landing.forms.delivery import CheckedFile, Received, RecognisedDelivery, load_ids
from flows.landing.forms.hospital.mapping import Mapping
from flows.landing.gathering import ReceivedFile
from flows.landing.text.delivered_text import as_utf8
from flows.landing.vocabulary import OVERLAY_HEADER, Column, Word, normalised, vocabulary
from flows.terminal.progress import Progress


def gather(seen: Sequence[ReceivedFile], mappings: Sequence[Mapping]) -> list[RecognisedDelivery]:
    """Each overlay by itself."""
    return [RecognisedDelivery("overlay", (each.path,)) for each in seen if each.form == "overlay"]


def receive(delivery: RecognisedDelivery, home: Home) -> Received:
    """Take in the overlay."""
    content = vault.receive(delivery.files[0], home, encoding=delivery.encoding)
    return Received(delivery, (content,), {}, load_ids((content,), "overlay"))


def check(received: Received, progress: Progress | None = None) -> list[CheckedFile]:
    """Raises InputRefused IN-27 for a row that is not column_name,label,code,meaning of a coded column."""
    content = received.contents[0]
    text = as_utf8(content)
    rows = list(csv.reader(io.StringIO(text.path.read_bytes().decode(), newline="")))[1:]
    shipped_words = (*vocabulary().codes, *vocabulary().labels)
    shipped = {(word.column_name, word.label): word.code for word in shipped_words}
    codes = {(word.column_name, word.code) for word in vocabulary().labels}
    words = []
    for line, cells in enumerate(rows, start=2):
        if len(cells) != len(OVERLAY_HEADER):
            raise refused(content.name, line, "it needs column_name,label,code,meaning", None)
        column, label, code, meaning = (cell.strip() for cell in cells)
        if (column, code) not in codes:
            raise refused(content.name, line, f"the column {column!r} has no such code", code)
        if shipped.get((column, normalised(label)), code) != code:
            raise refused(content.name, line, "this label has another code already", label)
        words.append(Word(column, normalised(label), code, meaning))
    return [
        CheckedFile(
            content=content,
            load_id=received.load_ids[0],
            kind="vocabulary_overlay",
            source="reference",
            role="vocabulary",
            columns=tuple(
                Column(position, name, name, True) for position, name in enumerate(OVERLAY_HEADER, start=1)
            ),
            rows_read=len(rows),
            insert=partial(insert, received.load_ids[0], words),
            encoding=text.encoding,
            delimiter=",",
        )
    ]


def insert(load_id: str, words: Sequence[Word], connection: duckdb.DuckDBPyConnection) -> None:
    """Add the words to raw.vocabulary, and keep them as delivered in raw.vocabulary_overlay."""
    for line, word in enumerate(words, start=2):
        values = [word.column_name, word.label, word.code, word.meaning]
        connection.execute(
            "insert into raw.vocabulary_overlay (load_id, source_line, column_name, label, code, meaning) "
            "values (?, ?, ?, ?, ?, ?)",
            [load_id, line, *values],
        )
        connection.execute("delete from raw.vocabulary where column_name = ? and label = ?", values[:2])
        connection.execute(
            "insert into raw.vocabulary values (?, ?, ?, ?, ?)", [*values, f"overlay {load_id}"]
        )


def inspect(connection: duckdb.DuckDBPyConnection, files: Sequence[CheckedFile]) -> None:
    """Nothing is left to inspect."""


def refused(file: str, line: int, what: str, value: str | None) -> InputRefused:
    return InputRefused(
        "IN-27",
        f"The vocabulary overlay cannot be used: {what}",
        file=file,
        line=line,
        value=value,
    )
