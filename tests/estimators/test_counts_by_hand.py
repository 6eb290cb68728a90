"""Tables, rates, means and ranks: on paper, as printed, and against enumeration."""

from fractions import Fraction as F
from itertools import combinations, product
from math import comb, exp, factorial, isnan, log, sqrt

import numpy as np
import pytest
from published_data import TABLE_1

from analytics.estimators import comparisons, rates, sensitivity
from analytics.estimators._counts.single_counts import log_binomial, log_poisson
from analytics.estimators.rates import exact_binomial_p, proportion_interval
from analytics.estimators.sensitivity import minimum_detectable_hazard_ratio
from analytics.estimators.shrinkage import from_interval, semi_bayes

approx = pytest.approx
# A number that warns on its way is a number to look at.
pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


@pytest.mark.parametrize("characteristic", TABLE_1)
def test_the_papers_chi_squared_values(characteristic):
    counts, statistic, p_value = TABLE_1[characteristic]
    found = comparisons.chi_squared(counts)
    assert round(found.statistic, 3) == statistic
    assert round(found.p_value, 3) == p_value
    assert found.test == "pearson_chi2"


def test_the_papers_race_table_needs_the_exact_test():
    found = comparisons.chi_squared(TABLE_1["race"][0])
    assert found.min_expected == approx(1.11, abs=0.005)
    assert comparisons.fisher_exact(TABLE_1["race"][0]).p_value == approx(0.449155470, abs=1e-9)


def test_yates_draws_every_difference_in_by_a_half():
    counts = [[3, 7], [6, 4]]
    # Expected 4.5 and 5.5: differences of 1.5 become 1.
    assert comparisons.chi_squared(counts, correction=True).statistic == approx(2 / 4.5 + 2 / 5.5)
    assert comparisons.chi_squared(counts).statistic == approx(2 * 1.5**2 * (1 / 4.5 + 1 / 5.5))
    assert comparisons.chi_squared(counts, correction=True).test == "pearson_chi2_yates"
    # A difference smaller than a half is drawn to nought, never past it.
    assert comparisons.chi_squared([[5, 5], [5, 6]], correction=True).statistic == approx(0)


def test_likelihood_ratio_of_a_table():
    counts = np.array([[3, 7], [6, 4]])
    expected = np.array([[4.5, 5.5], [4.5, 5.5]])
    assert comparisons.chi_squared(counts).likelihood_ratio == approx(
        2 * (counts * np.log(counts / expected)).sum()
    )
    assert np.isfinite(comparisons.chi_squared([[0, 7], [6, 4]]).likelihood_ratio)


def enumerated(table):
    """Fisher's test by listing every table of the right size and keeping those with these margins."""
    table = np.array(table)
    rows, columns = table.sum(axis=1), table.sum(axis=0)

    def probability(cells):
        top = np.prod([float(factorial(v)) for v in (*rows, *columns)])
        return top / factorial(table.sum()) / np.prod([float(factorial(int(v))) for v in cells.ravel()])

    total, seen = 0.0, probability(table)
    for cells in product(*(range(min(r, c) + 1) for r in rows for c in columns)):
        cells = np.array(cells).reshape(table.shape)
        if (cells.sum(axis=1) == rows).all() and (cells.sum(axis=0) == columns).all():
            total += probability(cells) * (probability(cells) <= seen * (1 + 1e-7))
    return total


@pytest.mark.parametrize(
    "table",
    [
        [[3, 1], [1, 3]], [[5, 0], [1, 4]], [[2, 1, 3], [0, 4, 1]], [[1, 2], [3, 0], [1, 1]],
        [[1, 0, 2], [2, 2, 0], [1, 1, 1]],
    ],
)  # fmt: skip
def test_fishers_test_is_the_sum_over_every_table(table):
    assert comparisons.fisher_exact(table).p_value == approx(enumerated(table))
    assert comparisons.fisher_exact(np.array(table).T).p_value == approx(enumerated(table))


