"""SQL for analysts on other machines: Arrow Flight SQL over what is published, read-only, with a password.

DuckDB's own server protocol is an extension that this version has to fetch from outside; Flight comes with
pyarrow. Its SQL protocol is what the drivers of ADBC, JDBC and ODBC speak; a ticket may also be the text of
a query itself. A query is answered from the release that was published when it came; whoever is half way
through an answer when another is published gets the rest of the old one.
"""

from __future__ import annotations

import ipaddress
import os
import signal
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import flight

from flows.errors import UsageError
from flows.files import password_file
from flows.files.given_file import read_given
from flows.home import Home
from flows.serving.flight.catalog import schema_of, table_of
from flows.serving.flight.messages import Message, Unreadable
from flows.serving.flight.sign_in import NoHandshake, Password
from flows.serving.flight.sql import (
    ACTIONS,
    CLOSE,
    CLOSE_SESSION,
    CREATE,
    SESSION_IS_CLOSED,
    Statements,
    read_only,
    ticket_for,
)
from flows.serving.query_places import Answer, NoPlace, Places, QueryEnded

ENDING_SECONDS = 1.0
MARTS = "select table_name from duckdb_tables() where schema_name = 'marts' order by table_name"


class Server(flight.FlightServerBase):
    """Answers queries, and questions about what can be queried; lists the marts as flights."""

    def __init__(self, home: Home, location: str, secret: str, tls: list[tuple[bytes, bytes]]) -> None:
        super().__init__(
            location,
            auth_handler=NoHandshake(),
            middleware={"password": Password(secret)},
            tls_certificates=tls,
        )
        self.places = Places(home)
        self.statements = Statements()

    def shutdown(self) -> None:
        """End the queries, then the server, which waits for them."""
        self.places.close()
        super().shutdown()

    def do_get(self, context: flight.ServerCallContext, ticket: flight.Ticket) -> flight.FlightDataStream:
        """The rows of one query, as they come; or what there is to query."""
        with translate_for_flight():
            statement = self.statements.read(ticket.ticket)
            if isinstance(statement, Message):
                return flight.RecordBatchStream(table_of(statement, partial(self.read, context)))
            answer = self.ask(context, {"what": "rows", "sql": statement.sql}, statement.parameters)
        return flight.GeneratorStream(answer.schema, Rows(answer))

    def ask(
        self, context: flight.ServerCallContext, question: dict[str, Any], parameters: bytes = b""
    ) -> Answer:
        return self.places.ask(question, context.is_cancelled, parameters)

    def read(
        self, context: flight.ServerCallContext, question: dict[str, Any], parameters: bytes = b""
    ) -> pa.Table:
        """A short answer as a whole."""
        answer = self.ask(context, question, parameters)
        try:
            return pa.Table.from_batches(list(answer), answer.schema)
        finally:
            answer.close()

    def get_flight_info(
        self, context: flight.ServerCallContext, descriptor: flight.FlightDescriptor
    ) -> flight.FlightInfo:
        """The columns that a query will have, without its rows, and the ticket to them."""
        schema = self.columns(context, descriptor.command)
        endpoint = flight.FlightEndpoint(ticket_for(descriptor.command), [])
        return flight.FlightInfo(schema, descriptor, [endpoint], -1, -1)

    def get_schema(
        self, context: flight.ServerCallContext, descriptor: flight.FlightDescriptor
    ) -> flight.SchemaResult:
        """The columns alone."""
        return flight.SchemaResult(self.columns(context, descriptor.command))

    def columns(self, context: flight.ServerCallContext, command: bytes) -> pa.Schema:
        with translate_for_flight():
            statement = self.statements.read(command)
            if isinstance(statement, Message):
                return schema_of(statement)
            return self.read(context, {"what": "columns", "sql": statement.sql}, statement.parameters).schema

    def list_flights(self, context: flight.ServerCallContext, criteria: bytes) -> Iterator[flight.FlightInfo]:
        """One flight for every mart."""
        with translate_for_flight():
            marts = self.read(context, {"what": "rows", "sql": MARTS})["table_name"].to_pylist()
        for table in marts:
            descriptor = flight.FlightDescriptor.for_command(f"from marts.{table}")
            yield self.get_flight_info(context, descriptor)

    def list_actions(self, context: flight.ServerCallContext) -> list[tuple[str, str]]:
        return list(ACTIONS.items())

    def do_action(self, context: flight.ServerCallContext, action: flight.Action) -> list[flight.Result]:
        """Prepare a statement, or put it away."""
        with translate_for_flight():
            content = action.body.to_pybytes()
            if action.type == CREATE:
                sql = self.statements.query_of(content)
                [schema] = self.read(context, {"what": "prepared", "sql": sql}).to_pylist()
                return [flight.Result(self.statements.keep(sql, schema["columns"], schema["parameters"]))]
            if action.type == CLOSE:
                self.statements.close(content)
                return []
            if action.type == CLOSE_SESSION:
                return [flight.Result(SESSION_IS_CLOSED)]
            raise read_only(action.type)

    def do_put(
        self,
        context: flight.ServerCallContext,
        descriptor: flight.FlightDescriptor,
        reader: flight.MetadataRecordBatchReader,
        writer: flight.FlightMetadataWriter,
    ) -> None:
        """Take the parameters of a prepared statement; nothing else is ever written here."""
        with translate_for_flight():
            writer.write(pa.py_buffer(self.statements.bind(descriptor.command or b"", reader)))

    def do_exchange(
        self,
        context: flight.ServerCallContext,
        descriptor: flight.FlightDescriptor,
        reader: flight.MetadataRecordBatchReader,
        writer: flight.FlightMetadataWriter,
    ) -> None:
        """Refused; Flight's own refusal would send a traceback with this machine's paths."""
        with translate_for_flight():
            raise read_only("an exchange")


