"""Observed over expected, worked by hand from a mart of few rows."""

from __future__ import annotations

import polars as pl
import pytest

from analytics.estimators.building_blocks import chi_squared_tail
from analytics.estimators.rates import exact_binomial_p
from analytics.questions.deliveries import Deliveries
from analytics.questions.standardised_incidence import incidence_ratio_tests, standardised_incidence
from analytics.render.formats import expected
from analytics.render.lookup import first
from analytics.render.tables.all_tables import tables
from analytics.results.states import NotDelivered, ReferenceRates

COLUMNS = ("grouping", "level", "observed", "expected", "person_years", "n_unmatched_cells",
           "observed_unmatched", "person_years_unmatched")  # fmt: skip
ROWS = [
    ("from_index", "all", 18, 3.0, 250_000.0, 0, 0, 0.0),
    ("from_latency", "all", 18, 2.5, 200_100.0, 4, 1, 100.0),
    ("months_since_index", "120+ months", 4, 0.5, 20_000.0, 0, 0, 0.0),
    ("months_since_index", "12-59 months", 8, 1.5, 120_000.0, 0, 0, 0.0),
    ("months_since_index", "60-119 months", 6, 0.5, 60_100.0, 0, 0, 0.0),
    ("race", "White", 17, 2.5, 200_000.0, 0, 0, 0.0),
    ("race", "Unknown", 1, None, 100.0, 4, 1, 100.0),
    ("chemotherapy", "No/Unknown", 2, 1.0, 80_000.0, 0, 0, 0.0),
    ("chemotherapy", "Yes", 16, 1.5, 120_100.0, 0, 0, 0.0),
]


EVERYTHING = Deliveries({}, ReferenceRates("value", None, None))


class TwelveMonths:
    min_latency_months = 12


@pytest.fixture()
def answers():
    return standardised_incidence(mart(ROWS), TwelveMonths, EVERYTHING)


def mart(rows) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=list(COLUMNS), orient="row").with_columns(
        persons=pl.lit(100),
        persons_unmatched=pl.lit(0),
        mean_age_at_index_years=pl.lit(66.0),
        mean_age_at_second_years=pl.lit(63.0),
    )


def test_what_no_reference_rate_covers_leaves_both_sides_and_is_counted(answers):
    whole = answers[0]
    assert (whole.observed, whole.person_years) == (17, 200_000)
    assert whole.sir == pytest.approx(17 / 2.5)
    assert whole.excess_per_10k == pytest.approx((17 - 2.5) / 20)
    assert (whole.strata_without_reference, whole.observed_without_reference) == (4, 1)


def test_the_months_before_the_shortest_latency_dilute_the_ratio_from_diagnosis(answers):
    assert [row.stratum for row in answers[:2]] == [{}, {"from": "diagnosis"}]
    assert answers[1].sir == pytest.approx(6) and answers[1].sir < answers[0].sir


def test_limits_are_the_exact_ones_of_a_poisson_count(answers):
    from_diagnosis = answers[1]
    assert [limit * 3 for limit in from_diagnosis.sir_ci] == pytest.approx((10.668, 28.448), abs=1e-3)


def test_a_level_that_no_rate_covers_has_counts_and_no_ratio(answers):
    """Nobody of it is in a ratio, which is no reason to say that there was nobody."""
    unknown = next(row for row in answers if row.stratum == {"race": "Unknown"})
    assert (unknown.persons, unknown.observed, unknown.person_years) == (100, 1, 100)
    assert (unknown.sir, unknown.expected, unknown.state) == (None, None, "not_estimable")
    assert unknown.reason == "No reference rate was delivered for any of this person-time."


def test_levels_follow_each_other_as_time_does_and_as_table_1_has_them(answers):
    levels = [next(iter(row.stratum.values())) for row in answers[2:]]
    assert levels == [
        "12-59 months", "60-119 months", "120+ months", "White", "Unknown", "Yes", "No/Unknown",
    ]  # fmt: skip


def test_homogeneity_by_hand(answers):
    """18 over 2.5: fitted 7.2 without and 10.8 with; (2 - 7.2)^2 / 7.2 + (16 - 10.8)^2 / 10.8."""
    test = next(t for t in incidence_ratio_tests(answers) if t.dimension == "chemotherapy")
    assert test.statistic == pytest.approx(5.2**2 / 7.2 + 5.2**2 / 10.8)
    assert (test.df, test.smallest_fitted) == (1, pytest.approx(7.2))


def test_two_levels_are_compared_by_the_exact_binomial_test_of_their_events(answers):
    test = next(t for t in incidence_ratio_tests(answers) if t.dimension == "chemotherapy")
    assert (test.method, test.note) == ("exact", None)
    assert test.p_value == pytest.approx(exact_binomial_p(2, 18, 1.0 / 2.5))
    assert test.p_value_chi_squared == pytest.approx(chi_squared_tail(test.statistic, 1))


