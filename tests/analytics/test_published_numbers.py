"""The calibrated cohort must give the numbers that the paper prints and those it should have printed."""

from __future__ import annotations

import pytest

from analytics.render.lookup import first, only_term, stratum
from analytics.results.ids import FIRTH, NAIVE, TOGETHER, UNADJUSTED, SurvivalId


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
def test_table_1_gives_the_chi_squared_values_of_the_paper(results, variable, statistic, p_value):
    test = first(results.table1_tests, variable=variable, test="pearson_chi2")
    assert round(test.statistic, 3) == statistic
    assert round(test.p_value, 3) == p_value


def test_the_race_row_needed_an_exact_test_and_has_one(results):
    test = first(results.table1_tests, variable="race", test="fisher_exact")
    assert test.min_expected == pytest.approx(1.110939, abs=1e-6)
    assert test.p_value == pytest.approx(0.449155470, abs=1e-9)


def test_unknown_race_and_marital_status_leave_the_denominators_and_are_counted(results):
    assert first(results.table1, variable="race", level="White").denominator_without == 64_387
    assert first(results.table1, variable="marital_status", level="Married").denominator_with == 16
    assert first(results.table1_unknown, variable="race").n_without == 224
    assert first(results.table1_unknown, variable="marital_status").n_with == 2


@pytest.mark.parametrize(
    ("analysis", "level", "median", "limits"),
    [
        (SurvivalId.BY_SECOND, "without", 34, (33.5, 34.5)),
        (SurvivalId.BY_ERA, "1975-2002", 26, (25.5, 26.5)),
        (SurvivalId.BY_ERA, "2003-2018", 48, (46.9, 49.1)),
        (SurvivalId.FROM_SECOND, "all", 18, (0, 39.57)),
    ],
)
def test_medians_have_the_limits_that_spss_prints(results, analysis, level, median, limits):
    group = stratum(results, analysis, level)
    assert group.median == median
    assert group.median_ci["spss"] == pytest.approx(limits, abs=0.1)


def test_immortal_time_turns_the_hazard_ratio_round(results):
    assert only_term(results, NAIVE).hr == pytest.approx(0.49, abs=0.01)
    assert only_term(results, UNADJUSTED).hr == pytest.approx(1.7, abs=0.15)


def test_the_published_contrast_lies_within_what_no_effect_would_show(results):
    null = results.null_bands.immortal_time
    assert null.hazard_ratio.p90 < 0.6
    assert null.share_significant > 0.9
    assert null.median_with.p10 < 125 < null.median_with.p90


def test_the_later_latency_is_shorter_in_most_cohorts_where_nothing_changed(results):
    assert results.null_bands.latency.share_later_shorter > 0.5


def test_people_change_group_on_the_day_of_the_second_cancer(results):
    """Latencies are 19, 21, 22, 28, 30, ...: at month 30 the fifth is diagnosed, and all five are alive."""
    exposed = stratum(results, SurvivalId.FROM_EXPOSURE, "with")
    assert first(results.survival, id=SurvivalId.FROM_EXPOSURE).from_months == 30
    assert exposed.risk_table.time[0] == 30 and exposed.risk_table.at_risk[0] == 5
    assert stratum(results, SurvivalId.BY_SECOND, "with").risk_table.at_risk[0] == 18


def test_firth_stands_beside_the_maximum_likelihood_estimate(results):
    plain = only_term(results, TOGETHER, "chemotherapy")
    firth = only_term(results, FIRTH, "chemotherapy")
    assert plain.hr == pytest.approx(12.72, abs=0.01)
    assert (firth.hr, *firth.hr_ci) == pytest.approx((9.97, 1.80, 77.8), rel=0.01)
    model = first(results.cox, id=TOGETHER)
    assert model.events_per_parameter == pytest.approx(14 / 6)


def test_the_population_would_have_had_two_and_a_half(results):
    whole = first(results.sir, stratum={})
    assert whole.observed == 18
    assert whole.sir == pytest.approx(7.1, abs=0.1)


def test_one_minus_kaplan_meier_is_twice_too_high_at_ten_years(results):
    everybody = results.competing[0].strata[0]
    assert everybody.one_minus_km_at["120"] / everybody.at["120"] == pytest.approx(2.2, abs=0.1)


def test_the_hospital_lies_seven_times_above_the_registry(results):
    assert results.institution.registry_ratio.estimate == pytest.approx(7.045, abs=0.001)
