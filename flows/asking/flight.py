"""SQL for analysts on other machines: Arrow Flight over the published release, read-only, with a password.

DuckDB's own server protocol is an extension that this version has to fetch from outside; Flight comes with
pyarrow. A query is answered from the release that was published when it came; whoever is half way through an
answer when another is published gets the rest of the old one.
"""

from __future__ import annotations

import base64
import hmac
import ipaddress
import os
import secrets
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from pyarrow import flight

from flows.asking import query
from flows.errors import MetachronError, UsageError
from flows.home import Home
from flows.publishing.releases import current_release

ROWS_AT_ONCE = 65_536
QUERIES_AT_ONCE = 8
LONGEST_SECONDS = 600.0
USER = "metachron"


def password(home: Home) -> str:
    """What the server asks for, made once and readable by this user alone: 'metachron:' and 32 letters."""
    file = home.root / "sql-auth"
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text(encoding="utf-8").strip()
    with os.fdopen(descriptor, "w") as opened:
        opened.write(f"{USER}:{secrets.token_urlsafe(24)}\n")
    return file.read_text(encoding="utf-8").strip()


class Releases:
    """A connection to the published release, opened again when another is published."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.lock = threading.Lock()
        self.release_id: str | None = None
        self.connection: duckdb.DuckDBPyConnection | None = None

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A cursor on what is published now; it keeps the release open until it is closed itself."""
        with self.lock:
            release = current_release(self.home)
            if self.connection is None or release is None or release.id != self.release_id:
                fresh = query.connect(self.home, release)
                self.close()
                self.connection, self.release_id = fresh, release.id if release else None
            return self.connection.cursor()

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None


class Server(flight.FlightServerBase):
    """Answers a ticket, which is a query in SQL, with its rows; lists the marts as flights."""

    def __init__(self, home: Home, location: str, secret: str, tls: list[tuple[bytes, bytes]]) -> None:
        super().__init__(
            location,
            auth_handler=NoHandshake(),
            middleware={"password": Password(secret)},
            tls_certificates=tls,
        )
        self.releases = Releases(home)
        self.free = threading.BoundedSemaphore(QUERIES_AT_ONCE)

    def do_get(self, context: flight.ServerCallContext, ticket: flight.Ticket) -> flight.GeneratorStream:
        """The rows of one query, as they come."""
        if not self.free.acquire(timeout=LONGEST_SECONDS):
            raise flight.FlightUnavailableError(
                f"{QUERIES_AT_ONCE} queries are being answered; ask again later"
            )
        try:
            cursor, reader, clock = self.asked(ticket.ticket.decode())
        except BaseException:
            self.free.release()
            raise
        return flight.GeneratorStream(reader.schema, self.batches(cursor, reader, clock))

    def asked(self, sql: str) -> tuple[duckdb.DuckDBPyConnection, pa.RecordBatchReader, threading.Timer]:
        try:
            cursor = self.releases.cursor()
        except MetachronError as failure:
            raise flight.FlightUnavailableError(failure.paragraph()) from None
        clock = threading.Timer(LONGEST_SECONDS, cursor.interrupt)
        clock.daemon = True
        clock.start()
        try:
            relation = cursor.sql(sql)
            if relation is None:
                raise flight.FlightServerError("this statement gives no rows")
            return cursor, relation.to_arrow_reader(ROWS_AT_ONCE), clock
        except duckdb.Error as problem:
            clock.cancel()
            cursor.close()
            raise flight.FlightServerError(str(problem).strip()) from None
        except BaseException:
            clock.cancel()
            cursor.close()
            raise

    def batches(
        self, cursor: duckdb.DuckDBPyConnection, reader: pa.RecordBatchReader, clock: threading.Timer
    ) -> Iterator[pa.RecordBatch]:
        try:
            yield from reader
        except (duckdb.Error, pa.ArrowException, OSError) as problem:
            raise flight.FlightServerError(query.first_line(problem)) from None
        finally:
            clock.cancel()
            cursor.close()
            self.free.release()

    def get_flight_info(
        self, context: flight.ServerCallContext, descriptor: flight.FlightDescriptor
    ) -> flight.FlightInfo:
        """The columns that a query will have, without its rows."""
        cursor, reader, clock = self.asked(descriptor.command.decode())
        clock.cancel()
        cursor.close()
        endpoint = flight.FlightEndpoint(descriptor.command, [])
        return flight.FlightInfo(reader.schema, descriptor, [endpoint], -1, -1)

    def list_flights(self, context: flight.ServerCallContext, criteria: bytes) -> Iterator[flight.FlightInfo]:
        """One flight for every mart."""
        cursor = self.releases.cursor()
        tables = cursor.execute(
            "select table_name from duckdb_tables() where schema_name = 'marts' order by table_name"
        ).fetchall()
        cursor.close()
        for (table,) in tables:
            asked = flight.FlightDescriptor.for_command(f"from marts.{table}")
            yield self.get_flight_info(context, asked)


class NoHandshake(flight.ServerAuthHandler):
    """The older way of signing in, which nobody here uses; the password goes with each call."""

    def authenticate(self, outgoing: Any, incoming: Any) -> None:
        return None

    def is_valid(self, token: bytes) -> str:
        return ""


class Password(flight.ServerMiddlewareFactory):
    """Lets a call through if its header holds the password, or the token given for it."""

    def __init__(self, secret: str) -> None:
        super().__init__()
        self.basic = "Basic " + base64.b64encode(secret.encode()).decode()
        self.bearer = "Bearer " + secrets.token_urlsafe(24)

    def start_call(self, info: flight.CallInfo, headers: dict[str, list[str]]) -> flight.ServerMiddleware:
        [given] = next((value for name, value in headers.items() if name.lower() == "authorization"), [""])[
            :1
        ]
        # Both are compared, and in the same time whatever was guessed.
        known = [hmac.compare_digest(given.encode(), each.encode()) for each in (self.basic, self.bearer)]
        if not any(known):
            raise flight.FlightUnauthenticatedError("user or password is wrong")
        return GivesToken(self.bearer)


class GivesToken(flight.ServerMiddleware):
    """Answers with the token that later calls may show instead of the password."""

    def __init__(self, bearer: str) -> None:
        super().__init__()
        self.bearer = bearer

    def sending_headers(self) -> dict[str, str]:
        return {"authorization": self.bearer}


def make(home: Home, *, host: str, port: int, certificate: Path | None, key: Path | None) -> Server:
    """A server that answers already; call `serve()` to wait for it.

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
            remedy="Give --tls-cert and --tls-key, or keep to 127.0.0.1 and let analysts come by ssh -L.",
        )
    tls = []
    if certificate is not None and key is not None:
        try:
            tls = [(certificate.read_bytes(), key.read_bytes())]
        except OSError as problem:
            raise UsageError("SQL-12", f"The certificate cannot be read: {problem}", unchanged="") from None
    location = f"grpc{'+tls' if tls else ''}://{host}:{port}"
    try:
        return Server(home, location, password(home), tls)
    except (pa.ArrowException, OSError) as problem:
        raise UsageError(
            "SQL-13",
            f"Nothing can listen on {location}: {query.first_line(problem)}",
            unchanged="Nothing was started.",
            remedy="Is the port taken? Choose another with --port.",
        ) from None


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
