"""Deliveries into raw.duckdb: each row exactly as delivered, each delivery exactly once, or nothing at all.

All files of one call are recognised and checked first, then their rows, rejects and rows of raw.loads are
committed in one transaction. What is counted while checking must be what the database holds before the
commit, and again after it: DuckDB's COMMIT after a failed statement says nothing and keeps nothing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from flows.errors import AuditRefused, InputRefused
from flows.home import Home
from flows.integrity import ledger
from flows.integrity.lost import put_aside
from flows.landing import delivery_note, inbox, raw_schema, rejects, vault, vocabulary
from flows.landing.arrivals import Arrivals, receive_each_once
from flows.landing.checks import tumors, values
from flows.landing.deliveries import KIND, DeliveryKind, nothing_replaced
from flows.landing.delivery_order import COUNTS, finish_interrupted, restore_order
from flows.landing.forms.delivery import CheckedFile, Received, RecognisedDelivery
from flows.landing.load_history import KEPT, load_history
from flows.landing.raw_database import open_raw, transaction
from flows.terminal.escaping import escape
from flows.terminal.progress import Progress, silent
from flows.terminal.wording import counted

READER_VERSION = "2"  # in 1, columns from outside had no prefix; see raw_again.py
MEMORY_LIMIT = "1400MB"
THREADS = 2
MOST_NAMED = 3
REASONS = {
    "exact_duplicate": "there twice",
    "field_count": "with another number of fields",
    "record_length": "of another length",
    "no_histology": "without histology",
    "no_year": "without year of diagnosis",
    "no_patient": "without patient",
    "total_row": "a total, by its word in the place of the patient number",
    "repeated_header": "the header once more",
    "empty_line": "empty",
}
# What an event of a file tells the person who loads it; other events are in raw.loads alone.
NOTES = {
    "bom_stripped": "a byte-order mark before it left out",
    "declared_wrongly": "its declaration says {}, which it is not",
    "encoding": "read as {}",
    "dictionary_encoding": "its data dictionary read as {}",
    "empty_repetitions": "{} of a repeating form in which nothing is filled in",
    "end_of_file_mark_removed": "the end-of-file mark of DOS left out",
    "hidden_rows": "{} that the sheet hides read too",
    "hidden_sheet": "the workbook hides the sheet {}",
    "invisible_letters_removed": "{} left out",
    "odd_blanks_replaced": "{} (as from a web page) read as a blank",
    "lacks": "without {}, so tumours of its patients may be missing",
    "last_line_open": "its last line has all its fields and no line end",
    "merged_cells": "merged cells count as their first: {}",
    "other_elements": "{} of other namespaces passed over, with what stands in them",
    "other_sheets": "not read: the sheet {}",
    "outside_event": "not read, because the mapping names another event: {}",
    "padded": "{} that had lost trailing blanks filled up with them",
    "replaces": "replaces {}",
    "rows_of_no_table": "{} in none of our tables",
    "tabs_replaced": "{} in its cells read as a blank",
    "trailing_separators": "a separator at the end of {}, with nothing behind it, left out",
    "tumors_counted": "several tumours stand on one line, so each is told by its number, from 1",
    "unresolved": "{}, and nothing reads them",
    "two_labels": "its dictionary gives a code two labels in columns that no analysis reads: {}",
    "years_set_aside": "people of the years {} are in the file set aside alone and not counted",
    "unread_values": "unknown values in columns that no analysis reads: {}",
    "separator_line": "its first line tells a spreadsheet program the separator, and is no record",
    "set_aside": "{} counts the same people in other groups of age, race or origin and is set aside",
    "set_aside_unadjusted": "{} is the same without the adjustment for Katrina and Rita and is set aside",
    "set_aside_untold": "{} counts the same people in other groups, tells no registry and is set aside",
    "short_patient_numbers": "its patient numbers have lost zeros, as in a spreadsheet program; "
    "where its registry has a number with them, too, that is the same patient",
    "unformatted_patient_numbers": "its patient numbers are shown without their leading zeros",
    "unread_sheets": "not read: {}, with the same headers (`sheets: all` in the mapping file reads them)",
}
# How made-up rows say so: a note in every row; people of a state that is none, where the layout has no note.
SYNTHETIC_MARKS = {
    "data_note": "data_note ilike '%synthetic%'",
    "delivered_data_note": "delivered_data_note ilike '%synthetic%'",
    "cells": "json_extract_string(cells, '$.data_note') ilike '%synthetic%'",
    "state": "state = 'ZZ'",
}
VOCABULARY_COLUMNS = ("column_name", "label", "code", "meaning", "vocabulary_version")


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What became of one file, or of one table made from it: rows_read = rows_landed + rows_rejected."""

    file_name: str
    kind: str
    source: str
    role: str
    load_id: str
    rows_read: int
    rows_landed: int
    rows_rejected: int
    already_loaded: bool
    events: tuple[str, ...] = ()
    reasons: tuple[tuple[str, int], ...] = ()  # why rows were rejected, and how many
    is_table_of_export: bool = False  # its rows are counted in the result before it, too
    not_delivered: tuple[str, ...] = ()  # what no tumour of the delivery has, and analyses use
    replaced_by: str = ""  # of what is loaded already: the files that count in its place

    def facts(self) -> dict[str, Any]:
        return asdict(self)

    def line(self) -> str:
        """One line for the terminal."""
        what = f"{escape(self.file_name)}  {self.kind.replace('_', ' ')}"
        if self.already_loaded:
            line = f"{what}  already loaded ({counted(self.rows_read, 'row')})"
            return f"{line}; {escape(self.replaced_by)} counts in its place" if self.replaced_by else line
        line = (
            f"{what}  {self.rows_read:,} read = {self.rows_landed:,} landed + {self.rows_rejected:,} rejected"
        )
        why = ", ".join(f"{count:,} {REASONS.get(reason, reason)}" for reason, count in self.reasons)
        events = (event.partition(":") for event in self.events)
        notes = [NOTES[what].format(rest) for what, _, rest in events if what in NOTES]
        return "; ".join([f"{line} ({why})" if why else line, *notes])

    def as_part(self) -> str:
        """What stands of a table on the line of the export that it was made from."""
        rejected = f" and {self.rows_rejected:,} rejected" if self.rows_rejected else ""
        return f"{self.kind.replace('_', ' ')} {self.rows_landed:,}{rejected}"


