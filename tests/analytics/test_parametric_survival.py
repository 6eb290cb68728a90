"""Weibull and log-normal models of survival: by hand, beside R's survreg, and as the report shows them."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest
from lifelines import LogNormalFitter, WeibullFitter
from lifelines.datasets import load_lung
from lifelines.exceptions import ConvergenceError
from pytest import approx

from analytics.disclosure.public_results import NEVER, NOT_FOUND
from analytics.estimators.survival import kaplan_meier
from analytics.questions.parametric_survival import (
    KEY,
    LOG_NORMAL,
    SHOWN_AT,
    WEIBULL,
    FittedModel,
    SmoothSurvival,
    hazard_of,
    log_median_of,
    misfit_of,
    model_survival,
    models_in,
    parametric_survival,
    survival_of,
)
from analytics.render import formats
from analytics.render.figures.all_figures import figures_for
from analytics.render.figures.canvas import draw
from analytics.render.figures.parametric_survival import PARAMETRIC_SURVIVAL, _about
from analytics.render.lookup import stratum
from analytics.render.public_words import NAMES
from analytics.render.tables.parametric_survival import parametric_survival as table_of
from analytics.render.withheld import withheld
from analytics.results.document import Results
from analytics.results.ids import SurvivalId
from analytics.warehouse.marts import open_marts
from analytics.warehouse.study import read_study
from tests.analytics.empty_results import results_of_nobody
from tests.analytics.figure_readers import legend
from tests.analytics.svg_figures import read
from tests.analytics.warehouse_fixture import write_warehouse
from tests.evidence import ask_r

AT = np.array(SHOWN_AT, float)
WHOLE = SurvivalId.FROM_INDEX, "all"


def fit_of(row: SmoothSurvival, model: str) -> FittedModel:
    [fit] = [fit for fit in row.fits if fit.model == model]
    return fit


def test_a_weibull_curve_of_shape_1_is_exponential():
    fit = FittedModel(WEIBULL, {"shape": 1.0, "scale": 50.0}, 0.0)
    assert math.exp(log_median_of(fit)) == approx(50 * math.log(2))
    assert hazard_of(fit, AT) == approx(np.full(3, 1 / 50))
    assert survival_of(fit, AT) == approx(np.exp(-AT / 50))


def test_a_log_normal_curve_has_its_closed_forms():
    fit = FittedModel(LOG_NORMAL, {"meanlog": math.log(30), "sdlog": 0.5}, 0.0)
    assert math.exp(log_median_of(fit)) == approx(30)
    assert survival_of(fit, 30.0) == approx(0.5)
    assert survival_of(fit, 30 * math.exp(0.5)) == approx(0.15865525393145707)
    # The standard normal density over its upper tail, at one standard deviation, by person-month.
    assert hazard_of(fit, 30 * math.exp(0.5)) == approx(1.525135276160981 / (0.5 * 30 * math.exp(0.5)))


@pytest.mark.parametrize("fit", [
    FittedModel(WEIBULL, {"shape": 0.8, "scale": 55.0}, 0.0),
    FittedModel(WEIBULL, {"shape": 1.7, "scale": 55.0}, 0.0),
    FittedModel(LOG_NORMAL, {"meanlog": 3.3, "sdlog": 1.7}, 0.0),
])  # fmt: skip
def test_the_hazard_is_the_slope_of_the_logarithm_of_survival(fit):
    step = 1e-4
    slope = np.log(survival_of(fit, AT - step) / survival_of(fit, AT + step)) / (2 * step)
    assert hazard_of(fit, AT) == approx(slope, rel=1e-6)


def test_without_censoring_the_log_normal_model_is_a_mean_and_a_standard_deviation():
    n = 41
    logs = np.array([NormalDist(3, 1.2).inv_cdf((at + 0.5) / n) for at in range(n)])
    deviation = float(np.std(logs))
    row = model_survival(*WHOLE, np.exp(logs), np.ones(n, bool))
    fit = fit_of(row, LOG_NORMAL)
    assert fit.parameters == approx({"meanlog": 3.0, "sdlog": deviation}, rel=1e-7)
    loglik = -n * (math.log(2 * math.pi * deviation**2) + 1) / 2 - logs.sum()
    assert fit.aic == approx(4 - 2 * loglik)
    half = 1.959963984540054 * deviation / math.sqrt(n)
    assert row.model == LOG_NORMAL and row.median == approx(math.exp(3))
    assert row.median_ci == approx((math.exp(3 - half), math.exp(3 + half)))


def people_of(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Months and deaths of sixty people or more, drawn with this seed."""
    drawn = np.random.default_rng(seed)
    n = int(drawn.choice([60, 200, 2000]))
    death = np.maximum(0.5, np.floor(drawn.weibull(0.9, n) * 40))
    end = np.maximum(0.5, np.floor(drawn.uniform(0, 200, n)))
    return np.minimum(death, end), death <= end


