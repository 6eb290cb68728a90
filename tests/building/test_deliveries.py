"""Marts depend on what was delivered, not on order, repetition, other columns or the number of threads."""

from __future__ import annotations

import random

import pytest

from tests.building.conftest import small_hospital, small_registry
from tests.building.raw_fixture import RawFile, dbt, leukaemia, query

pytestmark = pytest.mark.slow

MARTS = ("cohort_flow", "index_patients", "second_primaries", "survival_intervals", "second_primaries_by_era")
WHERE_IT_IS_WRITTEN = "exclude (load_id, source_line, second_load_id, second_source_line)"


def contents(build):
    """Rows of the marts without the lines they stand on, in a fixed order."""
    return {
        mart: query(
            build,
            f"select * {WHERE_IT_IS_WRITTEN if mart in ('index_patients', 'second_primaries') else ''}"
            f" from marts.{mart} order by all",
        )
        for mart in MARTS
    }


def test_order_repetition_splitting_unknown_columns_and_earlier_deliveries_change_nothing(built, tmp_path):
    rows = [*small_registry(), small_registry()[0], small_registry()[12]]
    random.Random(1).shuffle(rows)
    file = RawFile(tmp_path / "raw.duckdb")
    file.add_tumors([leukaemia("of an earlier submission")])
    file.connection.execute("alter table raw.seer_listing add column hair_colour varchar")
    file.add_tumors(rows[:20], delivery="two files")
    file.add_tumors(rows[20:], delivery="two files")
    file.add_hospital(*small_hospital())
    raw, build = file.close(), tmp_path / "build.duckdb"
    dbt("run", raw, build)
    assert contents(build) == contents(built.build)


def test_an_empty_warehouse_builds_and_says_zero(tmp_path):
    raw, build = RawFile(tmp_path / "raw.duckdb").close(), tmp_path / "build.duckdb"
    dbt("build", raw, build, select="test_type:data resource_type:model")
    assert query(build, "select sum(n_in), sum(n_left) from marts.cohort_flow") == [(0, 0)]
    assert query(build, "select n_index, n_second from marts.second_primaries_by_era") == [(0, 0), (0, 0)]


def test_a_row_lost_after_landing_and_a_label_without_a_code_each_stop_the_build(tmp_path):
    file = RawFile(tmp_path / "raw.duckdb")
    file.add_tumors([*small_registry(), leukaemia("odd", chemo="Perhaps")])
    file.connection.execute("delete from raw.seer_listing where source_line = 5")
    raw, build = file.close(), tmp_path / "build.duckdb"
    dbt("run", raw, build, select="staging")
    with pytest.raises(AssertionError) as refused:
        dbt("test", raw, build, select="every_landed_row_is_staged every_label_is_understood")
    assert "Failure in test every_landed_row_is_staged" in str(refused.value)
    assert "Failure in test every_label_is_understood" in str(refused.value)
