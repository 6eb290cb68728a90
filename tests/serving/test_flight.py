"""SQL from another machine: the published release, for whoever has the password, and nothing else."""

from __future__ import annotations

import json
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import flight

from flows.errors import UsageError
from flows.files.password_file import SQL
from flows.home import Home
from flows.publishing import publish
from flows.serving import query_places
from flows.serving.flight import server as server_side
from flows.serving.query_places import QUERIES_AT_ONCE
from tests.pipeline.command import PROJECT, environment
from tests.publishing.made_home import make_build, make_home, write_audit


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    made = make_home(tmp_path_factory.mktemp("flight") / "home")
    publish.publish(made)
    return made


@pytest.fixture(scope="module")
def server(home: Home) -> Iterator[server_side.Server]:
    made = server_side.make(home, host="127.0.0.1", port=0, certificate=None, key=None)
    yield made
    made.shutdown()


def signed_in(server: server_side.Server, home: Home) -> tuple[flight.FlightClient, flight.FlightCallOptions]:
    user, _, word = SQL.password(home).partition(":")
    client = flight.connect(("127.0.0.1", server.port))
    return client, flight.FlightCallOptions(headers=[client.authenticate_basic_token(user, word)])


def ask(server: server_side.Server, home: Home, sql: str) -> pa.Table:
    client, options = signed_in(server, home)
    with client:
        return client.do_get(flight.Ticket(sql), options).read_all()


def test_a_query_is_answered_from_the_published_release(server: server_side.Server, home: Home) -> None:
    answered = ask(server, home, "select count(*) as n, max(months) as months from marts.index_patients")
    assert answered.to_pylist() == [{"n": 50, "months": 7.0}]


def test_the_next_release_is_seen_while_an_answer_from_the_old_one_is_read(
    server: server_side.Server, home: Home
) -> None:
    client, options = signed_in(server, home)
    with client:
        slow = client.do_get(flight.Ticket("select version from marts.index_patients, range(20000)"), options)
        first = slow.read_chunk().data
        make_build(home, 2)
        write_audit(home)
        publish.publish(home)
        version = "select distinct version from marts.index_patients"
        assert ask(server, home, version).to_pylist() == [{"version": 2}]
        rest = slow.read_all()
        assert first.num_rows + rest.num_rows == 1_000_000
        assert set(rest["version"].unique().to_pylist()) == {1}


def test_without_the_password_nothing_is_answered(server: server_side.Server) -> None:
    client = flight.connect(("127.0.0.1", server.port))
    with client:
        for headers in ([], [(b"authorization", b"Bearer guessed")]):
            options = flight.FlightCallOptions(headers=headers)
            with pytest.raises(flight.FlightUnauthenticatedError):
                client.do_get(flight.Ticket("select 1"), options).read_all()
            with pytest.raises(flight.FlightUnauthenticatedError):
                list(client.list_flights(options=options))
        with pytest.raises(flight.FlightUnauthenticatedError):
            client.authenticate_basic_token("metachron", "wrong")


@pytest.mark.parametrize(
    "sql",
    [
        "delete from marts.index_patients",
        "create table marts.mine as select 1",
        "copy marts.index_patients to 'stolen.csv'",
        "select * from read_csv('/etc/passwd')",
        "attach 'other.duckdb'",
        "set enable_external_access = true",
        "install httpfs",
        "select",
        "",
    ],
)
def test_whoever_asks_can_read_the_release_and_nothing_else(
    server: server_side.Server, home: Home, sql: str
) -> None:
    with pytest.raises(flight.FlightServerError):
        ask(server, home, sql)
    assert ask(server, home, "select count(*) as n from marts.index_patients").to_pylist() == [{"n": 50}]


