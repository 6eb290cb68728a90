"""Cox models worked out on paper, and against likelihoods written out term by term."""

from math import exp, log, sqrt

import dull_cox
import numpy as np
import pytest
from published_data import ON_PLACEBO, RELAPSED, SIX_DIED, SIX_MONTHS, SIX_X, WEEKS

from analytics.estimators._cox.firth import FirthLikelihood
from analytics.estimators._cox.schoenfeld import time_scale
from analytics.estimators.building_blocks import follow_up
from analytics.estimators.cox import cox

approx = pytest.approx
# A number that warns on its way is a number to look at.
pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


def six(**options):
    return cox(SIX_MONTHS, SIX_DIED, SIX_X, names=["x"], **options)


def test_breslow_by_hand():
    # 2 b - log(3 r + 3) - 2 log(r + 3) with r = exp(b) is largest where r^2 - 3 r - 6 = 0.
    model = six(ties="breslow")
    b = log((3 + sqrt(33)) / 2)
    assert model.coef[0] == approx(b, rel=1e-12)
    assert model.loglik == approx(2 * b - log(3 * exp(b) + 3) - 2 * log(exp(b) + 3))
    assert model.loglik_null == approx(-log(6) - 2 * log(4))
    r = exp(b)
    information = r / (r + 1) ** 2 + 6 * r / (r + 3) ** 2
    assert model.std_error[0] == approx(1 / sqrt(information))
    assert model.score.statistic == approx(1 / (1 / 4 + 2 * 3 / 16))


def test_efron_by_hand():
    # The second of the two tied deaths has the denominator (r + 5) / 2.
    model = six()
    r = model.hazard_ratio[0]
    assert model.coef[0] == approx(1.676857, abs=5e-7)
    assert model.loglik == approx(2 * log(r) - log(3 * r + 3) - log(r + 3) - log(r / 2 + 5 / 2))
    assert 2 - 3 * r / (3 * r + 3) - r / (r + 3) - r / (r + 5) == approx(0, abs=1e-9)
    assert model.loglik_null == approx(-log(6) - log(4) - log(3))


def test_exact_by_hand():
    # Two of the four at risk at 6 die: 3 r + 3 ways, of which one with x = 1 and one without were seen.
    # 2 b - 2 log(3 r + 3) rises for ever, to -2 log 3: this tie rule separates these six.
    model = six(ties="exact")
    assert model.loglik_null == approx(-2 * log(6))
    assert model.loglik == approx(-2 * log(3), abs=1e-6)
    assert model.separated == ("x",) and np.isnan(model.hazard_ratio[0])
    assert model.score.statistic == approx(1 / (1 / 4 + 1 / 4))


def test_the_baseline_hazard_by_hand():
    model = six(ties="breslow")
    r = model.hazard_ratio[0]
    curve = model.baseline()
    steps = [1 / (3 * r + 3), 2 / (r + 3), 1]
    assert curve.times.tolist() == [1, 6, 9]
    assert curve.hazard == approx(np.cumsum(steps))
    assert curve.at(0.5) == 0 and curve.at(7) == approx(sum(steps[:2]))
    efron = six()
    r = efron.hazard_ratio[0]
    assert efron.baseline().hazard[1] == approx(1 / (3 * r + 3) + 1 / (r + 3) + 2 / (r + 5))
    assert efron.baseline(centred=True).hazard == approx(efron.baseline().hazard * r**0.5)


def test_the_published_remission_hazard_ratio():
    model = cox(WEEKS, RELAPSED, ON_PLACEBO, names=["placebo"])
    assert (model.coef[0], model.std_error[0]) == approx((1.572, 0.412), abs=5e-4)
    assert (model.hazard_ratio[0], model.lower[0], model.upper[0]) == approx((4.82, 2.147, 10.81), abs=0.005)
    assert model.likelihood_ratio.statistic == approx(16.35, abs=0.005)
    assert model.concordance == approx(0.69, abs=0.005)
    assert model.events_per_coefficient == 30


