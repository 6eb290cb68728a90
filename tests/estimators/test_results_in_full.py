"""Every test says what it is, its degrees of freedom, and the tail its p-value is."""

from math import comb

import numpy as np
import pytest
from published_data import DRUG, ON_PLACEBO, PLACEBO, RELAPSED, WEEKS
from scipy.stats import chi2

from analytics.estimators import comparisons, rates
from analytics.estimators.building_blocks import chi_squared_tail
from analytics.estimators.competing import fine_gray, gray_test
from analytics.estimators.cox import cox
from analytics.estimators.survival import kaplan_meier, logrank, mantel_byar

approx = pytest.approx
THREE = np.arange(42) % 3
CAUSES = np.where(RELAPSED, 1 + np.arange(42) % 2, 0)
SINCE = np.where(np.arange(42) % 2, 3.0, np.nan)
MODEL = cox(WEEKS, RELAPSED, np.column_stack([ON_PLACEBO, np.sin(np.arange(42))]), names=["placebo", "sine"])

CHI_SQUARED = {
    ("logrank", 2): lambda: logrank(WEEKS, RELAPSED, THREE),
    ("gehan", 1): lambda: logrank(WEEKS, RELAPSED, ON_PLACEBO, weighting="gehan"),
    ("tarone_ware", 1): lambda: mantel_byar(WEEKS, RELAPSED, SINCE, weighting="tarone_ware"),
    ("gray", 2): lambda: gray_test(WEEKS, CAUSES, THREE),
    ("score", 2): lambda: MODEL.score,
    ("wald", 2): lambda: MODEL.wald,
    ("likelihood_ratio", 2): lambda: MODEL.likelihood_ratio,
    ("schoenfeld_rank", 2): lambda: MODEL.proportional_hazards("rank")[-1],
    ("pearson_chi2", 2): lambda: comparisons.chi_squared([[3, 4], [5, 1], [2, 6]]),
    ("pearson_chi2_yates", 1): lambda: comparisons.chi_squared([[3, 4], [5, 1]], True),
    ("sir_homogeneity_pearson", 2): lambda: rates.sir_homogeneity([4, 6, 14], [8, 6, 10]),
    ("sir_homogeneity_likelihood_ratio", 2): lambda: rates.sir_homogeneity(
        [4, 6, 14], [8, 6, 10], "likelihood_ratio"
    ),
    ("sir_trend", 1): lambda: rates.sir_trend([4, 6, 14], [8, 6, 10]),
}


@pytest.mark.parametrize("what", CHI_SQUARED)
def test_a_p_value_is_the_tail_of_its_statistic(what):
    found = CHI_SQUARED[what]()
    assert (found.test, found.df) == what
    assert found.statistic > 0
    assert found.p_value == approx(chi2.sf(found.statistic, found.df), rel=1e-9)


def test_other_tests_say_what_they_are():
    assert comparisons.student_t([1, 2], [3, 5]).test == "student_t"
    assert comparisons.welch_t([1, 2], [3, 5]).test == "welch_t"
    assert comparisons.mann_whitney([1, 2], [3, 5]).test == "mann_whitney"
    assert comparisons.mann_whitney([1, 2], [3, 5], method="asymptotic").test == "mann_whitney"
    assert comparisons.fisher_exact([[1, 2], [3, 5]]).test == "fisher_exact"
    assert comparisons.fisher_exact([[1, 2], [3, 5], [2, 2]]).test == "fisher_exact"


def test_a_statistic_that_is_not_a_number_has_no_tail():
    assert np.isnan(chi_squared_tail(np.nan, 1)) and np.isnan(chi_squared_tail(1.0, 0))
    assert chi_squared_tail(-1e-18, 1) == 1


def test_a_joint_test_that_does_not_exist_keeps_its_degrees_of_freedom():
    model = cox(WEEKS, RELAPSED, np.column_stack([ON_PLACEBO, np.ones(42)]), names=["placebo", "one"])
    found = model.joint_wald(["placebo", "one"])
    assert (found.test, found.df) == ("wald", 2) and np.isnan([found.statistic, found.p_value]).all()


def test_levels_reach_every_interval():
    curve, z = kaplan_meier(*DRUG), 1.2815515655446004
    placebo = kaplan_meier(*PLACEBO)
    assert placebo.median_interval("log", 0.5) == (8, 8) != placebo.median_interval("log")
    spss = curve.median_interval("spss", 0.8)
    assert spss.upper - 23 == approx(z * 5.25537578801008)
    assert MODEL.interval("sine", "profile", 0.8).upper < MODEL.interval("sine", "profile").upper
    narrow = cox(WEEKS, RELAPSED, ON_PLACEBO, names=["x"], level=0.8)
    assert np.log(narrow.upper[0]) == approx(narrow.coef[0] + z * narrow.std_error[0])
    assert narrow.level == 0.8
    given = {"names": ["x"], "penalty": "firth"}
    firth = [cox(WEEKS, RELAPSED, ON_PLACEBO, level=level, **given).upper[0] for level in (0.8, 0.95)]
    assert firth[0] < firth[1]
    gray = fine_gray(WEEKS, CAUSES, ON_PLACEBO, names=["x"], level=0.8)
    assert np.log(gray.lower[0]) == approx(gray.coef[0] - z * gray.std_error[0])


def test_labels_of_any_kind_are_sorted():
    names = np.array(["b", "a"] * 21, dtype=object)
    assert logrank(WEEKS, RELAPSED, names).groups == ("a", "b")
    assert logrank(WEEKS, RELAPSED, names == "a").groups == (False, True)
    assert logrank(WEEKS, RELAPSED, names).n.tolist() == [21, 21]


def test_exposure_times_may_be_none_or_not_a_number():
    mixed = [None, np.nan, 2.0] * 14
    assert mantel_byar(WEEKS, RELAPSED, mixed).statistic == approx(
        mantel_byar(WEEKS, RELAPSED, np.array(mixed, float)).statistic
    )
    with pytest.raises(ValueError, match=r"exposed_from\[2\] is negative"):
        mantel_byar([1, 2, 3], [1, 1, 1], [0.5, 0, -1])


def test_an_odds_ratio_of_a_table_with_a_full_margin():
    # The first cell cannot be below 3: what it could have been starts there.
    found = comparisons.fisher_exact([[4, 1], [3, 1]])
    ways = {k: comb(5, k) * comb(4, 7 - k) for k in range(3, 6)}
    r = found.odds_ratio
    total = sum(w * r**k for k, w in ways.items())
    assert sum(k * w * r**k for k, w in ways.items()) / total == approx(4)
