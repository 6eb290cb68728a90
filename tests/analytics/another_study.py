"""A warehouse of another pair of cancers, and one of other eras."""

from __future__ import annotations

from pathlib import Path

import duckdb

from tests.analytics.warehouse_fixture import write_warehouse

NAMES = """
update study.study set name = 'aml_after_breast', engine = 'r',
    title = 'Secondary acute myeloid leukaemia after breast cancer',
    index_label = 'breast cancer', index_short_label = 'BC',
    second_label = 'acute myeloid leukaemia', second_short_label = 'sAML'
"""
ERAS = {
    1: {"1975-2018": (1975, 2018)},
    3: {"1975-1989": (1975, 1989), "1990-2002": (1990, 2002), "2003-2018": (2003, 2018)},
}


def write_another(path: Path) -> Path:
    """A warehouse of another pair of cancers, without a hospital."""
    write_warehouse(path, scale=0.02)
    with duckdb.connect(str(path)) as connection:
        connection.execute(NAMES)
        connection.execute("delete from marts.institution_cases")
        connection.execute("update marts.institution_summary set n_index = 0, n_second = 0")
    return path


def with_eras(path, eras: dict[str, tuple[int, int]]) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("delete from study.study_eras")
        for position, (era, (first, last)) in enumerate(eras.items(), start=1):
            connection.execute(
                "insert into study.study_eras values (?, ?, ?, ?)", [position, era, first, last]
            )
            for table in ("index_patients", "index_patients_corrected", "second_primaries"):
                connection.execute(
                    f"update marts.{table} set era = ? where index_year between ? and ?", [era, first, last]
                )
        connection.execute(
            "create or replace table marts.second_primaries_by_era as select era, count(*) as n_index,"
            " count(*) filter (has_second_primary) as n_second,"
            " sum(greatest(months_to_first_event - 12, 0)) as person_months_at_risk"
            " from marts.index_patients group by era"
        )
        first, last = next(iter(eras)), next(reversed(eras))
        groups = connection.execute(
            "select table_name from information_schema.tables where table_name = 'person_time_by_group'"
        ).fetchall()
        for table in ("person_time_by_era", *(name for (name,) in groups)):
            connection.execute(
                f"update marts.{table} set era = case when era = '1975-2002' then ? else ? end",
                [first, last],
            )
        connection.execute(
            "update marts.survival_intervals as i set era = p.era from marts.index_patients as p"
            " where p.patient_id = i.patient_id"
        )