def random_rows(seed, n=40, p=2):
    rng = np.random.default_rng(seed)
    exit = rng.integers(3, 10, n).astype(float)
    return {
        "exit": exit,
        "event": rng.random(n) < 0.6,
        "x": np.round(rng.normal(size=(n, p)), 1),
        "entry": exit - rng.integers(1, 4, n) * 0.75,
        "stratum": rng.integers(0, 3, n),
        "weight": rng.choice([0.5, 1.0, 2.0], n),
    }


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("parts", [(), ("entry",), ("stratum",), ("weight",), ("entry", "stratum", "weight")])
def test_the_fast_likelihood_is_the_dull_one(ties, parts):
    rows = random_rows(len(parts))
    extra = {part: rows[part] for part in parts}
    names = {"entry": "entry", "stratum": "strata", "weight": "weights"}
    model = cox(
        rows["exit"], rows["event"], rows["x"], names=["a", "b"], ties=ties,
        **{names[part]: rows[part] for part in parts},
    )  # fmt: skip

    def dull(beta):
        return dull_cox.log_likelihood(beta, rows["exit"], rows["event"], rows["x"], ties=ties, **extra)

    assert model.loglik == approx(dull(model.coef), abs=1e-9)
    assert model.loglik_null == approx(dull(np.zeros(2)), abs=1e-9)
    assert dull_cox.gradient(dull, model.coef) == approx([0, 0], abs=1e-5)
    curvature = dull_cox.gradient(lambda beta: dull_cox.gradient(dull, beta, 1e-4), model.coef, 1e-4)
    assert np.linalg.inv(-curvature) == approx(model.covariance, rel=1e-4)
    counts = dull_cox.concordance(np.round(rows["x"] @ model.coef, 12), rows["exit"], rows["event"], **extra)
    found = model.concordance_detail()
    assert [found.concordant, found.discordant, found.tied_risk] == approx(counts.tolist())
    assert found.value == approx((counts[0] + counts[2] / 2) / counts.sum())


@pytest.mark.parametrize("late", [False, True])
def test_exact_ties_are_all_the_ways_to_choose_the_dying(late):
    rows = random_rows(11, n=22)
    extra = {"entry": rows["entry"]} if late else {}
    model = cox(rows["exit"], rows["event"], rows["x"], names=["a", "b"], ties="exact", **extra)

    def dull(beta):
        return dull_cox.log_likelihood(beta, rows["exit"], rows["event"], rows["x"], ties="exact", **extra)

    assert model.converged
    assert model.loglik == approx(dull(model.coef))
    assert dull_cox.gradient(dull, model.coef) == approx([0, 0], abs=1e-5)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_firth_climbs_the_penalised_likelihood(ties):
    rows = random_rows(3, n=25)
    model = cox(rows["exit"], rows["event"], rows["x"], names=["a", "b"], ties=ties, penalty="firth")
    partial = model.objective.partial

    def penalised(beta):
        point = partial.at(beta)
        return point.value + np.linalg.slogdet(point.information)[1] / 2

    fitted = model.top.coef
    assert dull_cox.gradient(penalised, fitted) == approx([0, 0], abs=1e-6)
    elsewhere = fitted + [0.3, -0.2]
    assert dull_cox.gradient(penalised, elsewhere) == approx(model.objective.at(elsewhere).score, abs=1e-6)


def test_firth_reaches_a_top_along_which_the_likelihood_hardly_changes():
    """Nineteen people, four deaths; the coefficients are from the definition, by mpmath with 60 digits."""
    traits = (
        "010111 010100 010111 110101 010100 000000 001100 101110 001011 110100 "
        "010000 110110 000001 001110 101110 101010 001110 101111 000100"
    )
    months = [7, 50, 65, 20, 6, 9, 31, 19, 4, 7, 2, 0.5, 5, 11, 10, 31, 42, 5, 56]
    died = np.isin(np.arange(19), [12, 13, 16, 18])
    x = np.array([[float(trait) for trait in person] for person in traits.split()])
    model = cox(months, died, x, names=list("abcdef"), ties="breslow", penalty="firth")
    assert model.converged
    assert model.coef == approx(
        [-1.5569509915741302, -3.5863611720406784, 1.117533183302811,
         -1.1345233579196725, 0.23493859847677227, 2.3497198906840958], rel=1e-9
    )  # fmt: skip


def test_firth_limits_are_where_the_profile_has_dropped_by_the_quantile():
    rows = random_rows(4, n=20, p=1)
    model = cox(rows["exit"], rows["event"], rows["x"], names=["a"], penalty="firth")
    for limit in (model.lower[0], model.upper[0]):
        at = np.array([log(limit) * model.columns.scale[0]])
        assert model.top.point.value - model.objective.at(at).value == approx(3.841458820694124 / 2, abs=1e-8)
    drop = model.top.point.value - model.objective.at(np.zeros(1)).value
    assert model.likelihood_ratio.statistic == approx(2 * drop)
    assert model.p_value[0] == approx(model.likelihood_ratio.p_value)


