"""What must stay true whatever the data: relations between answers, on data drawn by hypothesis."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from analytics.cross_checks import second_program
from analytics.cross_checks.rows import Followed, ModelRows
from analytics.estimators import comparisons, rates
from analytics.estimators.competing import cumulative_incidence, gray_test
from analytics.estimators.cox import cox
from analytics.estimators.multiplicity import benjamini_hochberg, holm
from analytics.estimators.rates import proportion_interval
from analytics.estimators.sensitivity import e_value
from analytics.estimators.shrinkage import semi_bayes
from analytics.estimators.survival import kaplan_meier, logrank, mantel_byar

settings.register_profile("estimators", deadline=None, max_examples=25, derandomize=True)
settings.load_profile("estimators")
approx = pytest.approx


class Rows:
    """n people with tied months, some censored, two covariates, a group and a late entry."""

    def __init__(self, seed: int, n: int, months: int) -> None:
        rng = np.random.default_rng(seed)
        self.n = n
        self.time = rng.integers(1, months + 1, n).astype(float)
        self.died = rng.random(n) < 0.7
        self.died[:2] = True
        self.cause = np.where(self.died, rng.integers(1, 3, n), 0)
        self.cause[:2] = 1, 2
        self.group = np.resize([0, 1, 1], n)
        self.x = np.round(rng.normal(size=(n, 2)), 2)
        self.entry = self.time * rng.random(n) * 0.9
        self.weight = rng.integers(1, 4, n).astype(float)
        self.since = np.where(rng.random(n) < 0.6, rng.integers(0, months, n), np.nan)
        self.order = rng.permutation(n)
        self.twice = np.tile(np.arange(n), 2)

    def fit(self, rows=None, **options):
        rows = np.arange(self.n) if rows is None else rows
        options = {
            key: np.asarray(value)[rows] if np.ndim(value) else value for key, value in options.items()
        }
        model = cox(self.time[rows], self.died[rows], self.x[rows], names=["a", "b"], **options)
        assume(model.converged)
        return model


rows = st.builds(Rows, st.integers(0, 10**6), st.integers(12, 60), st.integers(3, 40))
scales = st.floats(0.01, 100)
tables = st.lists(st.lists(st.integers(1, 12), min_size=2, max_size=2), min_size=2, max_size=3)


@given(rows)
def test_01_row_order_does_not_move_a_curve(r):
    assert kaplan_meier(r.time[r.order], r.died[r.order], entry=r.entry[r.order]).survival == approx(
        kaplan_meier(r.time, r.died, entry=r.entry).survival
    )


@given(rows, scales)
def test_02_a_curve_keeps_its_heights_when_time_is_rescaled(r, c):
    curve, scaled = kaplan_meier(r.time, r.died), kaplan_meier(c * r.time, r.died)
    assert scaled.survival == approx(curve.survival)
    assert scaled.median == approx(c * curve.median, nan_ok=True)
    assert scaled.median_interval("spss") == approx(
        [c * v for v in curve.median_interval("spss")], nan_ok=True
    )
    tau = r.time.max()
    assert scaled.restricted_mean(c * tau) == approx([c * v for v in curve.restricted_mean(tau)])


@given(rows)
def test_03_survival_falls_and_stays_between_nought_and_one(r):
    curve = kaplan_meier(r.time, r.died, weights=r.weight)
    assert (np.diff(curve.survival) <= 1e-12).all() and ((curve.survival >= 0) & (curve.survival <= 1)).all()


@given(rows)
def test_04_duplicating_everybody_keeps_the_curve_and_halves_its_variance(r):
    once, twice = kaplan_meier(r.time, r.died), kaplan_meier(r.time[r.twice], r.died[r.twice])
    assert twice.survival == approx(once.survival)
    alive = once.survival > 0
    assert 2 * twice.greenwood[alive] == approx(once.greenwood[alive])


@given(rows)
def test_05_whole_weights_are_copies(r):
    copies = np.repeat(np.arange(r.n), r.weight.astype(int))
    assert kaplan_meier(r.time, r.died, weights=r.weight).survival == approx(
        kaplan_meier(r.time[copies], r.died[copies]).survival
    )


@given(rows)
def test_06_without_censoring_survival_is_the_share_still_alive(r):
    curve = kaplan_meier(r.time, np.ones(r.n))
    assert curve.survival == approx([(r.time > t).mean() for t in curve.times], abs=1e-12)
    alive = curve.survival > 0
    assert curve.std_error[alive] == approx(np.sqrt(curve.survival * (1 - curve.survival) / r.n)[alive])


@given(rows)
def test_07_the_restricted_mean_without_censoring_is_the_mean(r):
    assert kaplan_meier(r.time, np.ones(r.n)).restricted_mean()[0] == approx(r.time.mean())


@given(rows, st.sampled_from(["loglog", "log", "plain", "logit", "arcsine"]))
def test_09_limits_enclose_the_curve(r, transform):
    curve = kaplan_meier(r.time, r.died)
    lower, upper = curve.interval(transform)
    known = np.isfinite(lower)
    assert (lower[known] <= curve.survival[known] + 1e-12).all()
    assert (curve.survival[known] <= upper[known] + 1e-12).all()


@given(rows)
def test_10_a_person_cut_in_two_is_one_person(r):
    cut = r.time * 0.5
    time, died = np.concatenate([cut, r.time]), np.concatenate([np.zeros(r.n), r.died])
    entry = np.concatenate([np.zeros(r.n), cut])
    whole, parts = kaplan_meier(r.time, r.died), kaplan_meier(time, died, entry=entry)
    assert [parts.at(t) for t in whole.times] == approx(whole.survival)
    model = r.fit()
    split = cox(time, died, np.tile(r.x, (2, 1)), names=["a", "b"], entry=entry)
    assert split.coef == approx(model.coef, abs=1e-7)
    assert split.concordance == approx(model.concordance)


@given(rows)
def test_11_log_rank_does_not_care_what_groups_are_called(r):
    named = np.array(["young", "aged"])[r.group]
    ours, theirs = logrank(r.time, r.died, r.group), logrank(r.time, r.died, named)
    assert ours.statistic == approx(theirs.statistic, nan_ok=True)
    assert theirs.observed == approx(ours.observed[::-1])


@given(rows)
def test_12_expected_deaths_add_up_to_those_seen(r):
    found = logrank(r.time, r.died, r.group, entry=r.entry)
    assert found.expected.sum() == approx(found.observed.sum())
    assert found.covariance.sum(axis=1) == approx(np.zeros(2), abs=1e-9)


@given(rows)
def test_13_one_stratum_is_no_stratum(r):
    assert logrank(r.time, r.died, r.group, strata=np.ones(r.n)).statistic == approx(
        logrank(r.time, r.died, r.group).statistic, nan_ok=True
    )
    assert r.fit(strata=np.ones(r.n)).coef == approx(r.fit().coef)


@given(rows)
def test_14_only_the_order_of_times_matters(r):
    assert logrank(r.time**3, r.died, r.group).statistic == approx(
        logrank(r.time, r.died, r.group).statistic, nan_ok=True
    )
    squeezed = cox(np.sqrt(r.time), r.died, r.x, names=["a", "b"])
    assert squeezed.coef == approx(r.fit().coef, abs=1e-9)


@given(rows)
def test_15_without_ties_the_log_rank_test_is_coxs_score_test(r):
    time = np.argsort(r.order) + 1.0
    model = cox(time, r.died, r.group, names=["g"])
    assert model.score.statistic == approx(logrank(time, r.died, r.group).statistic)


@given(rows)
def test_16_with_ties_it_is_the_score_test_of_the_exact_model(r):
    assume(np.bincount(r.time[r.died].astype(int)).max() < 15)
    found = logrank(r.time, r.died, r.group)
    assume(np.isfinite(found.statistic) and found.covariance[0, 0] > 1e-6)
    model = cox(r.time, r.died, r.group, names=["g"], ties="exact")
    assert model.score.statistic == approx(found.statistic)


@given(rows)
def test_17_without_ties_the_three_tie_rules_agree(r):
    time = np.argsort(r.order) + 1.0
    models = [cox(time, r.died, r.x, names=["a", "b"], ties=t) for t in ("efron", "breslow", "exact")]
    assume(all(m.converged for m in models))
    for model in models[1:]:
        assert model.coef == approx(models[0].coef, abs=1e-9)
        assert model.loglik == approx(models[0].loglik)


@given(rows)
def test_18_row_order_does_not_move_a_model(r):
    assert r.fit(r.order, entry=r.entry).coef == approx(r.fit(entry=r.entry).coef, abs=1e-9)


@given(rows, scales, st.floats(-5, 5))
def test_19_rescaling_a_covariate_rescales_its_coefficient(r, c, shift):
    model = r.fit()
    scaled = cox(r.time, r.died, r.x * [c, 1] + [shift, 0], names=["a", "b"])
    assert scaled.coef == approx(model.coef / [c, 1], rel=1e-6, abs=1e-8)
    assert scaled.z == approx(model.z, abs=1e-6)
    assert scaled.loglik == approx(model.loglik)


@given(rows)
def test_20_turning_a_covariate_round_turns_its_sign(r):
    turned = cox(r.time, r.died, -r.x, names=["a", "b"])
    assert turned.coef == approx(-r.fit().coef)
    assert turned.lower == approx(1 / r.fit().upper)


@given(rows)
def test_21_duplicating_everybody_keeps_breslows_estimate_and_halves_its_variance(r):
    once = r.fit(ties="breslow")
    twice = r.fit(r.twice, ties="breslow")
    assert twice.coef == approx(once.coef, abs=1e-9)
    assert 2 * twice.covariance == approx(once.covariance)
    assert twice.loglik == approx(2 * once.loglik - 2 * r.died.sum() * np.log(2))


@given(rows, st.sampled_from(["breslow", "efron"]))
def test_22_a_common_weight_scales_the_information(r, ties):
    plain, heavy = r.fit(ties=ties), r.fit(ties=ties, weights=np.full(r.n, 3.0))
    assert heavy.coef == approx(plain.coef, abs=1e-9)
    assert 3 * heavy.covariance == approx(plain.covariance)
    # Robust errors know that a weight of 3 is not three people.
    robust = [r.fit(ties=ties, cluster=np.arange(r.n), weights=np.full(r.n, w)) for w in (1.0, 3.0)]
    assert robust[0].covariance == approx(robust[1].covariance)


@given(rows)
def test_23_whole_weights_are_copies_under_breslow(r):
    copies = np.repeat(np.arange(r.n), r.weight.astype(int))
    assert r.fit(weights=r.weight, ties="breslow").coef == approx(
        r.fit(copies, ties="breslow").coef, abs=1e-9
    )


@given(rows)
def test_24_an_offset_is_a_coefficient_known(r):
    model = r.fit()
    known = cox(r.time, r.died, r.x[:, 0], names=["a"], offset=r.x[:, 1] * model.coef[1])
    assert known.coef[0] == approx(model.coef[0], abs=1e-7)
    assert known.loglik == approx(model.loglik)


@given(rows)
def test_25_adding_a_covariate_never_lowers_the_likelihood(r):
    less = cox(r.time, r.died, r.x[:, 0], names=["a"])
    assert r.fit().loglik >= less.loglik - 1e-9
    assert r.fit().likelihood_ratio.statistic >= 0


@given(rows)
def test_26_concordance_of_a_risk_and_its_opposite_add_to_one(r):
    model, turned = r.fit(), cox(r.time, r.died, -r.x, names=["a", "b"])
    assert turned.concordance == approx(model.concordance)
    assert 0 <= model.concordance <= 1


@given(rows)
def test_27_incidences_of_all_causes_and_survival_add_to_one(r):
    one, two = (cumulative_incidence(r.time, r.cause, cause=c, entry=r.entry) for c in (1, 2))
    assert one.cif + two.cif + one.survival == approx(np.ones(len(one.times)))
    # Late entry may empty the risk set; the variance stays a number throughout.
    assert np.isfinite(one.std_error).all()


@given(rows)
def test_28_one_cause_alone_is_kaplan_meier(r):
    curve = cumulative_incidence(r.time, r.died.astype(int))
    assert curve.cif == approx(1 - kaplan_meier(r.time, r.died).survival, abs=1e-12)


@given(rows)
def test_29_censoring_the_competitor_overstates_the_incidence(r):
    curve, naive = cumulative_incidence(r.time, r.cause), kaplan_meier(r.time, r.cause == 1)
    assert (curve.cif <= 1 - naive.survival + 1e-12).all()


@given(rows)
def test_30_nothing_is_drawn_at_random(r):
    first, second = (cumulative_incidence(r.time[o], r.cause[o]) for o in (slice(None), r.order))
    assert first.cif.tolist() == second.cif.tolist()
    one, two = (
        gray_test(r.time, r.cause, r.group),
        gray_test(r.time[r.order], r.cause[r.order], r.group[r.order]),
    )
    assert one.statistic == approx(two.statistic, nan_ok=True)


@given(st.integers(0, 400), st.floats(0.1, 300))
def test_31_limits_enclose_the_count_and_the_exact_are_the_widest(count, mean):
    exact, midp = rates.poisson_interval(count), rates.poisson_interval(count, method="midp")
    assert exact.lower <= midp.lower + 1e-9 <= count + 1e-9 and count <= midp.upper <= exact.upper + 1e-9
    found = rates.standardised_incidence_ratio(count, mean)
    assert (found.lower <= 1 <= found.upper) or found.p_value < 0.05 + 1e-9


@given(st.integers(1, 200))
def test_32_a_cohort_against_itself_has_a_ratio_of_one(count):
    found = rates.standardised_incidence_ratio(count, count, person_years=1000)
    assert found.sir == 1 and found.excess == 0 and found.p_value == 1
    assert rates.rate_ratio(count, 5.0, count, 5.0).value == 1


@given(st.lists(st.integers(1, 30), min_size=2, max_size=5), scales)
def test_33_ratios_alike_are_homogeneous_and_without_trend(counts, c):
    expected = np.array(counts) * c
    assert rates.sir_homogeneity(counts, expected).statistic == approx(0, abs=1e-9)
    assert rates.sir_trend(counts, expected).statistic == approx(0, abs=1e-9)


@given(st.lists(st.integers(0, 30), min_size=2, max_size=5), scales)
def test_34_weights_of_ones_own_population_give_the_crude_rate(counts, c):
    years = np.arange(len(counts)) * 10.0 + 20
    found = rates.age_standardised_rate(counts, years, years * c)
    assert found.value == approx(found.crude)


@given(tables)
def test_35_a_table_turned_over_says_the_same(table):
    turned = np.array(table).T
    assert comparisons.chi_squared(table).statistic == approx(comparisons.chi_squared(turned).statistic)
    assert comparisons.fisher_exact(table).p_value == approx(comparisons.fisher_exact(turned).p_value)
    swapped = comparisons.fisher_exact(table[::-1])
    assert swapped.p_value == approx(comparisons.fisher_exact(table).p_value)


@given(tables, st.integers(2, 5))
def test_36_chi_squared_grows_with_the_table(table, k):
    assert comparisons.chi_squared(np.array(table) * k).statistic == approx(
        k * comparisons.chi_squared(table).statistic
    )


@given(rows, scales, st.floats(-9, 9))
def test_37_comparing_means_ignores_the_unit(r, c, shift):
    a, b = r.x[r.group == 0, 0], r.x[r.group == 1, 0]
    for test in (comparisons.student_t, comparisons.welch_t):
        assert test(c * a + shift, c * b + shift).statistic == approx(
            test(a, b).statistic, rel=1e-5, abs=1e-8
        )
        assert test(b, a).statistic == approx(-test(a, b).statistic)
    difference = comparisons.standardised_difference
    assert difference(c * a + shift, c * b + shift) == approx(difference(a, b), rel=1e-5, abs=1e-8)


@given(rows)
def test_38_ranks_see_only_the_order(r):
    a, b = r.x[r.group == 0, 0], r.x[r.group == 1, 0]
    found, warped = comparisons.mann_whitney(a, b), comparisons.mann_whitney(np.exp(a), np.exp(b))
    assert (found.statistic, found.p_value) == approx((warped.statistic, warped.p_value))
    other = comparisons.mann_whitney(b, a)
    assert found.statistic + other.statistic == len(a) * len(b)
    assert found.p_value == approx(other.p_value)


@given(st.integers(0, 60), st.integers(1, 60))
def test_39_a_proportion_and_its_complement_share_their_limits(count, more):
    total = count + more
    for method in ("exact", "wilson", "midp"):
        lower, upper = proportion_interval(count, total, method=method)
        other = proportion_interval(more, total, method=method)
        assert (lower, upper) == approx((1 - other.upper, 1 - other.lower), abs=1e-9)


@given(rows)
def test_40_an_exposure_that_never_ends_a_row_is_a_group(r):
    since = np.where(r.group == 1, 0.0, np.nan)
    assert mantel_byar(r.time, r.died, since).statistic == approx(
        logrank(r.time, r.died, r.group == 1).statistic, nan_ok=True
    )


@given(st.lists(st.floats(0, 1), min_size=1, max_size=9))
def test_42_adjusting_only_raises_p_and_holm_the_most(p):
    assert (holm(p) >= np.array(p)).all() and (benjamini_hochberg(p) >= np.array(p)).all()
    assert (holm(p) >= benjamini_hochberg(p) - 1e-12).all()


@given(st.floats(0.05, 20))
def test_43_an_e_value_is_the_same_for_a_ratio_and_its_inverse(ratio):
    for scale in ("risk_ratio", "hazard_ratio", "odds_ratio"):
        found = e_value(ratio, scale=scale)
        assert found.estimate == approx(e_value(1 / ratio, scale=scale).estimate) and found.estimate >= 1


@given(st.floats(-3, 3), st.floats(0.05, 3), st.floats(1.1, 50))
def test_44_a_prior_centred_on_one_pulls_towards_one(coef, error, reach):
    found = semi_bayes(coef, error, prior_lower=1 / reach, prior_upper=reach)
    assert abs(np.log(found.ratio)) <= abs(coef) + 1e-12 and found.std_error < error


@settings(max_examples=8)
@given(rows)
def test_45_lifelines_agrees(r):
    """A draw in which a number cannot be compared is none; hypothesis fails where it finds too few."""
    for entry in (None, r.entry * 0.5):
        curve = kaplan_meier(r.time, r.died, entry=entry)
        theirs = second_program.kaplan_meier(Followed(r.time, r.died, entry))
        assert theirs.at(curve.times) == approx(curve.survival, abs=1e-12)
        assert theirs.std_error == approx(curve.std_error, abs=1e-9, nan_ok=True)
        lower, upper = curve.interval("loglog")
        assert theirs.lower == approx(lower, abs=1e-9, nan_ok=True)
        assert theirs.upper == approx(upper, abs=1e-9, nan_ok=True)
        assert (theirs.at_risk == curve.at_risk).all() and (theirs.events == curve.n_events).all()
        model = r.fit(**({} if entry is None else {"entry": entry}))
        fitted = second_program.cox(ModelRows(Followed(r.time, r.died, entry), r.x, None, np.arange(r.n)))
        assert fitted.coef == approx(model.coef, abs=1e-6)
        assert fitted.std_error == approx(model.std_error, abs=1e-6)
        assert fitted.loglik == approx(model.loglik, abs=1e-6)
    groups = {str(at): Followed(r.time[r.group == at], r.died[r.group == at]) for at in (0, 1)}
    test, theirs = logrank(r.time, r.died, r.group), second_program.logrank(groups)
    assert (theirs.statistic, theirs.df) == (approx(test.statistic, abs=1e-6), test.df)
    assert theirs.p_value == approx(test.p_value, abs=1e-6)
