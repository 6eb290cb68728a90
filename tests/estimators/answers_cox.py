"""How R's Cox and Firth answers are asked of ours."""

import numpy as np
from answers_survival import gehan, lung
from reference_answers import CLOSED, FITTED, PROFILE, answers, complete, numbers_of, table

from analytics.estimators.cox import cox


def veteran(*terms):
    rows = table("veteran")
    columns = {key: rows[key] for key in ("trt", "karno", "diagtime", "age", "prior")}
    columns |= {f"celltype{level}": rows["celltype"] == level for level in ("smallcell", "adeno", "large")}
    return rows["time"], rows["status"], {term: columns[term].astype(float) for term in terms}


VETERAN = ("trt", "celltypesmallcell", "celltypeadeno", "celltypelarge", "karno", "diagtime", "age", "prior")
FIVE = VETERAN[:5]


def heart():
    rows = table("heart")
    x = {key: rows[key] for key in ("age", "year", "surgery", "transplant")}
    x["surgery:transplant"] = x["surgery"] * x["transplant"]
    return rows["stop"], rows["event"], x, {"entry": rows["start"]}


def mgus2(*terms):
    rows = complete(table("mgus2"), "hgb", "mspike") if "mspike" in terms else complete(table("mgus2"), "hgb")
    columns = {"age": rows["age"], "sexM": (rows["sex"] == "M").astype(float), "hgb": rows["hgb"]}
    columns["mspike"] = rows["mspike"]
    return rows["futime"], rows["death"], {term: columns[term] for term in terms}


def lung_rows(*terms):
    rows = complete(lung(), *terms)
    return rows["time"], rows["died"], {term: rows[term] for term in terms}


def myeloma(entry: bool):
    rows = table("myeloma")
    given = {"entry": rows["entry"]} if entry else {}
    return rows["futime"], rows["death"], {"year": rows["year"]}, given


DESIGNS = {
    "cox_lung": lambda: lung_rows("age", "sex", "ph.ecog"),
    "cox_veteran": lambda: veteran(*VETERAN),
    "cox_gehan": lambda: (
        gehan()["time"], gehan()["cens"], {"treatcontrol": (gehan()["treat"] == "control").astype(float)}
    ),
    "cox_mgus2": lambda: mgus2("age", "sexM", "hgb", "mspike"),
    "cox_heart_tv": heart,
    "cox_myeloma_ltrunc": lambda: myeloma(entry=True),
    "cox_myeloma_naive": lambda: myeloma(entry=False),
    "cox_lung_robust": lambda: lung_rows("age", "sex"),
}  # fmt: skip


def fit(design, **options):
    time, event, x, *given = design
    options |= given[0] if given else {}
    return cox(time, event, np.column_stack(list(x.values())), names=list(x), **options)


def compare_model(model, values):
    yield "events", model.events, values["nevent"], CLOSED
    yield "n", model.n, values["n"], CLOSED
    for key, ours in (
        ("coef", model.coef), ("se", model.naive_std_error), ("hr", model.hazard_ratio),
        ("lower95", model.lower), ("upper95", model.upper), ("z", model.z), ("p", model.p_value),
    ):  # fmt: skip
        yield key, ours, numbers_of(values[key]), FITTED
    yield "log-likelihoods", [model.loglik_null, model.loglik], values["loglik"], FITTED
    for key, test in (("lrt", model.likelihood_ratio), ("wald", model.wald), ("score", model.score)):
        yield key, [test.statistic, test.df, test.p_value], values[key], FITTED
    found = model.concordance_detail()
    expected = [values["concordance"], values["concordance_se"]]
    yield "concordance", [found.value, found.std_error], expected, FITTED


@answers("cox_myeloma_naive", *(f"{d}_{t}" for d in DESIGNS for t in ("efron", "breslow", "exact")))
def models(values, identity):
    design, _, ties = identity.rpartition("_")
    if identity in DESIGNS:
        design, ties = identity, "efron"
    yield from compare_model(fit(DESIGNS[design](), ties=ties), values)


@answers("cox_lung_robust")
def robust(values, _):
    design = DESIGNS["cox_lung_robust"]()
    model = fit(design, cluster=range(len(design[0])))
    yield "robust error", model.std_error, numbers_of(values["robust_se"]), FITTED
    yield "model error", model.naive_std_error, numbers_of(values["se"]), FITTED
    yield "limits", model.lower, numbers_of(values["lower95"]), FITTED
    yield "wald", [model.wald.statistic, model.wald.p_value], [values["wald"][0], values["wald"][2]], FITTED
    yield "z", model.z, numbers_of(values["z"]), FITTED