@pytest.mark.parametrize("seed", range(40))
def test_the_log_normal_maximum_is_where_both_slopes_of_the_likelihood_are_zero(seed):
    """lifelines' own maximiser gives up on some of these, with parameters 0.00005 off."""
    months, died = people_of(seed)
    fit = fit_of(model_survival(*WHOLE, months, died), LOG_NORMAL).parameters
    z = (np.log(months) - fit["meanlog"]) / fit["sdlog"]
    normal = NormalDist()
    hazard = np.array([normal.pdf(at) / normal.cdf(-at) for at in z[~died]])
    of_mean = z[died].sum() + hazard.sum()
    of_deviation = (z[died] ** 2 - 1).sum() + (z[~died] * hazard).sum()
    assert (of_mean, of_deviation) == approx((0, 0), abs=1e-6 * len(months))


def lung() -> tuple[np.ndarray, np.ndarray]:
    """Days and deaths of the 228 patients with lung cancer, which lifelines' wheel holds as R does."""
    patients = load_lung()
    return patients["time"].to_numpy(float), patients["status"].to_numpy() == 1


def test_lung_cancer_has_the_numbers_of_r():
    """R 4.2, survival 3.5-3: survreg(Surv(time, status == 2) ~ 1, lung, dist = d), d "weibull", "lognormal".

    coef(f), f$scale, AIC(f); exp(q$fit + c(-1, 1) * qnorm(0.975) * q$se.fit) with q <- predict(f,
    data.frame(x = 1), type = "uquantile", p = 0.5, se.fit = TRUE); dweibull over pweibull(lower = FALSE) at
    12.5, 60.5 and 120.5.
    """
    row = model_survival(*WHOLE, *lung())
    weibull, log_normal = fit_of(row, WEIBULL), fit_of(row, LOG_NORMAL)
    assert (row.n, row.deaths, row.model) == (228, 165, WEIBULL)
    assert weibull.parameters == approx(
        {"shape": 1 / 0.759393601124659, "scale": math.exp(6.034903910226848)}, rel=1e-7
    )
    assert log_normal.parameters == approx({"meanlog": 5.66330496220642, "sdlog": 1.09763926976843}, rel=1e-7)
    assert weibull.aic == approx(2311.702376178811, abs=1e-8)
    assert log_normal.aic == approx(2342.538110611196, abs=1e-8)
    assert row.median == approx(316.263695049233547, rel=1e-7)
    assert row.median_ci == approx((280.055209285518004, 357.153595040686469), rel=1e-7)
    assert [*row.survival_at.values()] == approx([0.990205558849135, 0.924489115666137, 0.823221182039242])
    hazards = [0.00103690335983782, 0.00170893208465740, 0.00212585391856394]
    assert [*row.hazard_per_100_person_years.values()] == approx([1200 * each for each in hazards])


