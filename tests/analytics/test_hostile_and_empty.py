"""Labels that would like to be code, cohorts with nobody in them, files that are not warehouses."""

from __future__ import annotations

import json
from dataclasses import replace

import duckdb
import pytest

from analytics.questions.estimable import estimate, finite, limits
from analytics.questions.headline import headline
from analytics.questions.registry import row_types
from analytics.render.page.assets import script
from analytics.render.tables.table import Table, to_markdown
from analytics.render.tables.tidy import to_csv
from analytics.report import write_report
from analytics.results.json_file import read
from analytics.summary import one_screen
from analytics.warehouse.marts import UnfitWarehouse, open_marts
from tests.analytics.warehouse_fixture import write_warehouse


@pytest.fixture()
def small(tmp_path):
    return write_warehouse(tmp_path / "small.duckdb", scale=0.01, reference_rates=False)


def test_hostile_labels_stay_text(small, tmp_path, run):
    with duckdb.connect(str(small)) as connection:
        connection.execute(
            "update study.study set title = '<script>alert(1)</script>', index_label = '<b>&\"cancer\"</b>',"
            " second_short_label = 'A<LL'"
        )
        connection.execute("update marts.institution_cases set karyotype = '<img src=x onerror=alert(1)>'")
    written = write_report(small, tmp_path / "out", run=replace(run, code_version="</title><script>"))
    text = written.page.read_text(encoding="utf-8")
    ours = ('<script type="application/json" id="curves">', '<script type="application/json" id="numbers">',
            "<script>" + script())  # fmt: skip
    for own in ours:
        assert text.count(own) == 1
        text = text.replace(own, "")
    assert "<script" not in text and "<img" not in text and "<b>" not in text
    assert "&lt;script&gt;" in text


def test_a_study_without_a_single_second_primary_is_reported_and_not_estimated(small, tmp_path, run):
    with duckdb.connect(str(small)) as connection:
        for mart in ("index_patients", "index_patients_corrected"):
            connection.execute(f"delete from marts.{mart} where has_second_primary")
        connection.execute("update marts.person_time_by_era set observed = 0")
        connection.execute("delete from marts.second_primaries")
        connection.execute("delete from marts.survival_intervals where exposed or second_cancer")
        connection.execute("update marts.second_primaries_by_era set n_second = 0")
        connection.execute("delete from marts.institution_cases")
        connection.execute("update marts.institution_summary set n_index = 0, n_second = 0")
        connection.execute("update study.study set min_age_years = 21")  # another than the paper's
    written = write_report(small, tmp_path / "out", run=run)
    document = json.loads(written.results.read_text(encoding="utf-8"))
    assert document["cohort"]["n_second"] == 0
    assert document["published"] == []
    assert all(term["hr"] is None for model in document["cox"] for term in model["terms"][:1])
    assert all(test["p_value"] is None for test in document["latency_tests"])
    assert "NaN" not in written.results.read_text(encoding="utf-8")
    assert one_screen(read(written.results, row_types()))


def test_a_warehouse_without_anybody_is_reported_as_empty(small, tmp_path, run):
    with duckdb.connect(str(small)) as connection:
        for mart in (
            "index_patients", "index_patients_corrected", "second_primaries", "person_time_by_era",
            "survival_intervals", "institution_cases",
        ):  # fmt: skip
            connection.execute(f"delete from marts.{mart}")
        connection.execute("update marts.cohort_flow set n_in = 0, n_removed = 0, n_left = 0")
        connection.execute(
            "update marts.second_primaries_by_era set n_index = 0, n_second = 0, person_months_at_risk = 0"
        )
        connection.execute("update marts.institution_summary set n_index = 0, n_second = 0")
    written = write_report(small, tmp_path / "out", run=run)
    document = json.loads(written.results.read_text(encoding="utf-8"))
    assert document["cohort"] == {"n_index": 0, "n_second": 0, "n_without_second": 0}
    with open_marts(small) as marts:
        assert headline(marts).n_index == 0
    assert "NaN" not in written.results.read_text(encoding="utf-8")
    assert one_screen(read(written.results, row_types()))


def test_a_warehouse_without_reference_rates_says_why_it_has_no_ratio(small, tmp_path, run):
    written = write_report(small, tmp_path / "out", run=run)
    (whole,) = written.document.sir
    assert (whole.state, whole.sir) == ("not_delivered", None)
    assert whole.reason in written.page.read_text(encoding="utf-8")


def test_data_that_are_not_synthetic_do_not_say_so(small, tmp_path, run):
    with duckdb.connect(str(small)) as connection:
        connection.execute("update staging.stg_ledger__loads set is_synthetic = false")
    inputs = tuple(row | {"is_synthetic": False} for row in run.inputs)
    written = write_report(small, tmp_path / "out", run=replace(run, inputs=inputs))
    assert "SYNTHETIC" not in written.page.read_text(encoding="utf-8")


def test_a_mart_without_a_promised_column_is_named(small):
    with duckdb.connect(str(small)) as connection:
        connection.execute("alter table marts.cohort_flow drop column n_left")
    with open_marts(small) as marts, pytest.raises(UnfitWarehouse, match=r"marts\.cohort_flow.*n_left"):
        marts.cohort_flow()


def test_a_report_reads_the_release_its_link_pointed_at(small, tmp_path):
    link = tmp_path / "warehouse.duckdb"
    link.symlink_to(small)
    with open_marts(link) as marts:
        assert marts.path == small.resolve()
        with pytest.raises(duckdb.Error):
            marts._connection.execute("create table marts.mine (x int)")


def test_no_warehouse_is_an_answer_in_words(tmp_path):
    with pytest.raises(UnfitWarehouse, match="publish one first"), open_marts(tmp_path / "none.duckdb"):
        pass


def test_what_cannot_be_estimated_is_none_with_the_reason():
    def refuses():
        raise ValueError("groups holds a single group")

    answer = estimate(refuses)
    assert answer.p_value is None and answer.reason == "groups holds a single group"
    assert finite(float("nan")) is None and limits((float("inf"), 2)) == (None, 2.0)


def test_a_cell_that_a_spreadsheet_would_run_is_quoted():
    table = Table("t", ("a", "b"), (("=1+1", "-"), ("@x", "−0.1"), ("-cmd", "+")))
    assert to_csv(table, synthetic=False).splitlines()[1:] == ["'=1+1,-", "'@x,−0.1", "'-cmd,+"]
    assert "\\|" in to_markdown(Table("t", ("a",), (("a|b",),)), synthetic=False)