@dataclass(frozen=True, slots=True)
class Landed:
    """One checked file with what its rows turned out to be.

    reasons  why rows were rejected, and how many
    """

    file: CheckedFile
    reasons: tuple[tuple[str, int], ...]
    rows_landed: int
    is_synthetic: bool

    @property
    def rows_rejected(self) -> int:
        return sum(count for _, count in self.reasons)


def lines(results: Sequence[LoadResult]) -> list[str]:
    """One line a file, the tables made from an export on its line; after a delivery's last, what it lacks."""
    told: list[list[str]] = []
    if not results:
        return ["nothing to load: there is no delivery in it"]
    for result, following in zip(results, [*results[1:], None], strict=True):
        if result.is_table_of_export and told:
            told[-1].append(result.as_part())
        else:
            told.append([result.line()])
        if result.not_delivered and (following is None or following.role != result.role):
            told.append([lacking(result.not_delivered)])
    return ["  ->  ".join([line, ", ".join(parts)]) if parts else line for line, *parts in told]


def lacking(items: Sequence[str]) -> str:
    """What was not delivered, and what becomes of it."""
    *others, last = (each.used for each in vocabulary.vocabulary().analysed if each.item in items)
    used = f"{', '.join(others)} and {last}" if others else last
    return f"  not delivered: {', '.join(items)}; analyses {used} will be left out"


def load(
    paths: Sequence[Path], home: Home, *, encoding: str | None = None, progress: Progress | None = None
) -> list[LoadResult]:
    """Land files and folders; content that is loaded already is left alone, whatever its name.

    `encoding` is what their text is in, where it should not be guessed.
    Call as the single writer (flows.integrity.lock). Raises InputRefused (nothing landed), AuditRefused when
    counts do not reconcile, WarehouseBusy when another process holds raw.duckdb, ResourcesExhausted.
    """
    tell = progress or silent
    ledger.begin(home)
    clear_work(home)
    recognised = inbox.find([Path(path) for path in paths], home)
    return land_recognised([replace(each, encoding=encoding) for each in recognised], home, tell)


