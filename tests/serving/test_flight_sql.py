"""Flight SQL, as drivers speak it: by hand, and by the driver of ADBC."""

from __future__ import annotations

import datetime
import random
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
from google.protobuf.any_pb2 import Any as Wrapper
from pyarrow import flight

from flows.files.password_file import SQL
from flows.home import Home
from flows.publishing import publish
from flows.serving.flight import server as server_side
from flows.serving.flight import sql as flight_sql
from flows.serving.flight.messages import (
    Unreadable,
    read_command,
    varint,
    write_command,
    write_message,
)
from tests.publishing.made_home import make_home


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    made = make_home(tmp_path_factory.mktemp("flight_sql") / "home")
    publish.publish(made)
    return made


@pytest.fixture(scope="module")
def server(home: Home) -> Iterator[server_side.Server]:
    made = server_side.make(home, host="127.0.0.1", port=0, certificate=None, key=None)
    yield made
    made.shutdown()


CREATE = "ActionCreatePreparedStatementRequest"


class Driver:
    """As much of a driver as is needed to ask by hand."""

    def __init__(self, server: server_side.Server, home: Home) -> None:
        user, _, word = SQL.password(home).partition(":")
        self.client = flight.connect(("127.0.0.1", server.port))
        self.options = flight.FlightCallOptions(headers=[self.client.authenticate_basic_token(user, word)])

    def ask(self, name: str, **fields: bytes) -> pa.Table:
        """The rows for a command; of its fields f1 is number 1."""
        command = write_command(name, {int(key[1:]): value for key, value in fields.items()})
        info = self.client.get_flight_info(flight.FlightDescriptor.for_command(command), self.options)
        table = self.client.do_get(info.endpoints[0].ticket, self.options).read_all()
        assert table.schema == info.schema, name
        return table

    def act(self, kind: str, name: str, **fields: bytes) -> list[Any]:
        command = write_command(name, {int(key[1:]): value for key, value in fields.items()})
        told = self.client.do_action(flight.Action(kind, command), self.options)
        return [read_command(each.body.to_pybytes()) for each in told]

    def bind(self, handle: bytes, table: pa.Table) -> None:
        command = write_command("CommandPreparedStatementQuery", {1: handle})
        asked = flight.FlightDescriptor.for_command(command)
        writer, _ = self.client.do_put(asked, table.schema, self.options)
        with writer:
            writer.write_table(table)
            writer.done_writing()


@pytest.fixture(scope="module")
def driver(server: server_side.Server, home: Home) -> Iterator[Driver]:
    made = Driver(server, home)
    with made.client:
        yield made


def test_messages_are_those_of_protobuf() -> None:
    for size in (0, 1, 127, 128, 20_000):
        command = write_command("CommandStatementQuery", {1: b"x" * size})
        reference = Wrapper.FromString(command)
        assert reference.type_url.endswith(".sql.CommandStatementQuery")
        found = read_command(reference.SerializeToString())
        assert found is not None and found.bytes(1) == b"x" * size
    packed = read_command(write_command("CommandGetSqlInfo", {1: varint(3) + varint(500)}))
    assert packed is not None and packed.numbers(1) == [3, 500]
    assert read_command(b"select 1") is None


def test_any_bytes_are_a_command_or_none_or_refused() -> None:
    chance = random.Random(1)
    whole = write_command("CommandGetTables", {1: b"warehouse", 2: b"m%", 3: b"%"})
    for _ in range(2_000):
        mutated = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            mutated[chance.randrange(len(mutated))] = chance.randrange(256)
        content = bytes(mutated[: chance.randint(0, len(mutated))])
        try:
            found = read_command(content)
            if found is not None:
                found.text(1), found.texts(4), found.numbers(5)
        except (Unreadable, UnicodeDecodeError):
            pass


LETTERS = b"""with given as (select 'a'::enum('a', 'b') as a, 'b'::enum('a', 'b') as b)
select a as one, [b] as some, {'x': a} as named, map {a: b} as by,
  array_value(a) as two, b as one from given"""


def test_a_statement_is_answered(driver: Driver) -> None:
    answered = driver.ask("CommandStatementQuery", f1=b"select count(*) as n from marts.index_patients")
    assert answered.to_pylist() == [{"n": 50}]
    kinds = driver.ask("CommandStatementQuery", f1=LETTERS)
    assert kinds.column_names == ["one", "some", "named", "by", "two", "one"]
    assert [column.to_pylist() for column in kinds.columns] == [
        ["a"], [["b"]], [{"x": "a"}], [[("a", "b")]], [["a"]], ["b"],
    ]  # fmt: skip


