"""Exact tests of incidence ratios by hand, and against every outcome written out."""

from __future__ import annotations

from itertools import product
from math import factorial, prod

import numpy as np
import pytest
from pytest import approx

from analytics.estimators import rates
from analytics.estimators.rates import exact_binomial_p

OBSERVED, EXPECTED = [2, 0, 1], [1.0, 1.0, 2.0]


def test_homogeneity_of_three_events_by_hand():
    """Shares 1/4, 1/4, 1/2; in 64ths (2,0,1) has 6. No likelier: (3,0,0) and (0,3,0) with 1 each, (2,1,0) and
    (1,2,0) with 3 each, itself and (0,2,1). Likelier: (0,0,3) with 8, the others with 12."""
    assert rates.sir_homogeneity_exact(OBSERVED, EXPECTED).p_value == approx(20 / 64)


def test_trend_of_three_events_by_hand():
    """Scores 0, 1, 2 sum to 2, their mean is 15/4. As far away: 0 (1/64), 1 (3/64), 2 (9/64) and 6 (8/64)."""
    found = rates.sir_trend_exact(OBSERVED, EXPECTED)
    assert found.p_value == approx(21 / 64)
    assert found.statistic == 2


def test_the_origin_and_unit_of_scores_do_not_matter():
    for scores in ([5, 6, 7], [0, 3, 6], [2, 1, 0]):
        assert rates.sir_trend_exact(OBSERVED, EXPECTED, scores).p_value == approx(21 / 64)


@pytest.mark.parametrize("observed", [[4, 0, 3, 1], [0, 0, 0, 6], [2, 2, 2, 2], [5, 1, 0, 0]])
def test_both_equal_a_walk_through_every_outcome(observed):
    expected = np.array([0.7, 1.9, 1.1, 0.4])
    shares, total, scores = expected / expected.sum(), sum(observed), range(4)
    outcomes = [o for o in product(range(total + 1), repeat=4) if sum(o) == total]

    def chance(outcome):
        ways = factorial(total) / prod(map(factorial, outcome))
        return ways * prod(share**count for share, count in zip(shares, outcome, strict=True))

    def away(outcome):
        mean = total * sum(s * share for s, share in zip(scores, shares, strict=True))
        return abs(sum(s * count for s, count in zip(scores, outcome, strict=True)) - mean)

    seen, far = chance(observed), away(observed)
    unlikely = sum(chance(o) for o in outcomes if chance(o) <= seen * (1 + 1e-7))
    distant = sum(chance(o) for o in outcomes if away(o) >= far - 1e-9)
    assert rates.sir_homogeneity_exact(observed, expected).p_value == approx(unlikely)
    assert rates.sir_trend_exact(observed, expected).p_value == approx(distant)


def test_two_ratios_are_compared_as_a_binomial_is():
    found = rates.sir_homogeneity_exact([3, 9], [4.0, 2.0])
    assert found.p_value == approx(exact_binomial_p(3, 12, 4 / 6))
    assert found.p_value == approx(rates.rate_ratio(3, 4.0, 9, 2.0).p_value)


def test_many_events_come_near_chi_squared():
    observed, expected = [120, 95, 130], [100.0, 100.0, 120.0]
    exact, rough = rates.sir_homogeneity_exact(observed, expected), rates.sir_homogeneity(observed, expected)
    assert exact.p_value == approx(rough.p_value, abs=0.01)
    observed, expected = [300, 350, 340, 420], [330.0, 350.0, 350.0, 360.0]
    exact, rough = rates.sir_trend_exact(observed, expected), rates.sir_trend(observed, expected)
    assert exact.p_value == approx(rough.p_value, abs=0.001)


def test_what_cannot_be_listed_is_refused_with_the_other_test():
    with pytest.raises(ValueError, match=r"outcomes are too many to list: use sir_homogeneity"):
        rates.sir_homogeneity_exact([300] * 5, [1.0] * 5)
    with pytest.raises(ValueError, match="sums of scores are too large to list: use sir_trend"):
        rates.sir_trend_exact([30, 30], [1.0, 1.0], [0, 1000])
    with pytest.raises(ValueError, match="scores must be whole numbers for the exact test"):
        rates.sir_trend_exact([3, 3], [1.0, 1.0], [0, 0.5])
    with pytest.raises(ValueError, match="there is no trend"):
        rates.sir_trend_exact([3, 3], [1.0, 1.0], [2, 2])
    with pytest.raises(ValueError, match="observed has 2 strata and scores 3"):
        rates.sir_trend_exact([3, 3], [1.0, 1.0], [0, 1, 2])
    with pytest.raises(ValueError, match=r"observed\[1\] must be a whole number"):
        rates.sir_homogeneity_exact([1, 0.5], [1.0, 1.0])
