"""Competing risks on paper, and Gray's and Fine & Gray's against longer ways round."""

from fractions import Fraction as F
from functools import partial
from math import exp, log, sqrt

import numpy as np
import pytest

from analytics.estimators.competing import cumulative_incidence, fine_gray, gray_test
from analytics.estimators.cox import cox
from analytics.estimators.survival import kaplan_meier, logrank

approx = pytest.approx
# A number that warns on its way is a number to look at.
pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")

TIMES, CAUSES = [1, 2, 2, 3, 4, 5], [1, 2, 0, 1, 0, 2]


def test_incidence_by_hand():
    first, second = (cumulative_incidence(TIMES, CAUSES, cause=c) for c in (1, 2))
    # S before 1, 2, 3: 1, 5/6, 2/3; at risk 6, 5, 3.
    assert first.cif == approx([1 / 6, 1 / 6, float(F(1, 6) + F(2, 3) * F(1, 3)), 7 / 18, 7 / 18])
    assert second.cif == approx([0, 1 / 6, 1 / 6, 1 / 6, float(F(1, 6) + F(4, 9))])
    assert first.survival == approx([5 / 6, 2 / 3, 4 / 9, 4 / 9, 0], abs=1e-15)
    assert first.at_risk.tolist() == [6, 5, 3, 2, 1]
    assert first.n_events.tolist() == [1, 0, 1, 0, 0]


def test_its_closed_variance_by_hand():
    curve = cumulative_incidence(TIMES, CAUSES, cause=1)
    # At 3: every earlier death moves the survival, every death of the cause the incidence.
    f = F(7, 18)
    moved = (f - F(1, 6)) ** 2 * F(1, 30) + (f - F(1, 6)) ** 2 * F(1, 20)
    own = F(5, 6**3) + F(2, 3) ** 2 * F(2, 27)
    both = (f - F(1, 6)) * F(1, 36)
    assert curve.std_error[2] == approx(sqrt(moved + own - 2 * both))
    assert curve.std_error[0] == approx(sqrt(5 / 216))


def test_limits_of_the_incidence():
    curve, z = cumulative_incidence(TIMES, CAUSES, cause=2), 1.959963984540054
    f, se = 1 / 6, curve.std_error[1]
    half = z * se / (f * log(f))
    for transform, low, high in (
        ("plain", max(f - z * se, 0), f + z * se),
        ("log", f * exp(-z * se / f), f * exp(z * se / f)),
        ("loglog", f ** exp(-half), f ** exp(half)),
    ):
        lower, upper = curve.interval(transform)
        assert (lower[1], upper[1]) == approx((low, min(high, 1)))
        expected = (0, 0) if transform == "plain" else (np.nan, np.nan)
        assert (lower[0], upper[0]) == approx(expected, nan_ok=True)
    with pytest.raises(ValueError, match="transform"):
        curve.interval("probit")


def test_incidence_at_a_time():
    curve = cumulative_incidence(TIMES, CAUSES, cause=1)
    assert [curve.at(t) for t in (0.5, 1, 3.5, 99)] == approx([0, 1 / 6, 7 / 18, 7 / 18])
    unfinished = cumulative_incidence([1, 2], [1, 0])
    assert unfinished.at(2) == 0.5 and np.isnan(unfinished.at(2.5))


def test_late_entrants_count_from_their_entry():
    curve = cumulative_incidence([2, 4, 6], [1, 2, 1], entry=[0, 3, 0])
    assert curve.at_risk.tolist() == [2, 2, 1]
    assert curve.cif == approx([1 / 2, 1 / 2, 3 / 4])


def test_its_variance_is_greenwoods_without_a_competitor():
    rng = np.random.default_rng(2)
    times, died = rng.permutation(40) + 1.0, rng.random(40) < 0.6
    curve, survival = cumulative_incidence(times, died.astype(int)), kaplan_meier(times, died)
    alive = survival.survival > 0
    assert curve.std_error[alive] == approx(survival.std_error[alive])


def test_a_cause_that_never_occurs_stays_at_nought():
    curve = cumulative_incidence(TIMES, CAUSES, cause=3)
    assert not curve.cif.any() and not curve.std_error.any()


def simulated(seed, n=60, ties=True):
    rng = np.random.default_rng(seed)
    times = rng.integers(1, 15, n).astype(float) if ties else rng.permutation(n) + 1.0
    return times, rng.choice([0, 1, 2], n, p=[0.3, 0.4, 0.3]), rng.integers(0, 3, n)


def test_grays_score_is_the_log_rank_score_without_a_competitor():
    times, causes, groups = simulated(1)
    causes = np.minimum(causes, 1)
    ours, plain = gray_test(times, causes, groups), logrank(times, causes == 1, groups)
    assert ours.observed == approx(plain.observed)
    assert ours.expected == approx(plain.expected)
    assert ours.df == 2 and ours.test == "gray" and ours.n.tolist() == plain.n.tolist()


def test_grays_score_without_censoring_is_the_log_rank_score_of_never_ending_time():
    # With everybody followed up, the subdistribution risk set simply keeps those with the other cause.
    times, causes, groups = simulated(2, n=90, ties=False)
    causes = np.where(causes == 0, 2, causes)
    # Gray drops a group once nobody in it is left, so one person of each outlives all others.
    times, causes, groups = [*times, 99, 99, 99], [*causes, 0, 0, 0], [*groups, 0, 1, 2]
    times, causes = np.array(times, float), np.array(causes)
    endless = np.where(causes == 2, 1e6, times)
    ours, plain = gray_test(times, causes, groups), logrank(endless, causes == 1, groups)
    assert ours.expected == approx(plain.expected)