def land_recognised(deliveries: Sequence[RecognisedDelivery], home: Home, tell: Progress) -> list[LoadResult]:
    """Land deliveries that are recognised, in one load."""
    try:
        with open_raw(home) as connection:
            finish_interrupted(connection, home)
            restore_order(connection, home)
            arrivals = receive_each_once(deliveries, connection, home, tell)
            landed = land_received(arrivals.received, connection, home, tell)
            told = results(deliveries, arrivals, landed, connection)
            return with_missing_columns(connection, told)
    finally:
        clear_work(home)


def prepare_raw(home: Home) -> None:
    """Create raw.duckdb with all its tables, or bring it up to this version; idempotent."""
    ledger.begin(home)
    with open_raw(home):
        pass


def land_received(
    received: Sequence[Received], connection: duckdb.DuckDBPyConnection, home: Home, tell: Progress
) -> list[Landed]:
    """Check and land what is not loaded yet; the files that landed."""
    known = loaded_already(connection)
    fresh: list[Received] = []
    checked: list[list[CheckedFile]] = []
    for delivery in received:
        if files := unknown_files(delivery, known, tell):
            fresh.append(delivery)
            checked.append(files)
        else:
            restore_in_vault(delivery, connection, home)
    refuse_mixtures([file for files in checked for file in files])
    landed: list[Landed] = []
    if fresh:
        with transaction(connection):
            order = next_sequence(connection)
            delivery_ids: dict[tuple[str, str], str] = {}  # files of one reader and source are one delivery
            for reader, files in together(fresh, checked):
                tell(None, f"landing {files[0].content.name}")
                # Where files of one load may replace each other, the last of them is replaced by none.
                first = files[0] if KIND[reader].replaced is nothing_replaced else files[-1]
                delivery_id = delivery_ids.setdefault((reader, first.source), first.load_id)
                landed += land_files(connection, KIND[reader], files, delivery_id)
            notes = [delivery_note.note_of(delivery, order, at) for at, delivery in enumerate(fresh)]
            kept: dict[str, list[str]] = {}
            before = load_history(ledger.read(home)).kept
            for delivery, note in zip(fresh, notes, strict=True):
                for load_id, names in stored_facts(delivery, delivery_note.name_of(note)).items():
                    kept[load_id] = sorted({*names, *before.get(load_id, ())})
            # The ledger first: a file of the vault that it does not know is none of ours.
            ledger.append(home, KEPT, kept=kept)
            for delivery, note in zip(fresh, notes, strict=True):
                for content in (*delivery.contents, *delivery.companions.values()):
                    vault.keep(content, home)
                delivery_note.keep(note, home)
            ledger.append(
                home, "load_started", loads=[started_facts(each.file) for each in landed], kept=kept
            )
        for each in landed:
            reconcile(connection, each)
        ledger.append(home, "load_finished", loads=[finished_facts(each) for each in landed])
    return landed


def unknown_files(delivery: Received, known: Container[str], tell: Progress) -> list[CheckedFile]:
    """What lands of a delivery: of one file with several tables perhaps some, where its mapping has grown."""
    if all(load_id in known for load_id in delivery.load_ids):
        return []
    files = KIND[delivery.recognised.reader].reader.check(delivery, tell)
    return [file for file in files if file.load_id not in known]


def together(
    fresh: Sequence[Received], checked: Sequence[list[CheckedFile]]
) -> list[tuple[str, list[CheckedFile]]]:
    """Files that say the same kind of thing of the same source are looked at together."""
    groups: dict[tuple[str, ...], list[CheckedFile]] = {}
    for delivery, files in zip(fresh, checked, strict=True):
        for file in files:
            place = (delivery.recognised.reader, file.source, file.role, file.kind)
            groups.setdefault(place, []).append(file)
    return [(place[0], files) for place, files in groups.items()]