@answers("cox_lung_weighted")
def weighted(values, _):
    time, event, x = lung_rows("age", "sex")
    model = fit((time, event, x), weights=np.where(x["sex"] == 1, 0.7, 1.6))
    yield "coef", model.coef, numbers_of(values["coef"]), FITTED
    yield "error", model.std_error, numbers_of(values["se_model"]), FITTED
    yield "log-likelihoods", [model.loglik_null, model.loglik], values["loglik"], FITTED


@answers("cox_lung_offset")
def offset(values, _):
    time, event, x = lung_rows("age", "sex")
    model = fit((time, event, {"sex": x["sex"]}), offset=0.02 * x["age"])
    yield "fit", [model.coef, model.std_error], [numbers_of(values["coef"]), numbers_of(values["se"])], FITTED
    yield "log-likelihoods", [model.loglik_null, model.loglik], values["loglik"], FITTED
    yield "score", model.score.statistic, values["score"][0], FITTED
    yield "concordance", model.concordance, values["concordance"], FITTED


@answers("cox_veteran_term_test")
def term_test(values, _):
    full, less = fit(veteran(*FIVE)), fit(veteran("trt", "karno"))
    yield "likelihood ratio", 2 * (full.loglik - less.loglik), values["lrt_chisq"], FITTED
    wald = full.joint_wald([name for name in FIVE if name.startswith("celltype")])
    yield "wald", [wald.statistic, wald.df], [values["wald_chisq"], values["df"]], FITTED


ZPH = {
    "zph_veteran_km": (lambda: veteran(*FIVE), "km"),
    "zph_veteran_identity": (lambda: veteran(*FIVE), "identity"),
    "zph_mgus2_km": (lambda: mgus2("age", "sexM", "hgb"), "km"),
}


@answers(*ZPH)
def drift(values, identity):
    design, transform = ZPH[identity]
    tests = fit(design()).proportional_hazards(transform)
    yield "chi-squared", [test.statistic for test in tests], values["chisq"], FITTED
    yield "df", [test.df for test in tests], values["df"], CLOSED
    yield "p", [test.p_value for test in tests], values["p"], FITTED


@answers("basehaz_lung")
def baseline(values, _):
    model = fit(DESIGNS["cox_lung"]())
    for key, centred in (("H0_uncentered", False), ("H0_centered", True)):
        curve = model.baseline(centred=centred)
        yield key, [curve.at(time) for time in values["time"]], values[key], FITTED


@answers("concordance_lung")
def pairs(values, _):
    found = fit(DESIGNS["cox_lung"]()).concordance_detail()
    yield "C", [found.value, found.std_error**2], [values["C"], values["var"]], CLOSED
    counted = [found.concordant, found.discordant, found.tied_risk]
    yield "pairs", counted, [values["counts"][k] for k in ("concordant", "discordant", "tied.x")], CLOSED


def toy():
    return [1, 2, 3], [1, 1, 1], {"x": np.array([1.0, 1.0, 0.0])}


def ovarian():
    rows = table("ovarian")
    return rows["futime"], rows["fustat"], {key: rows[key] for key in ("age", "rx", "resid.ds", "ecog.ps")}


@answers("firth_toy3", "firth_ovarian")
def firth(values, identity):
    design = toy() if identity == "firth_toy3" else ovarian()
    model = fit(design, ties="breslow", penalty="firth")
    profile, wald = values["profile"], values["wald"]
    yield "coef", model.coef, numbers_of(profile["coef"]), FITTED
    yield "error", model.std_error, numbers_of(profile["se"]), FITTED
    yield "lower", model.lower, numbers_of(profile["ci_lower"]), PROFILE
    yield "upper", model.upper, numbers_of(profile["ci_upper"]), PROFILE
    yield "p", model.p_value, numbers_of(profile["p"]), PROFILE
    # coxphf standardises its covariates first, which moves the penalised likelihood but not its ratio.
    yield "ratio", model.likelihood_ratio.statistic, 2 * np.diff(profile["loglik_pen"]), FITTED
    limits = np.array([model.interval(name, "wald") for name in model.names])
    yield "Wald lower", limits[:, 0], numbers_of(wald["ci_lower"]), FITTED
    yield "Wald upper", limits[:, 1], numbers_of(wald["ci_upper"]), FITTED