def test_a_firth_limit_far_away_is_of_the_hill_of_the_fitted_ratios():
    """33 people, seven deaths: with the fourth coefficient held at 17.59 the others have three hills.

    The limits are R's, of sums over risk sets and short steps outwards; 60 digits confirm the far one.
    """
    traits = (
        "010111 010001 000001 010011 110111 010111 010010 110111 110100 010110 101001 "
        "000010 010111 010100 010101 101100 010111 101010 010011 110100 100110 101110 "
        "010110 100101 010111 100110 110001 110011 010110 001100 010101 010010 010010"
    )
    months = [
        15, 1, 2, 26, 2, 0.5, 14, 0.5, 24, 20, 22, 60, 12, 6, 10, 6, 9,
        30, 28, 10, 8, 7, 42, 8, 1, 17, 11, 12, 24, 0.5, 7, 7, 5,
    ]  # fmt: skip
    model = _firth(months, [4, 7, 8, 10, 21, 23, 25], traits)
    assert np.log(model.lower) == approx(
        [2.0444041398, -3.7518617325, -0.2832196285, 2.1318320594, 0.1490598866, 1.7025306177], abs=1e-8
    )
    assert np.log(model.upper) == approx(
        [17.064972350, 5.863653955, 10.022983125, 18.845011249, 10.207293685, 13.652203726], abs=1e-8
    )


def test_firth_limits_of_a_few_people_are_found_beside_other_hills():
    """Eight people, two deaths, limits and P values by R: a climb from far away may end elsewhere."""
    months = [0.5, 7, 14, 5, 5, 41, 5, 48]
    model = _firth(months, [2, 4], "00011 00011 10100 01010 11011 00001 00110 00011")
    assert np.log(model.lower) == approx(
        [-6.6960895614, -4.6588314179, -8.3576734253, -5.3427566260, -5.3824458146], abs=1e-6
    )
    assert np.log(model.upper) == approx(
        [5.9494902111, 14.3280997754, 15.1482299794, 5.1315788414, 8.6832775856], abs=1e-6
    )
    assert model.p_value == approx(
        [0.8752899932, 0.4298936143, 0.5399511519, 0.9593549403, 0.6322159650], abs=1e-6
    )


def test_firths_limits_take_few_evaluations(monkeypatch):
    """Two limits and a P value of each of five coefficients, a few Newton's steps each: not thousands."""
    evaluate, asked = FirthLikelihood.at, []
    monkeypatch.setattr(FirthLikelihood, "at", lambda self, coef: asked.append(coef) or evaluate(self, coef))
    rows = random_rows(3, n=25, p=5)
    cox(rows["exit"], rows["event"], rows["x"], names=list("abcde"), penalty="firth")
    assert len(asked) < 1000


def _firth(months, deaths, traits):
    """Breslow's ties; deaths: positions; traits: of each person a word of 0 and 1."""
    x = np.array([[float(trait) for trait in person] for person in traits.split()])
    died = np.isin(np.arange(len(months)), deaths)
    return cox(months, died, x, names=list("abcdef")[: x.shape[1]], ties="breslow", penalty="firth")


def test_profile_limits_of_the_plain_likelihood():
    model = six()
    lower, upper = model.interval("x", "profile")
    for limit in (lower, upper):
        b = log(limit) if limit > 0 else -np.inf
        r = exp(b)
        value = 2 * b - log(3 * r + 3) - log(r + 3) - log(r / 2 + 5 / 2)
        assert model.loglik - value == approx(3.841458820694124 / 2, abs=1e-7)
    wald = model.interval("x", level=0.9)
    assert log(wald.upper) - model.coef[0] == approx(1.6448536269514722 * model.std_error[0])


def test_robust_errors_are_sums_of_score_residuals():
    rows = random_rows(6, n=30)
    one = cox(rows["exit"], rows["event"], rows["x"], names=["a", "b"], cluster=range(30))
    assert not np.allclose(one.std_error, one.naive_std_error)
    # Two copies in one cluster: the bread halves, the residuals double, the robust error stays.
    twice = cox(
        np.tile(rows["exit"], 2), np.tile(rows["event"], 2), np.tile(rows["x"], (2, 1)), names=["a", "b"],
        cluster=[*range(30), *range(30)], ties="breslow",
    )  # fmt: skip
    breslow = cox(rows["exit"], rows["event"], rows["x"], names=["a", "b"], cluster=range(30), ties="breslow")
    assert twice.std_error == approx(breslow.std_error)