def land_files(
    connection: duckdb.DuckDBPyConnection, kind: DeliveryKind, files: Sequence[CheckedFile], delivery_id: str
) -> list[Landed]:
    """Rows, rejects and rows of raw.loads of files of one kind, inside the caller's transaction."""
    files = [with_replaced(connection, file) for file in files]
    for file in files:
        raw_schema.add_columns(connection, file.kind, tuple(column.name for column in file.columns))
        file.insert(connection)
        rejects.insert(connection, file.load_id, file.rejects)
        count = landed_rows(connection, file)
        if count + len(file.rejects) != file.rows_read:
            raise does_not_reconcile(file, count, len(file.rejects))
    files = [with_short_numbers(connection, file) for file in files]
    kind.reader.inspect(connection, files)
    files = [with_unread(connection, file) for file in files]
    replaced = kind.replaced(connection, files)
    landed = []
    for file in files:
        earlier = [old.content.name for old in files if replaced.get(old.load_id) is file]
        file = replace(file, events=(*file.events, *(f"replaces:{name}" for name in earlier)))
        reasons = rejects.reasons(connection, file.load_id)
        each = Landed(file, reasons, landed_rows(connection, file), says_synthetic(connection, file))
        # A file that is replaced in the load that brought it is a delivery of its own, older than the other.
        own = file.load_id if file.load_id in replaced else None
        insert_load(connection, each, delivery_id=own or delivery_id)
        reconcile(connection, each)
        landed.append(each)
    return landed


def with_replaced(connection: duckdb.DuckDBPyConnection, file: CheckedFile) -> CheckedFile:
    """Staging reads the newest delivery of each source and role, so an earlier one is replaced: say so."""
    before = files_that_count(connection).get((file.source, file.role))
    if before is None or file.role == "vocabulary":
        return file
    return replace(file, events=(*file.events, f"replaces:{listed(list(before.values()))}"))


def with_unread(connection: duckdb.DuckDBPyConnection, file: CheckedFile) -> CheckedFile:
    """Unknown values that no model reads refuse nothing, and are said."""
    unread = values.describe_unread(connection, file.kind, file) if file.role == "tumors" else ""
    return replace(file, events=(*file.events, f"unread_values:{unread}")) if unread else file


def with_short_numbers(connection: duckdb.DuckDBPyConnection, file: CheckedFile) -> CheckedFile:
    """Patient numbers that lack digits are said; every record that landed is looked at."""
    is_short = file.short_numbers and tumors.has_short_numbers(connection, file.kind, file)
    return replace(file, events=(*file.events, file.short_numbers)) if is_short else file


def files_that_count(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], dict[str, str]]:
    """Source and role -> the files of their newest delivery, load id -> name."""
    rows = connection.execute(
        "select source, role, load_id, file_name from raw.loads as loads "
        "where delivery_id = (select arg_max(delivery_id, load_sequence) from raw.loads as others "
        "where others.source = loads.source and others.role = loads.role) order by load_sequence"
    ).fetchall()
    counting: dict[tuple[str, str], dict[str, str]] = {}
    for source, role, load_id, name in rows:
        counting.setdefault((source, role), {})[load_id] = name
    return counting


def listed(names: Sequence[str]) -> str:
    """The first of some names, and how many more."""
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


def landed_rows(connection: duckdb.DuckDBPyConnection, file: CheckedFile) -> int:
    return connection.execute(
        f"select count(*) from raw.{file.kind} where load_id = ?", [file.load_id]
    ).fetchall()[0][0]


def reconcile(connection: duckdb.DuckDBPyConnection, landed: Landed) -> None:
    """Rows counted in the file = rows in the table + rejects, and what raw.loads says of them."""
    file = landed.file
    rejected = connection.execute(
        "select count(*) from raw.rejects where load_id = ?", [file.load_id]
    ).fetchall()[0][0]
    counted = connection.execute(
        "select rows_read, rows_landed, rows_rejected from raw.loads where load_id = ?", [file.load_id]
    ).fetchall()
    count = landed_rows(connection, file)
    if counted != [(file.rows_read, count, rejected)] or count + rejected != file.rows_read:
        raise does_not_reconcile(file, count, rejected)


def does_not_reconcile(file: CheckedFile, landed: int, rejected: int) -> AuditRefused:
    return AuditRefused(
        "LAND-01",
        f"Counting found {file.rows_read:,} records, and the database has {landed:,} landed and "
        f"{rejected:,} rejected",
        file=file.content.name,
        unchanged="Nothing of this load was kept.",
    )


