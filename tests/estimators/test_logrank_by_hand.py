"""Log-rank tests worked out on paper, and those of a classic."""

from fractions import Fraction as F

import numpy as np
import pytest
from published_data import ON_PLACEBO, RELAPSED, WEEKS

from analytics.estimators.multiplicity import benjamini_hochberg, holm
from analytics.estimators.survival import logrank, mantel_byar

approx = pytest.approx
# A number that warns on its way is a number to look at.
pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")

# Deaths at 1 (a, of 2 a and 2 b at risk), 2 (a and b, of 1 a and 2 b), 3 (the last b).
TIMES, DIED, GROUP = [1, 2, 2, 3], [1, 1, 1, 1], ["a", "a", "b", "b"]


def weighted_by_hand(weights):
    difference = weights[0] * (1 - F(1, 2)) + weights[1] * (1 - F(2, 3))
    variance = weights[0] ** 2 * F(1, 4) + weights[1] ** 2 * 2 * F(1, 3) * F(2, 3) * F(1, 2)
    return float(difference), float(variance)


@pytest.mark.parametrize(
    ("weighting", "weights"),
    [
        ("logrank", (1, 1)),
        ("gehan", (4, 3)),
        ("peto", (1, F(3, 4))),
        ("fleming_harrington", (1, F(9, 16))),
    ],
)
def test_every_weighting_by_hand(weighting, weights):
    found = logrank(TIMES, DIED, GROUP, weighting=weighting, rho=2)
    difference, variance = weighted_by_hand(weights)
    assert found.observed[0] - found.expected[0] == approx(difference)
    assert found.covariance[0, 0] == approx(variance)
    assert found.statistic == approx(difference**2 / variance)
    assert found.test == weighting


def test_tarone_ware_weighs_by_the_root_of_those_at_risk():
    found = logrank(TIMES, DIED, GROUP, weighting="tarone_ware")
    assert found.observed[0] - found.expected[0] == approx(2 * 0.5 + np.sqrt(3) / 3)


def test_gamma_stresses_late_deaths():
    found = logrank(TIMES, DIED, GROUP, weighting="fleming_harrington", gamma=1)
    assert found.observed[0] - found.expected[0] == approx(float(F(1, 4) * F(1, 3)))


def test_the_published_remission_test():
    found = logrank(WEEKS, RELAPSED, ON_PLACEBO)
    assert found.statistic == approx(16.79, abs=0.005)
    assert found.observed.tolist() == [9, 21]
    assert found.expected == approx([19.25, 10.75], abs=0.005)
    assert found.df == 1 and found.p_value == approx(4.17e-5, abs=5e-8)
    assert found.groups == (0, 1) and found.n.tolist() == [21, 21]


def test_an_event_at_time_nought_is_counted():
    with_zero = logrank([0, 1, 2, 3], [1, 1, 1, 1], GROUP, weighting="fleming_harrington", rho=1)
    shifted = logrank([1, 2, 3, 4], [1, 1, 1, 1], GROUP, weighting="fleming_harrington", rho=1)
    assert with_zero.statistic == approx(shifted.statistic)


def test_strata_are_added_up_and_never_mixed():
    twice = logrank(TIMES * 2, DIED * 2, GROUP * 2, strata=[0] * 4 + [1] * 4)
    once = logrank(TIMES, DIED, GROUP)
    assert twice.observed == approx(2 * once.observed)
    assert twice.expected == approx(2 * once.expected)
    assert twice.covariance == approx(2 * once.covariance)
    # A stratum without deaths has nothing to say.
    quiet = logrank(TIMES + [5, 6], DIED + [0, 0], GROUP + ["a", "b"], strata=[0] * 4 + [1, 1])
    assert quiet.statistic == approx(once.statistic)


def test_late_entrants_are_not_expected_to_die_before_they_enter():
    found = logrank([2, 4, 6, 3], [1, 1, 0, 1], ["a", "b", "a", "b"], entry=[0, 0, 0, 2])
    # At 2: two a, one b. At 3: one a, two b. At 4: one a, one b.
    assert found.expected[0] == approx(float(F(2, 3) + F(1, 3) + F(1, 2)))


def test_a_group_with_nobody_at_risk_costs_no_degree_of_freedom():
    found = logrank([1, 2, 3, 4, 0.5], [1, 1, 1, 1, 0], ["a", "b", "a", "b", "c"])
    assert found.df == 1
    assert found.statistic == approx(logrank([1, 2, 3, 4], [1] * 4, ["a", "b", "a", "b"]).statistic)


def test_groups_never_at_risk_together_have_no_test():
    found = logrank([1, 2, 5, 6], [1, 1, 1, 1], ["a", "a", "b", "b"], entry=[0, 0, 4, 4])
    assert np.isnan(found.statistic) and np.isnan(found.p_value)


def test_holm_and_benjamini_hochberg_by_hand():
    p = [0.01, 0.04, 0.03, 0.005]
    assert holm(p) == approx([0.03, 0.06, 0.06, 0.02])
    assert benjamini_hochberg(p) == approx([0.02, 0.04, 0.04, 0.02])
    assert holm([0.9, 0.8]).tolist() == [1, 1]
    assert benjamini_hochberg([0.9, 0.8]) == approx([0.9, 0.9])


def test_groups_that_never_meet_add_up_and_cost_a_degree_of_freedom_each():
    first, second = (TIMES, DIED, GROUP), ([1, 2, 3, 4, 5], [1, 1, 0, 1, 1], ["c", "c", "d", "d", "d"])
    both = [list(a) + list(b) for a, b in zip(first, second, strict=True)]
    nested = logrank(*both, strata=[1] * 4 + [2] * 5)
    parts = logrank(*first), logrank(*second)
    assert nested.statistic == approx(sum(part.statistic for part in parts))
    assert nested.df == 2
    # A group alone in its stratum is compared with nobody: nothing changes.
    alone = [[*column, *more] for column, more in zip(both, ([1, 2], [1, 1], ["z", "z"]), strict=True)]
    assert logrank(*alone, strata=[1] * 4 + [2] * 5 + [3] * 2).statistic == approx(nested.statistic)


def test_groups_that_meet_nobody_have_no_test():
    found = logrank([1, 2, 1, 2], [1, 1, 1, 1], ["a", "a", "b", "b"], strata=[1, 1, 2, 2])
    assert np.isnan(found.statistic) and np.isnan(found.p_value) and found.df == 0


@pytest.mark.parametrize("n", [20, 500])
@pytest.mark.parametrize("test", ["logrank", "mantel_byar"])
def test_a_group_alone_at_every_death_tells_nothing_however_the_sums_are_rounded(test, n):
    """One exposed person leaves before the first death; of the n others each death is their own."""
    for seed in range(50):
        random = np.random.default_rng(seed)
        months = np.concatenate([[0.5], random.integers(1, 60, n)])
        died = np.concatenate([[False, True], random.random(n - 1) < 0.5])
        exposed = np.arange(n + 1) == 0
        found = (
            logrank(months, died, exposed)
            if test == "logrank"
            else mantel_byar(months, died, np.where(exposed, 0.0, np.nan))
        )
        assert np.isnan(found.statistic) and found.df == 0, seed
