"""One process that answers queries one after another, for `serve-sql`: bounded, and killed with its query.

It reads a question from standard input and writes frames to standard output: a letter, a length, the bytes.
Pieces of an Arrow stream are DATA; END follows the last. FAILED holds words for whoever asked, and LEAVING
too, from a process that will not be asked again.
"""

from __future__ import annotations

import json
import os
import signal
import struct
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import duckdb
import pyarrow as pa

from flows.errors import MetachronError
from flows.home import Home
from flows.process.memory_bound import bound_memory
from flows.publishing.releases import current_release
from flows.serving import query

DATA, END, FAILED, LEAVING = b"D", b"E", b"F", b"L"
HEAD = struct.Struct("<cQ")
ROWS_AT_ONCE = 65_536
BYTES_AT_ONCE = 8 << 20
LONGEST_ROW_BYTES = 256 << 20
DUCKDB_MEMORY, GIGABYTES = "1GB", 2.0
TOO_MUCH = "the query took too much memory; filter or aggregate"
REMARKS = "ARROW:FLIGHT:SQL:REMARKS"


class Frames:
    """What Arrow takes for a file to write into: each piece becomes a frame."""

    closed = False

    def __init__(self, target: IO[bytes]) -> None:
        self.target = target

    def write(self, piece: Any) -> int:
        size = memoryview(piece).nbytes
        self.send(DATA, piece)
        return size

    def send(self, kind: bytes, content: Any = b"") -> None:
        self.target.write(HEAD.pack(kind, memoryview(content).nbytes))
        self.target.write(content)

    def flush(self) -> None:
        self.target.flush()

    def close(self) -> None:
        """Arrow closes what it has written to; the next answer goes the same way."""