def cohorts() -> list[tuple[np.ndarray, np.ndarray]]:
    """Whole months, zeros as halves, of a hazard that falls, one that rises, and one that does both."""
    r = np.random.default_rng(19)
    drawn = (40 * r.weibull(0.7, 400), 60 * r.weibull(1.6, 150), np.exp(r.normal(3, 1.1, 900)))
    made = []
    for death in drawn:
        end = r.uniform(0, 150, len(death))
        whole = np.floor(np.minimum(death, end))
        made.append((np.where(whole == 0, 0.5, whole), death <= end))
    return made


def test_random_cohorts_have_the_numbers_of_r(tmp_path):
    asked = [{"months": months.tolist(), "died": died.tolist()} for months, died in cohorts()]
    (tmp_path / "asked.json").write_text(json.dumps(asked))
    answered = json.loads(ask_r(Path(__file__).with_name("ask_survreg.R"), tmp_path / "asked.json"))
    chosen = []
    for (months, died), theirs in zip(cohorts(), answered, strict=True):
        row = model_survival(*WHOLE, months, died)
        for name, r in theirs.items():
            fit = fit_of(row, name)
            known = (1 / r["scale"], math.exp(r["coef"])) if name == WEIBULL else (r["coef"], r["scale"])
            assert tuple(fit.parameters.values()) == approx(known, rel=1e-6), name
            assert fit.aic == approx(r["aic"], abs=1e-6)
        best = min(theirs, key=lambda name: theirs[name]["aic"])
        assert row.model == best
        assert (row.median, *row.median_ci) == approx(theirs[best]["median"], rel=1e-6)
        chosen.append(best)
    assert set(chosen) == {WEIBULL, LOG_NORMAL}


def even(deaths: int, censored: int, last: float = 40) -> tuple[np.ndarray, np.ndarray]:
    """Deaths at even distances to a month, and people who are alive at it."""
    months = np.concatenate([np.linspace(1, last, deaths), np.full(censored, last)])
    return months, np.arange(deaths + censored) < deaths


@pytest.mark.parametrize(("months", "died", "reason"), [
    (*even(0, 0), "Nobody was followed."),
    (*even(19, 50), "Too few events: 9.5 deaths per parameter, fewer than 10."),
    (np.full(60, 7.0), np.ones(60, bool), "All deaths are in one month, which has no smooth curve."),
])  # fmt: skip
def test_a_group_without_a_model_says_why(months, died, reason):
    row = model_survival(*WHOLE, months, died)
    assert (row.state, row.reason, row.n, row.deaths) == ("not_estimable", reason, len(months), died.sum())
    assert row.fits == () and row.median is row.model is None
    assert model_survival(*WHOLE, *even(20, 50)).state == "value"


def test_models_that_do_not_converge_are_no_answer():
    def fails(*_: object, **__: object) -> None:
        raise ConvergenceError("too steep")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WeibullFitter, "_fit_model", fails)
        assert model_survival(*WHOLE, *even(30, 5)).model == LOG_NORMAL
        patch.setattr(LogNormalFitter, "_fit_model", fails)
        row = model_survival(*WHOLE, *even(30, 5))
    assert (row.state, row.reason) == ("not_estimable", "Neither model converged.")


def test_a_median_is_extrapolated_after_the_longest_follow_up_and_not_given_after_a_lifetime():
    assert model_survival(*WHOLE, *even(40, 5)).median_is_extrapolated is False
    late = model_survival(*WHOLE, *even(30, 100))
    assert late.median_is_extrapolated and 40 < late.median < 1200 and late.kaplan_meier_median is None
    assert late.kaplan_meier_at["60"] is None and 0 < late.survival_at["60"] < 1
    wide = model_survival(*WHOLE, *even(20, 400))
    assert wide.median_ci[0] < wide.median < 1200 and wide.median_ci[1] is None
    months = np.concatenate([[0.5] * 10, [1.0] * 10, np.full(60_000, 520.0)])
    never = model_survival(*WHOLE, months, months < 2)
    assert (never.median, never.median_ci, never.median_is_extrapolated) == (None, (None, None), True)
    cells = cells_of(results_of_nobody(further={KEY: (late, never)}))
    assert cells["By the model (95% CI)"][0].endswith(", extrapolated")
    assert cells["By the model (95% CI)"][1] == "after 1,200, extrapolated"
    after_5_years = [row[1] for row in table_of(shown(late)).rows if row[0] == "Alive by the model, %"][1]
    assert after_5_years == f"{100 * late.survival_at['60']:.1f}, extrapolated"
    hazards = [row[1] for row in table_of(shown(late)).rows if row[0].startswith("Hazard by the model")]
    assert hazards == [formats.decimal(late.hazard_per_100_person_years["12"]), "—", "—"]