class Rows:
    """The batches of an answer for Flight, which lets go of this when the answer is sent or its client gone.

    An object and not a generator: one that was never begun would be let go of without a word.
    """

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __iter__(self) -> Rows:
        return self

    def __next__(self) -> pa.RecordBatch:
        with translate_for_flight():
            return next(self.answer)

    def __del__(self) -> None:
        self.answer.close()


@contextmanager
def translate_for_flight() -> Iterator[None]:
    """Why there is no answer, as clients of Flight are told."""
    try:
        yield
    except NoPlace:
        raise flight.FlightUnavailableError(
            "the server is busy with other queries; try again later"
        ) from None
    except QueryEnded as ended:
        raise flight.FlightServerError(str(ended)) from None
    except UnicodeDecodeError:
        raise flight.FlightServerError("a query is text in UTF-8") from None
    except Unreadable as problem:
        raise flight.FlightServerError(f"this is no message of Flight SQL: {problem}") from None


def make(home: Home, *, host: str, port: int, certificate: Path | None, key: Path | None) -> Server:
    """A server that answers already; `serve_until_stopped` waits for its end.

    host         the address to listen on; any but this machine's own needs a certificate
    port         0 takes a free one
    certificate  a PEM file with the chain, and `key` one with its private key: then only TLS is spoken

    Raises UsageError when the address is open to others without a certificate, or nothing can be listened on.
    """
    if (certificate is None) != (key is None):
        raise UsageError("SQL-11", "A certificate needs its key, and a key its certificate", unchanged="")
    if certificate is None and not is_loopback(host):
        raise UsageError(
            "SQL-10",
            f"Rows of patients and the password would cross the network readable by all (host {host})",
            unchanged="Nothing was started.",
        )
    tls = []
    if certificate is not None and key is not None:
        tls = [
            (
                read_given(certificate, "certificate", code="SQL-12"),
                read_given(key, "certificate's key", code="SQL-12"),
            )
        ]
        require_pair(certificate, key)
    location = f"grpc{'+tls' if tls else ''}://{host}:{port}"
    try:
        return Server(home, location, password_file.SQL.password(home), tls)
    except (pa.ArrowException, OSError) as problem:
        raise UsageError(
            "SQL-13",
            f"Nothing can listen on {location}: {str(problem).strip().splitlines()[0]}",
            unchanged="Nothing was started.",
        ) from None


def require_pair(certificate: Path, key: Path) -> None:
    """Raise UsageError SQL-12 for what is no certificate and its key, of which Flight says nothing."""
    try:
        # A key with a passphrase would be asked for at the terminal, and Flight cannot open it.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")
    except (ssl.SSLError, ValueError):
        raise UsageError(
            "SQL-12", "This is no certificate in PEM with the key that belongs to it", file=certificate,
            unchanged="Nothing was started.",
        ) from None  # fmt: skip


@contextmanager
def serve_until_stopped(server: Server) -> Iterator[None]:
    """After the block, answer until Ctrl-C or SIGTERM; then end, whoever is still asking.

    Flight's own `serve` would wait for every query, and for whoever has connected by half.
    """
    stopped = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: stopped.set())
    yield
    stopped.wait()
    ending = threading.Thread(target=server.shutdown, daemon=True)
    ending.start()
    ending.join(ENDING_SECONDS)
    if ending.is_alive():
        os._exit(0)


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
