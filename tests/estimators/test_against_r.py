"""Made-up cohorts with heavy ties, late entry, weights and competing causes, asked of R and of us.

The questions put to R are in ask_r.R.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from analytics.estimators.comparisons import (
    chi_squared,
    fisher_exact,
    mann_whitney,
    student_t,
    welch_t,
)
from analytics.estimators.competing import cumulative_incidence, fine_gray, gray_test
from analytics.estimators.cox import cox
from analytics.estimators.multiplicity import benjamini_hochberg, holm
from analytics.estimators.rates import poisson_interval, poisson_p_value, proportion_interval, rate_ratio
from analytics.estimators.survival import kaplan_meier, logrank
from tests.evidence import ask_r

SEEDS = range(100, 106)
NAMES = ("x1", "x2", "x3")
TRANSFORMS = ("log", "loglog", "plain", "logit", "arcsine")
CLOSED, FITTED = 1e-8, 1e-6


def cohort(seed: int) -> dict[str, np.ndarray]:
    """90 to 290 people followed for whole months, so that deaths, causes and censorings tie."""
    r = np.random.default_rng(seed)
    n = 90 + 40 * (seed - SEEDS[0])
    x1 = np.round(r.normal(size=n), 3) + 1e-6 * np.arange(n)  # no two alike: exact ranks need that
    x2, x3 = r.integers(0, 2, n), np.round(r.normal(size=n), 2)
    group = r.integers(0, 3, n)
    death = np.ceil(r.exponential(12 / np.exp(0.4 * x1 - 0.5 * x2 + 0.2 * group))).astype(int) + 1
    censored = np.ceil(r.uniform(1, 40, n)).astype(int)
    time, event = np.minimum(death, censored), (death <= censored).astype(int)
    entry = np.where(r.random(n) < 0.4, r.integers(0, 8, n), 0)
    return {
        "time": time, "event": event, "cause": event * r.choice([1, 1, 2], n),
        "entry": np.where(entry < time, entry, 0), "weight": r.choice([1, 2, 3], n), "group": group,
        "stratum": r.integers(0, 2, n), "clinic": r.integers(0, 15, n), "x1": x1, "x2": x2, "x3": x3,
    }  # fmt: skip


@pytest.fixture(scope="module")
def answers(tmp_path_factory) -> dict[int, dict]:
    folder = tmp_path_factory.mktemp("cohorts")
    files = [folder / f"{seed}.csv" for seed in SEEDS]
    for seed, file in zip(SEEDS, files, strict=True):
        columns = cohort(seed)
        with file.open("w", newline="") as out:
            csv.writer(out).writerow(columns)
            csv.writer(out).writerows(zip(*columns.values(), strict=True))
    answer = folder / "answers.json"
    ask_r(Path(__file__).with_name("ask_r.R"), answer, *files)
    return dict(zip(SEEDS, json.loads(answer.read_text()), strict=True))


def same(ours, theirs, tolerance: float, what: str) -> None:
    theirs = np.array([np.nan if v in (None, "NaN", "NA") else np.inf if v == "Inf" else v
                       for v in np.atleast_1d(np.array(theirs, object)).ravel()], float)  # fmt: skip
    ours = np.asarray(ours, float).ravel()
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance * 1e-2, err_msg=what)


@pytest.mark.parametrize("seed", SEEDS)
def test_survival_curves_with_late_entry_and_weights(answers, seed: int) -> None:
    d, r = cohort(seed), answers[seed]["kaplan_meier"]
    y = d["time"], d["event"]
    plain = kaplan_meier(*y)
    asked = {
        "plain": plain,
        "late": kaplan_meier(*y, entry=d["entry"]),
        "weighted": kaplan_meier(*y, weights=d["weight"]),
    }
    for name, curve in asked.items():
        known = r[name]
        # R also lists times at which people only enter.
        left = np.isin(known["time"], curve.times)
        assert left.sum() == len(curve.times)
        for what, ours in (("n_risk", curve.at_risk), ("n_event", curve.n_events), ("surv", curve.survival),
                           ("std_err", curve.std_error)):  # fmt: skip
            same(ours, np.array(known[what], object)[left], CLOSED, f"{name} {what}")
    for transform in TRANSFORMS:
        known, (lower, upper) = r["limits"][transform], plain.interval(transform)
        same(lower, known["lower"], CLOSED, transform)
        same(upper, known["upper"], CLOSED, transform)
        same([plain.quantile(p) for p in (0.2, 0.5, 0.7)], known["q"], CLOSED, "quantiles")
        limits = np.array([plain.quantile_interval(p, transform) for p in (0.2, 0.5, 0.7)])
        # Where an upper limit rises again, R interpolates on sorted limits; we take the first crossing.
        if (np.diff(upper[np.isfinite(upper)]) <= 0).all():
            same(limits.T, [known["q_lower"], known["q_upper"]], CLOSED, f"quantile limits {transform}")
    same(plain.restricted_mean(15), r["rmean"], CLOSED, "restricted mean")


@pytest.mark.parametrize("seed", SEEDS)
def test_log_rank_tests(answers, seed: int) -> None:
    d, r = cohort(seed), answers[seed]["logrank"]
    y = d["time"], d["event"], d["group"]
    asked = {
        "plain": logrank(*y),
        "peto": logrank(*y, weighting="peto"),
        "stratified": logrank(*y, strata=d["stratum"]),
    }
    for name, test in asked.items():
        same([test.statistic, test.df, test.p_value], list(r[name].values()), CLOSED, name)
    same(asked["plain"].observed, r["observed"], CLOSED, "observed")
    same(asked["plain"].expected, r["expected"], CLOSED, "expected")


@pytest.mark.parametrize("seed", SEEDS)
def test_cox_models(answers, seed: int) -> None:
    d, r = cohort(seed), answers[seed]["cox"]
    x = np.column_stack([d[name] for name in NAMES])

    def fit(**options):
        return cox(d["time"], d["event"], x, names=NAMES, **options)

    asked = {
        "efron": fit(),
        "breslow": fit(ties="breslow"),
        "exact": fit(ties="exact"),
        "late": fit(entry=d["entry"]),
        "strata": fit(strata=d["stratum"]),
        "weighted": fit(weights=d["weight"]),
        "weighted_robust": fit(weights=d["weight"], cluster=d["clinic"]),
        "cluster": fit(entry=d["entry"], ties="breslow", cluster=d["clinic"]),
    }
    for name, model in asked.items():
        known = r[name]
        same(model.coef, known["coef"], FITTED, f"{name} coef")
        same(model.naive_std_error, known["se"], FITTED, f"{name} model error")
        same(model.std_error, known["used_se"], FITTED, f"{name} error")
        same([model.loglik_null, model.loglik], known["loglik"], FITTED, f"{name} log-likelihoods")
        same(model.score.statistic, known["score"], FITTED, f"{name} score test")
        same(model.wald.statistic, known["wald"], FITTED, f"{name} Wald test")
        found = model.concordance_detail()
        same([found.value, found.std_error], known["concordance"], FITTED, f"{name} concordance")
        for transform, statistics in known.get("zph", {}).items():
            tests = model.proportional_hazards(transform)
            same([test.statistic for test in tests], statistics, FITTED, f"{name} zph {transform}")
    base = asked["efron"].baseline()
    dying = np.isin(r["baseline"]["time"], base.times)
    same(base.hazard, np.array(r["baseline"]["hazard"])[dying], FITTED, "baseline hazard")


@pytest.mark.parametrize("seed", SEEDS)
def test_competing_risks(answers, seed: int) -> None:
    d, r = cohort(seed), answers[seed]["competing"]
    y = d["time"], d["cause"]
    for name, curve in (
        ("curve", cumulative_incidence(*y)),
        ("late", cumulative_incidence(*y, entry=d["entry"])),
    ):
        left = np.isin(r[name]["time"], curve.times)
        same(curve.cif, np.array(r[name]["cif"])[left], CLOSED, f"{name} incidence")
        # With late entry R's error is an infinitesimal jackknife; ours stays the closed form.
        if name == "curve":
            same(curve.std_error, np.array(r[name]["std_err"])[left], CLOSED, f"{name} error")
    aalen = cumulative_incidence(*y, variance="aalen")
    there = np.isin(aalen.times, r["cuminc"]["time"])
    same(aalen.cif[there], r["cuminc"]["cif"], CLOSED, "cmprsk incidence")
    same(aalen.std_error[there] ** 2, r["cuminc"]["var"], CLOSED, "cmprsk variance")
    for name, test in (("gray", gray_test(*y, d["group"])),
                       ("gray_strata", gray_test(*y, d["group"], strata=d["stratum"]))):  # fmt: skip
        same([test.statistic, test.df, test.p_value], r[name], CLOSED, name)
    x = np.column_stack([d[name] for name in NAMES])
    efron = fine_gray(*y, x, names=NAMES)
    breslow = fine_gray(d["time"] + 0.5 * (d["cause"] == 0), d["cause"], x, names=NAMES, ties="breslow")
    same(efron.coef, r["finegray"]["coef"], FITTED, "finegray coef")
    same(efron.std_error, r["finegray"]["se"], FITTED, "finegray error")
    same(breslow.coef, r["crr"]["coef"], FITTED, "crr coef")


@pytest.mark.parametrize("seed", SEEDS)
def test_tables_means_ranks_and_rates(answers, seed: int) -> None:
    d, r = cohort(seed), answers[seed]["counts"]
    square, wide = np.array(r["square"]), np.array(r["wide"])

    def told(test) -> list[float]:
        return [test.statistic, test.df, test.p_value]

    same(told(chi_squared(wide)), r["chisq"], CLOSED, "chi-squared")
    same(told(chi_squared(square, correction=True)), r["yates"], CLOSED, "Yates")
    fisher = fisher_exact(square)
    same(fisher.p_value, r["fisher"]["p"], CLOSED, "Fisher")
    odds = [r["fisher"]["odds"], *r["fisher"]["limits"]]
    # R finds them by root search with its default tolerance.
    same([fisher.odds_ratio, *fisher.interval], odds, 1e-3, "odds ratio")
    same(fisher_exact(wide).p_value, r["fisher_wide"], CLOSED, "Fisher r x c")

    a, b = (d["x1"][d["x2"] == level] for level in (1, 0))
    tied = [d["time"][d["x2"] == level] for level in (1, 0)]
    for name, found in (("student", student_t(a, b)), ("welch", welch_t(a, b))):
        same([*told(found), *found.interval], r[name], CLOSED, name)
    for name, found in (
        ("wilcoxon_exact", mann_whitney(a[:12], b[:15], method="exact")),
        ("wilcoxon_tied", mann_whitney(*tied, method="asymptotic")),
        ("wilcoxon_plain", mann_whitney(*tied, method="asymptotic", correction=False)),
    ):
        same([found.statistic, found.p_value], r[name], CLOSED, name)
    k, months, n = d["event"].sum(), d["time"].sum(), len(d["time"])
    same(np.array(poisson_interval(k)) / months, r["poisson"], CLOSED, "Poisson limits")
    same(poisson_p_value(k, k * 1.3), r["poisson_p"], CLOSED, "Poisson p")
    (k1, k2), (n1, n2) = r["events"][:2], r["totals"][:2]
    ratio = rate_ratio(k1, n1, k2, n2)
    same([ratio.value, ratio.lower, ratio.upper, ratio.p_value], r["rate_ratio"], CLOSED, "rate ratio")
    same(proportion_interval(k, n), r["binomial"], CLOSED, "Clopper-Pearson")
    same(proportion_interval(k, n, method="wilson"), r["wilson"], CLOSED, "Wilson")
    same(holm([0.01, 0.02, 0.03, 0.5]), r["holm"], CLOSED, "Holm")
    same(benjamini_hochberg([0.01, 0.02, 0.03, 0.5]), r["hochberg"], CLOSED, "Benjamini-Hochberg")


@pytest.mark.parametrize("seed", SEEDS)
def test_beside_separated_levels_errors_are_those_that_r_approaches(answers, seed: int) -> None:
    d, r = cohort(seed), answers[seed]["separated"]
    x = np.column_stack([d["group"] == 1, d["group"] == 2, d["x1"], d["x3"]])

    def fit(**options):
        return cox(d["time"], d["event"] & (d["group"] != 0), x, names=["one", "two", "x1", "x3"], **options)

    asked = {
        "efron": fit(),
        "breslow": fit(ties="breslow"),
        "exact": fit(ties="exact"),
        "late": fit(entry=d["entry"], strata=d["stratum"]),
        "weighted_robust": fit(entry=d["entry"], weights=d["weight"], cluster=d["clinic"]),
    }
    for name, model in asked.items():
        known = r[name]
        assert model.separated == ("one", "two") and min(known["coef"][:2]) > 10
        same(model.coef[2:], known["coef"][2:], FITTED, f"{name} coef")
        same(model.std_error[2:], known["se"][2:], FITTED, f"{name} error")
        same([model.loglik_null, model.loglik], known["loglik"], FITTED, f"{name} log-likelihoods")
        found = model.concordance_detail()
        same([found.value, found.std_error], known["concordance"], FITTED, f"{name} concordance")
