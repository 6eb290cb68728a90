"""Coefficients that run off to infinity, those beside them, and steep ones that do not run off."""

from dataclasses import replace

import dull_cox
import numpy as np
import pytest
from scipy.optimize import linprog

from analytics.estimators._cox import separation
from analytics.estimators._cox.risk_sets import risk_sets
from analytics.estimators.building_blocks import follow_up
from analytics.estimators.competing import fine_gray
from analytics.estimators.cox import cox

approx = pytest.approx
pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


def three_groups(seed=1, n=80):
    """Nobody dies in group 0. Columns: group 1, group 2, a number that is larger in group 2."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 3, n)
    x = np.column_stack([group == 1, group == 2, np.round(rng.normal(1.5 * (group == 2)), 2)]).astype(float)
    exit = np.ceil(rng.exponential(10 / np.exp(0.6 * x[:, 2] + 0.4 * x[:, 1])))
    return {
        "exit": exit, "event": (rng.random(n) < 0.7) & (group > 0), "x": x, "group": group,
        "entry": np.floor(exit * rng.random(n) * 0.8), "strata": rng.integers(0, 2, n),
        "weights": rng.choice([0.5, 1.0, 3.0], n), "cluster": rng.integers(0, 20, n),
    }  # fmt: skip


PLAIN = [(), ("entry",), ("strata",)]
ANY = [*PLAIN, ("entry", "strata", "weights"), ("cluster", "strata")]


@pytest.mark.parametrize(
    ("ties", "options"),
    [*(("efron", o) for o in ANY), *(("breslow", o) for o in ANY), *(("exact", o) for o in PLAIN)],
)
def test_beside_levels_that_run_off_together_the_rest_is_what_it_is_among_those_who_die(ties, options):
    # The reference level drops out of every risk set; what is left still compares the other two levels.
    rows = three_groups()
    given = {name: rows[name] for name in options}
    model = cox(rows["exit"], rows["event"], rows["x"], names=["one", "two", "x"], ties=ties, **given)
    dying = rows["group"] > 0
    among = {name: values[dying] for name, values in given.items()} | {"names": ["two", "x"], "ties": ties}
    alone = cox(rows["exit"][dying], rows["event"][dying], rows["x"][dying, 1:], **among)
    assert model.separated == ("one", "two") and model.undecided == () and not model.converged
    assert np.isnan(model.coef[:2]).all() and np.isnan(model.std_error[:2]).all()
    assert (model.coef[2], model.std_error[2]) == approx((alone.coef[1], alone.std_error[1]), rel=1e-9)
    assert (model.lower[2], model.p_value[2]) == approx((alone.lower[1], alone.p_value[1]))
    assert model.loglik == approx(alone.loglik, abs=1e-9)
    assert model.joint_wald(["x"]).statistic == approx(alone.joint_wald(["x"]).statistic)
    # Without the contrast the error would be too small.
    dropped = cox(rows["exit"][dying], rows["event"][dying], rows["x"][dying, 2], **among | {"names": ["x"]})
    assert model.std_error[2] > 1.05 * dropped.std_error[0]


def test_profile_limits_beside_levels_that_run_off_are_those_of_the_limit():
    rows = three_groups()
    dying = rows["group"] > 0
    model = cox(rows["exit"], rows["event"], rows["x"], names=["one", "two", "x"])
    alone = cox(rows["exit"][dying], rows["event"][dying], rows["x"][dying, 1:], names=["two", "x"])
    assert model.interval("x", "profile") == approx(alone.interval("x", "profile"), rel=1e-7)
    assert np.isnan(model.interval("one", "profile")).all()


def test_beside_levels_that_run_off_apart_only_one_comparison_is_left():
    # Group 1 dies first, to the last, then group 2; nobody of group 0 dies. No level is comparable.
    rng = np.random.default_rng(2)
    group, x = np.repeat([1, 2, 0], 12), rng.normal(size=36)
    exit = np.concatenate([rng.permutation(12) + 1, rng.permutation(12) + 20, np.full(12, 40)])
    columns = np.column_stack([group == 1, group == 2, x])
    model = cox(exit, group > 0, columns, names=["one", "two", "x"])
    within = cox(exit, group > 0, x, names=["x"], strata=group)
    assert model.separated == ("one", "two")
    assert (model.coef[2], model.std_error[2]) == approx((within.coef[0], within.std_error[0]))


def every_comparison(exit, event, x, entry, stratum, exact):
    found = []
    for _, risk, deaths in dull_cox.risk_and_deaths(exit, event, entry, stratum):
        others = [i for i in risk if not (exact and i in deaths)]
        found += [x[j] - x[i] for i in deaths for j in others if (x[j] != x[i]).any()]
    return np.array(found).reshape(-1, x.shape[1])


def inner_direction(comparisons):
    """A direction that makes as many comparisons negative as can be, none positive: one large programme."""
    m, p = comparisons.shape
    best = linprog(
        np.repeat([0.0, -1.0], [p, m]), A_ub=np.hstack([comparisons, np.eye(m)]), b_ub=np.zeros(m),
        bounds=[(-5, 5)] * p + [(0, 1)] * m,
    )  # fmt: skip
    return best.x[:p]


@pytest.mark.parametrize("ties", ["efron", "breslow", "exact"])
@pytest.mark.parametrize("seed", range(12))
def test_separation_is_what_listing_every_comparison_finds(seed, ties):
    rng = np.random.default_rng(seed)
    n, p = 16, 3
    x = np.column_stack([rng.integers(0, 2, n), rng.random(n) < 0.2, rng.integers(0, 3, n)]).astype(float)
    exit = rng.integers(2, 9, n).astype(float)
    entry, stratum = exit - rng.integers(1, 8, n), rng.integers(0, 1 + seed % 2, n)
    event = rng.random(n) < 1 / (1 + np.exp(2 - x @ [2, 1, 1]))
    entry = np.maximum(entry, 0)
    try:
        model = cox(exit, event, x, names=list("abc"), ties=ties, entry=entry, strata=stratum)
    except ValueError as refused:
        assert "no information" in str(refused)
        return
    kept = [j for j, name in enumerate("abc") if name not in model.constant + model.collinear]
    comparisons = every_comparison(exit, event, x[:, kept], entry, stratum, ties == "exact")
    along = inner_direction(comparisons)
    level = comparisons[comparisons @ along > -0.5]
    # What the remaining comparisons do not see is the span of all directions.
    _, size, basis = np.linalg.svd(np.vstack([level, np.zeros((p, len(kept)))]))
    moved = np.abs(basis[size < 1e-9]).max(axis=0, initial=0) > 1e-9
    assert model.separated == tuple("abc"[j] for j, runs in zip(kept, moved, strict=True) if runs)
    assert model.undecided == () and model.converged == (not moved.any())
    # Far out along the direction the likelihood is the reported one, and no higher further out.
    inside = np.zeros(len(kept))
    inside[model.limit.kept] = model.top.coef / model.columns.scale[model.limit.kept]
    far = dull_cox.log_likelihood(
        inside + 30 * along * moved.any(), exit, event, x[:, kept], ties=ties, entry=entry, stratum=stratum
    )  # fmt: skip
    assert model.loglik == approx(far, abs=1e-7)


def skewed(n, seed=3):
    """A marker whose largest values are a hundred times its middle; log hazard ratio of a unit: 0.3."""
    rng = np.random.default_rng(seed)
    marker = rng.lognormal(0, 1.1, n)
    death, censored = rng.exponential(20 / np.exp(0.3 * marker)), rng.uniform(0, 20, n)
    return np.minimum(death, censored), death <= censored, marker


@pytest.mark.parametrize("n", [2000, 20000])
def test_a_skewed_marker_has_a_finite_maximum_and_no_programme_is_asked(monkeypatch, n):
    monkeypatch.setattr(separation, "_direction", None)
    time, died, marker = skewed(n)
    model = cox(time, died, marker, names=["marker"])
    # Hazards of the extremes differ by more than exp(12), and yet the score is 0 there.
    assert np.ptp(marker * model.coef[0]) > 12
    assert model.separated == () and model.converged
    assert abs(model.coef[0] - 0.3) < 4 * model.std_error[0] < 0.06


def test_one_exception_keeps_a_maximum_finite():
    # The forty with x = 1 die before the twenty others; then one of these dies before one more with x = 1.
    time, x = np.arange(1, 62), np.repeat([1.0, 0.0, 1.0], [40, 20, 1])
    event = time <= 40
    ordered = cox(time[:60], event[:60], x[:60], names=["x"])
    assert ordered.separated == ("x",)
    event[45] = True
    model = cox(time, event, x, names=["x"])
    assert model.separated == () and model.converged

    def dull(beta):
        return dull_cox.log_likelihood(beta, time, event, x[:, None], ties="efron")

    assert dull_cox.gradient(dull, model.coef) == approx([0], abs=1e-6)


@pytest.mark.parametrize("ties", ["efron", "exact"])
def test_a_small_score_on_the_way_out_is_no_proof(ties):
    # Newton's decrement falls below any threshold although the likelihood rises for ever.
    rows = three_groups(5)
    model = cox(rows["exit"], rows["event"], rows["x"], names=["one", "two", "x"], ties=ties)
    climb = separation.maximise(model.objective.at, np.zeros(3))
    assert climb.converged and np.abs(climb.point.score).max() < 1e-6
    assert model.separated == ("one", "two")
    inside = np.zeros(3)
    inside[model.limit.kept] = model.top.coef
    along = np.array([1, 1, 0]) * model.columns.scale
    for step in range(60):
        coef = inside + step * along
        there = separation.Maximum(coef, model.objective.at(coef), True, 0)
        out = replace(model.limit, kept=np.arange(3), objective=model.objective, top=there, risk=model.risk)
        assert not separation._is_finite(out, ties)


def test_what_cannot_be_decided_is_withheld_and_named(monkeypatch):
    monkeypatch.setattr(separation, "MOST_PROGRAMMES", 0)
    rows = three_groups()
    model = cox(rows["exit"], rows["event"], rows["x"], names=["one", "two", "x"])
    assert model.undecided == ("one", "two", "x") and model.separated == ()
    assert np.isnan(model.coef).all() and np.isnan(model.std_error).all() and not model.converged
    with pytest.raises(ValueError, match="withheld: is one, two, x separated"):
        model.baseline()


def test_firths_penalty_estimates_levels_that_run_off_together():
    rows = three_groups(n=50)
    for given in ({}, {"entry": rows["entry"]}, {"strata": rows["strata"]}, {"weights": rows["weights"]}):
        model = cox(rows["exit"], rows["event"], rows["x"], names=list("abc"), penalty="firth", **given)
        assert model.separated == () and model.converged
        assert (model.lower[:2] > 1).all() and (model.lower < model.hazard_ratio).all()
        assert np.isfinite(model.upper).all() and (model.hazard_ratio < model.upper).all()


def test_a_subdistribution_model_goes_to_its_limit_too():
    # Without censoring nobody's weight depends on the group that drops out.
    rows = three_groups(7)
    cause = np.where(rows["event"], 1, 2)
    model = fine_gray(rows["exit"], cause, rows["x"], names=["one", "two", "x"])
    dying = rows["group"] > 0
    alone = fine_gray(rows["exit"][dying], cause[dying], rows["x"][dying, 1:], names=["two", "x"])
    assert model.separated == ("one", "two")
    assert (model.coef[2], model.std_error[2]) == approx((alone.coef[1], alone.std_error[1]))


@pytest.mark.parametrize("options", [(), ("entry",), ("strata",), ("entry", "strata")])
def test_careful_sums_are_the_quick_ones(options):
    rows = three_groups(8)
    entry = rows["entry"] if "entry" in options else None
    quick = risk_sets(
        follow_up(rows["exit"], rows["event"], entry=entry), rows["strata"] if "strata" in options else None
    )
    careful = replace(quick, careful=True)
    rng = np.random.default_rng(9)
    at_rows, at_times = rng.random((len(quick.kept), 2)), rng.random(len(quick.times))
    assert careful.sums(at_rows) == approx(quick.sums(at_rows))
    assert careful.spread(at_times) == approx(quick.spread(at_times))


def test_careful_sums_drown_nothing():
    # The third enters after the first two have died, with a risk that leaves no digit for theirs.
    risk = risk_sets(follow_up([1, 2, 9], [1, 1, 1], entry=[0, 0, 5]))
    values = np.array([1.0, 2.0, 1e20])
    assert replace(risk, careful=True).sums(values).tolist() == [3, 2, 1e20]
    assert replace(risk, careful=True).spread(np.array([1e20, 1.0, 2.0])).tolist() == [1e20, 1e20, 2]
    assert risk.sums(values).tolist() != [3, 2, 1e20]


def test_late_entry_and_steep_markers_give_the_maximum_where_the_dull_score_is_0():
    # Running totals lose the small risks beside the large ones here, and Newton its way.
    rng = np.random.default_rng(189)
    x = np.exp(2 * rng.normal(size=(30, 2)))
    exit = rng.integers(2, 12, 30)
    entry = np.maximum(exit - rng.integers(1, 12, 30), 0)
    event = rng.random(30) < 1 / (1 + np.exp(-(x - x.mean(axis=0)) / x.std(axis=0) @ [3, 3]))
    model = cox(exit, event, x, names=["a", "b"], entry=entry)
    assert model.separated == () and model.converged and model.risk.careful

    def dull(beta):
        return dull_cox.log_likelihood(beta, exit, event, x - x.mean(axis=0), ties="efron", entry=entry)

    assert dull_cox.gradient(dull, model.coef) == approx([0, 0], abs=1e-5)


def test_who_lingers_without_weight_is_compared_with_nobody():
    # Censoring group "short" ends at 5, so that its person with the other cause is gone from later risk sets.
    months = [1, 2, 3, 5, 6, 7, 8, 9, 10]
    causes = [1, 1, 2, 0, 1, 1, 0, 1, 0]
    x = [1, 1, 1, 0, 0, 0, 0, 0, 0]
    groups = ["long", "long", "short", "short", *["long"] * 5]
    model = fine_gray(months, causes, x, names=["x"], censoring_groups=groups)
    assert model.separated == ("x",)


def test_exact_ties_far_out_are_no_error():
    x = np.exp(np.linspace(6, -3, 24))
    model = cox(np.repeat(np.arange(1, 9), 3), np.tile([1, 1, 0], 8), x, names=["x"], ties="exact")
    assert model.separated == ("x",) and model.loglik == 0


def test_concordance_ranks_the_separated_levels_before_the_rest():
    rows = three_groups()
    model = cox(rows["exit"], rows["event"], rows["x"], names=["one", "two", "x"], strata=rows["strata"])
    contrast = model.top.coef / model.columns.scale[model.limit.kept]
    score = 1000 * (rows["group"] > 0) + rows["x"][:, model.limit.kept] @ contrast
    counts = dull_cox.concordance(np.round(score, 9), rows["exit"], rows["event"], stratum=rows["strata"])
    found = model.concordance_detail()
    assert [found.concordant, found.discordant, found.tied_risk] == approx(counts.tolist())


def test_the_error_of_concordance_is_summed_within_clusters():
    rows = three_groups(3)
    given = {"names": ["two", "x"], "ties": "breslow"}
    exit, event, x = rows["exit"], rows["event"], rows["x"][:, 1:]
    alone = cox(exit, event, x, **given).concordance_detail()
    apart = cox(exit, event, x, cluster=range(80), **given).concordance_detail()
    assert apart.std_error == approx(alone.std_error)
    # Two copies of everybody tell nothing more, and clusters know it.
    twice = [np.tile(exit, 2), np.tile(event, 2), np.tile(x, (2, 1))]
    pairs = cox(*twice, cluster=[*range(80)] * 2, **given).concordance_detail()
    assert (pairs.value, pairs.std_error) == approx((alone.value, alone.std_error))
    assert cox(*twice, **given).concordance_detail().std_error == approx(alone.std_error / np.sqrt(2))