def says_synthetic(connection: duckdb.DuckDBPyConnection, file: CheckedFile) -> bool:
    """Whether the file says so itself: in its dictionary, in a row's note, or in place of a state."""
    landed = {column.name for column in file.columns}
    marks = [mark for column, mark in SYNTHETIC_MARKS.items() if column in landed]
    if file.is_synthetic or not marks:
        return file.is_synthetic
    return connection.execute(
        f"select coalesce(bool_or({' or '.join(marks)}), false) from raw.{file.kind} where load_id = ?",
        [file.load_id],
    ).fetchall()[0][0]


def insert_load(connection: duckdb.DuckDBPyConnection, landed: Landed, *, delivery_id: str) -> None:
    file, database = landed.file, landed.file.database
    header = {
        "columns": [
            {"position": column.position, "name": column.header, "column": column.name}
            for column in file.columns
        ],
        **{key: value for key, value in file.header.items() if value not in (None, {}, [])},
    }
    row: dict[str, Any] = {
        "load_id": file.load_id,
        "delivery_id": delivery_id,
        "source": file.source,
        "role": file.role,
        "kind": file.kind,
        "file_name": file.content.name,
        "sha256": file.content.sha256,
        "delivered_sha256": file.content.delivered_sha256,
        "dictionary_sha256": file.dictionary.delivered_sha256 if file.dictionary else None,
        "bytes": file.content.size,
        "encoding": file.encoding,
        "delimiter": file.delimiter,
        "line_ending": file.line_ending,
        "header": json.dumps(header, ensure_ascii=False),
        "events": json.dumps(file.events, ensure_ascii=False),
        "rows_read": file.rows_read,
        "rows_landed": landed.rows_landed,
        "rows_rejected": landed.rows_rejected,
        "database_name": database.text if database else None,
        "product": database.product if database else None,
        "registries": database.registries if database else None,
        "submission_year": database.submission_year if database else None,
        "first_year": database.first_year if database else None,
        "last_year": database.last_year if database else None,
        "study_cutoff": database.study_cutoff if database else None,
        "is_synthetic": landed.is_synthetic,
        "reader_version": READER_VERSION,
        "loaded_at": datetime.now(UTC).replace(tzinfo=None),
    }
    connection.execute(
        f"insert into raw.loads (load_sequence, {', '.join(row)}) "
        f"select coalesce(max(load_sequence), 0) + 1, {', '.join('?' * len(row))} from raw.loads",
        list(row.values()),
    )


def refuse_mixtures(files: Sequence[CheckedFile]) -> None:
    """Patient numbers differ between submissions and registry groups overlap: one of each in a load."""
    first: dict[tuple[str, str], CheckedFile] = {}
    for file in files:
        if file.role != "tumors":
            continue
        other = first.setdefault((file.source, file.role), file)
        mine, theirs = (each.database.text if each.database else None for each in (file, other))
        if (mine, file.kind) != (theirs, other.kind):
            why = (
                f"NAACCR XML and flat files in one load, here and in {other.content.name}: each form is a "
                "delivery of its own, and one would replace the other"
                if mine != theirs and file.kind == other.kind == "naaccr_tumors"
                else f"Two databases in one load, here and in {other.content.name}: their patient numbers "
                "are not the same people's, and their registries may overlap"
            )
            raise InputRefused(
                "IN-23",
                why,
                file=file.content.name,
                value=mine,
            )


def loaded_already(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[Any, ...]]:
    rows = connection.execute(
        "select load_id, kind, source, role, rows_read, rows_landed, rows_rejected from raw.loads"
    ).fetchall()
    return {row[0]: row[1:] for row in rows}


def results(
    deliveries: Sequence[RecognisedDelivery],
    arrivals: Arrivals,
    landed: Sequence[Landed],
    connection: duckdb.DuckDBPyConnection,
) -> list[LoadResult]:
    """What became of each file, in their order; of equal files the first is the one that landed."""
    known, counting = loaded_already(connection), files_that_count(connection)
    fresh = {each.file.load_id: each for each in landed}
    names = Counter(path.name for delivery in deliveries for path in delivery.files)
    results_of_files = []
    for path in (path for delivery in deliveries for path in delivery.files):
        for place, load_id in enumerate(arrivals.ids[path]):
            if load_id not in known:
                continue  # a table of an export that has no rows
            kind, source, role, read, kept, rejected = known[load_id]
            new = fresh.pop(load_id, None)
            others = counting[source, role] if role != "vocabulary" else {load_id: ""}
            results_of_files.append(
                LoadResult(
                    f"{path.parent.name}/{path.name}" if names[path.name] > 1 else path.name,
                    kind, source, role, load_id, read, kept, rejected, new is None,
                    events=new.file.events if new else (),
                    reasons=new.reasons if new else (),
                    is_table_of_export=place > 0 and known[arrivals.ids[path][0]][2] == "export",
                    replaced_by="" if new or load_id in others else listed(list(others.values())),
                )
            )  # fmt: skip
    return results_of_files