def shown(*rows: SmoothSurvival) -> Results:
    return results_of_nobody(further={KEY: rows})


def cells_of(results: Results) -> dict[str, tuple[str, ...]]:
    """The last row of each name."""
    return {row[0]: row[1:] for row in table_of(results).rows}


HALF_DIED = kaplan_meier(np.array([1.0] * 50 + [3.0] * 50), np.arange(100) < 50)
"""50 of 100 die in month 1, the others are alive in month 3: 50%, 95% CI 39.9% to 59.3%, at month 2."""


@pytest.mark.parametrize(("modelled", "outside"), [
    (0.75, 0.75 - 0.5931), (0.6, 0.6 - 0.5931), (0.59, None), (0.4, None), (0.3, 0.3987 - 0.3),
])  # fmt: skip
def test_a_model_misses_where_it_leaves_the_confidence_interval_of_kaplan_meier(modelled, outside):
    exponential = FittedModel(WEIBULL, {"shape": 1.0, "scale": -2 / math.log(modelled)}, 0.0)
    misfit = misfit_of(exponential, HALF_DIED)
    assert bool(misfit) is (outside is not None)
    if misfit:
        assert (misfit.month, misfit.kaplan_meier) == (2.0, 0.5)
        assert misfit.kaplan_meier_ci == approx((0.3987, 0.5931), abs=1e-4)
        assert (misfit.modelled, misfit.outside) == approx((modelled, outside), abs=1e-4)


def test_a_small_difference_among_many_misses_more_than_a_large_one_among_few():
    """100 of 1,000 die in month 1 and one of the last two in month 3: 45% alive, 95% CI 1.1% to 86.9%."""
    months = np.array([1.0] * 100 + [2.0] * 898 + [3.0, 5.0])
    died = (months == 1) | (months == 3)
    constant = FittedModel(LOG_NORMAL, {"meanlog": 1e6 * NormalDist().inv_cdf(0.86), "sdlog": 1e6}, 0.0)
    misfit = misfit_of(constant, kaplan_meier(months, died))
    assert misfit and misfit.month < 3 and misfit.kaplan_meier == approx(0.9)
    assert survival_of(constant, 4.0) == approx(0.86, abs=1e-4)


def in_steps() -> tuple[np.ndarray, np.ndarray]:
    """Thirty die in month 20 and sixty in month 60; forty are alive, 31%, until thirty die in month 200."""
    return np.array([20.0] * 30 + [60.0] * 60 + [200.0] * 30 + [201.0] * 10), np.arange(130) < 120


def until_10_years() -> tuple[np.ndarray, np.ndarray]:
    """A hundred die one by one, forty of fifty after ten years, when the follow-up ends."""
    return np.array([*np.linspace(1, 100, 100), *[120.0] * 50]), np.arange(150) < 140


def nobody_before_month_20() -> tuple[np.ndarray, np.ndarray]:
    """Five in each of forty months, all but ten of them deaths; at month 12 Kaplan-Meier has no interval."""
    return np.tile(np.arange(20.0, 60.0), 5), np.arange(200) < 190


