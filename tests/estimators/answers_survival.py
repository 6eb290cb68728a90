"""How R's Kaplan-Meier, log-rank and competing-risk answers are asked of ours."""

import numpy as np
from published_data import ON_PLACEBO, RELAPSED, WEEKS
from reference_answers import CLOSED, FITTED, answers, complete, numbers_of, table

from analytics.estimators.competing import cumulative_incidence, fine_gray, gray_test
from analytics.estimators.cox import cox
from analytics.estimators.survival import (
    kaplan_meier,
    logrank,
    mantel_byar,
)

TRANSFORMS = {"log-log": "loglog", "arcsin": "arcsine"}


def lung():
    columns = dict(table("lung"))
    columns["died"] = columns["status"] == 2
    return columns


def gehan(arm=None):
    columns = {"time": WEEKS, "cens": RELAPSED, "treat": np.where(ON_PLACEBO, "control", "6-MP")}
    here = columns["treat"] == arm if arm else slice(None)
    return {key: values[here] for key, values in columns.items()}


FOLLOW_UP = {
    "lung": lambda: (lung()["time"], lung()["died"]),
    "myeloma_naive": lambda: tuple(table("myeloma")[c] for c in ("futime", "death")),
    "veteran": lambda: tuple(table("veteran")[c] for c in ("time", "status")),
    "ovarian": lambda: tuple(table("ovarian")[c] for c in ("futime", "fustat")),
    "gehan_6mp": lambda: tuple(gehan("6-MP")[c] for c in ("time", "cens")),
    "gehan_control": lambda: tuple(gehan("control")[c] for c in ("time", "cens")),
    "mgus2_os": lambda: tuple(table("mgus2")[c] for c in ("futime", "death")),
}


def steps(curve, times):
    return np.searchsorted(curve.times, times, side="right") - 1


@answers(*(f"km_{name}" for name in FOLLOW_UP))
def kaplan_meier_points(values, identity):
    _, rest = identity.split("_", 1)
    name, transform = rest.rsplit("_", 1)
    transform = TRANSFORMS.get(transform, transform)
    curve = kaplan_meier(*FOLLOW_UP[name]())
    at = values["at"]
    here = steps(curve, at["time"])
    yield "n", curve.at_risk[0], values["n"], CLOSED
    yield "events", curve.n_events.sum(), values["events"], CLOSED
    # R's n.risk at a time between steps is that of the next step.
    following = np.searchsorted(curve.times, at["time"])
    yield "n_risk", curve.at_risk[following], at["n_risk"], CLOSED
    yield "survival", curve.survival[here], at["surv"], CLOSED
    yield "std_error", curve.std_error[here], at["std_err"], CLOSED
    lower, upper = curve.interval(transform)
    yield "lower", lower[here], at["lower"], CLOSED
    yield "upper", upper[here], at["upper"], CLOSED
    probabilities = values["quantile_probs"]
    yield "quantiles", [curve.quantile(p) for p in probabilities], values["quantile"], CLOSED
    limits = np.array([curve.quantile_interval(p, transform) for p in probabilities])
    yield "quantiles' lower limits", limits[:, 0], values["quantile_lower"], CLOSED
    yield "quantiles' upper limits", limits[:, 1], values["quantile_upper"], CLOSED


@answers("km_lung_full_curve")
def full_curve(values, _):
    curve = kaplan_meier(*FOLLOW_UP["lung"]())
    yield "times", curve.times, values["time"], CLOSED
    yield "at risk", curve.at_risk, values["n_risk"], CLOSED
    yield "events", curve.n_events, values["n_event"], CLOSED
    yield "censored", curve.n_censored, values["n_censor"], CLOSED
    yield "survival", curve.survival, values["surv"], CLOSED
    yield "error of log S", np.sqrt(curve.greenwood), values["std_err_log"], CLOSED


