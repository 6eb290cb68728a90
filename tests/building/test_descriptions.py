"""What is described is what is there: manifest, tables and comments agree, and docs can be generated."""

from __future__ import annotations

import json

import pytest

from tests.building.raw_fixture import dbt, query

pytestmark = pytest.mark.slow


def models(built):
    manifest = json.loads((built.target / "manifest.json").read_text())
    return {
        f"{node['schema']}.{node['name']}": node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
    }


def columns(built):
    rows = query(
        built.build,
        "select schema_name || '.' || table_name, column_name, comment from duckdb_columns()"
        " where schema_name in ('study', 'staging', 'intermediate', 'marts')",
    )
    tables: dict[str, dict[str, str]] = {}
    for table, column, comment in rows:
        tables.setdefault(table, {})[column] = comment
    return tables


def test_every_model_says_what_a_row_is_and_its_grain(built):
    for name, node in models(built).items():
        assert node["description"].startswith("One row"), name
        assert node["meta"].get("grain"), name


def test_every_column_of_every_table_is_described_and_none_that_is_not_there(built):
    described = {name: set(node["columns"]) for name, node in models(built).items()}
    assert described == {table: set(held) for table, held in columns(built).items()}


def test_analysts_read_the_descriptions_in_the_catalog(built):
    assert [
        f"{table}.{column}"
        for table, held in columns(built).items()
        for column, said in held.items()
        if not said
    ] == []
    tables = query(
        built.build,
        "select table_name from duckdb_tables() where comment is null and schema_name <> 'main'",
    )
    assert tables == []


def test_the_schemas_are_those_of_the_contract(built):
    assert {table.split(".")[0] for table in columns(built)} == {"study", "staging", "intermediate", "marts"}


def test_docs_generate(built, tmp_path):
    build = tmp_path / "build.duckdb"
    build.write_bytes(built.build.read_bytes())
    dbt("docs generate", built.raw, build)
    assert (tmp_path / "dbt" / "catalog.json").exists()