def test_gray_with_two_like_strata_doubles_the_statistic():
    times, causes, groups = simulated(3)
    once = gray_test(times, causes, groups)
    twice = gray_test(
        np.tile(times, 2), np.tile(causes, 2), np.tile(groups, 2), strata=np.repeat([0, 1], len(times))
    )
    assert twice.statistic == approx(2 * once.statistic)
    assert twice.covariance == approx(2 * once.covariance) and once.covariance.shape == (3, 3)


def test_gray_weights_stress_early_incidence():
    times, causes, groups = simulated(4)
    causes = np.minimum(causes, 1)
    ours = gray_test(times, causes, groups, rho=1)
    plain = logrank(times, causes, groups, weighting="fleming_harrington", rho=1)
    assert ours.observed - ours.expected == approx(plain.observed - plain.expected, rel=5e-3)


def expanded(times, causes, x, censored_alike=None):
    """Every competing event split at each later time, with the weight spelled out: what finegray() writes.

    censored_alike  groups with a censoring curve of their own, which ends at 0 after their last time
    """
    ends = sorted(set(times[causes == 1]))
    group = np.zeros(len(times)) if censored_alike is None else censored_alike

    def g_of(t, own):  # censoring survival just before t, events leaving first
        value, times_, causes_ = 1.0, times[group == own], causes[group == own]
        for s in sorted(set(times_[causes_ == 0])):
            if s < t:
                gone = ((times_ == s) & (causes_ == 0)).sum()
                value *= 1 - gone / ((times_ > s) | ((times_ == s) & (causes_ == 0))).sum()
        return value if t <= times_.max() else 0.0

    rows = []
    for t, c, z, own in zip(times, causes, x, group, strict=True):
        g = partial(g_of, own=own)
        rows.append((0.0, t, c == 1, 1.0, z))
        if c == 2:
            before = t
            for end in [e for e in ends if e > t]:
                if g(end) > 0:
                    rows.append((before, end, False, g(end) / g(t), z))
                before = end
    return [np.array(column, float) for column in zip(*rows, strict=True)]


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_fine_gray_is_a_cox_model_on_the_split_rows(ties):
    times, causes, groups = simulated(5)
    start, stop, event, weight, z = expanded(times, causes, groups)
    ours = fine_gray(times, causes, groups, names=["g"], ties=ties)
    longer = cox(stop, event, z, names=["g"], entry=start, weights=weight, ties=ties)
    assert ours.coef == approx(longer.coef, rel=1e-9)
    assert ours.naive_std_error == approx(longer.std_error, rel=1e-9)
    assert ours.loglik == approx(longer.loglik)
    assert ours.n == 60 and ours.events == (causes == 1).sum() and ours.strata == (None,)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_each_group_of_censoring_has_a_curve_of_its_own(ties):
    times, causes, groups = simulated(5)
    for own in (groups % 2, groups):
        start, stop, event, weight, z = expanded(times, causes, groups, own)
        person = np.cumsum(start == 0)
        ours = fine_gray(times, causes, groups, names=["g"], ties=ties, censoring_groups=own)
        longer = cox(stop, event, z, names=["g"], entry=start, weights=weight, ties=ties, cluster=person)
        assert ours.coef == approx(longer.coef, rel=1e-9)
        assert ours.std_error == approx(longer.std_error, rel=1e-9)
    pooled = fine_gray(times, causes, groups, names=["g"], ties=ties)
    assert abs(pooled.coef[0] - ours.coef[0]) > 0.01
    like = fine_gray(times, causes, groups, names=["g"], ties=ties, censoring_groups=["all"] * len(times))
    assert like.coef == approx(pooled.coef, rel=1e-12)


def test_cmprsk_gives_the_same_with_cengroup():
    """crr(t, c, g == 1, cengroup = g %% 2)$coef of cmprsk; without cengroup -0.21832263331669."""
    times, causes, groups = simulated(9, ties=False)
    x = (groups == 1).astype(float)
    ours = fine_gray(times, causes, x, names=["x"], ties="breslow", censoring_groups=groups % 2)
    assert ours.coef == approx([-0.344646627854718], rel=1e-4)
    assert fine_gray(times, causes, x, names=["x"]).coef == approx([-0.21832263331669], rel=1e-5)


def test_groups_of_censoring_must_be_as_many_as_people():
    times, causes, groups = simulated(5)
    with pytest.raises(ValueError, match="censoring_groups"):
        fine_gray(times, causes, groups, names=["g"], censoring_groups=groups[:-1])


def test_fine_gray_errors_are_robust_with_a_person_as_a_cluster():
    times, causes, groups = simulated(6)
    start, stop, event, weight, z = expanded(times, causes, groups)
    person = np.cumsum(start == 0)
    ours = fine_gray(times, causes, groups, names=["g"])
    longer = cox(stop, event, z, names=["g"], entry=start, weights=weight, cluster=person)
    assert ours.std_error == approx(longer.std_error, rel=1e-9)


def test_fine_gray_without_a_competitor_is_cox():
    times, causes, groups = simulated(7)
    causes = np.minimum(causes, 1)
    ours = fine_gray(times, causes, groups, names=["g"])
    plain = cox(times, causes == 1, groups, names=["g"], cluster=range(60))
    assert ours.coef == approx(plain.coef)
    assert ours.std_error == approx(plain.std_error)


def test_everybody_at_risk_with_the_event_at_once_compares_nobody():
    """One who is censored before is never at risk with them; one who died before still is."""
    months, x = [24.0] * 4 + [10.0], [0.0, 1.0, 0.0, 1.0, 1.0]
    with pytest.raises(ValueError, match="nothing to compare"):
        fine_gray(months, [1, 1, 1, 1, 0], x, names="x")
    assert np.isfinite(fine_gray(months, [1, 1, 1, 1, 2], x, names="x").coef).all()