def test_more_readers_than_places_are_all_answered(server: server_side.Server, home: Home) -> None:
    sums: list[int] = []

    def read() -> None:
        answered = ask(server, home, "select sum(i) as total from range(100000) as numbers (i)")
        sums.append(int(answered["total"][0].as_py()))

    threads = [threading.Thread(target=read) for _ in range(2 * QUERIES_AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sums == [sum(range(100_000))] * len(threads)


def test_a_reader_who_leaves_half_way_gives_the_place_back(server: server_side.Server, home: Home) -> None:
    for _ in range(2 * QUERIES_AT_ONCE):
        client, options = signed_in(server, home)
        with client:
            reading = client.do_get(flight.Ticket("select * from range(3000000)"), options)
            reading.read_chunk()
            reading.cancel()
    assert ask(server, home, "select 1 as one").to_pylist() == [{"one": 1}]


ENDLESS = "select count(*) from range(100000000) a, range(1000000) b"
MANY_ROWS = "select i, repeat('x', 1000) as wide from range(100000000) as numbers (i)"


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)


def all_places_are_free(server: server_side.Server) -> bool:
    return server.places.n_free == QUERIES_AT_ONCE and not server.places.taken


def test_clients_that_lose_patience_leave_no_query_behind(server: server_side.Server, home: Home) -> None:
    client, options = signed_in(server, home)
    impatient = flight.FlightCallOptions(timeout=0.3, headers=options.headers)

    def lose_patience(ask: Callable[[], object]) -> None:
        with pytest.raises(flight.FlightTimedOutError):
            ask()

    with client:
        asked = [lambda: client.do_get(flight.Ticket(ENDLESS), impatient).read_all()] * 20
        # What a query is made of is asked of the database too.
        slow_to_plan = flight.FlightDescriptor.for_command(f"select 1; {ENDLESS}; select 2")
        asked += [lambda: client.get_flight_info(slow_to_plan, impatient)] * 4
        threads = [threading.Thread(target=lose_patience, args=(ask,)) for ask in asked]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    wait_until(lambda: all_places_are_free(server))
    assert ask(server, home, "select 1 as one").to_pylist() == [{"one": 1}]


def test_readers_who_stop_reading_lose_their_places(
    server: server_side.Server, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query_places, "LONGEST_STALL_SECONDS", 0.5)
    client, options = signed_in(server, home)
    with client:
        paused = [client.do_get(flight.Ticket(MANY_ROWS), options) for _ in range(QUERIES_AT_ONCE)]
        for reader in paused:
            reader.read_chunk()
        assert ask(server, home, "select 1 as one").to_pylist() == [{"one": 1}]
        wait_until(lambda: all_places_are_free(server))
        with pytest.raises(flight.FlightServerError, match="nobody read its rows"):
            paused[0].read_all()
        for reader in paused:
            reader.cancel()


def test_a_query_without_end_is_stopped(
    server: server_side.Server, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query_places, "LONGEST_SECONDS", 0.5)
    with pytest.raises(flight.FlightServerError, match="stopped after"):
        ask(server, home, ENDLESS)
    assert all_places_are_free(server)


def test_a_query_that_needs_too_much_memory_ends_and_the_server_goes_on(
    server: server_side.Server, home: Home
) -> None:
    with pytest.raises(flight.FlightServerError, match="too much memory"):
        ask(server, home, "select repeat('x', 1000000) as wide from range(20000)")
    assert ask(server, home, "select 1 as one").to_pylist() == [{"one": 1}]


def test_where_every_place_is_taken_nobody_waits_for_ever(
    server: server_side.Server, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query_places, "LONGEST_WAIT_SECONDS", 0.3)
    monkeypatch.setattr(server.places, "n_free", 0)
    client, options = signed_in(server, home)
    with client, pytest.raises(flight.FlightUnavailableError, match="busy with other queries"):
        client.get_flight_info(flight.FlightDescriptor.for_command("select 1"), options)


def test_what_one_query_leaves_in_its_process_the_next_does_not_see(
    server: server_side.Server, home: Home
) -> None:
    ask(server, home, "create temp table mine as select 1 as a; select * from mine")
    with pytest.raises(flight.FlightServerError, match="mine does not exist"):
        ask(server, home, "select * from mine")


def test_the_marts_are_listed_with_their_columns(server: server_side.Server, home: Home) -> None:
    client, options = signed_in(server, home)
    with client:
        listed = {info.descriptor.command: info.schema.names for info in client.list_flights(options=options)}
    assert listed.keys() >= {b"from marts.index_patients", b"from marts.second_primaries"}
    assert all(query.startswith(b"from marts.") for query in listed)
    assert "patient_id" in listed[b"from marts.index_patients"]


def test_other_machines_need_a_certificate(home: Home) -> None:
    with pytest.raises(UsageError, match="SQL-10"):
        server_side.make(home, host="0.0.0.0", port=0, certificate=None, key=None)
    with pytest.raises(UsageError, match="SQL-11"):
        server_side.make(home, host="127.0.0.1", port=0, certificate=Path("x.pem"), key=None)


def test_the_command_says_where_it_serves_and_ends_when_told(home: Home) -> None:
    serving = subprocess.Popen(
        [sys.executable, "-m", "flows.cli.main", "serve-sql", "--port", "0", "--json"],
        env=environment(home.root),
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert serving.stdout is not None
    told = json.loads(serving.stdout.readline())
    try:
        assert told["location"].startswith("grpc://127.0.0.1:")
        assert stat.S_IMODE(Path(told["password_file"]).stat().st_mode) == 0o600
        client = flight.connect(told["location"])
        with client:
            user, _, word = Path(told["password_file"]).read_text().strip().partition(":")
            options = flight.FlightCallOptions(headers=[client.authenticate_basic_token(user, word)])
            assert client.do_get(flight.Ticket("select 42 as n"), options).read_all()["n"][0].as_py() == 42
        [answering] = children_of(serving.pid)
    finally:
        serving.send_signal(signal.SIGTERM)
    assert serving.wait(timeout=30) == 0
    wait_until(lambda: not is_answering(answering))


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_no_query_outlives_a_server_that_is_ended(how: signal.Signals, home: Home) -> None:
    """It waits for no query, and for nobody who has connected by half."""
    serving = subprocess.Popen(
        [sys.executable, "-m", "flows.cli.main", "serve-sql", "--port", "0", "--json"],
        env=environment(home.root),
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert serving.stdout is not None
    location = json.loads(serving.stdout.readline())["location"]
    client = flight.connect(location)
    user, _, word = SQL.password(home).partition(":")
    options = flight.FlightCallOptions(headers=[client.authenticate_basic_token(user, word)])
    asking = threading.Thread(target=ask_for_ever, args=(client, options))
    asking.start()
    wait_until(lambda: len(children_of(serving.pid)) == 1)
    [answering] = children_of(serving.pid)
    with socket.create_connection(("127.0.0.1", int(location.rpartition(":")[2]))) as half:
        half.sendall(b"PRI * HTTP/2.0")
        serving.send_signal(how)
        assert serving.wait(timeout=10) == (-how if how == signal.SIGKILL else 0)
    asking.join()
    wait_until(lambda: not is_answering(answering))


def ask_for_ever(client: flight.FlightClient, options: flight.FlightCallOptions) -> None:
    with pytest.raises((flight.FlightUnavailableError, flight.FlightServerError)):
        client.do_get(flight.Ticket(ENDLESS), options).read_all()


def children_of(process: int) -> list[int]:
    """Its query processes, once they run what they were started for."""
    found = []
    for line in Path(f"/proc/{process}/task").glob("*/children"):
        found += [int(number) for number in line.read_text().split()]
    return [each for each in found if is_answering(each)]


def is_answering(process: int) -> bool:
    """Whether it runs; one that has ended and that nobody asked about has no command line any more."""
    command = Path(f"/proc/{process}/cmdline")
    return command.exists() and b"query_process" in command.read_bytes()