def test_the_lady_tasting_tea():
    found = comparisons.fisher_exact([[3, 1], [1, 3]])
    assert found.p_value == approx(34 / 70)
    assert found.odds_ratio == approx(6.408309, abs=2e-5)
    for limit, seen in ((found.interval.lower, {3, 4}), (found.interval.upper, {0, 1, 2, 3})):
        ways = [comb(4, k) ** 2 * limit**k for k in range(5)]
        assert sum(ways[k] for k in seen) / sum(ways) == approx(0.025)
    assert isnan(found.statistic) and found.df is None


def test_an_empty_cell_gives_an_infinite_odds_ratio_and_one_limit():
    found = comparisons.fisher_exact([[5, 0], [1, 4]])
    assert found.odds_ratio == np.inf and found.interval.upper == np.inf
    # The lower limit leaves 2.5% to five of five, that is (2.5% of all ways) at that odds ratio.
    r = found.interval.lower
    ways = [comb(5, k) * comb(5, 6 - k) * r**k for k in range(1, 6)]
    assert ways[-1] / sum(ways) == approx(0.025)
    mirror = comparisons.fisher_exact([[0, 5], [4, 1]])
    assert mirror.odds_ratio == 0 and mirror.interval == approx((0, 1 / r))


def test_exact_poisson_limits():
    # No event: the mean at which it has probability 2.5%. One: Garwood's table.
    assert rates.poisson_interval(0) == approx((0, -log(0.025)))
    assert rates.poisson_interval(1) == approx((0.0253, 5.5716), abs=5e-5)
    assert rates.poisson_interval(10) == approx((4.7954, 18.3904), abs=5e-5)
    lower, upper = rates.poisson_interval(3, level=0.9)
    assert sum(exp(-upper) * upper**k / factorial(k) for k in range(4)) == approx(0.05)
    assert 1 - sum(exp(-lower) * lower**k / factorial(k) for k in range(3)) == approx(0.05)


def test_mid_p_limits_halve_the_count_seen():
    lower, upper = rates.poisson_interval(3, method="midp")
    below = [sum(exp(-m) * m**k / factorial(k) for k in range(3)) for m in (lower, upper)]
    at = [exp(-m) * m**3 / 6 for m in (lower, upper)]
    assert below[1] + at[1] / 2 == approx(0.025)
    assert 1 - below[0] - at[0] / 2 == approx(0.025)
    assert rates.poisson_interval(0, method="midp") == approx((0, -log(0.05)))


def test_byars_limits_in_both_forms():
    z = 1.959963984540054
    assert rates.poisson_interval(4, method="byar_breslow_day") == approx(
        (4 * (1 - 1 / 36 - z / 6) ** 3, 5 * (1 - 1 / 45 + z / (3 * sqrt(5))) ** 3)
    )
    assert rates.poisson_interval(4, method="byar") == approx(
        tuple(4.5 * (1 - 1 / 40.5 + sign * z / (3 * sqrt(4.5))) ** 3 for sign in (-1, 1))
    )
    assert rates.poisson_interval(0, method="byar").lower == 0
    assert rates.poisson_interval(0, method="byar_breslow_day").lower == 0


def test_a_rate_carries_its_count_and_limits():
    found = rates.rate(10, 32640)
    assert found.value * 1e5 == approx(30.637, abs=5e-4)
    assert np.array(found.interval) * 1e5 == approx([14.69, 56.34], abs=0.005)
    assert (found.count, found.person_years) == (10, 32640)


def test_a_standardised_incidence_ratio_by_hand():
    found = rates.standardised_incidence_ratio(18, 3.235, person_years=250_000)
    assert found.sir == approx(5.57, abs=0.01)
    assert found.excess * 1e4 == approx((18 - 3.235) / 25)
    assert found.interval == approx(tuple(limit / 3.235 for limit in rates.poisson_interval(18)))
    assert found.chi_squared == approx((18 - 3.235 - 0.5) ** 2 / 3.235)
    assert isnan(rates.standardised_incidence_ratio(18, 3.235).excess)


