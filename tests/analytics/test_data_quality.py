"""The audit in the report, and the latencies that hang on a month: by hand, and as readers have it."""

from __future__ import annotations

import re
from dataclasses import replace

import polars as pl
import pytest

from analytics.questions.data_quality import data_quality
from analytics.questions.registry import row_types
from analytics.render.page.quality import quality
from analytics.render.tables.data_quality import audit_in_a_line
from analytics.results.incidence import EraIncidence, LatencySummary
from analytics.results.json_file import read
from analytics.results.population import StandardisedIncidence
from analytics.results.quality import LatencyMethod
from analytics.summary import one_screen
from tests.analytics.conftest import AUDIT
from tests.analytics.empty_results import NOTHING, results_of_nobody
from tests.analytics.test_three_states import sections_of

NOBODY = LatencySummary(0, None, None, None, None, None)
# Second primaries at 12, 13, 40 months, and at 14 between the diagnoses; a second cancer at 11 months.
CASES = pl.DataFrame(
    {
        "latency_method": ["survival_months", "survival_months", "diagnosis_months", "survival_months"],
        "latency_is_uncertain": [True, True, False, False],
    }
)
CORRECTED = pl.DataFrame(
    {
        "first_event": [*["second_primary"] * 6, "death"],
        "is_at_risk_after_latency": [True, True, True, True, False, False, True],
        "latency_method": ["survival_months"] * 3 + ["diagnosis_months"] + ["survival_months"] * 2 + [None],
        "latency_is_uncertain": [True, True, False, False, True, False, None],
    }
)
OVERALL = EraIncidence("all", 1000, 4, 0.004, NOTHING, NOBODY, 2000.0, 200.0, NOTHING, observed=4)
SIR = StandardisedIncidence({}, 4, 2.0, 2000.0, 2.0, NOTHING, None, None)


def test_latencies_are_counted_by_method_and_the_headline_without_the_uncertain_is_exact():
    found = data_quality(None, CASES, CORRECTED, OVERALL, (SIR,))
    assert found.latencies == (
        LatencyMethod("survival_months", 3, 2, 3, 2),
        LatencyMethod("diagnosis_months", 1, 0, 1, 0),
    )
    assert found.just_too_soon == 1
    without = found.without_uncertain
    assert without is not None
    assert (without.n_second, without.proportion, without.observed) == (2, 0.002, 2)
    assert (without.rate_per_100k, without.sir) == (100.0, 1.0)
    # Garwood's limits of 2 events: 0.2422 and 7.2247.
    assert without.sir_ci == (pytest.approx(0.12110, abs=1e-5), pytest.approx(3.61234, abs=1e-5))
    assert without.rate_ci[1] == pytest.approx(7.22469 / 2000 * 100_000, rel=1e-5)


def test_no_ratio_is_told_without_them_where_some_have_no_reference_rate():
    unmatched = replace(SIR, observed_without_reference=1)
    found = data_quality(None, CASES, CORRECTED, OVERALL, (unmatched,))
    assert found.without_uncertain is not None and found.without_uncertain.sir is None


def test_nothing_hangs_on_a_month_where_no_latency_does():
    sure = CASES.with_columns(latency_is_uncertain=False)
    corrected = CORRECTED.with_columns(latency_is_uncertain=False)
    found = data_quality(None, sure, corrected, OVERALL, (SIR,))
    assert found.without_uncertain is None and found.just_too_soon == 0


def test_nobody_looked_for_the_second_cancer_so_there_is_no_latency():
    found = data_quality(None, CASES, CORRECTED, replace(OVERALL, n_second=None), ())
    assert (found.latencies, found.just_too_soon, found.without_uncertain) == ((), 0, None)


def test_the_section_has_verdict_every_warning_rejected_rows_and_latencies(report):
    section = sections_of(report.page.read_text(encoding="utf-8"))["quality"]
    for words in (
        "checked 130 expectations; 3 did not hold",
        "No row was rejected The rejected rows are not in the study. 1",
        "13 counts are those that the paper prints The study's own numbers stand",
        "Rows were rejected for 1 reason",
        "listing.txt Unknown label sex 1",
        "No latency that counts lies within a month of the shortest, 12 months.",
        "Difference of the two survivals, in months 18 0",
        "audit/data_quality.html",
    ):
        assert words in section, words


def test_uncertain_latencies_are_told_with_the_headline_without_them():
    found = data_quality(AUDIT, CASES, CORRECTED, OVERALL, (SIR,))
    (text,) = quality(results_of_nobody(data_quality=found, incidence_overall=OVERALL))[2:]
    assert "2 of 4 latencies of the conventional cohort and 2 of 4 of the corrected one" in text
    assert "2 of 1,000 people had a second primary (200.0 (24.2 to 720.6) per 100,000)" in text
    assert "1.00 (0.12 to 3.61) times the population's" in text
    assert "1 second cancer came less than a month too soon to count." in text


def test_a_release_without_an_audit_says_so_in_a_line():
    found = data_quality(None, CASES, CORRECTED, OVERALL, (SIR,))
    for results in (results_of_nobody(), results_of_nobody(data_quality=found, incidence_overall=OVERALL)):
        assert quality(results)[0].startswith("No audit lies with this release")
        assert audit_in_a_line(results) == "none lies with this release"


def test_the_terminals_screen_ends_with_the_audit(report):
    last = one_screen(read(report.results, row_types())).splitlines()[-1]
    assert re.fullmatch(r"audit +3 warnings in 130 expectations; no row rejected", last)
    passed = replace(report.document.data_quality, warnings=(), rejected=(), printed_counts=None)
    loads = [replace(load, rows_rejected=26) for load in report.document.data.deliveries]
    rejecting = replace(
        report.document, data_quality=passed, data=replace(report.document.data, deliveries=tuple(loads))
    )
    assert audit_in_a_line(rejecting) == "130 expectations held; 52 rows rejected"