@answers("km_lung_by_sex")
def by_sex(values, _):
    rows = lung()
    curves = [kaplan_meier(rows["time"][rows["sex"] == s], rows["died"][rows["sex"] == s]) for s in (1, 2)]
    yield "n", [c.at_risk[0] for c in curves], values["n"], CLOSED
    yield "median", [c.median for c in curves], values["median"], CLOSED
    yield "lower", [c.median_interval("log").lower for c in curves], values["lower"], CLOSED
    yield "upper", [c.median_interval("log").upper for c in curves], values["upper"], CLOSED


@answers("km_myeloma_left_truncated")
def left_truncated(values, _):
    rows = table("myeloma")
    observed = rows["entry"] < rows["futime"]
    curve = kaplan_meier(rows["futime"][observed], rows["death"][observed], entry=rows["entry"][observed])
    at = values["at"]
    here, following = steps(curve, at["time"]), np.searchsorted(curve.times, at["time"])
    lower, upper = curve.interval("log")
    yield "survival", curve.survival[here], at["surv"], CLOSED
    yield "std_error", curve.std_error[here], at["std_err"], CLOSED
    yield "lower", lower[here], at["lower"], CLOSED
    yield "upper", upper[here], at["upper"], CLOSED
    yield "events", curve.n_events.sum(), values["events"], CLOSED
    exact = np.isin(at["time"], curve.times)
    yield "n_risk", curve.at_risk[following][exact], np.array(at["n_risk"])[exact], CLOSED
    limits = np.array([curve.quantile_interval(p, "log") for p in (0.25, 0.5, 0.75)])
    yield "quantiles", [curve.quantile(p) for p in (0.25, 0.5, 0.75)], values["quantile"], CLOSED
    yield "lower limits", limits[:, 0], values["lower"], CLOSED
    yield "upper limits", limits[:, 1], values["upper"], CLOSED


@answers("km_median_flat_midpoint")
def flat_median(values, _):
    curve = kaplan_meier(range(1, 9), [1] * 8)
    yield "median", curve.median, values["median"], CLOSED
    yield "first", curve.quantile(0.5, flat="first"), values["smallest_t_with_S_le_half"], CLOSED
    yield "limits", curve.median_interval("log"), [values["lower"], values["upper"]], CLOSED


@answers("km_tied_censor_death")
def tied_censoring(values, _):
    curve = kaplan_meier([5, 5, 5, 8, 8, 10, 12, 12, 15, 20], [1, 0, 1, 1, 0, 1, 0, 1, 0, 1])
    lower, upper = curve.interval("log")
    yield "times", curve.times, values["time"], CLOSED
    yield "at risk", curve.at_risk, values["n_risk"], CLOSED
    yield "survival", curve.survival, values["surv"], CLOSED
    yield "std_error", curve.std_error, values["se"], CLOSED
    yield "lower", lower, values["lower"], CLOSED
    yield "upper", upper, values["upper"], CLOSED


@answers("rmst_lung_730")
def restricted_means(values, _):
    rows = lung()
    men, women = (
        kaplan_meier(rows["time"][rows["sex"] == s], rows["died"][rows["sex"] == s]) for s in (1, 2)
    )
    for arm, curve in (("arm0", men), ("arm1", women)):
        known = values[arm]
        yield arm, curve.restricted_mean(730), [known["Est."], known["se"]], CLOSED


@answers("mean_lung_to_last")
def mean_to_last(values, _):
    curve = kaplan_meier(*FOLLOW_UP["lung"]())
    yield "mean", curve.restricted_mean(), [values["rmean"], values["se(rmean)"]], CLOSED
    limits = curve.median_interval("log")
    yield "median", [curve.median, *limits], [values[k] for k in ("median", "0.95LCL", "0.95UCL")], CLOSED


@answers("km_weighted_lung")
def weighted(values, _):
    rows = lung()
    curve = kaplan_meier(rows["time"], rows["died"], weights=np.where(rows["sex"] == 1, 0.7, 1.6))
    here, following = steps(curve, values["time"]), np.searchsorted(curve.times, values["time"])
    lower, upper = curve.interval("log")
    yield "at risk", curve.at_risk[following], values["n_risk"], CLOSED
    yield "survival", curve.survival[here], values["surv"], CLOSED
    yield "std_error", curve.std_error[here], values["std_err"], CLOSED
    yield "lower", lower[here], values["lower"], CLOSED
    yield "upper", upper[here], values["upper"], CLOSED