def test_schemas_and_tables_are_found_by_their_names(driver: Driver) -> None:
    assert driver.ask("CommandGetCatalogs").to_pylist() == [{"catalog_name": "warehouse"}]
    assert driver.ask("CommandGetDbSchemas", f2=b"mart_")["db_schema_name"].to_pylist() == ["marts"]
    assert driver.ask("CommandGetTables", f1=b"another").num_rows == 0
    assert driver.ask("CommandGetTables", f2=b"marts", f4=b"VIEW").num_rows == 0
    found = driver.ask("CommandGetTables", f2=b"marts", f3=b"second\\_primarie_", f4=b"TABLE")
    assert found["table_name"].to_pylist() == ["second_primaries"]
    assert driver.ask("CommandGetTableTypes")["table_type"].to_pylist() == ["TABLE", "VIEW"]


def test_tables_come_with_their_columns_where_they_are_asked_for(driver: Driver) -> None:
    command = write_message({3: b"index_patients"}) + b"\x28\x01"
    wrapped = write_message(
        {1: b"type.googleapis.com/arrow.flight.protocol.sql.CommandGetTables", 2: command}
    )
    [row] = driver.client.do_get(flight.Ticket(wrapped), driver.options).read_all().to_pylist()
    schema = pa.ipc.read_schema(pa.py_buffer(row["table_schema"]))
    assert schema.names == ["patient_id", "version", "months", "note"]
    assert schema.field("patient_id").metadata == {b"ARROW:FLIGHT:SQL:REMARKS": b""}


@pytest.mark.parametrize(
    "command",
    ["CommandGetPrimaryKeys", "CommandGetImportedKeys", "CommandGetExportedKeys", "CommandGetCrossReference"],
)
def test_a_release_has_no_keys(driver: Driver, command: str) -> None:
    assert driver.ask(command, f3=b"index_patients").num_rows == 0


def test_the_server_tells_what_it_can_do(driver: Driver) -> None:
    told = {row["info_name"]: row["value"] for row in driver.ask("CommandGetSqlInfo").to_pylist()}
    assert (told[0], told[3], told[8], told[504]) == ("metachron", True, 0, '"')
    some = driver.ask("CommandGetSqlInfo", f1=varint(0) + varint(3))
    assert some["info_name"].to_pylist() == [0, 3]
    types = driver.ask("CommandGetXdbcTypeInfo")["type_name"].to_pylist()
    assert {"VARCHAR", "DOUBLE", "INTEGER", "BOOLEAN", "DATE"} <= set(types)
    [below_zero] = driver.ask("CommandGetXdbcTypeInfo", f1=b"").to_pylist()[:1]
    assert below_zero["data_type"] == -6


def test_a_statement_is_prepared_given_parameters_and_put_away(driver: Driver) -> None:
    sql = b"select patient_id from marts.index_patients where version = ? and months > ? order by all limit 1"
    [made] = driver.act("CreatePreparedStatement", CREATE, f1=sql)
    handle = made.bytes(1)
    assert pa.ipc.read_schema(pa.py_buffer(made.bytes(2))).names == ["patient_id"]
    wanted = pa.ipc.read_schema(pa.py_buffer(made.bytes(3)))
    assert wanted.types == [pa.string(), pa.string()]
    for months, patient in ((5, "p36"), ("6", "p43")):
        driver.bind(handle, pa.table({"a": [1], "b": [months]}))
        answered = driver.ask("CommandPreparedStatementQuery", f1=handle)
        assert answered.to_pylist() == [{"patient_id": patient}]
    assert driver.act("ClosePreparedStatement", "ActionClosePreparedStatementRequest", f1=handle) == []
    with pytest.raises(flight.FlightServerError, match="not prepared"):
        driver.ask("CommandPreparedStatementQuery", f1=handle)


def test_many_rows_of_parameters_are_refused(driver: Driver) -> None:
    [made] = driver.act("CreatePreparedStatement", CREATE, f1=b"select ? as a")
    with pytest.raises(flight.FlightServerError, match="one row of parameters"):
        driver.bind(made.bytes(1), pa.table({"a": [1, 2]}))