@pytest.mark.parametrize(
    ("count", "mean"), [(0, 0.7), (3, 3), (1, 4.5), (9, 4.5), (5, 5.5), (2, 0.1), (40, 28.6)]
)
def test_the_poisson_p_value_adds_counts_no_likelier(count, mean):
    def density(k):
        return exp(k * log(mean) - mean - log(factorial(k)))

    expected = sum(density(k) for k in range(130) if density(k) <= density(count) * (1 + 1e-7))
    assert rates.poisson_p_value(count, mean) == approx(min(expected, 1))
    lower = sum(density(k) for k in range(count + 1))
    upper = 1 - sum(density(k) for k in range(count))
    assert rates.poisson_p_value(count, mean, "twice_tail") == approx(min(1, 2 * min(lower, upper)))


def test_a_hundred_million_events_are_judged_as_a_normal_deviate_is():
    # One standard deviation (10,000) from the mean; the two tails differ by the skewness of 1 / 10,000.
    for count in (10**8 + 10**4, 10**8 - 10**4):
        assert rates.poisson_p_value(count, 1e8) == approx(2 * 0.158655254, rel=1e-4)
    # Of 4 * 10^8 tosses, with deviation 10,000.
    assert exact_binomial_p(2 * 10**8 - 10**4, 4 * 10**8, 0.5) == approx(2 * 0.158655254, rel=1e-4)
    assert rates.poisson_p_value(10**8, 1e8) == 1


@pytest.mark.parametrize("count", [0, 1, 2, 7, 15, 16, 17, 60])
def test_the_probability_of_one_count_by_its_factorials(count):
    assert exp(log_poisson(count, 9.5)) == approx(exp(-9.5) * 9.5**count / factorial(count), rel=1e-12)
    of_sixty = comb(60, count) * 0.3**count * 0.7 ** (60 - count)
    assert exp(log_binomial(count, 60, 0.3)) == approx(of_sixty, rel=1e-12)


def test_a_count_whose_mirror_image_is_as_likely_counts_it():
    # P(X = m - 1) = P(X = m) for a whole mean m, though the logarithms of 10^8! know only seven decimals.
    assert rates.poisson_p_value(10**8 - 1, 10**8) == approx(1)


def test_a_rate_ratio_is_a_binomial_given_the_total():
    found = rates.rate_ratio(10, 32640, 8, 31989)
    assert found.value == approx(1.2251, abs=5e-5)
    low, high = proportion_interval(10, 18)
    assert found.interval == approx(tuple(p / (1 - p) * 31989 / 32640 for p in (low, high)))
    assert found.p_value == approx(exact_binomial_p(10, 18, 32640 / 64629))
    one_sided = rates.rate_ratio(3, 100, 0, 100)
    assert one_sided.value == np.inf and one_sided.upper == np.inf and one_sided.lower > 0
    assert isnan(rates.rate_ratio(0, 5, 0, 5).value) and rates.rate_ratio(0, 5, 0, 5).p_value == 1


def test_homogeneity_and_trend_of_ratios_by_hand():
    observed, expected = [4, 6, 14], [8.0, 6.0, 10.0]
    # 24 seen and 24 expected: the common ratio is 1.
    assert rates.sir_homogeneity(observed, expected).statistic == approx(16 / 8 + 0 + 16 / 10)
    g2 = 2 * (4 * log(4 / 8) + 14 * log(14 / 10))
    assert rates.sir_homogeneity(observed, expected, "likelihood_ratio").statistic == approx(g2)
    assert rates.sir_homogeneity([0, 6], [3, 3], "likelihood_ratio").statistic == approx(2 * 6 * log(2))
    # Scores 0, 1, 2: sum of s (O - E) = 8; spread 6 + 40 - 26^2 / 24.
    assert rates.sir_trend(observed, expected).statistic == approx(64 / (46 - 26**2 / 24))
    assert rates.sir_trend(observed, expected, [1, 3, 5]).statistic == approx(64 / (46 - 26**2 / 24))
    assert (rates.sir_homogeneity(observed, expected).df, rates.sir_trend(observed, expected).df) == (2, 1)