@answers("spss_median")
def spss(values, identity):
    curve = kaplan_meier(*FOLLOW_UP[identity.removeprefix("spss_median_")]())
    for p, known in ((0.5, values), (0.25, values.get("q25")), (0.75, values.get("q75"))):
        if known:
            ours = curve.spss_percentile(p)
            expected = [known[key] for key in ("t_p", "se", "density", "ci_lower", "ci_upper")]
            yield f"p = {p}", [ours.time, ours.std_error, ours.density, *ours.interval], expected, CLOSED


def compare_logrank(result, values):
    yield "chi-squared", [result.statistic, result.p_value], [values["chisq"], values["p"]], CLOSED
    for key in ("n", "observed", "expected"):
        if key in values:
            yield key, getattr(result, key), values[key], CLOSED
    if "df" in values:
        yield "df", result.df, values["df"], CLOSED
    if "var" in values:
        yield "covariance", result.covariance, values["var"], CLOSED
    if "U" in values:
        yield "score", result.observed - result.expected, values["U"], CLOSED


def veteran_cells():
    return table("veteran"), "time", "status", "celltype"


GROUPED = {
    "logrank_lung_sex": (lambda: (lung(), "time", "died", "sex"), "logrank"),
    "peto_lung_sex": (lambda: (lung(), "time", "died", "sex"), "peto"),
    "logrank_veteran_celltype": (veteran_cells, "logrank"),
    "logrank_gehan": (lambda: (gehan(), "time", "cens", "treat"), "logrank"),
    "logrank_mgus2_sex": (lambda: (table("mgus2"), "futime", "death", "sex"), "logrank"),
    "wlr_logrank_lung_sex": (lambda: (lung(), "time", "died", "sex"), "logrank"),
    "wlr_logrank_gehan": (lambda: (gehan(), "time", "cens", "treat"), "logrank"),
    "wlr_logrank_veteran_celltype": (
        veteran_cells,
        "logrank",
    ),
    "wlr_gehan_lung_sex": (lambda: (lung(), "time", "died", "sex"), "gehan"),
    "wlr_tarone_lung_sex": (lambda: (lung(), "time", "died", "sex"), "tarone_ware"),
}  # fmt: skip


@answers(*GROUPED)
def log_ranks(values, identity):
    data, weighting = GROUPED[identity]
    rows, time, event, group = data()
    yield from compare_logrank(logrank(rows[time], rows[event], rows[group], weighting=weighting), values)


@answers("logrank_lung_sex_strat_ecog")
def stratified(values, _):
    rows = complete(lung(), "ph.ecog")
    result = logrank(rows["time"], rows["died"], rows["sex"], strata=rows["ph.ecog"])
    yield from compare_logrank(result, values)


@answers("logrank_left_truncated_myeloma")
def truncated_logrank(values, _):
    rows = table("myeloma")
    late = (rows["year"] >= 70).astype(float)
    model = cox(rows["futime"], rows["death"], late, names=["late"], entry=rows["entry"], ties="breslow")
    yield "score", [model.score.statistic, model.score.p_value], [values["score"], values["p"]], CLOSED
    yield "fit", [model.coef[0], model.std_error[0]], [values["coef"], values["se"]], FITTED
    # Breslow's score and the log-rank test differ by the tie factor alone.
    test = logrank(rows["futime"], rows["death"], late, entry=rows["entry"])
    yield "log-rank", test.statistic, values["score"], 0.01


@answers("trend_lung_ecog")
def trend(values, _):
    rows = complete(lung(), "ph.ecog")
    score = cox(rows["time"], rows["died"], rows["ph.ecog"], names=["ecog"], ties="breslow").score
    yield "score", [score.statistic, score.p_value], [values["score"], values["p"]], CLOSED