@pytest.mark.parametrize(("group", "furthest"), [
    (in_steps, (60.5, approx(40 / 130))), (until_10_years, (120.5, approx(10 / 150))),
    (nobody_before_month_20, None),
])  # fmt: skip
def test_a_model_is_compared_at_each_month_of_the_table_that_kaplan_meier_has(group, furthest):
    misfit = model_survival(*WHOLE, *group()).misfit
    assert (misfit and (misfit.month, misfit.kaplan_meier)) == furthest


@pytest.mark.parametrize(
    ("months", "died"), [*cohorts(), in_steps(), until_10_years(), nobody_before_month_20()]
)
def test_no_month_of_the_table_lies_further_outside_than_the_furthest(months, died):
    row, curve = model_survival(*WHOLE, months, died), kaplan_meier(months, died)
    furthest = row.misfit.outside if row.misfit else 0
    low, high = curve.interval()
    for month in SHOWN_AT:
        begun = np.flatnonzero(curve.times <= month)
        if len(begun) and month <= curve.times[-1] and 0 < curve.survival[begun[-1]] < 1:
            alive = row.survival_at[str(month)]
            assert max(low[begun[-1]] - alive, alive - high[begun[-1]]) <= furthest + 1e-12


def test_all_who_died_are_dead_later():
    """One of 34 dies in each month: Kaplan-Meier is 22 of 34 after a year, and 0 after five and ten."""
    row = model_survival(*WHOLE, *even(34, 0, last=34))
    assert row.kaplan_meier_at == {"12": approx(22 / 34), "60": 0.0, "120": 0.0}


@pytest.mark.parametrize(("shape", "n", "missed"), [(1.5, 2_000, None), (0.9, 20_000, 1.5)])
def test_completed_months_are_half_a_month_short_and_miss_where_many_die_at_once(shape, n, missed):
    exact = 40 * (-np.log1p(-(np.arange(n) + 0.5) / n)) ** (1 / shape)
    completed = np.floor(exact)
    completed[completed == 0] = 0.5
    days = 365.25 / 12
    of_days, of_months = (model_survival(*WHOLE, at, np.ones(n, bool)) for at in (exact * days, completed))
    assert 0.4 < of_days.median / days - of_months.median < 0.8
    assert of_days.model == of_months.model == WEIBULL
    assert of_days.misfit is None and (of_months.misfit and of_months.misfit.month) == missed


def test_the_groups_of_the_report_are_modelled_as_they_are_shown(results):
    rows = models_in(results)
    assert [(row.id, row.level) for row in rows] == [
        ("os_from_index", "all"), ("os_from_index_by_era", "1975-2002"),
        ("os_from_index_by_era", "2003-2018"), ("os_from_second", "all"),
    ]  # fmt: skip
    for row in rows:
        group = stratum(results, row.id, row.level)
        assert (row.n, row.deaths) == (group.n, group.events)
        curve = group.curve
        assert (row.kaplan_meier_median, row.followed_months) == (group.median, curve.time[-1])
        for at, share in row.kaplan_meier_at.items():
            assert share == curve.survival[np.searchsorted(curve.time, float(at), side="right") - 1]
    for row in rows[:3]:
        assert row.survival_at == {str(at): approx(survival_of(row.chosen, at + 0.5)) for at in SHOWN_AT}
        curve = stratum(results, row.id, row.level).curve
        middles = (np.array(curve.time[1:]) + np.array(curve.time[:-1])) / 2
        seen = zip(middles, survival_of(row.chosen, middles), curve.lower, curve.upper, strict=False)
        gaps = [
            (max(low - alive, alive - high), month) for month, alive, low, high in seen if low is not None
        ]
        gap, month = max(gaps)
        assert (row.misfit and (row.misfit.outside, row.misfit.month)) == ((gap, month) if gap > 0 else None)
    assert rows[3].reason == "Too few events: 7.0 deaths per parameter, fewer than 10."
    table, shown_of_it = table_of(results), {row[0]: row[4] for row in table_of(results).rows[:8]}
    assert shown_of_it["Longest follow-up, months"] == formats.months(rows[3].followed_months)
    assert shown_of_it["Kaplan-Meier"] == formats.months(rows[3].kaplan_meier_median) != formats.NOTHING
    assert "From ALL, not estimable: Too few events" in " ".join(table.footnotes)