def test_a_joint_test_of_everything_is_the_wald_test():
    rows = random_rows(7)
    model = cox(rows["exit"], rows["event"], rows["x"], names=["a", "b"])
    assert model.joint_wald(["b", "a"]).statistic == approx(model.wald.statistic)
    assert model.joint_wald("a").statistic == approx(model.z[0] ** 2)
    assert model.joint_wald(["a"]).p_value == approx(model.p_value[0])
    assert model.wald.df == 2
    expected = model.coef @ np.linalg.inv(model.covariance) @ model.coef
    assert model.wald.statistic == approx(expected)


@pytest.mark.parametrize("transform", ["km", "rank", "identity", "log"])
def test_a_drift_in_time_is_tested_by_the_score_of_a_time_varying_column(transform):
    # Without ties, cut every row at each death time so that x g(t) is an ordinary column.
    rng = np.random.default_rng(8)
    exit, event, x = rng.permutation(20) + 1.0, rng.random(20) < 0.8, rng.normal(size=20)
    model = cox(exit, event, x, names=["x"])
    found = model.proportional_hazards(transform)[0]
    deaths = np.sort(exit[event])
    before = np.array([np.prod([1 - 1 / (exit >= s).sum() for s in deaths if s < t]) for t in deaths])
    g = {"km": 1 - before, "rank": deaths, "identity": deaths, "log": np.log(deaths)}[transform]
    rows = []
    for last, t, gt in zip(np.concatenate([[0], deaths[:-1]]), deaths, g, strict=True):
        rows += [(last, t, t == exit[i] and event[i], x[i], x[i] * gt) for i in range(20) if t <= exit[i]]
    start, stop, died, x1, x2 = (np.array(column, float) for column in zip(*rows, strict=True))
    # Score of the second column at the first model's estimate: an offset makes that the null.
    known, both = x1 * model.coef[0], np.column_stack([x1, x2])
    free = cox(stop, died, both, names=["x", "xg"], entry=start, offset=known)
    assert found.statistic == approx(free.score.statistic, rel=1e-6)
    assert found.variable == "x" and found.df == 1


def test_tied_times_share_their_mean_rank_and_the_curve_before_them():
    rows = follow_up([2, 2, 5, 7, 7, 7], [1, 0, 1, 1, 1, 0])
    assert time_scale(rows, np.array([2, 5, 7.0]), "rank").tolist() == [1.5, 3, 5]
    assert time_scale(rows, np.array([2, 5, 7.0]), "km") == approx([0, 1 / 6, 1 - 5 / 6 * 3 / 4])


def test_a_centred_baseline_is_for_the_weighted_mean():
    rows = random_rows(12)
    model = cox(rows["exit"], rows["event"], rows["x"], names=["a", "b"], weights=rows["weight"])
    mean = np.average(rows["x"], axis=0, weights=rows["weight"])
    expected = model.baseline().hazard * np.exp(mean @ model.coef)
    assert model.baseline(centred=True).hazard == approx(expected)


def test_the_levels_of_a_variable_are_tested_together():
    rows = random_rows(9, p=3)
    model = cox(rows["exit"], rows["event"], rows["x"], names=["a", "b1", "b2"])
    apart, joint = model.proportional_hazards("km"), model.proportional_hazards("km", {"b": ("b1", "b2")})
    assert [t.variable for t in apart] == ["a", "b1", "b2", "GLOBAL"]
    assert [(t.variable, t.df) for t in joint] == [("b", 2), ("GLOBAL", 3)]
    assert joint[-1].statistic == approx(apart[-1].statistic)
    assert joint[0].statistic >= max(apart[1].statistic, apart[2].statistic) - 1e-9


def test_each_stratum_has_its_own_baseline():
    rows = random_rows(10)
    model = cox(rows["exit"], rows["event"], rows["x"], names=["a", "b"], strata=rows["stratum"])
    curve = model.baseline()
    assert model.strata == (0, 1, 2)
    assert set(curve.stratum) == {0, 1, 2}
    for s in range(3):
        here = curve.stratum == s
        assert (np.diff(curve.hazard[here]) > 0).all()
        risk = np.exp(rows["x"][rows["stratum"] == s] @ model.coef)
        first = curve.times[here][0]
        exits, events = (rows[key][rows["stratum"] == s] for key in ("exit", "event"))
        d, total = int((events & (exits == first)).sum()), risk[exits >= first].sum()
        dying = risk[events & (exits == first)].sum()
        assert curve.hazard[here][0] == approx(sum(1 / (total - j / d * dying) for j in range(d)))
        assert curve.at(first, s) == curve.hazard[here][0]
