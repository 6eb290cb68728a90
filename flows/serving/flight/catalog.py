"""What clients of Flight SQL ask about the release before they ask for rows: its schemas, tables and columns.

Each answer has the columns that the protocol prescribes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa

from flows.serving.flight.info import INFO, type_info
from flows.serving.flight.messages import Message

# How a question is put to a query process; the answer as a table.
Ask = Callable[[dict[str, Any]], pa.Table]


def columns(**types: Any) -> pa.Schema:
    """A schema; a type within brackets may be missing."""
    fields = []
    for name, given in types.items():
        is_optional = isinstance(given, list)
        fields.append(pa.field(name, given[0] if is_optional else given, nullable=is_optional))
    return pa.schema(fields)


TEXT, NUMBER, BIT = pa.string(), pa.int32(), pa.bool_()
TABLES = columns(catalog_name=[TEXT], db_schema_name=[TEXT], table_name=TEXT, table_type=TEXT)
FOREIGN_KEYS = columns(
    pk_catalog_name=[TEXT], pk_db_schema_name=[TEXT], pk_table_name=TEXT, pk_column_name=TEXT,
    fk_catalog_name=[TEXT], fk_db_schema_name=[TEXT], fk_table_name=TEXT, fk_column_name=TEXT,
    key_sequence=NUMBER, fk_key_name=[TEXT], pk_key_name=[TEXT],
    update_rule=pa.uint8(), delete_rule=pa.uint8(),
)  # fmt: skip
INFO_VALUE = pa.dense_union(
    [
        pa.field("string_value", TEXT),
        pa.field("bool_value", BIT),
        pa.field("bigint_value", pa.int64()),
        pa.field("int32_bitmask", NUMBER),
        pa.field("string_list", pa.list_(TEXT)),
        pa.field("int32_to_int32_list_map", pa.map_(NUMBER, pa.list_(NUMBER))),
    ]
)
SCHEMAS: Mapping[str, pa.Schema] = {
    "CommandGetCatalogs": columns(catalog_name=TEXT),
    "CommandGetDbSchemas": columns(catalog_name=[TEXT], db_schema_name=TEXT),
    "CommandGetTables": TABLES,
    "CommandGetTableTypes": columns(table_type=TEXT),
    "CommandGetPrimaryKeys": columns(
        catalog_name=[TEXT], db_schema_name=[TEXT], table_name=TEXT, column_name=TEXT,
        key_name=[TEXT], key_sequence=NUMBER,
    ),
    "CommandGetExportedKeys": FOREIGN_KEYS,
    "CommandGetImportedKeys": FOREIGN_KEYS,
    "CommandGetCrossReference": FOREIGN_KEYS,
    "CommandGetSqlInfo": columns(info_name=pa.uint32(), value=[INFO_VALUE]),
    "CommandGetXdbcTypeInfo": columns(
        type_name=TEXT, data_type=NUMBER, column_size=[NUMBER], literal_prefix=[TEXT], literal_suffix=[TEXT],
        create_params=[pa.list_(pa.field("item", TEXT, nullable=False))], nullable=NUMBER, case_sensitive=BIT,
        searchable=NUMBER, unsigned_attribute=[BIT], fixed_prec_scale=BIT, auto_increment=[BIT],
        local_type_name=[TEXT], minimum_scale=[NUMBER], maximum_scale=[NUMBER], sql_data_type=NUMBER,
        datetime_subcode=[NUMBER], num_prec_radix=[NUMBER], interval_precision=[NUMBER],
    ),
}  # fmt: skip

CATALOGS_SQL = "select current_database() as catalog_name"
DB_SCHEMAS_SQL = r"""
select database_name as catalog_name, schema_name as db_schema_name
from duckdb_schemas()
where database_name = current_database() and not internal
  and ($1::varchar is null or database_name = $1)
  and ($2::varchar is null or schema_name like $2 escape '\')
order by all
"""
TABLES_SQL = r"""
with every as (
  select database_name, schema_name, table_name, 'TABLE' as table_type from duckdb_tables() where not internal
  union all
  select database_name, schema_name, view_name, 'VIEW' from duckdb_views() where not internal
)
select database_name as catalog_name, schema_name as db_schema_name, table_name, table_type
from every
where database_name = current_database()
  and ($1::varchar is null or database_name = $1)
  and ($2::varchar is null or schema_name like $2 escape '\')
  and ($3::varchar is null or table_name like $3 escape '\')
  and (len($4::varchar[]) = 0 or list_contains($4::varchar[], table_type))
order by all
"""


def schema_of(command: Message) -> pa.Schema:
    """The columns of the answer to a command of this kind."""
    if command.name == "CommandGetTables" and wants_columns(command):
        return TABLES.append(pa.field("table_schema", pa.binary(), nullable=False))
    return SCHEMAS[command.name]


def table_of(command: Message, ask: Ask) -> pa.Table:
    """The answer to a command of this kind."""
    schema = schema_of(command)
    if command.name == "CommandGetSqlInfo":
        return sql_info(set(command.numbers(1)))
    if command.name == "CommandGetXdbcTypeInfo":
        wanted = set(command.numbers(1))
        rows = [row for row in type_info() if not wanted or row["data_type"] in wanted]
        return pa.Table.from_pylist(rows, schema)
    if command.name == "CommandGetTableTypes":
        return pa.table([["TABLE", "VIEW"]], schema)
    if command.name == "CommandGetCatalogs":
        return ask({"what": "rows", "sql": CATALOGS_SQL}).cast(schema)
    if command.name == "CommandGetDbSchemas":
        wanted_texts = [command.text(1), command.text(2)]
        return ask({"what": "rows", "sql": DB_SCHEMAS_SQL, "parameters": wanted_texts}).cast(schema)
    if command.name == "CommandGetTables":
        what = "tables" if wants_columns(command) else "rows"
        wanted_tables = [command.text(1), command.text(2), command.text(3), command.texts(4)]
        return ask({"what": what, "sql": TABLES_SQL, "parameters": wanted_tables}).cast(schema)
    # A release has no keys: the audit holds its relations.
    return schema.empty_table()


def wants_columns(command: Message) -> bool:
    return command.numbers(5) == [1]


def sql_info(wanted: set[int]) -> pa.Table:
    """What the server can do, by the numbers of the protocol; all of it where nothing is asked for."""
    chosen = {number: value for number, value in INFO.items() if not wanted or number in wanted}
    kinds: list[list[Any]] = [[] for _ in range(INFO_VALUE.num_fields)]
    types, offsets = [], []
    for kind, value in chosen.values():
        types.append(kind)
        offsets.append(len(kinds[kind]))
        kinds[kind].append(value)
    fields = [INFO_VALUE.field(i) for i in range(INFO_VALUE.num_fields)]
    values = pa.UnionArray.from_dense(
        pa.array(types, pa.int8()),
        pa.array(offsets, pa.int32()),
        [pa.array(each, field.type) for each, field in zip(kinds, fields, strict=True)],
        [field.name for field in fields],
    )
    return pa.table([pa.array(chosen, pa.uint32()), values], SCHEMAS["CommandGetSqlInfo"])
