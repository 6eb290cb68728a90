"""From raw files to the report: the run as a newcomer sees it, and the paper's numbers at its end."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from flows.home import Home
from flows.serving import query
from tests.pipeline.command import PROJECT, metachron
from tests.pipeline.conftest import FinishedRun

pytestmark = pytest.mark.slow

QUESTIONS = sorted((PROJECT / "queries").glob("*.sql"))


def test_the_run_ends_well_with_the_path_of_the_report(finished_run: FinishedRun) -> None:
    assert finished_run.ended.returncode == 0, finished_run.ended.stderr
    assert finished_run.ended.stdout.strip().splitlines()[-1] == f"report: {finished_run.report}"


def test_every_line_beside_the_answer_is_ours(finished_run: FinishedRun) -> None:
    told = re.sub(
        r"(?m)^(load|build|audit|publish|report) +done in [0-9.]+ s$", r"\1", finished_run.ended.stderr
    )
    assert told.split() == ["load", "build", "audit", "publish", "report"], told


def test_the_run_needs_no_server_and_leaves_nothing_of_one(finished_run: FinishedRun) -> None:
    assert not (finished_run.home / "prefect").exists()
    asked = "import sys, flows.cli.main, flows.pipeline; sys.exit('prefect' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], cwd=PROJECT).returncode == 0


def test_the_summary_fits_one_screen_and_says_synthetic(finished_run: FinishedRun) -> None:
    lines = finished_run.ended.stdout.splitlines()
    assert len(lines) <= 40 and max(map(len, lines[:-1])) <= 110
    assert "SYNTHETIC" in finished_run.ended.stdout


def test_every_row_read_is_accounted_for(finished_run: FinishedRun) -> None:
    inputs = finished_run.results["run"]["inputs"]
    assert len(inputs) >= 3
    for given in inputs:
        assert given["rows_read"] == given["rows_landed"] + given["rows_rejected"], given["path"]


def test_the_cohort_is_the_papers(finished_run: FinishedRun) -> None:
    assert finished_run.results["cohort"] == {
        "n_index": 64_629,
        "n_second": 18,
        "n_without_second": 64_611,
    }
    eras = {era["era"]: (era["n_index"], era["n_second"]) for era in finished_run.results["eras"]}
    assert eras == {"1975-2002": (31_989, 8), "2003-2018": (32_640, 10)}


@pytest.mark.parametrize(
    ("variable", "statistic", "p_value"),
    [
        ("sex", 0.012, 0.913),
        ("race", 1.303, 0.521),
        ("marital_status", 1.364, 0.243),
        ("era", 0.184, 0.668),
        ("chemotherapy", 5.447, 0.020),
    ],
)
def test_table_1_gives_the_printed_chi_squared(
    finished_run: FinishedRun, variable: str, statistic: float, p_value: float
) -> None:
    [test] = [
        row
        for row in finished_run.results["table1_tests"]
        if row["variable"] == variable and row["test"] == "pearson_chi2"
    ]
    assert (round(test["statistic"], 3), round(test["p_value"], 3)) == (statistic, p_value)


@pytest.mark.parametrize(
    ("curve", "level", "median", "low", "high"),
    [
        ("os_from_index_by_second", "without", 34, 33.5, 34.5),
        ("os_from_index_by_era", "1975-2002", 26, 25.5, 26.5),
        ("os_from_index_by_era", "2003-2018", 48, 46.9, 49.1),
    ],
)
def test_medians_and_spss_intervals_are_the_printed_ones(
    finished_run: FinishedRun, curve: str, level: str, median: float, low: float, high: float
) -> None:
    [found] = [row for row in finished_run.results["survival"] if row["id"] == curve]
    [stratum] = [row for row in found["strata"] if row["level"] == level]
    assert stratum["median"] == median
    assert stratum["median_ci"]["spss"] == pytest.approx([low, high], abs=0.1)


def test_the_hospital_is_the_papers(finished_run: FinishedRun) -> None:
    institution = finished_run.results["institution"]
    assert (institution["n_index"], institution["n_second"]) == (1_529, 3)
    assert [case["latency_months"] for case in institution["cases"]] == [65, 91, 87]


def test_nothing_was_lost_or_altered(finished_run: FinishedRun) -> None:
    verified = metachron(finished_run.home, "verify")
    assert verified.returncode == 0, verified.stderr


def test_analysts_ask_in_sql(finished_run: FinishedRun) -> None:
    asked = metachron(
        finished_run.home,
        "sql",
        "select n_left from marts.cohort_flow order by step desc limit 1",
        "--format",
        "csv",
    )
    assert asked.stdout.split() == ["n_left", "64629"]


def test_analysts_cannot_write(finished_run: FinishedRun) -> None:
    refused = metachron(finished_run.home, "sql", "delete from marts.cohort_flow")
    assert refused.returncode == 2 and "Traceback" not in refused.stderr


@pytest.mark.parametrize("question", QUESTIONS, ids=[file.stem for file in QUESTIONS])
def test_a_question_has_the_answer_that_is_kept_beside_it(
    finished_run: FinishedRun, question: Path, tmp_path: Path
) -> None:
    sql = question.read_text(encoding="utf-8")
    assert sql.startswith("-- ")
    query.run(Home(finished_run.home), sql, format="csv", out=tmp_path / "answer.csv")
    kept = question.parent / "answers" / f"{question.stem}.csv"
    assert (tmp_path / "answer.csv").read_text(encoding="utf-8") == kept.read_text(encoding="utf-8")


def kept_answer(number: int) -> list[dict[str, str]]:
    [file] = (PROJECT / "queries" / "answers").glob(f"{number:02d}_*.csv")
    return list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))


def test_twenty_questions_agree_with_the_report_where_both_answer(finished_run: FinishedRun) -> None:
    """Twice: the answers are one SQL query each, the report's come through polars and our estimators."""
    results = finished_run.results
    assert len(QUESTIONS) == 20

    attrition = [
        [str(row[key]) for key in ("step", "n_in", "n_removed", "n_left")] for row in results["attrition"]
    ]
    assert attrition == [
        [row["step"], row["n_in"], row["n_removed"], row["n_left"]] for row in kept_answer(1)
    ]

    for era, rate, latency in zip(results["eras"], kept_answer(2), kept_answer(4), strict=True):
        assert era["era"] == rate["era"] == latency["era"]
        assert float(rate["per_100k_person_years"]) == pytest.approx(era["rate_per_100k"], abs=0.005)
        assert float(latency["median_months"]) == era["latency"]["median"]

    [overall] = [row for row in results["sir"] if row["stratum"] == {}] or results["sir"][:1]
    [asked] = kept_answer(5)
    assert int(asked["observed"]) == overall["observed"]
    assert float(asked["ratio"]) == pytest.approx(overall["sir"], abs=0.005)

    [curve] = [row["strata"][0]["curve"] for row in results["survival"] if row["id"] == "os_from_index"]
    for row in kept_answer(10):
        last = max(i for i, month in enumerate(curve["time"]) if month <= 12 * int(row["years"]))
        assert float(row["share_alive"]) == pytest.approx(curve["survival"][last], abs=0.00005)


def test_every_table_and_figure_of_the_report_is_an_exposure(finished_run: FinishedRun) -> None:
    listed = yaml.safe_load((PROJECT / "dbt_project/models/marts/_report__exposures.yml").read_text())[
        "exposures"
    ]
    exposed = {exposure["name"] for exposure in listed} - {"report"}
    folder = finished_run.report.parent
    shown = {f"report_table_{file.stem}" for file in (folder / "tables").glob("*.csv")}
    # figure_2_incidence.svg is Figure 2, incidence.
    drawn = (file.stem.split("_", 2)[2] for file in (folder / "figures").glob("*.svg"))
    shown |= {f"report_figure_{name}" for name in drawn}
    # Only `metachron sensitivity` makes its two; what an audit finds has tables, and these data are clean.
    elsewhere = {"report_table_sensitivity", "report_figure_sensitivity"}
    elsewhere |= {"report_table_unmet_expectations", "report_table_rejected_rows"}
    assert elsewhere < exposed
    assert exposed - elsewhere == shown