def test_one_stratum_standardises_to_its_own_exact_limits():
    found = rates.age_standardised_rate([7], [1000], [1])
    assert (found.value, found.crude) == approx((0.007, 0.007))
    assert found.interval == approx(tuple(limit / 1000 for limit in rates.poisson_interval(7)))
    assert rates.age_standardised_rate([7], [1000], [5], method="tiwari").interval == approx(found.interval)


def test_a_standardised_rate_by_hand():
    counts, years, weights = [2, 8], [1000, 500], [3, 1]
    found = rates.age_standardised_rate(counts, years, weights)
    each = np.array([0.75 / 1000, 0.25 / 500])
    value, variance = each @ counts, each**2 @ counts
    assert (found.value, found.std_error) == approx((value, sqrt(variance)))
    assert found.crude == approx(10 / 1500)
    from scipy.stats import chi2

    lower = variance / (2 * value) * chi2.ppf(0.025, 2 * value**2 / variance)
    for method, step, square in (
        ("fay_feuer", each.max(), each.max() ** 2), ("tiwari", each.mean(), (each**2).mean())
    ):  # fmt: skip
        above, spread = value + step, variance + square
        upper = spread / (2 * above) * chi2.ppf(0.975, 2 * above**2 / spread)
        assert rates.age_standardised_rate(counts, years, weights, method=method).interval == approx(
            (lower, upper)
        )
    normal = rates.age_standardised_rate(counts, years, weights, method="normal")
    assert normal.upper == approx(value + 1.959963984540054 * sqrt(variance))
    assert rates.age_standardised_rate([1, 0], [10, 10], [1, 1], method="normal").lower == 0
    nobody = rates.age_standardised_rate([0, 0], [10, 10], [1, 1])
    assert nobody.value == 0 and nobody.lower == 0 and nobody.upper > 0


def test_exact_proportions():
    assert proportion_interval(0, 10) == approx((0, 1 - 0.025 ** (1 / 10)))
    assert proportion_interval(10, 10) == approx((0.025 ** (1 / 10), 1))
    lower, upper = proportion_interval(3, 8)
    assert sum(comb(8, k) * lower**k * (1 - lower) ** (8 - k) for k in range(3, 9)) == approx(0.025)
    assert sum(comb(8, k) * upper**k * (1 - upper) ** (8 - k) for k in range(4)) == approx(0.025)
    assert [x * 1e5 for x in proportion_interval(10, 32640)] == approx([14.7, 56.3], abs=0.05)


def test_mid_p_proportions_halve_the_count_seen():
    lower, upper = proportion_interval(3, 8, method="midp")
    for p, wanted in ((lower, 0.025), (upper, 0.975)):
        at = comb(8, 3) * p**3 * (1 - p) ** 5
        above = sum(comb(8, k) * p**k * (1 - p) ** (8 - k) for k in range(4, 9))
        assert above + at / 2 == approx(wanted)
    assert proportion_interval(0, 8, method="midp").lower == 0
    assert proportion_interval(8, 8, method="midp").upper == 1


def test_wilsons_interval_by_its_formula():
    z, p, n = 1.959963984540054, 0.3, 10
    middle, half = (p + z**2 / (2 * n)) / (1 + z**2 / n), z * sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    found = proportion_interval(3, 10, method="wilson")
    assert found == approx((middle - half / (1 + z**2 / n), middle + half / (1 + z**2 / n)))
    assert proportion_interval(0, 10, method="wilson").lower == approx(0, abs=1e-15)


def test_the_binomial_p_value_adds_counts_no_likelier():
    def density(k):
        return comb(9, k) * 0.3**k * 0.7 ** (9 - k)

    expected = sum(density(k) for k in range(10) if density(k) <= density(5) * (1 + 1e-7))
    assert exact_binomial_p(5, 9, 0.3) == approx(expected)


