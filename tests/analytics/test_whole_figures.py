"""Estimates lie inside their axes, levels have their lines, texts keep their places, on page and paper."""

from __future__ import annotations

import pytest

from analytics.answers import analyse
from analytics.warehouse.marts import open_marts
from tests.analytics.another_study import with_eras
from tests.analytics.warehouse_fixture import write_warehouse
from tests.analytics.whole_figures import faults

ERAS = {
    "three": {"1975-1989": (1975, 1989), "1990-2004": (1990, 2004), "2005-2018": (2005, 2018)},
    "five": {"1975-1984": (1975, 1984), "1985-1994": (1985, 1994), "1995-2002": (1995, 2002),
             "2003-2010": (2003, 2010), "2011-2018": (2011, 2018)},
}  # fmt: skip


def test_the_default_report_draws_what_it_says(results):
    assert faults(results) == []


@pytest.mark.parametrize("eras", ERAS.values(), ids=ERAS)
def test_so_do_reports_of_more_eras(eras, run, tmp_path):
    warehouse = write_warehouse(tmp_path / "w.duckdb", scale=0.02)
    with_eras(warehouse, eras)
    with open_marts(warehouse) as marts:
        results = analyse(marts, run)
    assert len(results.eras) == len(eras) and faults(results) == []