def test_where_outcomes_are_too_many_to_list_chi_squared_says_that_it_is():
    many = [("from_latency", "all", 4000, 2000.0, 1e6, 0, 0, 0.0)]
    many += [("attained_age", f"{age}-{age + 9}", 1000, 500.0, 2e5, 0, 0, 0.0) for age in (40, 50, 60, 70)]

    class FromTheStart:
        min_latency_months = 0

    tests = {
        t.test: t for t in incidence_ratio_tests(standardised_incidence(mart(many), FromTheStart, EVERYTHING))
    }
    assert tests["homogeneity"].method == "chi_squared" and "too many to list" in tests["homogeneity"].note
    assert tests["homogeneity"].p_value == tests["homogeneity"].p_value_chi_squared == 1
    assert tests["trend"].method == "exact"


def test_the_report_says_how_each_test_was_made(results):
    (said,) = (note for note in tables(results)["standardised_incidence"].footnotes if "homogeneity" in note)
    assert (
        said == "Tests of homogeneity and trend are exact, given how many second primaries there were in all."
    )


def test_only_what_is_ordered_has_a_trend(answers):
    asked = {(test.dimension, test.test) for test in incidence_ratio_tests(answers)}
    assert ("months_since_index", "trend") in asked
    assert ("chemotherapy", "trend") not in asked


def test_where_cases_and_populations_are_not_of_one_population_counts_stand_without_a_ratio():
    uncovered = mart([(*row[:3], None, *row[4:]) for row in ROWS])
    why = "Only persons with the index cancer were delivered: deliver every tumour of the registry."
    found = Deliveries({}, ReferenceRates("not_delivered", why, None))
    answers = standardised_incidence(
        uncovered.with_columns(pl.col("expected").cast(pl.Float64)), TwelveMonths, found
    )
    whole = answers[0]
    assert (whole.state, whole.reason) == ("not_delivered", why)
    assert (whole.observed, whole.person_years) == (18, 200_100)
    assert all(row.expected is row.sir is row.p_value is row.excess_per_10k is None for row in answers)
    assert all(row.state == "not_delivered" for row in answers) and incidence_ratio_tests(answers) == ()


def test_where_nobody_looked_for_the_second_cancer_not_even_a_zero_is_counted():
    none = NotDelivered("second_cancer", "No row has it.", "Deliver every tumour.")
    found = Deliveries({"second_cancer": none}, ReferenceRates("value", None, None))
    (only,) = standardised_incidence(mart(ROWS), TwelveMonths, found)
    assert (only.state, only.reason) == ("not_delivered", "No row has it. Deliver every tumour.")
    assert only.observed is only.person_years is only.sir is None


def test_a_true_zero_is_a_value_with_its_exact_upper_limit():
    """No case over 2 expected: the upper limit is -ln(0.025) / 2."""
    none = [("from_latency", "all", 0, 2.0, 1e5, 0, 0, 0.0), ("from_index", "all", 0, 2.5, 2e5, 0, 0, 0.0)]
    whole = standardised_incidence(mart(none), TwelveMonths, EVERYTHING)[0]
    assert (whole.state, whole.reason, whole.observed, whole.sir) == ("value", None, 0, 0)
    assert whole.sir_ci == pytest.approx((0, 3.688879 / 2))


def test_a_dimension_that_was_not_delivered_has_counts_and_no_ratio():
    rows = [*ROWS[:2], ("chemotherapy", "Unknown", 18, 2.5, 200_100.0, 0, 0, 0.0)]
    none = NotDelivered("chemotherapy", "Chemotherapy was not delivered.", "Deliver it.")
    found = Deliveries({"chemotherapy": none}, ReferenceRates("value", None, None))
    *whole, unknown = standardised_incidence(mart(rows), TwelveMonths, found)
    assert [row.state for row in whole] == ["value", "value"]
    assert (unknown.state, unknown.observed, unknown.sir) == ("not_delivered", 18, None)


def test_the_calibrated_cohort_has_seven_times_the_expected_from_month_12_and_less_from_diagnosis(results):
    whole, early = (first(results.sir, stratum=stratum) for stratum in ({}, {"from": "diagnosis"}))
    assert whole.observed == early.observed == 18
    assert whole.sir == pytest.approx(7.1, abs=0.1)
    assert early.sir == pytest.approx(5.6, abs=0.1)
    for dimension in ("sex", "era", "chemotherapy", "months_since_index", "attained_age"):
        levels = [row for row in results.sir if dimension in row.stratum]
        assert sum(row.observed for row in levels) == 18
        assert sum(row.expected for row in levels) == pytest.approx(whole.expected)


def test_the_table_says_who_is_in_no_ratio_and_by_which_method_p_was_made(results):
    notes = " ".join(tables(results)["standardised_incidence"].footnotes)
    missing = results.incidence_overall.n_index_at_risk - results.sir[0].persons
    assert missing > 0 and f"{missing:,} people of the" in notes and "race: Unknown, " in notes
    assert "as in R's poisson.test" in notes and "2.5% in each tail" in notes


def test_some_expected_cases_are_never_shown_as_none():
    assert [expected(number) for number in (None, 0.0, 0.0007, 0.0049, 0.005, 2.558)] == [
        "—", "0.00", "<0.01", "<0.01", "0.01", "2.56",
    ]  # fmt: skip