def competing_mgus2():
    rows = table("mgus2")
    time = np.where(rows["pstat"] == 0, rows["futime"], rows["ptime"])
    return rows, time, np.where(rows["pstat"] == 0, 2 * rows["death"], 1)


@answers("aj_mgus2")
def aalen_johansen(values, _):
    _, time, cause = competing_mgus2()
    for code, state in ((1, 1), (2, 2)):
        curve = cumulative_incidence(time, cause, cause=code)
        here = steps(curve, values["time"])
        column = {key: np.array(values[key])[:, state] for key in ("pstate", "se", "lower", "upper")}
        lower, upper = curve.interval("log")
        yield f"cif {code}", curve.cif[here], column["pstate"], CLOSED
        yield f"error {code}", curve.std_error[here], column["se"], CLOSED
        yield f"lower {code}", lower[here], column["lower"], CLOSED
        yield f"upper {code}", upper[here], column["upper"], CLOSED
        yield "survival", curve.survival[here], np.array(values["pstate"])[:, 0], CLOSED


@answers("cuminc_mgus2_by_sex")
def gray(values, _):
    rows, time, cause = competing_mgus2()
    for i, curve_name in enumerate(values["curves"]):
        sex, code = curve_name.split()
        here = rows["sex"] == sex
        curve = cumulative_incidence(time[here], cause[here], cause=int(code), variance="aalen")
        at = steps(curve, (60, 120, 240, 360))
        yield f"cif {curve_name}", curve.cif[at], values["est"][i], CLOSED
        yield f"variance {curve_name}", curve.std_error[at] ** 2, values["var"][i], CLOSED
    for code in (1, 2):
        test = gray_test(time, cause, rows["sex"], cause=code)
        expected = [values["gray_stat"][code - 1], values["gray_p"][code - 1], values["gray_df"][code - 1]]
        yield f"Gray {code}", [test.statistic, test.p_value, test.df], expected, CLOSED


@answers("finegray_mgus2_survival")
def subdistribution(values, _):
    rows, time, cause = competing_mgus2()
    x = np.column_stack([rows["age"], rows["sex"] == "M"])
    model = fine_gray(time, cause, x, names=["age", "sexM"])
    yield "coef", model.coef, numbers_of(values["coef"]), FITTED
    yield "model error", model.naive_std_error, values["se_naive"], FITTED
    # R's se_default takes every split row for a person; ours sums a person's rows, and is a little larger.
    yield "robust error", model.std_error, values["se_default"], 0.04


@answers("mantel_byar_heart")
def mantel_byar_test(values, _):
    rows = table("heart")
    test = logrank(rows["stop"], rows["event"], rows["transplant"], entry=rows["start"])
    found = [test.observed[1], test.expected[1], test.covariance[1, 1], test.statistic]
    yield "rows", found, [values[key] for key in ("O", "E", "V", "chisq")], CLOSED
    given = {"names": ["transplant"], "entry": rows["start"]}
    for ties, key in (("exact", "score_exact"), ("breslow", "score_breslow")):
        model = cox(rows["stop"], rows["event"], rows["transplant"], ties=ties, **given)
        yield key, model.score.statistic, values[key], CLOSED
    model = cox(rows["stop"], rows["event"], rows["transplant"], **given)
    yield "efron", model.coef, numbers_of(values["cox_efron"]["coef"]), FITTED
    # The same people from their whole follow-up and the day of the transplant.
    last = np.array([rows["stop"][rows["id"] == i].max() for i in np.unique(rows["id"])])
    died = np.array([rows["event"][rows["id"] == i].max() for i in np.unique(rows["id"])])
    moved = [rows["start"][(rows["id"] == i) & (rows["transplant"] == 1)] for i in np.unique(rows["id"])]
    since = [start[0] if len(start) else None for start in moved]
    yield "people", mantel_byar(last, died, since).statistic, values["chisq"], CLOSED
