"""Queries and prepared statements as Flight SQL puts them, and plain SQL as Flight itself would."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace

import pyarrow as pa
from pyarrow import flight

from flows.serving.flight.catalog import SCHEMAS
from flows.serving.flight.messages import Message, Unreadable, read_command, write_command, write_message
from flows.serving.query_places import QueryEnded

CREATE, CLOSE, CLOSE_SESSION = "CreatePreparedStatement", "ClosePreparedStatement", "CloseSession"
ACTIONS = {
    CREATE: "prepare a query, with or without parameters",
    CLOSE: "forget a prepared query",
    CLOSE_SESSION: "does nothing: there are no sessions",
}
SESSION_IS_CLOSED = b"\x08\x01"

STATEMENTS_KEPT = 500
LONGEST_SQL_BYTES = LONGEST_PARAMETERS_BYTES = 1 << 20


def read_only(asked: str) -> QueryEnded:
    """The refusal of anything but a query, whichever message of Flight asked for it."""
    return QueryEnded(f"SQL-16: {asked}: this server answers queries and changes nothing")


@dataclass(frozen=True, slots=True)
class Query:
    """A query, and the values of its parameters as an Arrow stream of one row (empty where it has none)."""

    sql: str
    parameters: bytes = b""


class Statements:
    """What clients have prepared, the newest few; whoever prepares too many loses the oldest."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.kept: OrderedDict[bytes, Query] = OrderedDict()

    def read(self, content: bytes | None) -> Query | Message:
        """The query that a command or ticket stands for; or the command, if it asks what can be queried."""
        command = read_command(content or b"")
        if command is None:
            return Query(checked((content or b"").decode()))
        if command.name in SCHEMAS:
            return command
        if command.name in ("CommandStatementQuery", "TicketStatementQuery"):
            return Query(checked(command.text(1) or ""))
        if command.name == "CommandPreparedStatementQuery":
            return self.of(command.bytes(1))
        raise read_only(command.name)

    def of(self, handle: bytes) -> Query:
        with self.lock:
            if handle not in self.kept:
                raise QueryEnded("this statement is not prepared (any more)")
            self.kept.move_to_end(handle)
            return self.kept[handle]

    def query_of(self, content: bytes) -> str:
        """The SQL that is to be prepared."""
        request = read_command(content)
        if request is None or request.name != "ActionCreatePreparedStatementRequest":
            raise Unreadable("no request to prepare a statement")
        return checked(request.text(1) or "")

    def keep(self, sql: str, columns: bytes, parameters: bytes) -> bytes:
        """Remember a query; what its client is told, with both schemas."""
        handle = secrets.token_bytes(16)
        with self.lock:
            self.kept[handle] = Query(sql)
            while len(self.kept) > STATEMENTS_KEPT:
                self.kept.popitem(last=False)
        fields = {1: handle, 2: columns} | ({3: parameters} if parameters else {})
        return write_command("ActionCreatePreparedStatementResult", fields)

    def bind(self, content: bytes, reader: flight.MetadataRecordBatchReader) -> bytes:
        """Give a prepared query its parameters; what its client is told."""
        command = read_command(content)
        if command is None or command.name != "CommandPreparedStatementQuery":
            raise read_only(command.name if command else "a table")
        handle = command.bytes(1)
        query = self.of(handle)
        parameters = one_row(reader)
        with self.lock:
            self.kept[handle] = replace(query, parameters=parameters)
        return write_message({1: handle})

    def close(self, content: bytes) -> None:
        request = read_command(content)
        with self.lock:
            self.kept.pop(request.bytes(1) if request else b"", None)


def one_row(reader: flight.MetadataRecordBatchReader) -> bytes:
    """The one row that a client sends, as an Arrow stream; refused before more of them are in memory."""
    sink, n_rows = pa.BufferOutputStream(), 0
    with pa.ipc.new_stream(sink, reader.schema) as stream:
        for chunk in reader:
            n_rows += chunk.data.num_rows
            if n_rows > 1 or chunk.data.nbytes > LONGEST_PARAMETERS_BYTES:
                raise QueryEnded("a query takes one row of parameters, of a megabyte at most")
            stream.write_batch(chunk.data)
    return bytes(sink.getvalue()) if n_rows else b""


def checked(sql: str) -> str:
    if len(sql) > LONGEST_SQL_BYTES:
        raise QueryEnded("a query may have a million letters")
    return sql


def ticket_for(content: bytes) -> bytes:
    """The ticket to the rows of what a descriptor asks for."""
    command = read_command(content)
    if command is not None and command.name == "CommandStatementQuery":
        return write_command("TicketStatementQuery", {1: command.bytes(1)})
    return content
