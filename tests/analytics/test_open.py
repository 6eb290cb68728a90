"""A published warehouse in an analyst's hands: what `analytics.open` gives, and what it refuses."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

import analytics
from analytics.results.cohort import Cohort
from analytics.results.json_file import plain, to_json
from analytics.warehouse.published import Warehouse
from tests.analytics.warehouse_fixture import write_warehouse
from tests.disclosure.made_up import results


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("home")
    write_warehouse(made / "first.duckdb", scale=0.02)
    (made / "warehouse.duckdb").symlink_to("first.duckdb")
    return made


def test_a_mart_is_all_its_columns_in_an_order_that_repeats(home: Path) -> None:
    warehouse = analytics.open(home)
    flow = warehouse.mart("cohort_flow")
    assert flow.columns[:3] == ["step", "rule", "reason"] and flow["step"].is_sorted()
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as beside:
        [[n]] = beside.sql("select count(*) from marts.index_patients").fetchall()
    people = warehouse.mart("index_patients")
    assert people.height == n and people.equals(warehouse.mart("index_patients"))
    assert warehouse.sql("select count(*) as n from marts.index_patients")["n"].item() == n


def test_the_release_stays_the_one_that_was_opened(home: Path, tmp_path: Path) -> None:
    link = tmp_path / "warehouse.duckdb"
    link.symlink_to(home / "first.duckdb")
    warehouse = analytics.open(tmp_path)
    link.unlink()
    assert warehouse.mart("cohort_flow").height > 0


def test_a_study_is_opened_by_its_name(home: Path, tmp_path: Path) -> None:
    first = analytics.open(str(home))
    assert first == Warehouse((home / "first.duckdb").resolve(), first.study, home)
    assert analytics.open(home, first.study) == first
    with pytest.raises(ValueError, match=r"nothing is published .* for the study 'other'"):
        analytics.open(home, "other")
    # Beside the default study it has a link of its own.
    own = tmp_path / "studies" / first.study
    own.mkdir(parents=True)
    (own / "warehouse.duckdb").symlink_to(home / "first.duckdb")
    (tmp_path / "warehouse.duckdb").write_bytes(b"of another study")
    assert analytics.open(tmp_path, first.study) == first


def test_results_are_those_of_the_report_of_the_release_that_was_opened(home: Path, tmp_path: Path) -> None:
    for release in ("r1", "r2"):
        (tmp_path / "releases" / release).mkdir(parents=True)
        os.link(home / "first.duckdb", tmp_path / "releases" / release / "warehouse.duckdb")
    link = tmp_path / "warehouse.duckdb"
    link.symlink_to("releases/r1/warehouse.duckdb")
    warehouse = analytics.open(tmp_path)
    with pytest.raises(ValueError, match=f"r1 .*has no report: run `metachron report --home {tmp_path}`"):
        warehouse.results  # noqa: B018
    said = results(run=replace(results().run, warehouse_release="r1"))
    for release, held in (("r1", said), ("r2", results(cohort=Cohort(1, 0, 1)))):
        folder = tmp_path / "reports" / warehouse.study / release
        folder.mkdir(parents=True)
        (folder / "results.json").write_text(to_json(plain(held)), encoding="utf-8")
    assert warehouse.results == said
    link.unlink()
    link.symlink_to("releases/r2/warehouse.duckdb")
    assert warehouse.results == said and analytics.open(tmp_path).results.cohort == Cohort(1, 0, 1)


def test_results_of_another_version_are_refused_without_a_word_of_them(home: Path, tmp_path: Path) -> None:
    (tmp_path / "releases" / "r1").mkdir(parents=True)
    file = tmp_path / "releases" / "r1" / "warehouse.duckdb"
    os.link(home / "first.duckdb", file)
    (tmp_path / "warehouse.duckdb").symlink_to(file)
    warehouse = analytics.open(tmp_path)
    folder = tmp_path / "reports" / warehouse.study / "r1"
    folder.mkdir(parents=True)
    text = to_json(plain(results())).replace('"HOSP-77"', "77")
    (folder / "results.json").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="another version wrote the report") as refusal:
        warehouse.results  # noqa: B018
    assert "`metachron report" in str(refusal.value)
    assert "77" not in str(refusal.value).replace(str(tmp_path), "")


@pytest.mark.parametrize("study", ["", ".", "..", "../other", "a/b"])
def test_a_study_is_no_path(home: Path, study: str) -> None:
    with pytest.raises(ValueError, match="is no name of a study"):
        analytics.open(home, study)


def test_what_is_no_warehouse_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no warehouse is published"):
        analytics.open(tmp_path)
    (tmp_path / "warehouse.duckdb").write_bytes(b"no database")
    with pytest.raises(ValueError, match="cannot be read as a warehouse"):
        analytics.open(tmp_path)
    (tmp_path / "warehouse.duckdb").unlink()
    duckdb.connect(str(tmp_path / "warehouse.duckdb")).close()
    with pytest.raises(ValueError, match="is no warehouse of metachron"):
        analytics.open(tmp_path)


def test_a_name_that_is_no_mart_is_refused_with_those_that_are(home: Path) -> None:
    for name in ("patients", 'cohort_flow" --', "study.study"):
        with pytest.raises(ValueError, match=r"there is no mart .*cohort_flow, "):
            analytics.open(home).mart(name)


@pytest.mark.parametrize(
    "text",
    [
        "create table marts.mine as select 1",
        "delete from marts.cohort_flow",
        "copy (select 1) to 'mine.csv'",
        "from read_csv('/etc/hostname')",
        "attach 'mine.duckdb' as mine",
        "set enable_external_access = true",
    ],
)
def test_sql_reads_the_warehouse_and_nothing_else(
    home: Path, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(duckdb.Error):
        analytics.open(home).sql(text)
    assert not list(tmp_path.iterdir())


def test_sql_without_rows_is_no_query(home: Path) -> None:
    with pytest.raises(ValueError, match="gives no rows"):
        analytics.open(home).sql("")


def test_an_estimator_alone_waits_for_no_database() -> None:
    """Nor for frames or figures: the estimators need numpy and scipy."""
    heavy = {"duckdb", "polars", "pandas", "matplotlib"}
    code = "import sys, analytics.estimators.cox; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not heavy & set(done.stdout.split())
