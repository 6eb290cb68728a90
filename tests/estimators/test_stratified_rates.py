"""One rate ratio over strata: on paper, as Greenland and Robins's variance in R, and by every outcome."""

from itertools import product
from math import comb, inf, prod

import pytest
from pytest import approx

from analytics.estimators import rates

# Three strata with few events: exposed and reference, events and person-years.
FEW = [3, 0, 2], [10.0, 1.0, 4.0], [5, 2, 1], [40.0, 7.0, 9.0]
MANY = [60, 80, 150, 300], [900, 700, 600, 500], [100, 90, 120, 200], [2000, 1200, 700, 450]


def test_the_estimate_by_hand():
    # (3 * 40/50 + 0 + 2 * 9/13) / (5 * 10/50 + 2 * 1/8 + 1 * 4/13)
    found = rates.stratified_rate_ratio(*FEW)
    assert found.value == approx((2.4 + 18 / 13) / (1 + 0.25 + 4 / 13))
    assert (found.n_strata, found.observed, found.observed_0) == (3, 5, 8)


def test_one_stratum_has_the_limits_of_the_plain_rate_ratio():
    for a, b in ((3, 5), (0, 7), (4, 0), (200, 180)):
        found, plain = rates.stratified_rate_ratio([a], [10], [b], [40]), rates.rate_ratio(a, 10, b, 40)
        assert (found.value, *found.interval) == approx((plain.value, *plain.interval))


def test_strata_that_share_one_ratio_of_person_time_are_one_stratum():
    found = rates.stratified_rate_ratio([1, 2, 0], [1, 5, 2], [4, 0, 1], [4, 20, 8])
    plain = rates.rate_ratio(3, 8, 5, 32)
    assert (found.value, *found.interval) == approx((plain.value, *plain.interval))


def chances(ratio):
    """The distribution of the exposed events of FEW, every outcome written out."""
    d1, t1, d0, t0 = FEW
    sizes = [a + b for a, b in zip(d1, d0, strict=True)]
    shares = [ratio * a / (ratio * a + b) for a, b in zip(t1, t0, strict=True)]
    sums = [0.0] * (sum(sizes) + 1)
    for outcome in product(*(range(size + 1) for size in sizes)):
        sums[sum(outcome)] += prod(
            comb(n, k) * p**k * (1 - p) ** (n - k) for n, k, p in zip(sizes, outcome, shares, strict=True)
        )
    return sums


@pytest.mark.parametrize("level", [0.95, 0.5])
def test_exact_limits_leave_their_tails_among_every_outcome(level):
    found = rates.stratified_rate_ratio(*FEW, level=level)
    assert found.method == "exact_conditional"
    assert sum(chances(found.lower)[5:]) == approx((1 - level) / 2)
    assert sum(chances(found.upper)[:6]) == approx((1 - level) / 2)
    assert found.p_value == approx(2 * min(sum(chances(1)[5:]), sum(chances(1)[:6])))


def test_many_events_have_the_limits_of_greenland_and_robins():
    # R: the formula of 1985 on these four strata. A Poisson model with the strata gives 1.2420 to 1.5795.
    found = rates.stratified_rate_ratio(*MANY)
    assert found.method == "greenland_robins"
    assert [found.value, *found.interval] == approx([1.40001738558114, 1.24163389648864, 1.57860435791299])


def test_exact_and_approximate_limits_meet_where_events_are_many(monkeypatch):
    approximate = rates.stratified_rate_ratio(*MANY)
    monkeypatch.setattr("analytics.estimators._counts.stratified_rates.MANY_EVENTS", 10_000)
    exact = rates.stratified_rate_ratio(*MANY)
    assert exact.method == "exact_conditional" and exact.value == approximate.value
    assert exact.interval == approx(approximate.interval, rel=0.004)


def test_a_group_without_an_event_has_one_limit():
    none = rates.stratified_rate_ratio([0, 0], [10, 4], [5, 2], [40, 7])
    assert (none.value, none.lower) == (0, 0) and 0 < none.upper < inf
    # All 7 fall on the reference group: (1 - p)^5 (1 - q)^2 = .025, p and q the shares of the exposed.
    p, q = (none.upper * a / (none.upper * a + b) for a, b in ((10, 40), (4, 7)))
    assert (1 - p) ** 5 * (1 - q) ** 2 == approx(0.025)
    turned = rates.stratified_rate_ratio([5, 2], [40, 7], [0, 0], [10, 4])
    assert (turned.value, turned.upper) == (inf, inf) and turned.lower == approx(1 / none.upper)
    assert turned.p_value == approx(none.p_value) == approx(2 * (4 / 5) ** 5 * (7 / 11) ** 2)


def test_few_events_beside_a_nation_keep_exact_limits():
    # 500,000 reference events in two strata, one exposed: nearly a Poisson count with 10 expected.
    found = rates.stratified_rate_ratio([1, 0], [4, 6], [200_000, 300_000], [200_000, 300_000])
    assert found.method == "exact_conditional"
    assert found.interval == approx([limit / 10 for limit in rates.poisson_interval(1)], rel=1e-4)


def test_strata_that_say_nothing_are_counted_out_with_their_events():
    d1, t1, d0, t0 = FEW
    found = rates.stratified_rate_ratio([*d1, 4, 0, 0], [*t1, 2, 0, 3], [*d0, 0, 6, 0], [*t0, 0, 5, 4])
    assert found == rates.stratified_rate_ratio(*FEW)


def test_an_estimate_outside_its_limits_widens_them():
    # Strata that contradict each other by orders of magnitude; the exact limits alone begin above 4.
    found = rates.stratified_rate_ratio([1, 1, 3], [10, 0.01, 0.01], [1, 0, 2], [0.1, 100, 1])
    assert found.lower <= found.value <= found.upper


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (([1, 0], [2, 0], [0, 3], [0, 4]), "no stratum holds person-time of both groups"),
        (([0, 4], [2, 1], [0, 0], [3, 0]), "no event in a stratum with person-time of both groups"),
        (([0, 1.5], [2, 1], [0, 0], [3, 1]), r"counts\[1\] is not a whole number from 0 \(1.5\)"),
        (([0, 1], [2, 1], [0, -1], [3, 1]), r"counts_0\[1\] is not a whole number from 0"),
        (([0, 1], [2, -1], [0, 1], [3, 1]), r"person_years\[1\] is negative"),
        (([0, 1], [2, 1], [0, 1], [3, float("nan")]), r"person_years_0\[1\] is missing"),
        (([0, 1], [2, 1], [0, 1], [3]), "counts has 2 rows and person_years_0 has 1"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_the_reason(given, message):
    with pytest.raises(ValueError, match=message):
        rates.stratified_rate_ratio(*given)