def test_whoever_prepares_too_much_loses_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flight_sql, "STATEMENTS_KEPT", 3)
    statements = flight_sql.Statements()
    for number in range(5):
        statements.keep(f"select {number}", b"", b"")
    assert [query.sql for query in statements.kept.values()] == ["select 2", "select 3", "select 4"]


def test_nothing_is_changed_by_any_message(driver: Driver) -> None:
    for name in ("CommandStatementUpdate", "CommandPreparedStatementUpdate", "CommandStatementIngest"):
        with pytest.raises(flight.FlightServerError, match=r"SQL-16.*changes nothing"):
            driver.ask(name, f1=b"delete from marts.index_patients")
        with pytest.raises(flight.FlightServerError, match=r"SQL-16.*changes nothing"):
            command = write_command(name, {1: b"delete from marts.index_patients"})
            table = pa.table({"a": [1]})
            asked = flight.FlightDescriptor.for_command(command)
            writer, _ = driver.client.do_put(asked, table.schema, driver.options)
            with writer:
                writer.write_table(table)
    for action in ("BeginTransaction", "CreatePreparedSubstraitPlan"):
        with pytest.raises(flight.FlightServerError, match=r"SQL-16.*changes nothing") as refused:
            driver.act(action, "ActionBeginTransactionRequest")
        assert "Traceback" not in str(refused.value) and ".py" not in str(refused.value)
    with pytest.raises(flight.FlightServerError, match=r"SQL-16.*changes nothing") as refused:
        asked = flight.FlightDescriptor.for_command(b"select 1")
        writer, reader = driver.client.do_exchange(asked, driver.options)
        with writer:
            reader.read_all()
    assert "Traceback" not in str(refused.value) and ".py" not in str(refused.value)
    answered = driver.ask("CommandStatementQuery", f1=b"select count(*) as n from marts.index_patients")
    assert answered.to_pylist() == [{"n": 50}], "who asks for rows after a refusal gets them"
    for sql in (b"delete from marts.index_patients", b"select * from read_text('/etc/passwd')"):
        with pytest.raises(flight.FlightServerError):
            driver.act("CreatePreparedStatement", CREATE, f1=sql)
        with pytest.raises(flight.FlightServerError):
            driver.ask("CommandStatementQuery", f1=sql)
    with pytest.raises(flight.FlightServerError, match="million letters"):
        driver.ask("CommandStatementQuery", f1=b"select 1 -- " + b"x" * (1 << 20))


def test_the_driver_of_adbc_connects_and_asks(server: server_side.Server, home: Home) -> None:
    from adbc_driver_flightsql import dbapi
    from adbc_driver_manager import Error

    user, _, word = SQL.password(home).partition(":")
    location = f"grpc://127.0.0.1:{server.port}"
    with pytest.raises(Error, match="user or password is wrong"):
        dbapi.connect(location, db_kwargs={"username": user, "password": "wrong"}, autocommit=True)

    signed_in = {"username": user, "password": word}
    with (
        dbapi.connect(location, db_kwargs=signed_in, autocommit=True) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("select max(months) as months from marts.index_patients where version = ?", (1,))
        assert cursor.fetch_arrow_table().to_pylist() == [{"months": 7.0}]
        cursor.execute("select ?::date as day, ? as text", (datetime.date(2018, 12, 31), "it's"))
        assert cursor.fetchall() == [(datetime.date(2018, 12, 31), "it's")]
        assert connection.adbc_get_info()["vendor_name"] == "metachron"
        assert connection.adbc_get_table_types() == ["TABLE", "VIEW"]
        [catalog] = connection.adbc_get_objects(depth="all").read_all().to_pylist()
        marts = {each["db_schema_name"]: each for each in catalog["catalog_db_schemas"]}["marts"]
        tables = {each["table_name"]: each["table_columns"] for each in marts["db_schema_tables"]}
        assert [each["column_name"] for each in tables["index_patients"]][:2] == ["patient_id", "version"]
        for refused in (
            "delete from marts.index_patients",
            "select * from read_text('/etc/passwd')",
            "selec",
        ):
            with pytest.raises(Error):
                cursor.execute(refused)
        with pytest.raises(Error, match="changes nothing"):
            cursor.adbc_ingest("mine", pa.table({"a": [1]}))