def test_student_and_welch_by_hand():
    a, b = [1, 2, 3], [2, 4, 6, 8]
    pooled = (2 * 1 + 3 * F(20, 3)) / 5
    student, welch = comparisons.student_t(a, b), comparisons.welch_t(a, b)
    assert student.statistic == approx(-3 / sqrt(pooled * (F(1, 3) + F(1, 4))))
    assert (student.df, student.difference) == (5, -3)
    va, vb = F(1, 3), F(20, 12)
    assert welch.statistic == approx(-3 / sqrt(va + vb))
    assert welch.df == approx(float((va + vb) ** 2 / (va**2 / 2 + vb**2 / 3)))
    # t with 5 degrees of freedom at 97.5%: 2.570582.
    assert student.interval.upper == approx(-3 + 2.5705818 * 3 / abs(student.statistic))


def permuted(a, b):
    """Twice the smaller tail of the first sample's rank sum over every way to draw it."""
    values = [*a, *b]
    ranks = [sum(v < x for v in values) + (sum(v == x for v in values) + 1) / 2 for x in values]
    sums = [sum(chosen) for chosen in combinations(ranks, len(a))]
    seen = sum(ranks[: len(a)])
    tail = min(sum(s <= seen for s in sums), sum(s >= seen for s in sums))
    return min(1, 2 * tail / len(sums))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ([1, 4, 6], [2, 3, 7, 9]),
        ([1, 1, 2, 5], [2, 2, 3, 6]),
        ([5], [1, 2, 3]),
        ([1, 2, 3], [2, 4, 6, 8]),
        ([3, 3, 5], [1, 1, 2, 3, 4]),
        ([1, 2], [3, 4, 5]),
    ],
)
def test_the_exact_rank_test_is_every_permutation(a, b):
    found = comparisons.mann_whitney(a, b, method="exact")
    assert found.p_value == approx(permuted(a, b))
    assert found.statistic == sum((x > y) + (x == y) / 2 for x in a for y in b)


def test_the_rank_test_is_exact_only_where_r_makes_it_so():
    assert comparisons.mann_whitney([1, 2, 3], [4, 5, 6]).method == "exact"
    assert comparisons.mann_whitney([1, 2, 3], [3, 5, 6]).method == "asymptotic"
    assert comparisons.mann_whitney(range(50), np.arange(49) + 0.5).method == "asymptotic"
    assert comparisons.mann_whitney(range(49), np.arange(49) + 0.5).method == "exact"


def test_the_asymptotic_rank_test_corrects_for_ties():
    a, b = [1, 2, 2, 4], [2, 3, 5]
    u = sum((x > y) + (x == y) / 2 for x in a for y in b)
    variance = 12 / 12 * (8 - (3**3 - 3) / (7 * 6))
    found = comparisons.mann_whitney(a, b, method="asymptotic", correction=False)
    assert found.z == approx((u - 6) / sqrt(variance))
    corrected = comparisons.mann_whitney(a, b)
    assert corrected.z == approx((u - 6 + 0.5) / sqrt(variance))
    assert comparisons.mann_whitney([1, 4, 2], [1, 2, 4]).z == 0


def test_standardised_differences_by_hand():
    a, b = [1, 2, 3], [2, 4, 6, 8]
    difference = comparisons.standardised_difference
    assert difference(a, b) == approx(-3 / sqrt((1 + 20 / 3) / 2))
    cohen = -3 / sqrt((2 * 1 + 20) / 5)
    assert difference(a, b, method="cohen") == approx(cohen)
    assert difference(a, b, method="hedges") == approx(cohen * (1 - 3 / 19))
    p, q = 0.2, 0.5
    expected = 0.3 / sqrt((0.16 + 0.25) / 2)
    assert comparisons.standardised_difference_proportions(p, q) == approx(expected)
    assert comparisons.standardised_difference_levels([2, 8], [5, 5]) == approx(expected)
    assert comparisons.standardised_difference_levels([2, 8, 0], [5, 5, 0]) == approx(expected)
    assert comparisons.standardised_difference_proportions(1, 1) == 0
    assert comparisons.standardised_difference_levels([3], [4]) == 0