def with_missing_columns(
    connection: duckdb.DuckDBPyConnection, results: Sequence[LoadResult]
) -> list[LoadResult]:
    """Each file of tumours with what no row of its delivery has: no such column, or nothing in it."""
    tumors = [result for result in results if result.role == "tumors"]
    absent: dict[tuple[str, str], tuple[str, ...]] = {}
    for kind, source in {(result.kind, result.source) for result in tumors}:
        ids = [result.load_id for result in tumors if (result.kind, result.source) == (kind, source)]
        items = vocabulary.vocabulary().analysed
        tests = [
            " or ".join(f"bool_or({has_value(column)})" for column in item.columns_in(kind)) for item in items
        ]
        row = connection.execute(
            f"select {', '.join(tests)} from raw.{kind} where list_contains(?, load_id)", [ids]
        ).fetchall()[0]
        # Of a delivery without a row nothing is known.
        absent[kind, source] = tuple(
            item.item for item, is_there in zip(items, row, strict=True) if is_there is False
        )
    return [replace(result, not_delivered=absent.get((result.kind, result.source), ())) for result in results]


def has_value(column: str) -> str:
    return f"coalesce(lower(trim({column})), '') not in ('', '{vocabulary.BLANK_LABEL}')"


def started_facts(file: CheckedFile) -> dict[str, Any]:
    return {
        "load_id": file.load_id,
        "kind": file.kind,
        "sha256": file.content.sha256,
        "delivered_sha256": file.content.delivered_sha256,
    }


def stored_facts(delivery: Received, note: str) -> dict[str, list[str]]:
    """For each load the hashes of what the vault keeps for it: its own, what explains it, and the note."""
    return {
        load_id: sorted({note, *(each.delivered_sha256 for each in (content, *delivery.companions.values()))})
        for content, load_id in zip(delivery.contents, delivery.load_ids, strict=True)
    }


def next_sequence(connection: duckdb.DuckDBPyConnection) -> int:
    return connection.execute("select coalesce(max(load_sequence), 0) + 1 from raw.loads").fetchall()[0][0]


def restore_in_vault(delivery: Received, connection: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Of a delivery that is loaded already, put into the vault what was lost there or altered."""
    kept = load_history(ledger.read(home)).kept.get(delivery.load_ids[0], set())
    for content in (*delivery.contents, *delivery.companions.values()):
        if content.delivered_sha256 in kept:
            vault.keep(content, home)
    put_aside(home, delivery_note.damaged_files(home, kept))
    if not any(delivery_note.read(home.vault / name) for name in kept):
        # Another than the lost one, but it puts the delivery in the same order and beside the same others.
        [(order, at)] = connection.execute(
            "select min(other.load_sequence), min(mine.load_sequence) from raw.loads as mine "
            "inner join raw.loads as other using (delivery_id) where mine.load_id = ?",
            [delivery.load_ids[0]],
        ).fetchall()
        note = delivery_note.note_of(delivery, order, at)
        ledger.append(home, KEPT, kept=stored_facts(delivery, delivery_note.name_of(note)))
        delivery_note.keep(note, home)


def finished_facts(landed: Landed) -> dict[str, Any]:
    counts = (landed.file.rows_read, landed.rows_landed, landed.rows_rejected)
    return started_facts(landed.file) | dict(zip(COUNTS, counts, strict=True))


def clear_work(home: Home) -> None:
    """Remove what an earlier, perhaps killed, load left in the work folder."""
    for left in home.work.glob("*"):
        if left.is_file() and (left.name.startswith("receiving-") or is_hash(left.name.split(".")[0])):
            left.unlink()


def is_hash(name: str) -> bool:
    return len(name) == 64 and all(letter in "0123456789abcdef" for letter in name)
