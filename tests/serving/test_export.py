"""Parquet for other tools: every row, every description, never half, never over something else."""

from __future__ import annotations

import json
import shutil
import stat
from pathlib import Path

import duckdb
import polars as pl
import pyarrow.parquet as pq
import pytest

from flows.errors import ResourcesExhausted, UsageError, WarehouseBusy
from flows.home import Home
from flows.integrity import lock
from flows.serving.export import export_parquet
from tests.pipeline.command import metachron


@pytest.fixture(scope="module")
def exported(published_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_parquet(published_home, tmp_path_factory.mktemp("exports") / "marts").folder


@pytest.fixture(scope="module")
def exported_raw(published_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_parquet(published_home, tmp_path_factory.mktemp("exports") / "raw", raw=True).folder


def dictionary(folder: Path) -> dict:
    return json.loads((folder / "dictionary.json").read_text(encoding="utf-8"))


def test_every_table_of_marts_and_study_is_there_with_every_row_and_type(
    exported: Path, published_home: Home
) -> None:
    listed = {table["name"]: table for table in dictionary(exported)["tables"]}
    with duckdb.connect(str(published_home.warehouse.resolve()), read_only=True) as connection:
        names = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables()"
            " where schema_name in ('marts', 'study')"
        ).fetchall()
        assert set(listed) == {name for (name,) in names}
        for name, table in listed.items():
            file = exported / f"{name.replace('.', '/')}.parquet"
            assert table["files"] == [str(file.relative_to(exported))]
            inside, outside = f"from {name}", f"from '{file}'"
            assert connection.execute(f"describe {inside}").fetchall()[0][:2]
            types = [
                [row[:2] for row in connection.execute(f"describe {query}").fetchall()]
                for query in (inside, outside)
            ]
            assert types[0] == types[1]
            differing = connection.execute(
                f"select count(*) from (({inside} except all {outside}) union all"
                f" ({outside} except all {inside}))"
            ).fetchall()
            assert differing == [(0,)] and table["rows"] == pq.read_metadata(file).num_rows


def test_tables_and_columns_carry_their_meaning(exported: Path) -> None:
    for table in dictionary(exported)["tables"]:
        schema = pq.read_schema(exported / table["files"][0])
        assert table["description"].startswith("One")
        assert schema.metadata[b"description"].decode() == table["description"]
        for column in table["columns"]:
            said = schema.field(column["name"]).metadata[b"description"].decode()
            assert said == column["description"] != "", (table["name"], column["name"])


def test_every_file_says_that_its_data_are_synthetic(exported: Path, exported_raw: Path) -> None:
    for folder in (exported, exported_raw):
        assert "SYNTHETIC" in (folder / "README.md").read_text(encoding="utf-8")
        for file in folder.rglob("*.parquet"):
            assert pq.read_schema(file).metadata[b"is_synthetic"] == b"True", file


def test_files_are_for_their_owner_alone(exported: Path) -> None:
    modes = {stat.S_IMODE(path.stat().st_mode) for path in exported.rglob("*") if path.is_file()}
    assert modes == {0o600} and stat.S_IMODE(exported.stat().st_mode) == 0o700


def test_raw_tables_come_as_one_file_a_delivery_and_nothing_is_lost(
    exported_raw: Path, published_home: Home
) -> None:
    loads = pl.read_parquet(exported_raw / "loads" / "*.parquet")
    for row in loads.iter_rows(named=True):
        file = exported_raw / row["kind"] / f"{row['load_id']}.parquet"
        assert pq.read_metadata(file).num_rows == row["rows_landed"]
    with duckdb.connect() as connection:
        connection.execute(f"attach '{published_home.raw}' as landed (read_only)")
        tables = connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'raw'"
        ).fetchall()
        for (table,) in tables:
            inside, outside = f"landed.raw.{table}", f"'{exported_raw}/{table}/*.parquet'"
            counted = connection.execute(
                f"select (select count(*) from {inside}), (select count(*) from {outside}),"
                f" (select count(*) from (from {inside} except all from {outside}))"
            ).fetchall()[0]
            assert counted[0] == counted[1] and counted[2] == 0, table


def test_the_same_release_gives_the_same_bytes(exported: Path, published_home: Home, tmp_path: Path) -> None:
    again = export_parquet(published_home, tmp_path / "again").folder
    for file in exported.rglob("*.*"):
        assert (again / file.relative_to(exported)).read_bytes() == file.read_bytes(), file


def test_an_earlier_export_is_replaced_and_nothing_else_is(published_home: Home, tmp_path: Path) -> None:
    folder = export_parquet(published_home, tmp_path / "marts", raw=True).folder
    export_parquet(published_home, folder)
    assert not (folder / "loads").exists() and (folder / "marts" / "index_patients.parquet").exists()
    (folder / ".metachron-folder").unlink()  # as older versions left it: the dictionary lists its files
    export_parquet(published_home, folder)
    assert [path.name for path in tmp_path.iterdir()] == ["marts"]

    (folder / "marts" / "thesis.docx").write_text("years of work")
    with pytest.raises(UsageError, match=r"OUT-02.*thesis"):
        export_parquet(published_home, folder)
    assert (folder / "marts" / "thesis.docx").read_text() == "years of work"


def test_an_export_that_breaks_half_way_leaves_the_old_one(
    published_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = export_parquet(published_home, tmp_path / "marts").folder
    before = {file: file.stat().st_mtime_ns for file in folder.rglob("*")}

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ResourcesExhausted, match="No space left"):
        export_parquet(published_home, folder)
    assert {file: file.stat().st_mtime_ns for file in folder.rglob("*")} == before
    assert [path.name for path in tmp_path.iterdir()] == ["marts"]


def test_nothing_to_export_is_said_in_one_paragraph(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").prepare()
    with pytest.raises(UsageError, match="SQL-04"):
        export_parquet(home, tmp_path / "marts")
    with pytest.raises(UsageError, match="EXP-02"):
        export_parquet(home, tmp_path / "raw", raw=True)


def test_raw_tables_that_are_being_written_are_busy(published_home: Home, tmp_path: Path) -> None:
    home = Home(tmp_path / "home").prepare()
    shutil.copy(published_home.raw, home.raw)
    with lock.single_writer(home):
        refused = metachron(home.root, "export", "--parquet", tmp_path / "raw", "--raw")
    assert refused.returncode == WarehouseBusy.exit_code and "LOCK-01" in refused.stderr


def test_the_command_tells_what_it_wrote(published_home: Home, tmp_path: Path) -> None:
    told = metachron(published_home.root, "export", "--parquet", tmp_path / "marts", "--json")
    assert told.returncode == 0, told.stderr
    said = json.loads(told.stdout)
    assert said["folder"] == str(tmp_path / "marts") and len(said["tables"]) >= 16
