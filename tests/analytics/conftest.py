"""One published warehouse and one report a session, made without the pipeline."""

from __future__ import annotations

from functools import cache

import pytest

from analytics.answers import analyse
from analytics.report import ReportResult, render, write_report
from analytics.results.document import Results
from analytics.results.quality import Audit, PrintedCounts, RejectedRows, UnmetExpectation
from analytics.results.run import Run
from analytics.warehouse.marts import open_marts
from tests.analytics.another_study import ERAS, with_eras, write_another
from tests.analytics.warehouse_fixture import write_warehouse

RUN = Run(
    id="run-1",
    started_at="2026-01-01T00:00:00+00:00",
    duration_seconds=1.5,
    code_version="0.1.0",
    packages={"numpy": "2", "duckdb": "2"},
    inputs=(
        {"path": "listing.txt", "kind": "seer_listing", "sha256": "a" * 64,
         "bytes": 10, "rows_read": 3, "rows_landed": 2, "rows_rejected": 1, "is_synthetic": True},
    ),
    warehouse_release="release-1",
)  # fmt: skip

AUDIT = Audit(
    verdict="warn",
    expectations=130,
    warnings=(
        UnmetExpectation("No row was rejected", "The rejected rows are not in the study.", "raw.loads", 1),
    ),
    rejected=(RejectedRows("listing.txt", "unknown_label", "sex", 1),),
    printed_counts=PrintedCounts(13, ("18 of them with a later leukaemia", "35,067 men")),
)


@pytest.fixture(scope="session")
def run() -> Run:
    return RUN


@pytest.fixture(scope="session")
def warehouse(tmp_path_factory):
    """The calibrated cohort of 64,629 with reference rates."""
    return write_warehouse(tmp_path_factory.mktemp("warehouse") / "warehouse.duckdb")


@pytest.fixture(scope="session")
def report(warehouse, tmp_path_factory):
    return write_report(warehouse, tmp_path_factory.mktemp("report"), run=RUN, audit=AUDIT)


@pytest.fixture(scope="session")
def small_marts(tmp_path_factory):
    """About a thirtieth of the cohort, and people who are in the corrected one alone."""
    path = tmp_path_factory.mktemp("small") / "small.duckdb"
    with open_marts(write_warehouse(path, scale=0.03, beyond_published=True)) as opened:
        yield opened


@pytest.fixture(scope="session")
def small_results(small_marts) -> Results:
    return analyse(small_marts, RUN)


@pytest.fixture(scope="session")
def printed(results, tmp_path_factory):
    """The same report with its figures for print."""
    return render(results, tmp_path_factory.mktemp("printed"), for_print=True)


@pytest.fixture(scope="session")
def results(report) -> Results:
    return report.document


@pytest.fixture(scope="session")
def report_of(tmp_path_factory, run):
    """The report of another study with so many eras of `ERAS`, once."""

    @cache
    def of(n: int) -> ReportResult:
        folder = tmp_path_factory.mktemp(f"{n}_eras")
        path = write_another(folder / "another.duckdb")
        with_eras(path, ERAS[n])
        return write_report(path, folder / "out", run=run)

    return of
