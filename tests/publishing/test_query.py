"""`metachron sql`: answers in four formats, and nothing else."""

from __future__ import annotations

import csv
import io
import json
import os
import stat
from pathlib import Path

import pyarrow.parquet
import pytest

from flows.errors import ResourcesExhausted, UsageError
from flows.home import Home
from flows.publishing import publish
from flows.serving import query
from flows.serving.answer_formats import FORMATS
from tests.publishing.made_home import make_home

THREE = "select patient_id, version, months from marts.index_patients order by months limit 3"

# Each would read, write or change something outside the release, or the settings that forbid it.
ESCAPES = [
    "copy (select 1) to 'stolen.csv'",
    "copy marts.index_patients to '/tmp/stolen.parquet' (format parquet)",
    "copy marts.index_patients from '/etc/passwd'",
    "export database 'stolen'",
    "select * from read_text('/etc/passwd')",
    "select * from read_csv('/etc/passwd')",
    "select * from read_blob('../raw.duckdb')",
    "select * from glob('/*')",
    "select * from '/etc/passwd'",
    "select * from 'manifest.json'",
    "select * from read_json('manifest.json')",
    "select * from parquet_scan('x.parquet')",
    "attach '../raw.duckdb' as raw",
    "attach ':memory:' as other; copy (select 1) to 'x.csv'",
    "install httpfs",
    "load httpfs",
    "install spatial from community",
    "create secret s (type s3, key_id 'k', secret 's')",
    "set enable_external_access = true",
    "set lock_configuration = false",
    "reset enable_external_access",
    "set memory_limit = '1TB'",
    "set global threads = 64",
    "set temp_directory = '/tmp'",
    "pragma enable_external_access",
    "set enable_logging = true; select 1; select * from read_text('/etc/passwd')",
    "create table marts.mine as select 1",
    "drop table marts.index_patients",
    "delete from marts.index_patients",
    "update marts.index_patients set version = 3",
    "insert into marts.index_patients select * from marts.index_patients",
    "alter table marts.index_patients add column x int",
    "comment on table marts.index_patients is 'mine'",
    "vacuum analyze; drop schema marts cascade",
    "detach warehouse",
    "use memory; detach warehouse",
    "select getenv('HOME')",
    "select * from read_csv('https://example.org/x.csv')",
    "select * from sniff_csv('/etc/passwd')",
    "select * from read_ndjson_objects('/etc/passwd')",
    "select * from parquet_metadata('x.parquet')",
    "import database '/tmp'",
    "attach 'https://example.org/x.duckdb' as other",
    "set allowed_directories = ['/']",
    "set file_search_path = '/'",
    "set secret_directory = '/tmp'",
    "set extension_directory = '/tmp'",
    "set profiling_output = 'x.json'",
    "pragma profiling_output = 'x.json'",
    "call enable_logging(storage = 'file', storage_path = 'x')",
    "explain analyze copy (select 1) to 'x.csv'",
    "prepare p as copy (select 1) to 'x.csv'; execute p",
    "create temp macro f() as table select * from read_text('/etc/passwd'); from f()",
    "select * from query('select * from read_text(''/etc/passwd'')')",
    "create temp view v as select * from read_text('/etc/passwd'); from v",
    "copy (select 1) to '/dev/stdout'",
    "from some_python_name",
]


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Home:
    made = make_home(tmp_path_factory.mktemp("query") / "home")
    publish.publish(made)
    return made


def test_a_table_is_aligned_for_a_screen(home, capsys):
    query.run(home, THREE)
    assert capsys.readouterr().out.splitlines() == [
        "patient_id  version               months",
        "----------  -------  -------------------",
        "p0                1                  0.0",
        "p1                1  0.14285714285714285",
        "p2                1   0.2857142857142857",
        "(3 rows)",
    ]


def test_a_long_table_says_that_there_is_more(home, capsys):
    query.run(home, "select i from range(201) as numbers (i)")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 203 and lines[-1] == "(the first 200 rows; --format csv gives all)"


def test_csv_json_and_parquet_hold_the_same_rows(home, tmp_path):
    for format in ("csv", "json", "parquet"):
        query.run(home, THREE, format=format, out=tmp_path / f"rows.{format}")
    from_csv = list(csv.DictReader(io.StringIO((tmp_path / "rows.csv").read_text())))
    from_json = json.loads((tmp_path / "rows.json").read_text())
    from_parquet = pyarrow.parquet.read_table(tmp_path / "rows.parquet").to_pylist()
    assert from_json == from_parquet
    assert [
        {**row, "version": int(row["version"]), "months": float(row["months"])} for row in from_csv
    ] == from_json