def test_three_levels_do_not_depend_on_which_is_left_out():
    a, b = np.array([3, 5, 2]), np.array([1, 4, 6])
    found = {
        round(comparisons.standardised_difference_levels(a[o], b[o]), 12) for o in ([0, 1, 2], [2, 0, 1])
    }
    assert len(found) == 1


def test_published_e_values():
    found = sensitivity.e_value(3.9, 1.8, 8.7)
    assert (found.estimate, found.limit) == approx((7.26, 3.0), abs=0.005)
    printed = sensitivity.e_value(13.84, 1.807, 106.01, scale="hazard_ratio_rare")
    assert (printed.estimate, printed.limit) == approx((27.2, 3.0), abs=0.05)
    common = sensitivity.e_value(13.84, 1.807, 106.01, scale="hazard_ratio")
    assert (common.estimate, common.limit) == approx((10.4, 2.4), abs=0.06)


def test_e_values_of_protective_and_crossing_estimates():
    assert sensitivity.e_value(0.5, 0.3, 0.8).estimate == approx(2 + sqrt(2))
    assert sensitivity.e_value(0.5, 0.3, 0.8).limit == approx(1.25 + sqrt(1.25 * 0.25))
    assert sensitivity.e_value(0.8, 0.5, 1.3).limit == 1
    assert sensitivity.e_value(1.2, 0.9, 1.6).limit == 1
    assert isnan(sensitivity.e_value(2).limit) and sensitivity.e_value(1).estimate == 1
    assert sensitivity.e_value(4, scale="odds_ratio_rare").estimate == approx(4 + sqrt(12))


def test_what_a_printed_interval_implies():
    found = from_interval(1.807, 106.010, ratio=13.84)
    assert (found.std_error, found.p_value) == approx((1.0388, 0.0114), abs=5e-5)
    assert from_interval(1.807, 106.010).ratio == approx(13.84, abs=0.005)
    assert found.z == approx(log(13.84) / found.std_error)


@pytest.mark.parametrize(
    ("prior", "ratio", "lower", "upper"),
    [(4, 2.30, 0.73, 7.23), (10, 4.37, 0.95, 20.1), (20, 6.03, 1.12, 32.5), (40, 7.49, 1.26, 44.6)],
)
def test_a_prior_shrinks_the_papers_hazard_ratio(prior, ratio, lower, upper):
    error = from_interval(1.807, 106.010).std_error
    found = semi_bayes(log(13.84), error, prior_lower=1 / prior, prior_upper=prior)
    assert found.ratio == approx(ratio, abs=0.005)
    assert found.interval == approx((lower, upper), rel=3e-3)


def test_semi_bayes_weighs_by_inverse_variance():
    found = semi_bayes(log(4), 0.5, prior_lower=0.5, prior_upper=8, level=0.9)
    prior_error = log(16) / (2 * 1.959963984540054)
    mean = (log(4) / 0.25 + log(2) / prior_error**2) / (4 + 1 / prior_error**2)
    assert found.ratio == approx(exp(mean))
    assert found.std_error == approx(1 / sqrt(4 + 1 / prior_error**2))
    assert found.interval.upper == approx(exp(mean + 1.6448536269514722 * found.std_error))
    assert found.z == approx(mean / found.std_error)


def test_the_detectable_hazard_ratio_by_schoenfelds_formula():
    # (1.959964 + 0.841621)^2 / (log 2)^2 = 16.34 quarter-events, 65.3 events at half exposed.
    events = 4 * (1.959963984540054 + 0.8416212335729143) ** 2 / log(2) ** 2
    assert minimum_detectable_hazard_ratio(events, 0.5) == approx(2)
    assert minimum_detectable_hazard_ratio(events, 0.5, power=0.9) > 2
    assert minimum_detectable_hazard_ratio(events, 0.2) > 2