@pytest.mark.parametrize("absent", [("survival_months", "vital_status"), ("second_cancer",)])
def test_what_was_not_delivered_is_not_modelled(tmp_path, absent):
    with open_marts(write_warehouse(tmp_path / "w.duckdb", scale=0.01, not_delivered=absent)) as marts:
        rows = parametric_survival(marts, read_study(marts))
    empty = [row for row in rows if row.state == "not_delivered"]
    assert [row.id for row in empty] == [row.id for row in rows if absent[0] != "second_cancer"
                                         or row.id is SurvivalId.FROM_SECOND]  # fmt: skip
    for row in empty:
        assert (row.n, row.deaths, row.model, row.fits) == (None, None, None, ())
        assert "deliver" in row.reason.lower()


def test_where_no_group_has_a_model_the_section_is_one_sentence(results):
    nothing = model_survival(*WHOLE, *even(19, 50))
    bare = replace(results, further={KEY: (nothing,)})
    assert withheld(bare)["smooth"] == f"Not estimable: no group has a model. {nothing.reason}"
    assert "smooth" not in withheld(results)


def test_where_nobody_died_the_section_says_that(results):
    """And not how many deaths a parameter has."""
    bare = replace(results, further={KEY: (model_survival(*WHOLE, *even(0, 50)),)})
    whole, *others = bare.survival
    assert whole.id is SurvivalId.FROM_INDEX
    alive = replace(whole, strata=tuple(replace(each, events=0) for each in whole.strata))
    said = withheld(replace(bare, survival=(alive, *others)))["smooth"]
    assert said.endswith("had died when last seen. There is no median and no hazard ratio without a death.")


@pytest.mark.parametrize(("change", "said"), [
    ({}, "Weibull model, median 61.0 months (95% CI 55.0 to 67.0)"),
    ({"median_is_extrapolated": True},
     "Weibull model, median 61.0 months (95% CI 55.0 to 67.0), extrapolated"),
    ({"median": None}, "Weibull model, median after 1,200 months, extrapolated"),
    ({"model": None, "reason": "Neither model converged."}, "no model: Neither model converged"),
])  # fmt: skip
def test_the_legend_says_the_model_and_its_median(change, said):
    row = SmoothSurvival(*WHOLE, 100, 60, model=WEIBULL, median=61.0, median_ci=(55.0, 67.0))
    assert _about(replace(row, **change)) == said


def test_results_of_a_version_without_models_are_read_without_them(results):
    older = replace(results, further={})
    assert withheld(older)["smooth"] == "Not estimable: no group has a model."
    assert PARAMETRIC_SURVIVAL not in figures_for(older)


def test_the_key_of_an_era_without_a_model_is_that_of_its_steps(results):
    first, earlier, later, last = models_in(results)
    bare = replace(later, model=None, fits=(), state="not_estimable", reason="Neither model converged.")
    drawn = draw(PARAMETRIC_SURVIVAL, replace(results, further={KEY: (first, earlier, bare, last)}))
    figure = read(drawn.svg)
    keys = {name: key for name, (key, _) in legend(figure).items()}
    for name, opacity in ((earlier.level, 1.0), (bare.level, 0.4)):
        key = keys[name]
        alike = [line for line in figure.axes[0].lines if line.colour == key.colour]
        assert key.opacity == opacity
        assert (key.width, key.opacity) in [(line.width, line.opacity) for line in alike]
        marks = [mark for mark in figure.marks if mark.y == approx(key.points[0, 1])]
        assert len(marks) == (name == earlier.level)


def test_models_stay_in_the_house():
    assert KEY in {each.kind for each in NEVER} and KEY in NOT_FOUND & NAMES.keys()