def test_a_written_answer_is_its_owners_alone(home, tmp_path):
    query.run(home, THREE, format="csv", out=tmp_path / "rows.csv")
    assert stat.S_IMODE((tmp_path / "rows.csv").stat().st_mode) == 0o600


def test_null_dates_and_decimals_have_a_form_in_every_format(home, capsys):
    sql = "select null as nothing, date '2018-12-31' as day, 1.50::decimal(5, 2) as amount, '' as empty"
    query.run(home, sql, format="json")
    assert json.loads(capsys.readouterr().out) == [
        {"nothing": None, "day": "2018-12-31", "amount": "1.50", "empty": ""}
    ]
    query.run(home, sql, format="csv")
    assert capsys.readouterr().out == "nothing,day,amount,empty\n,2018-12-31,1.50,\n"


def test_a_value_cannot_move_the_cursor_of_a_terminal(home, capsys):
    query.run(home, "select chr(27) || '[2J' || chr(10) as sly")
    assert "\\x1b[2J\\n" in capsys.readouterr().out


@pytest.mark.parametrize("sql", ESCAPES)
def test_nothing_but_the_release_can_be_reached(home, sql, tmp_path, monkeypatch, record_property):
    record_property("escape", 1)
    monkeypatch.chdir(tmp_path)
    some_python_name = pyarrow.table({"a": [1]})  # noqa: F841 (what the last escape looks for)
    before = home.warehouse.read_bytes()
    with pytest.raises(UsageError) as refused:
        query.run(home, sql)
    assert refused.value.exit_code == 2
    assert list(tmp_path.iterdir()) == []
    assert home.warehouse.read_bytes() == before
    assert not list(home.warehouse.resolve().parent.glob("*.wal"))


def test_a_wrong_query_is_told_in_duckdbs_own_words(home):
    with pytest.raises(UsageError, match='syntax error at or near "selec"'):
        query.run(home, "selec 1")
    with pytest.raises(UsageError, match="Did you mean"):
        query.run(home, "select * from marts.index_patient")
    for nothing in ("", "  ;", "-- a comment"):
        with pytest.raises(UsageError):
            query.run(home, nothing)


def test_a_query_without_end_is_stopped(home, monkeypatch):
    monkeypatch.setitem(query.SETTINGS, "max_execution_time", 300)
    with pytest.raises(ResourcesExhausted, match="stopped"):
        query.run(home, "select count(*) from range(100000000) a, range(1000000) b")


def test_a_query_that_needs_too_much_memory_is_stopped(home, monkeypatch):
    monkeypatch.setitem(query.SETTINGS, "memory_limit", "60MB")
    with pytest.raises(ResourcesExhausted, match="stopped"):
        query.run(home, "select list(i order by hash(i)) from range(20000000) as numbers (i)")


def test_a_value_that_duckdb_does_not_count_is_stopped_by_the_bound_on_the_process(home, monkeypatch):
    monkeypatch.setattr(query, "GIGABYTES", 0.5)
    with pytest.raises(ResourcesExhausted, match="stopped") as refused:
        wide = "select repeat('x', 1000000) as wide from range(2000)"
        query.run(home, wide, format="csv", out=Path(os.devnull))
    assert refused.value.exit_code == 6
    query.run(home, THREE)  # and the bound is gone with the query


def test_an_answer_is_made_a_piece_at_a_time():
    made = []

    def batches():
        for number in range(5):
            made.append(number)
            yield [(number,)] * 3

    for format in ("csv", "json"):
        made.clear()
        pieces = FORMATS[format](["n"], batches())
        next(pieces)
        assert made == [0], format
        assert len(list(pieces)) > 3 and made == [0, 1, 2, 3, 4]


def test_a_query_that_fails_half_way_leaves_no_file(home, tmp_path):
    fails = "select case when i = 90000 then error('no') else i end from range(100000) as numbers (i)"
    for format in ("csv", "json", "parquet"):
        with pytest.raises((UsageError, ResourcesExhausted)):
            query.run(home, fails, format=format, out=tmp_path / "rows")
        assert list(tmp_path.iterdir()) == []


def test_json_refuses_what_it_has_no_word_for(home):
    with pytest.raises(UsageError, match="SQL-07"):
        query.run(home, "select 'nan'::double as x", format="json")


def test_without_a_release_it_says_what_to_do(tmp_path):
    with pytest.raises(UsageError, match="metachron run"):
        query.run(Home(tmp_path).prepare(), "select 1")


def test_parquet_asks_for_a_file_and_a_bad_path_is_named(home, tmp_path):
    with pytest.raises(UsageError, match="--out"):
        query.run(home, THREE, format="parquet")
    with pytest.raises(UsageError, match="cannot be written"):
        query.run(home, THREE, format="csv", out=tmp_path / "no" / "such" / "folder.csv")