class Published:
    """A connection to what is published, opened again when another release is."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.release_id: str | None = None
        self.connection: duckdb.DuckDBPyConnection | None = None

    def cursor(self) -> duckdb.DuckDBPyConnection:
        release = current_release(self.home)
        if self.connection is None or release is None or release.id != self.release_id:
            fresh = query.connect(self.home, release, memory=DUCKDB_MEMORY)
            if self.connection is not None:
                self.connection.close()
            self.connection, self.release_id = fresh, release.id if release else None
        return self.connection.cursor()


class Refused(Exception):
    """A question that has no answer, in words for whoever asked."""


def rows(cursor: duckdb.DuckDBPyConnection, question: dict[str, Any]) -> pa.RecordBatchReader:
    """The rows of a query."""
    relation = cursor.sql(question["sql"], params=question.get("parameters"))
    if relation is None:
        raise Refused("this statement gives no rows")
    return relation.to_arrow_reader(ROWS_AT_ONCE)


def columns(cursor: duckdb.DuckDBPyConnection, question: dict[str, Any]) -> pa.RecordBatchReader:
    """The columns of a query, without its rows."""
    relation = cursor.sql(question["sql"], params=question.get("parameters"))
    if relation is None:
        raise Refused("this statement gives no rows")
    schema = relation.limit(0).to_arrow_reader().schema
    # Of two columns of one name, `limit` gives the second another; the rows come as they were named.
    named = [field.with_name(name) for field, name in zip(schema, relation.columns, strict=True)]
    return pa.RecordBatchReader.from_batches(pa.schema(named), [])


def describe_prepared(cursor: duckdb.DuckDBPyConnection, question: dict[str, Any]) -> pa.RecordBatchReader:
    """One row: the columns of a query whose parameters may be open, and the parameters."""
    statements = cursor.extract_statements(question["sql"])
    if not statements:
        raise Refused("there is no statement in this query")
    n_parameters = len(statements[-1].named_parameters)
    schema = columns(cursor, {"sql": question["sql"], "parameters": [None] * n_parameters or None})
    # DuckDB cannot tell what it will take; a text is turned into whatever it is compared with.
    fields = [pa.field(str(number), pa.string()) for number in range(1, n_parameters + 1)]
    answer = {
        "columns": plain_schema(schema.schema).serialize(),
        "parameters": pa.schema(fields).serialize() if fields else b"",
    }
    return pa.table({name: [bytes(value)] for name, value in answer.items()}).to_reader()


def tables(cursor: duckdb.DuckDBPyConnection, question: dict[str, Any]) -> pa.RecordBatchReader:
    """The rows of a query for tables, each with its columns and what they mean, as a serialised schema."""
    listed = cursor.sql(question["sql"], params=question.get("parameters")).to_arrow_table()
    names = zip(listed["db_schema_name"].to_pylist(), listed["table_name"].to_pylist(), strict=True)
    schemas = [bytes(described(cursor, schema, table).serialize()) for schema, table in names]
    return listed.append_column(
        pa.field("table_schema", pa.binary(), nullable=False), pa.array(schemas, pa.binary())
    ).to_reader()


def described(cursor: duckdb.DuckDBPyConnection, schema: str, table: str) -> pa.Schema:
    comments = dict(
        cursor.execute(
            "select column_name, coalesce(comment, '') from duckdb_columns()"
            " where database_name = current_database() and schema_name = ? and table_name = ?",
            [schema, table],
        ).fetchall()
    )
    arrow_schema = plain_schema(cursor.table(f'"{schema}"."{table}"').limit(0).to_arrow_reader().schema)
    return pa.schema([field.with_metadata({REMARKS: comments.get(field.name, "")}) for field in arrow_schema])


QUESTIONS = {"rows": rows, "columns": columns, "prepared": describe_prepared, "tables": tables}


def answer(published: Published, question: dict[str, Any], frames: Frames) -> None:
    cursor = published.cursor()
    try:
        reader = QUESTIONS[question["what"]](cursor, question)
        schema = plain_schema(reader.schema)
        with pa.ipc.new_stream(frames, schema) as stream:
            # The columns go out before the first row is there.
            frames.flush()
            for batch in reader:
                for piece in pieces(batch.cast(schema)):
                    stream.write_batch(piece)
                    frames.flush()
    finally:
        cursor.close()


def plain_schema(schema: pa.Schema) -> pa.Schema:
    return pa.schema([field.with_type(plain(field.type)) for field in schema])


def plain(kind: pa.DataType) -> pa.DataType:
    """The same type with texts instead of the numbers of an enumeration, which Flight cannot send."""
    if pa.types.is_dictionary(kind):
        return kind.value_type
    if pa.types.is_map(kind):
        return pa.map_(plain(kind.key_type), plain(kind.item_type))
    if pa.types.is_fixed_size_list(kind):
        return pa.list_(plain(kind.value_type), kind.list_size)
    if pa.types.is_list(kind):
        return pa.list_(kind.value_field.with_type(plain(kind.value_type)))
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(plain(field.type)) for field in kind])
    return kind


def pieces(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """The batch in pieces that whoever reads can hold."""
    size, n_rows = batch.nbytes, batch.num_rows
    if n_rows and size / n_rows > LONGEST_ROW_BYTES:
        raise Refused(f"one row takes {size // n_rows // 2**20} MB; at most 256 are sent")
    at_once = max(1, n_rows * BYTES_AT_ONCE // size) if size else max(1, n_rows)
    for start in range(0, n_rows, at_once):
        yield batch.slice(start, at_once)


def questions(source: IO[bytes]) -> Iterator[dict[str, Any]]:
    """Each question: JSON, and the values of its parameters as an Arrow stream of one row."""
    while head := source.read(HEAD.size):
        _, size = HEAD.unpack(head)
        question = json.loads(source.read(size))
        _, size = HEAD.unpack(source.read(HEAD.size))
        if size:
            with pa.ipc.open_stream(source.read(size)) as stream:
                question["parameters"] = list(stream.read_all().to_pylist()[0].values())
        yield question


def leave_with(parent: int) -> None:
    """End when the server has: a query that never ends would outlive it."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(0)


def main() -> None:
    # Ctrl-C is for the server, which ends us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Whatever a library prints must not get between the frames.
    channel = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    threading.Thread(target=leave_with, args=(int(sys.argv[2]),), daemon=True).start()
    bound_memory(GIGABYTES)
    published, frames = Published(Home.at(Path(sys.argv[1]))), Frames(channel)
    for question in questions(sys.stdin.buffer):
        kind, answered = END, ""
        try:
            answer(published, question, frames)
        except MetachronError as failure:
            kind, answered = FAILED, failure.paragraph()
        except (duckdb.OutOfMemoryException, MemoryError, pa.ArrowMemoryError):
            kind, answered = LEAVING, TOO_MUCH
        except duckdb.InterruptException as problem:
            kind, answered = LEAVING, query.first_line(problem)
        except (duckdb.Error, Refused, pa.ArrowException, OSError, ValueError, TypeError) as problem:
            kind, answered = FAILED, str(problem).strip()
            if answered.startswith("Out of Memory"):  # by way of Arrow
                kind, answered = LEAVING, TOO_MUCH
        frames.send(kind, answered.encode())
        frames.flush()
        if kind == LEAVING:
            return


if __name__ == "__main__":
    main()
